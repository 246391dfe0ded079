"""Under which addresses a server is handed out."""

from __future__ import annotations

import pytest

from sandbox.web.links import Reach, bases_of, is_own


def test_an_address_that_leads_every_device_to_itself_is_known() -> None:
    cases: list[tuple[str, bool]] = [
        ("http://127.0.0.1:8080/join/A", True), ("http://127.8.0.1", True), ("http://[::1]:8080", True),
        ("https://localhost", True), ("http://192.168.1.20:8080/join/A", False), ("https://sandbox.example", False),
        ("http://[fd00::2]:8080", False),
    ]  # fmt: skip
    for url, own in cases:
        assert is_own(url) == own


def test_a_server_is_handed_out_under_an_address_that_others_can_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.web.links._of_this_computer", lambda: ["198.51.100.7", "203.0.113.9"])
    assert bases_of("127.0.0.1", 80, "http") == ()
    assert bases_of("192.168.1.20", 80, "https") == ("https://192.168.1.20:80",)
    assert bases_of("fd00::2", 80, "http") == ("http://[fd00::2]:80",)
    reach = Reach(bases_of("0.0.0.0", 80, "http"))
    assert reach.base("http://127.0.0.1:80") == "http://198.51.100.7:80"
    assert reach.base("http://203.0.113.9:80") == "http://203.0.113.9:80"
    assert Reach().base("http://127.0.0.1:80") == "http://127.0.0.1:80"
    assert Reach(("https://a.example",), url="https://a.example").base("http://10.0.0.3:80") == "https://a.example"
