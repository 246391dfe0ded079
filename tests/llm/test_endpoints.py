"""What sessions that share a process's endpoints notice of one another."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import BudgetReachedError, EndpointError
from sandbox.llm import transport
from sandbox.llm.calls import Endpoint, shown_address
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import Budget, BudgetAccount, Meter
from tests.llm.test_gateway import CALL, CANARY, GOOD, Naps, fail, free_port
from tests.stub_endpoint import Received, StubEndpoint, StubReply, completion, error, usage

SESSIONS = 20


async def session(endpoints: Endpoints, endpoint: Endpoint, meter: Meter, calls: int = 4) -> int:
    """Make calls one after another, as a session does; return how many were answered before the budget was reached."""
    gateway = endpoints.gateway(endpoint, meter)
    for number in range(calls):
        try:
            await gateway.ask(replace(CALL, key=str(number)))
        except BudgetReachedError:
            return number
    return calls


class Crowded(StubEndpoint):
    """Answers after a moment, and gives a 429 to all requests beyond those that it bears at once."""

    def __init__(self, bears: int) -> None:
        super().__init__([])
        self.most = self.refused = self._active = 0
        self._bears = bears
        self._counting = threading.Lock()

    def next_reply(self, request: Received) -> StubReply:
        """Return the reply to a request."""
        del request
        with self._counting:
            self._active += 1
            self.most = max(self.most, self._active)
            busy = self._active > self._bears
            self.refused += busy
        if not busy:
            time.sleep(0.01)
        with self._counting:
            self._active -= 1
        return error(429, "slow down", headers={"Retry-After": "0"}) if busy else completion(GOOD)


async def test_sessions_together_never_spend_more_than_their_budget() -> None:
    cases: list[Budget] = [Budget(max_tokens=9_000), Budget(money=0.5, price_input=10.0, price_output=200.0)]
    for budget in cases:
        account = BudgetAccount(budget)
        dear = usage(45, 200)  # as much as a call may take
        with StubEndpoint([completion(GOOD, counts=dear)]) as stub:
            async with Endpoints() as endpoints:
                endpoint = Endpoint("m", stub.base_url)
                meters = [Meter(account) for _ in range(SESSIONS)]
                made = await asyncio.gather(*(session(endpoints, endpoint, meter) for meter in meters))
            assert 0 < sum(made) == len(stub.received) < 4 * SESSIONS
        assert budget.allows(account.spent)
        assert account.spent.total == sum(meter.total.total for meter in meters)
        with pytest.raises(BudgetReachedError):  # nothing is held any more, and still no further call fits
            async with account.reserved(replace(account.spent, prompt=49, completion=200)):
                pass


async def test_calls_cheaper_than_feared_are_all_made() -> None:
    account = BudgetAccount(Budget(max_tokens=SESSIONS * 4 * 11 + 250))
    with StubEndpoint([completion(GOOD, counts=usage(10, 1))]) as stub:
        async with Endpoints() as endpoints:
            endpoint = Endpoint("m", stub.base_url)
            made = await asyncio.gather(*(session(endpoints, endpoint, Meter(account)) for _ in range(SESSIONS)))
    assert made == [4] * SESSIONS


async def test_a_crowded_endpoint_is_asked_less_and_no_session_fails() -> None:
    naps = Naps()
    stub = Crowded(3)
    with stub:
        async with Endpoints(sleep=naps) as endpoints:
            endpoint = Endpoint("m", stub.base_url)
            made = await asyncio.gather(*(session(endpoints, endpoint, Meter()) for _ in range(SESSIONS)))
    assert made == [4] * SESSIONS
    assert stub.refused == len(naps.waits) > 0
    assert set(naps.waits) == {0.0}, "as long as it asked for"
    assert stub.most < SESSIONS // 2


async def test_what_one_session_learned_of_an_endpoint_the_next_one_knows() -> None:
    def reply(request: Received) -> StubReply:
        known = {"response_format", "seed"} & request.body.keys()
        return error(400, f"unsupported: {sorted(known)}") if known else completion(GOOD)

    with StubEndpoint(reply) as stub:
        async with Endpoints() as endpoints:
            endpoint = Endpoint("m", stub.base_url)
            await session(endpoints, endpoint, Meter(), 1)
            refused = len(stub.received) - 1
            await session(endpoints, endpoint, Meter(), 1)
            assert (refused, len(stub.received)) == (3, refused + 2)
            await session(endpoints, replace(endpoint, model="other"), Meter(), 1)
            assert len(stub.received) == 2 * (refused + 1) + 1, "another model may understand more"


async def test_connections_are_shared_and_no_more_than_the_bound() -> None:
    with StubEndpoint([completion(GOOD)]) as stub:
        async with Endpoints(most=5) as endpoints:
            endpoint = Endpoint("m", stub.base_url)
            await asyncio.gather(*(session(endpoints, endpoint, Meter()) for _ in range(SESSIONS)))
        assert len(stub.received) == 4 * SESSIONS
        assert stub.connections <= 5


async def test_a_session_counts_its_own_usage() -> None:
    with StubEndpoint([completion(GOOD)]) as stub:
        async with Endpoints() as endpoints:
            endpoint, meters = Endpoint("m", stub.base_url), [Meter(), Meter()]
            await asyncio.gather(*(session(endpoints, endpoint, meter, 1 + 2 * n) for n, meter in enumerate(meters)))
    assert [meter.total.calls for meter in meters] == [1, 3]


def test_endpoints_serve_one_command_after_another() -> None:
    endpoints = Endpoints()
    with StubEndpoint([completion(GOOD)]) as stub:
        for _ in range(2):
            done = asyncio.run(endpoints.during(session(endpoints, Endpoint("m", stub.base_url), Meter())))
            assert done == 4
        assert stub.connections == 2


async def test_endpoints_are_closed_when_work_fails() -> None:
    endpoints = Endpoints(sleep=Naps())
    work = session(endpoints, Endpoint("m", f"http://127.0.0.1:{free_port()}/v1"), Meter())
    with pytest.raises(EndpointError):
        await endpoints.during(work)


def test_addresses_are_shown_without_secrets() -> None:
    cases: list[tuple[str, str]] = [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        (f"https://me:{CANARY}@api.example.com:8443/v1", "https://api.example.com:8443/v1"),
        (f"https://{CANARY}@api.example.com/v1", "https://api.example.com/v1"),
        (f"https://api.example.com/v1?api-key={CANARY}#{CANARY}", "https://api.example.com/v1"),
        (f"https://api.example.com/v1;{CANARY}", "https://api.example.com/v1"),
        (f"https://me:a;{CANARY}@api.example.com/v1;{CANARY}", "https://api.example.com/v1"),
        (f"https://api.example.com/v1?api-key={CANARY}@x", "https://***"),
        (f"https://me:a?{CANARY}@api.example.com/v1", "https://***"),
        (f"https://me:a#{CANARY}@api.example.com/v1", "https://***"),
        (f"https://me:a/{CANARY}@api.example.com/v1", "https://api.example.com/v1"),
        (f"https://me:a@{CANARY}@api.example.com/v1", "https://api.example.com/v1"),
        (f"me:{CANARY}@api.example.com", "api.example.com"),
        (f"http://me:{CANARY}@[::1/v1", "http://[::1/v1"),
        ("nonsense", "nonsense"),
    ]  # fmt: skip
    for address, shown in cases:
        assert shown_address(address) == shown
        assert Endpoint("m", address).where == shown
        assert CANARY not in repr(Endpoint("m", address))


async def test_an_address_that_cannot_be_used_is_named_without_its_secrets() -> None:
    cases: list[str] = [
        f"http://me:{CANARY}@127.0.0.1:99999/v1", f"http://me:a/{CANARY}@127.0.0.1/v1",
        f"http://127.0.0.1:port/v1?api-key={CANARY}", f"ftp://me:{CANARY}@127.0.0.1/v1?api-key={CANARY}",
        f"me:{CANARY}@127.0.0.1",
    ]  # fmt: skip
    for address in cases:
        message = await fail(address, key=None)
        assert "OPENAI_BASE_URL: cannot use the address" in message
        assert "Port" not in message, "nor why: that may quote the secret"


async def test_an_endpoint_that_repeats_the_password_is_not_repeated() -> None:
    def reply(request: Received) -> StubReply:
        return error(404, f"{CANARY} asked for {json.dumps(request.path)}")

    with StubEndpoint(reply) as stub:
        message = await fail(stub.base_url.replace("http://", f"http://me:{CANARY}@"), key="key")
    assert "*** asked for" in message


@pytest.mark.parametrize("path", ["", "/", "/v1/"])
async def test_an_address_may_have_any_path_or_none(path: str) -> None:
    with StubEndpoint([completion(GOOD)]) as stub:
        url = stub.base_url.removesuffix("/v1") + path
        async with Endpoints() as endpoints:
            assert await session(endpoints, Endpoint("m", url), Meter(), 1) == 1
    assert stub.received[0].path == f"{path.rstrip('/')}/chat/completions"


async def test_a_password_in_the_address_is_sent_in_place_of_the_key() -> None:
    with StubEndpoint([completion(GOOD)]) as stub:
        url = stub.base_url.replace("http://", "http://me:s%40fe@")
        async with Endpoints() as endpoints:
            assert await session(endpoints, Endpoint("m", url, "key"), Meter(), 1) == 1
    assert b64decode(stub.received[0].headers["authorization"].removeprefix("Basic ")) == b"me:s@fe"


async def test_what_an_address_holds_in_code_is_not_shown_as_it_is_meant() -> None:
    def reply(request: Received) -> StubReply:
        return error(400, f"{request.path} {request.headers['authorization']}")

    with StubEndpoint(reply) as stub:
        url = stub.base_url.replace("http://", "http://bob:p%40hunter2hunter2@") + "?api=hunter2hunter2%40canary"
        message = await fail(url, key="key")
    [request] = stub.received
    assert request.path in [f"/v1/chat/completions?api=hunter2hunter2{at}canary" for at in ("@", "%40")]
    assert "hunter2" not in message
    assert b64encode(b"bob:p@hunter2hunter2").decode()[8:-4] not in message


def test_certificates_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("no certificate", encoding="utf-8")
    for file in ("none.pem", "missing.pem"):
        transport._trusted.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / file))
        with pytest.raises(EndpointError, match="SSL_CERT_FILE"):
            transport.connect(Endpoint("m", "https://api.example.com/v1"))
    transport._trusted.cache_clear()


def test_a_key_is_looked_for_in_the_address_too() -> None:
    secrets: Any = Endpoint("m", f"http://me:{CANARY}@h/v1?api-key=query-{CANARY}&v=1", "key").secrets
    assert set(secrets) == {"key", CANARY, f"query-{CANARY}"}
