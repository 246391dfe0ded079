"""Under which addresses a server can be opened, and from where."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import ifaddr

_EVERYWHERE = ("0.0.0.0", "::")
_ELSEWHERE = "192.0.2.1"  # an address of nobody (RFC 5737)


@dataclass(frozen=True)
class Reach:
    """From where a server can be opened.

    Args:
        bases: the addresses that phones in its network open, without a last slash, the likeliest first; none where
            only its own computer can open it.
        command: the command that starts it in such a way that phones can open it.
        url: the address that people open, whatever they visit; empty where nobody has named it.
    """

    bases: tuple[str, ...] = ()
    command: str = ""
    url: str = ""

    def base(self, visited: str) -> str:
        """Return the address to hand out on a page that is visited under another."""
        return self.url or (self.bases[0] if self.bases and is_own(visited) else visited)


def is_own(url: str) -> bool:
    """Return whether an address leads every device to itself, so that no other device finds the server by it."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def bases_of(host: str, port: int, scheme: str) -> tuple[str, ...]:
    """Return the addresses under which others can open a server that listens at a host, the likeliest first."""
    hosts = _of_this_computer() if host in _EVERYWHERE else [f"[{host}]" if ":" in host else host]
    urls = [f"{scheme}://{each}:{port}" for each in hosts]
    return tuple(url for url in urls if not is_own(url))


def _of_this_computer() -> list[str]:
    """Return this computer's IPv4 addresses in its networks; that by which it reaches others comes first."""
    known = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((_ELSEWHERE, 9))  # sends nothing; only asks which address would be used
        known.insert(0, str(probe.getsockname()[0]))
    return [ip for ip in dict.fromkeys(known) if not (ip_address(ip).is_loopback or ip_address(ip).is_link_local)]
