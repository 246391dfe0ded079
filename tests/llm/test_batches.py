"""What an endpoint's Batch API may name its files and batches, and what is told where that is no name."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

import pytest

from sandbox.errors import EndpointError
from sandbox.llm.batches import BatchApi
from tests.session.support import models_at
from tests.stub_endpoint import StubEndpoint, StubReply

STEPS: list[tuple[str, Callable[[BatchApi], Awaitable[Any]]]] = [
    ("id", lambda api: api.upload("requests.jsonl", io.BytesIO(b"{}"))),
    ("id", lambda api: api.create("file-1", {"sandbox": "x"}, 0.0)),
    ("id", lambda api: api.retrieve("batch-1")),
    ("output_file_id", lambda api: api.retrieve("batch-1")),
    ("error_file_id", lambda api: api.retrieve("batch-1")),
]


async def test_an_id_that_cannot_be_used_is_one_message_at_each_step() -> None:
    cases: list[Any] = [5, "\ud800", "batch\x1b[2J", "a\nb", "\x00", "../../etc", "a?b=c", "x" * 100_000, None, ""]
    told: list[StubReply] = []
    with StubEndpoint(lambda _: told[-1]) as stub:
        models = models_at(stub.base_url)
        assert models.speaker
        api = models.endpoints.batches(models.speaker)
        for given, (field, step) in product(cases, STEPS):
            if given or field == "id":  # a batch that has not ended names no files
                told.append(StubReply(body={"id": "batch-1", "status": "completed", field: given}))
                with pytest.raises(EndpointError, match="broken answer: it names no id that can be used"):
                    await step(api)
        await models.endpoints.close()


async def test_errors_that_are_no_list_say_nothing() -> None:
    for errors in (5, True, -1, {"message": "x"}, None):
        answer = {"id": "batch-1", "status": "failed", "errors": {"data": errors}}
        with StubEndpoint([StubReply(body=answer)]) as stub:
            models = models_at(stub.base_url)
            assert models.speaker
            batch = await models.endpoints.batches(models.speaker).retrieve("batch-1")
            assert (batch.status, batch.words) == ("failed", "")
            await models.endpoints.close()
