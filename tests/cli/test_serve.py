"""The command ``sandbox serve``: what it refuses before it starts."""

from __future__ import annotations

import importlib.util
import socket

import pytest

from tests.cli.conftest import Cli


def test_without_the_web_extra_it_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sandbox.cli.serve.find_spec", lambda name: None if name == "nicegui" else importlib.util.find_spec(name)
    )
    done = cli("serve", "--model", "none")
    assert done.code == 2
    assert "pip install 'governance-sandbox[web]'" in done.err


def test_a_port_in_use_is_named(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("serve", "--model", "none", "--port", port)
    assert done.code == 2
    assert f"--port {port}" in done.err
    assert "choose another" in done.err


@pytest.mark.parametrize(
    "arguments", [("--port", "0"), ("--port", "70000"), ("--keep-days", "0"), ("--host", "no such host")]
)
def test_what_cannot_be(cli: Cli, arguments: tuple[str, str]) -> None:
    assert cli("serve", "--model", "none", *arguments).code == 2


@pytest.mark.parametrize("host", ["a..b", "a" * 70, "ü" * 70, "\udcff"])
def test_an_address_that_is_none_is_named(cli: Cli, host: str) -> None:
    done = cli("serve", "--model", "none", "--host", host)
    assert done.code == 2
    assert "is no address; give a name or a number" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--cert", "c.pem"), "belong together"),
        (("--key", "k.pem"), "belong together"),
        (("--cert", "no.pem", "--key", "no.pem"), "no such file"),
        (("--cert", __file__, "--key", __file__), "no password on the key"),
        (("--behind-proxy", "proxy.example"), "--behind-proxy proxy.example"),
        (("--behind-proxy", "127.0.0.1,"), "with commas between"),
    ],
)
def test_what_stands_before_it_is_checked(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    done = cli("serve", "--model", "none", "--port", "18765", *arguments)
    assert done.code == 2
    assert words in done.err
