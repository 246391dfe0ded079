"""Display names, tokens, join codes, QR codes, and the addresses under which others can open the server."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import secrets
import socket
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

import ifaddr
import segno

from sandbox.content.language import Lang
from sandbox.content.words import Words, refusal

_EVERYWHERE = ("0.0.0.0", "::")
_ELSEWHERE = "192.0.2.1"  # an address of nobody (RFC 5737)
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
"""The letters of join codes: no characters that look alike, and no vowels, so that no words appear."""
_GROUP = 4
_LENGTH = 2 * _GROUP
_LONGEST = 64
LONGEST_NAME = 20

_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_PSEUDONYMS = 20


@dataclass(frozen=True)
class Reach:
    """The addresses under which a server can be opened.

    Args:
        bases: the addresses that phones in its network open, without a last slash, the likeliest first; none where
            only its own computer can open it.
        command: the command that starts it so that phones can open it.
        url: the address set by the operator, handed out on all pages; empty for none.
    """

    bases: tuple[str, ...] = ()
    command: str = ""
    url: str = ""

    def base(self, visited: str) -> str:
        """Return the address to hand out on a page that is visited under ``visited``."""
        return self.url or (self.bases[0] if self.bases and is_own(visited) else visited)


def is_own(url: str) -> bool:
    """Return whether an address is a loopback one, by which no other device finds the server."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def bases_of(host: str, port: int, scheme: str) -> tuple[str, ...]:
    """Return the addresses under which other devices can open a server that listens at a host, the likeliest first."""
    hosts = _of_this_computer() if host in _EVERYWHERE else [f"[{host}]" if ":" in host else host]
    urls = [f"{scheme}://{each}:{port}" for each in hosts]
    return tuple(url for url in urls if not is_own(url))


def _of_this_computer() -> list[str]:
    """Return this computer's IPv4 addresses in its networks, first that of its default route."""
    known = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((_ELSEWHERE, 9))  # sends nothing; only asks which address would be used
        known.insert(0, str(probe.getsockname()[0]))
    return [ip for ip in dict.fromkeys(known) if not (ip_address(ip).is_loopback or ip_address(ip).is_link_local)]


def new_token() -> str:
    """Return a new secret of 256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return the SHA-256 of a token, the only form in which it is kept.

    A token is random and long, so a salt or a slow hash would add nothing.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def path_of(*parts: str, **query: str) -> str:
    """Return the path of some parts, with query parameters; empty ones are left out."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return "".join(f"/{quote(part)}" for part in parts if part) + (f"?{asked}" if asked else "")


def key_of(secret: str, page: str, name: str) -> str:
    """Return the key of one shared page: a show, a campaign's wall, join codes or results.

    It is made from the facilitator's secret but does not reveal it.
    """
    named = f"{page} {name}".encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), named, hashlib.sha256).hexdigest()[:32]


def is_key(secret: str, page: str, name: str, key: str) -> bool:
    """Return whether a text is the `key_of` a page."""
    return secrets.compare_digest(key.encode(), key_of(secret, page, name).encode())


def shared_path(secret: str, page: Literal["show", "wall", "codes", "results"], name: str, **query: str) -> str:
    """Return the path of a shared page: a show or a campaign's wall by name, join codes or results without.

    The path gives access to nothing else.
    """
    return path_of(page, name, key_of(secret, page, name), **query)


def new_code() -> str:
    """Return a new join code such as ``K7QF-2MPX``."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))


def normal_code(text: str) -> str:
    """Return a typed join code in the form of ``new_code``, whatever its case, width and spaces; empty if invalid."""
    if len(text) > _LONGEST:
        return ""
    letters = "".join(letter for letter in unicodedata.normalize("NFKC", text).upper() if letter.isalnum())
    return _grouped(letters) if len(letters) == _LENGTH and set(letters) <= set(ALPHABET) else ""


def qr_svg(url: str, title: str = "QR code") -> str:
    """Return a QR code as SVG for a page; raises `InputError` if the address is too long.

    It takes the size of its box, has its own white ground and margin, and loads nothing from elsewhere.
    """
    try:
        code = segno.make_qr(url, error="m")
    except segno.DataOverflowError as error:
        raise refusal("refused.long_address", count=len(url)) from error
    svg = code.svg_inline(omitsize=True, light="white", title=title)
    return svg.replace("<svg ", '<svg role="img" ', 1)


def _grouped(letters: str) -> str:
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"


def clean_name(text: str) -> str:
    """Return a display name without control, bidi or invisible characters, with single spaces, cut to 20 characters."""
    spaced = (" " if letter.isspace() else letter for letter in text)
    seen = "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")
    seen = unicodedata.normalize("NFC", seen.translate(dict.fromkeys(map(ord, _BLANK_LETTERS))))
    name = " ".join(seen.split())[:LONGEST_NAME].rstrip()
    return name if any(unicodedata.category(letter)[0] not in "MZ" for letter in name) else ""


def pseudonym(lang: Lang, number: int) -> str:
    """Return a neutral name in a language, a different one for each number from 0."""
    lap, place = divmod(number, _PSEUDONYMS)
    name = Words(lang)(f"pseudonym.{place + 1}")
    return f"{name} {lap + 1}" if lap else name


def shown_name(text: str, lang: Lang, others: Collection[str]) -> str:
    """Return the display name for a typed text; if nothing visible is left, a pseudonym unlike the others."""
    free = (name for number in itertools.count() if (name := pseudonym(lang, number)) not in others)
    return clean_name(text) or next(free)
