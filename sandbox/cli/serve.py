"""The command that serves the web app."""

from __future__ import annotations

import errno
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.translation import said, translated
from sandbox.errors import InputError
from sandbox.settings import Settings

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from sandbox.session.choice import ModelChoice


app = Commands()
_EVERYWHERE = ("0.0.0.0", "::")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OPENAI = "api.openai.com"
_LAST_PORT = 65535


@app.command()
def serve(
    *,
    host: Annotated[str, Option(help="Address to listen on; 0.0.0.0: all of this computer's.")] = ("127.0.0.1"),
    port: Annotated[int, Option(help="Port to listen on.", min=1, max=_LAST_PORT)] = 8080,
    cert: Annotated[
        Path | None, Option(help="File with a certificate and its chain: the server speaks TLS (https), with --key.")
    ] = None,
    key: Annotated[Path | None, Option(help="File with the certificate's key, which no password protects.")] = None,
    behind_proxy: Annotated[
        str | None,
        Option(
            metavar="ADDRESSES",
            help="Addresses or networks of the proxies before this server, with commas between, as 127.0.0.1 or"
            " 10.0.0.0/8: what they say of visitors (X-Forwarded-For and the like) is believed. Of others, nothing is.",
        ),
    ] = None,
    keep_days: Annotated[
        int, Option(help="Delete tables that nobody has used for so many days; it is announced first.", min=1)
    ] = 30,
    model: options.Model = None,
    judge_model: options.JudgeModel = None,
    means: options.Means,
    places: options.Places,
) -> None:
    """Serve the web app: people take seats, a facilitator steers; sessions go on after a stop and a new start."""
    if find_spec("nicegui") is None:
        raise InputError(translated("the web app is not installed: pip install 'governance-sandbox[web]'"))
    from sandbox.cli.console import Console
    from sandbox.content.library import Library
    from sandbox.session.choice import choose
    from sandbox.web.app import serve as serve_pages
    from sandbox.web.house import House
    from sandbox.web.own_folder import Served, own_content
    from sandbox.web.store import Store

    _check_address(host, port)
    certificate, proxies = _certificate(cert, key), _proxies(behind_proxy)
    choice = choose(means.settings, model, judge_model)
    library = Library.load_sound(places.content or own_content(places.runs))
    models = means.models(choice)
    console = Console()

    def ready() -> None:
        link = f"{'https' if certificate else 'http'}://{_shown(host)}:{port}/f/{store.secret}"
        console.print(translated("Facilitator: {link}", link=link), highlight=False, soft_wrap=True, markup=False)
        console.print(translated("Whoever has this link is the facilitator. Stop with Ctrl+C."), style="dim")
        for problem in library.left_out:
            left_out = translated("Left out: {problem}", problem=said(problem))
            console.print(left_out, highlight=False, soft_wrap=True, markup=False, style="yellow")
        if host in _LOOPBACK and not proxies:
            alone = (
                "Only this computer can open it. For phones in this network, stop it (Ctrl+C) and add --host 0.0.0.0."
            )
            console.print(translated(alone), highlight=False, markup=False, style="yellow")
        if host not in _LOOPBACK and not certificate and not proxies:
            reached = "Others in the network can reach this server; what is sent is not encrypted (--cert)."
            console.print(translated(reached), style="yellow")

    with Served.made(places.runs).locked():
        store = Store(places.runs / "tables.sqlite")
        disclosure = _disclosure(choice, means.settings)
        house = House(store, library, places.runs, choice, models, disclosure, keep_days)
        with suppress(KeyboardInterrupt):  # which is how it is stopped
            serve_pages(house, host, port, ready, proxies, certificate)


def _certificate(cert: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Return the files of a certificate, after a look at whether a server can speak TLS with them."""
    import ssl

    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise InputError(translated("--cert and --key belong together: a certificate, and its key"))
    for path in (cert, key):
        if not path.is_file():
            raise InputError(f"{path}: {translated('no such file')}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except OSError as error:
        needed = translated("a certificate and its own key, both as PEM, are needed, and no password on the key")
        why = "--cert {cert} --key {key}: {why}; {needed}"
        raise InputError(translated(why, cert=cert, key=key, why=error.strerror or error, needed=needed)) from error
    return cert, key


def _proxies(text: str | None) -> list[IPv4Network | IPv6Network]:
    from ipaddress import ip_network

    proxies = []
    for part in (text or "").split(","):
        try:
            proxies += [ip_network(part.strip())] if text is not None else []
        except ValueError as error:
            name = translated("name addresses or networks, with commas between, as 127.0.0.1")
            raise InputError(translated("--behind-proxy {part}: {name}", part=part.strip(), name=name)) from error
    return proxies


def _disclosure(choice: ModelChoice, settings: Settings) -> tuple[str, str]:
    from urllib.parse import urlsplit

    judged = choice.judge_name
    if choice.silent and judged is None:
        return "", ""
    speaker = "" if choice.silent else choice.speaker_name
    names = ", ".join(dict.fromkeys(name for name in (speaker, judged) if name))
    remote = not choice.embedded or any(name != choice.embedded for name in choice.judges)
    host = urlsplit(settings.base_url).hostname if settings.base_url else _OPENAI
    return names, (host or "") if remote else ""


def _check_address(host: str, port: int) -> None:
    import socket

    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except UnicodeError as error:
        no_address = "--host '{host}': is no address; give a name or a number, as 0.0.0.0"
        raise InputError(translated(no_address, host=f"{host:.60}")) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            taken = "--port {port}: a program uses it already; choose another, as --port {other}"
            raise InputError(translated(taken, port=port, other=port + 1 if port < _LAST_PORT else port - 1)) from error
        no_host = "--host {host}: is no address of this computer; give 127.0.0.1 for it alone, 0.0.0.0 for others too"
        refused = "--host {host} --port {port}: {why}; choose another"
        away = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        sentence = no_host if away else refused
        raise InputError(translated(sentence, host=host, port=port, why=error.strerror or error)) from error


def _shown(host: str) -> str:
    """Return the address to print: for all addresses, the one that others in the network most likely reach."""
    import socket

    if host not in _EVERYWHERE:
        return f"[{host}]" if ":" in host else host
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing; only asks which address would be used
            return str(probe.getsockname()[0])
    except OSError:
        return "127.0.0.1"
