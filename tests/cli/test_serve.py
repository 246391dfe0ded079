"""The command ``sandbox serve``: what it refuses before it starts."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import pytest

from sandbox.llm.usage import Usage
from sandbox.web.tables.house import House
from tests.cli.conftest import Cli, speak
from tests.content.folders import shipped, write
from tests.llm.test_gateway import free_port

PORT = str(free_port())  # the program's own may be in use on this machine


def test_without_the_web_extra_it_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sandbox.cli.serve.find_spec", lambda name: None if name == "nicegui" else importlib.util.find_spec(name)
    )
    done = cli("serve", "--model", "none")
    assert done.code == 2
    assert "pip install 'governance-sandbox[web]'" in done.err


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "port {port} is taken by another program; take another: --port "), ("zh", "端口{port}已经有别的程序在用")],
)
def test_a_port_in_use_is_named_with_one_that_is_free(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    speak(monkeypatch, lang)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("serve", "--model", "none", "--port", port)
    assert done.code == 2
    assert said.format(port=port) in done.err
    free = int(done.err.rpartition("--port ")[2])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", free))


def test_an_address_of_another_computer_is_named(cli: Cli) -> None:
    done = cli("serve", "--model", "none", "--host", "192.0.2.77")
    assert done.code == 2
    assert "--host 192.0.2.77: this computer has no such address" in done.err
    assert "--host 0.0.0.0" in done.err


@pytest.fixture
def serving(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the command to where pages can be opened, and no further."""
    monkeypatch.setattr("sandbox.web.server.serve", lambda *arguments: arguments[3]())
    return cli


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Only this computer can open it now."), ("zh", "现在只有这台电脑能打开。")]
)
@pytest.mark.parametrize("host", [(), ("--host", "127.0.0.1"), ("--host=localhost",)])
def test_where_no_phone_can_open_it_stands_the_command_with_which_they_can(
    serving: Cli, monkeypatch: pytest.MonkeyPatch, lang: str, said: str, host: tuple[str, ...]
) -> None:
    speak(monkeypatch, lang)
    done = serving("serve", *host, "--model", "cards", "--port", PORT)
    assert (done.code, done.err) == (0, "")
    assert said in done.out
    assert f"sandbox serve --model cards --port {PORT} --host 0.0.0.0" in done.out
    assert "--cert" not in done.out


@pytest.mark.parametrize("own", [["198.51.100.7"], ["198.51.100.7", "203.0.113.9"]])
def test_at_all_addresses_it_says_which_ones_phones_open(
    serving: Cli, monkeypatch: pytest.MonkeyPatch, own: list[str]
) -> None:
    monkeypatch.setattr("sandbox.web.links._of_this_computer", lambda: own)
    done = serving("serve", "--model", "cards", "--host", "0.0.0.0", "--port", PORT)
    assert f"Facilitator: http://198.51.100.7:{PORT}/f/" in done.out
    assert f"Phones in the same network (Wi-Fi) open http://198.51.100.7:{PORT} and type the join code." in done.out
    assert (f"other addresses: http://203.0.113.9:{PORT}" in done.out) == (len(own) > 1)
    assert "Only this computer" not in done.out


def test_the_address_that_people_open_stands_in_the_link(serving: Cli) -> None:
    done = serving(
        "serve",
        "--model",
        "cards",
        "--port",
        PORT,
        "--behind-proxy",
        "127.0.0.1",
        "--url",
        "https://school.example/s/",
    )
    assert "Facilitator: https://school.example/s/f/" in done.out


@pytest.mark.parametrize("several", [False, True])
def test_several_facilitators_share_tokens_in_equal_parts_and_content_to_read(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, several: bool
) -> None:
    houses: list[House] = []
    monkeypatch.setattr("sandbox.web.server.serve", lambda served, *_: houses.extend(served))
    content = tmp_path / "school"
    write(content, "persona", "neighbour", shipped("persona", "elder").replace("id: elder", "id: neighbour"))
    names = ("--facilitator", "Li", "--facilitator", "Wang") if several else ()
    options = ("--model", "cards", "--port", PORT, "--house-max-tokens", "1001", "--content", str(content))
    assert cli("serve", *options, *names).code == 0
    accounts = [house.models.account.whole for house in houses]
    assert [account.budget.max_tokens for account in accounts] == ([500, 500] if several else [1001])
    accounts[0].spent += Usage(1, 400, 0, 0)
    assert accounts[-1].spent.total == (0 if several else 400), "what one spends is nobody else's"
    own = [house.runs / "content" for house in houses] if several else [content]
    assert [house.own_content for house in houses] == own
    assert all("neighbour" in house.library.cards["persona"] for house in houses)


def test_one_facilitator_of_several_is_given_a_new_link(serving: Cli) -> None:
    def links(*more: str) -> list[str]:
        done = serving("serve", "--model", "cards", "--port", PORT, *more)
        assert done.code == 0, done.err
        return [line.partition("/f/")[2] for line in done.out.splitlines() if line.startswith("Facilitator ")]

    both = ("--facilitator", "Li", "--facilitator", "Wang")
    li, wang = links(*both)
    new, same = links(*both, "--new-link", "Li")
    assert (new != li, same) == (True, wang)
    refused = serving("serve", "--model", "cards", *both, "--new-link", "Zhao")
    assert "--new-link Zhao: no --facilitator has this name" in refused.err


def test_what_cannot_be(cli: Cli) -> None:
    cases: list[tuple[str, str]] = [
        ("--port", "0"),
        ("--port", "70000"),
        ("--keep-days", "0"),
        ("--host", "no such host"),
    ]
    for arguments in cases:
        assert cli("serve", "--model", "none", *arguments).code == 2


def test_an_address_that_is_none_is_named(cli: Cli) -> None:
    for host in ("a..b", "a" * 70, "ü" * 70, "\udcff"):
        done = cli("serve", "--model", "none", "--host", host)
        assert done.code == 2
        assert "is no address; give a name or a number" in done.err


def test_what_stands_before_it_is_checked(cli: Cli) -> None:
    cases: list[tuple[tuple[str, ...], str]] = [
        (("--cert", "c.pem"), "belong together"),
        (("--key", "k.pem"), "belong together"),
        (("--cert", "no.pem", "--key", "no.pem"), "no such file"),
        (("--cert", __file__, "--key", __file__), "no password on the key"),
        (("--behind-proxy", "proxy.example"), "--behind-proxy proxy.example"),
        (("--behind-proxy", "127.0.0.1,"), "with commas between"),
        (("--url", "sandbox.example"), "as https://sandbox.example"),
        (("--url", "https://school.example/sandbox"), "a path needs a proxy"),
    ]
    for arguments, words in cases:
        done = cli("serve", "--model", "none", "--port", PORT, *arguments)
        assert done.code == 2
        assert words in done.err
