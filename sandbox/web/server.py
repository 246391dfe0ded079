"""The server of the web app: its start and stop, and the origins of sockets."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from nicegui import Client, app, core, ui
from nicegui.server import Server

from sandbox.content.plain import plain
from sandbox.web.app import keep_nowhere, nowhere, with_headers
from sandbox.web.connections import Network, connections
from sandbox.web.gate import LARGEST_MESSAGE, Gate, keep_gate
from sandbox.web.site import Site, holder
from sandbox.web.tables.forgetting import forget_expired
from sandbox.web.tables.house import House
from sandbox.web.throttle import Throttle, in_terminal, open_log

_LOG = logging.getLogger(__name__)
_RECONNECT_SECONDS = 30.0
_LOOK_SECONDS = 3600.0
# So long a page waits for its socket; one that comes later has the page load itself anew, from what is in the cache.
_UNCONNECTED_SECONDS, _PRUNE_SECONDS = 30.0, 5.0


def serve(
    houses: Sequence[House], host: str, port: int, on_ready: Callable[[], None], proxies: Sequence[Network] = (),
    certificate: tuple[Path, Path] | None = None,
) -> None:  # fmt: skip
    """Serve the web app until it is stopped.

    Args:
        houses: the tables of each facilitator, which share only the server.
        host: address to listen on.
        port: port to listen on.
        on_ready: called when pages can be opened.
        proxies: networks of the proxies trusted on who a visitor is.
        certificate: files of a certificate with its chain and of its key, for TLS.
    """
    open_log()
    pace = Throttle()
    _open([Site(house, pace) for house in houses], pace)
    app.on_startup(on_ready)
    tables = sum(len(house.store.tables()) for house in houses)
    app.on_startup(lambda: _LOG.info(in_terminal("server.start", port=port, tables=tables)))
    app.on_startup(partial(_heed_hangup, certificate))
    app.on_shutdown(lambda: _LOG.info(in_terminal("server.stop")))
    cert, key = certificate or (None, None)
    ui.run(
        host=host, port=port, title=houses[0].words("en")("app"), show=False, reload=False, show_welcome_message=False,
        tailwind=False,  # an eighth of what a phone loads, and a script that looks at every change of the page
        reconnect_timeout=_RECONNECT_SECONDS, timeout_graceful_shutdown=3, server_header=False,
        http=connections(proxies), ws_max_size=4 * LARGEST_MESSAGE, ws_per_message_deflate=False,
        proxy_headers=bool(proxies), forwarded_allow_ips=[str(network) for network in proxies],
        ssl_certfile=cert, ssl_keyfile=key, log_config=None,
    )  # fmt: skip


def _heed_hangup(certificate: tuple[Path, Path] | None) -> None:
    """On SIGHUP, if the system has it, read the certificate again; a server without one stops as on SIGTERM."""
    if sys.platform == "win32":
        return

    def hung_up() -> None:
        tls = Server.instance.config.ssl
        if certificate is None or tls is None:
            signal.raise_signal(signal.SIGTERM)
            return
        try:
            for each in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tls):  # first where a wrong one does no harm
                each.load_cert_chain(*certificate, password="")
            _LOG.info(in_terminal("server.certificate"))
        except OSError as error:
            _LOG.error(in_terminal("server.no_certificate", why=error.strerror or error))

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)


def _open(sites: Sequence[Site], pace: Throttle) -> None:
    app.state.sites = sites
    core.sio.eio.max_http_buffer_size = LARGEST_MESSAGE
    core.sio.eio.cors_allowed_origins = _same_origin
    app.middleware("http")(with_headers)
    too_many = partial(nowhere, "too_many", status=429)
    app.add_middleware(Gate, pace=pace, refused=too_many, holder=partial(holder, sites))
    keep_gate()
    keep_nowhere()
    app.timer(_PRUNE_SECONDS, partial(Client.prune_instances, client_age_threshold=_UNCONNECTED_SECONDS))
    for site in sites:
        for opened in (site.house, site.campaigns):
            app.on_startup(opened.open)
        for closed in (site.campaigns, site.house, site.countries):
            app.on_shutdown(closed.close)
        for forget in (partial(forget_expired, site.house), site.campaigns.forget_expired):
            app.timer(_LOOK_SECONDS, forget, immediate=False)


def _same_origin(origin: str | None, environ: Mapping[str, str]) -> bool:
    """Return whether a socket is opened by a page of this server, as it must be."""
    hosts = (environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip())
    own = not origin or urlsplit(origin).netloc in filter(None, hosts)
    if not own:
        _LOG.warning(in_terminal("server.origin", origin=_shown(origin or ""), host=_shown(hosts[0])))
    return own


def _shown(text: str) -> str:
    """Return a visitor's text, safe for the log."""
    return plain(text)[:80].replace("\n", " ")
