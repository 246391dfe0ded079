"""The command that serves the web app."""

from __future__ import annotations

import errno
import re
import shlex
import socket
import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.translation import said, translated
from sandbox.errors import InputError
from sandbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from sandbox.session.choice import ModelChoice
    from sandbox.web.links import Reach


app = Commands()
_FOR_PHONES = ("--host", "0.0.0.0")
_PORTS_NEARBY = 50
_OPENAI = "api.openai.com"
_NAME = re.compile(r"[^\W_][\w .\-]{0,39}")


@app.command()
def serve(
    *,
    host: Annotated[
        str,
        Option(help="Address to listen on; 0.0.0.0: all of this computer's, so that phones in its network can join."),
    ] = "127.0.0.1",
    port: Annotated[int, Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    cert: Annotated[
        Path | None, Option(help="File with a certificate and its chain: the server speaks TLS (https), with --key.")
    ] = None,
    key: Annotated[Path | None, Option(help="File with the certificate's key, which no password protects.")] = None,
    behind_proxy: Annotated[
        str | None,
        Option(
            metavar="ADDRESSES",
            help="Addresses or networks of the proxies before this server, with commas between, as 127.0.0.1. What they"
            " say of visitors (X-Forwarded-For and the like) is believed; so name them alone, and no network in"
            " which visitors are.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        Option(
            help="Address that people open, as https://sandbox.example, where that is a proxy's: it stands in the link"
            " that is printed, in join links and QR codes.",
        ),
    ] = None,
    keep_days: Annotated[
        int, Option(help="Delete tables that nobody has used for so many days; it is announced first.", min=1)
    ] = 30,
    facilitator: Annotated[
        list[str] | None,
        Option(
            metavar="NAME",
            help="A facilitator with a link, tables, sessions and cards of their own, which no other of them sees: in "
            "facilitators/NAME of the folder of sessions (more than once; without: one, in that folder itself). "
            "Cards of --content are everybody's then, and only copied.",
        ),
    ] = None,
    new_links: Annotated[
        bool, Option("--new-links", help="Give the facilitators new links; the old ones open nothing any more.")
    ] = False,
    new_link: Annotated[
        list[str] | None,
        Option(metavar="NAME", help="Give one facilitator alone a new link, as her button does (more than once)."),
    ] = None,
    links: Annotated[
        Path | None,
        Option(help="File, for its owner alone, into which facilitators' links are written, and not on the terminal."),
    ] = None,
    house_max_tokens: Annotated[
        int | None,
        Option(
            help="Budget in tokens of all sessions together, from one start of the server to the next; of several"
            " facilitators each has an equal part.",
            min=1,
        ),
    ] = None,
    model: options.Model = None,
    judge_model: options.JudgeModel = None,
    means: options.Means,
    places: Folders,
) -> None:
    """Serve the web app: people take seats, a facilitator steers; sessions go on after a stop and a new start."""
    if find_spec("nicegui") is None:
        raise InputError(translated("the web app is not installed: pip install 'governance-sandbox[web]'"))
    from sandbox.content.library import Library
    from sandbox.llm.usage import BudgetAccount, PartAccount
    from sandbox.session.choice import choose
    from sandbox.web.cards.own_folder import Served, own_content
    from sandbox.web.links import Reach, bases_of
    from sandbox.web.server import serve as serve_pages
    from sandbox.web.tables.house import House
    from sandbox.web.tables.store import WebStore

    _check_address(host, port)
    certificate, proxies = _certificate(cert, key), _proxies(behind_proxy)
    url = _url(url, by_proxy=bool(proxies))
    choice = choose(means.settings, model, judge_model)
    folders = _folders(places.runs, facilitator or ())
    if unknown := [name for name in new_link or () if name not in folders]:
        raise InputError(translated("--new-link {name}: no --facilitator has this name", name=f"{unknown[0]:.60}"))
    content, shared = Library.load_sound(places.content), places.content if facilitator else None
    contents = {name: own_content(folder) if shared or not places.content else None for name, folder in folders.items()}
    libraries = {name: Library.load_sound(shared, own) if own else content for name, own in contents.items()}
    share = max(1, house_max_tokens // len(folders)) if house_max_tokens else None
    models = means.models(choice)
    scheme = "https" if certificate else "http"
    reach = Reach((url,) if url else bases_of(host, port, scheme), _with_host(sys.argv), url)
    own = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    houses: dict[str, House] = {}
    with ExitStack() as stack:
        for name, folder in folders.items():
            stack.enter_context(Served.made(folder).locked())
            store = WebStore(folder / "tables.sqlite")
            if new_links or name in (new_link or ()):
                store.renew()
            disclosure = _disclosure(choice, means.settings)
            account = BudgetAccount(replace(means.limits, max_tokens=share, money=None))
            own_models = replace(models, account=PartAccount(means.limits, account))
            houses[name] = House(
                store, libraries[name], folder, choice, own_models, disclosure, keep_days, reach, shared
            )  # fmt: skip
        base = reach.bases[0] if reach.bases else own
        left_out = dict.fromkeys(problem for library in libraries.values() for problem in library.left_out)

        def ready() -> None:
            _tell_links({name: f"{base}/f/{house.store.secret}" for name, house in houses.items()}, links)
            for problem in left_out:
                _say(translated("Left out: {problem}", problem=said(problem)), "yellow")
            if not proxies:
                _tell_phones(reach, encrypted=certificate is not None)

        with suppress(KeyboardInterrupt):  # which is how it is stopped
            serve_pages([*houses.values()], host, port, ready, proxies, certificate)


def _say(text: str, style: str = "") -> None:
    """Print a text without markup."""
    from sandbox.cli.console import Console

    Console().print(text, style=style, highlight=False, soft_wrap=True, markup=False)


def _tell_links(links: Mapping[str, str], file: Path | None) -> None:
    """Print the facilitators' links, by name, or write them to a file instead."""
    from sandbox.content.files import write_whole

    if file is not None:
        write_whole(file, "".join(f"{name}\t{link}\n" for name, link in links.items()), 0o600)
        _say(translated("Facilitators' links: {path}", path=file))
    for name, link in links.items() if file is None else ():
        text = "Facilitator {name}: {link}" if name else "Facilitator: {link}"
        _say(translated(text, name=name, link=link))
    _say(translated("Whoever has this link is the facilitator. Stop with Ctrl+C."), "dim")


def _tell_phones(reach: Reach, *, encrypted: bool) -> None:
    """Print how phones can open the pages."""
    if not reach.bases:
        _say(translated("Only this computer can open it now. For phones: stop it (Ctrl+C) and start it again so:"))
        _say(f"  {reach.command}", "bold")
        _say(translated("Phones have to be in the same network (Wi-Fi). Tables and links stay as they are."))
        return
    first, *others = reach.bases
    _say(translated("Phones in the same network (Wi-Fi) open {address} and type the join code.", address=first))
    if others:
        other = "If they cannot open it, try this computer's other addresses: {addresses}"
        _say(translated(other, addresses="  ".join(others)))
    if not encrypted and not reach.url.startswith("https:"):
        plain = "Others in the network can reach this server; what is sent is not encrypted (--cert)."
        _say(translated(plain), "yellow")


def _folders(runs: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return the folder of each facilitator by name; without names only the folder of sessions, with an empty name."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise InputError(translated(
                "--facilitator {name}: a name is the name of a folder as well: letters, digits, spaces, . - _, at most "
                "40, and first a letter or digit", name=f"{name:.60}"
            ))  # fmt: skip
    if len(set(names)) < len(names):
        raise InputError(translated("--facilitator: each name once"))
    return {name: runs / "facilitators" / name for name in names} or {"": runs}


def _url(text: str | None, *, by_proxy: bool) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit((text or "").rstrip("/"))
    if text is not None and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
        give = "--url {url}: give the address that people open, as https://sandbox.example"
        raise InputError(translated(give, url=text))
    if parts.path and not by_proxy:
        raise InputError(translated("--url {url}: a path needs a proxy, and --behind-proxy with its address", url=text))
    return parts.geturl()


def _certificate(cert: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Return the files of a certificate after checking that TLS works with them."""
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

    from sandbox.session.choice import place_of

    judged = choice.judge_name
    if choice.silent and judged is None:
        return "", ""
    speaker = "" if choice.silent else choice.speaker_name
    names = ", ".join(dict.fromkeys(name for name in (speaker, judged) if name))
    addresses = [place_of(name, settings).base_url for name in choice.remote]
    hosts = [urlsplit(address).hostname or "" if address else _OPENAI for address in addresses]
    return names, ", ".join(dict.fromkeys(filter(None, hosts)))


def _check_address(host: str, port: int) -> None:
    """Raise `InputError`, with advice, if the server cannot listen there."""
    named: dict[str, object] = {"host": f"{host:.60}", "port": port}
    try:
        _bind(host, port)
    except (UnicodeError, socket.gaierror) as error:
        no_address = "--host '{host}' is no address; give a name or a number, as 0.0.0.0"
        raise InputError(translated(no_address, **named)) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            near = (*range(port + 1, port + _PORTS_NEARBY), *range(port - 1, max(0, port - _PORTS_NEARBY), -1))
            named["free"] = next((free for free in near if _fits(host, free)), port + 1)
            text = "port {port} is taken by another program; take another: --port {free}"
        elif error.errno == errno.EACCES:
            named["free"] = port + 8000 if port < 1024 else port + 1
            text = "port {port} is not open to you; take another: --port {free}"
        elif error.errno == errno.EADDRNOTAVAIL:
            text = "--host {host}: this computer has no such address; for all of its addresses: --host 0.0.0.0"
        else:
            text = "--host {host} --port {port}: {why}; choose another"
            named["why"] = error.strerror or error
        raise InputError(translated(text, **named)) from error


def _bind(host: str, port: int) -> None:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _fits(host: str, port: int) -> bool:
    try:
        _bind(host, port)
    except (OSError, OverflowError):
        return False
    return True


def _with_host(called: Sequence[str]) -> str:
    """Return the command that was called, changed so that the network can reach the server."""
    script, *words = called
    name = Path(script).name
    if name == "__main__.py":
        begin = [sys.orig_argv[0], "-m", "sandbox"]
    else:
        begin = [name if which(name) == script else script]
    kept = [
        word for before, word in pairwise(["", *words]) if before != "--host" and word.partition("=")[0] != "--host"
    ]
    return shlex.join([*begin, *kept, *_FOR_PHONES])
