"""A stub of an endpoint's Batch API, answered by a scripted model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.session.support import SteadyModel
from tests.stub_endpoint import Received, StubReply, completion, error, usage

__all__ = ["BatchModel", "Spoil"]

Line = dict[str, Any]
Spoil = Callable[[str, int], StubReply | None]


class BatchModel(SteadyModel):
    """Answers ordinary requests at once, and those in batches when it has been asked so often how these stand.

    Args:
        looks: how often a batch is looked at before it has ended.
        spoil: gives another reply to a request in a batch, by its id and how often that was asked; one of status 0
            leaves it unanswered.
        ends: status with which each batch ends, in turn; the last for all that follow.

    Attributes:
        files: what was put there, by id.
        batches: the batches, the first made first.
        asked: how often each request was asked in a batch, by id.
        paid: how often each request was answered, by all that it said.
        hidden: whether the endpoint has no Batch API.
        down: how many more times it fails when it is asked how a batch stands.
    """

    def __init__(self, looks: int = 1, spoil: Spoil | None = None, ends: tuple[str, ...] = ("completed",)) -> None:
        super().__init__("propose")
        self.looks, self.ends = looks, list(ends)
        self.spoil: Spoil = spoil or (lambda _id, _number: None)
        self.files: dict[str, str] = {}
        self.batches: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.hidden, self.down = False, 0
        self._looked: Counter[str] = Counter()

    @property
    def statuses(self) -> list[str]:
        """How the batches stand."""
        return [batch["status"] for batch in self.batches]

    def __call__(self, request: Received) -> StubReply:
        """Answer a request."""
        parts = urlsplit(request.path)
        path = parts.path.removeprefix("/v1/")
        if path == "chat/completions":
            self.paid[json.dumps(request.body, sort_keys=True)] += 1
            return super().__call__(request)
        if self.hidden:
            return error(404, "not found")
        if path == "files":
            name = f"file-{len(self.files)}"
            self.files[name] = _uploaded(request.body)
            return StubReply(body={"id": name, "object": "file"})
        if path.startswith("files/"):
            return StubReply(body=self.files[path.split("/")[1]], headers={"Content-Type": "application/octet-stream"})
        if path == "batches" and request.method == "POST":
            return StubReply(body=self._create(request.body))
        if path == "batches":
            return StubReply(body=self._list(parse_qs(parts.query)))
        if self.down:
            self.down -= 1
            return error(503, "out of order")
        known = [batch for batch in self.batches if path == f"batches/{batch['id']}"]
        return StubReply(body=self._look(known[0])) if known else error(404, "no such batch")

    def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        batch = {
            "id": f"batch-{len(self.batches)}", "object": "batch", "status": "in_progress", "created_at": 0, **body,
        }  # fmt: skip
        self.batches.append(batch)
        return batch

    def _list(self, query: dict[str, list[str]]) -> dict[str, Any]:
        newest = self.batches[::-1]
        after = query.get("after", [""])[0]
        first = next((place + 1 for place, batch in enumerate(newest) if batch["id"] == after), 0)
        page = newest[first : first + min(2, int(query["limit"][0]))]
        return {"object": "list", "data": page, "has_more": first + len(page) < len(newest)}

    def _look(self, batch: dict[str, Any]) -> dict[str, Any]:
        self._looked[batch["id"]] += 1
        if batch["status"] == "in_progress" and self._looked[batch["id"]] > self.looks:
            batch["status"] = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
            lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
            if batch["status"] == "failed":
                batch["errors"] = {"data": [{"message": "Enqueued token limit reached"}]}
            else:
                self._end(batch, lines if batch["status"] == "completed" else lines[: len(lines) // 2])
        return batch

    def _end(self, batch: dict[str, Any], lines: list[Line]) -> None:
        good, bad = list[Line](), list[Line]()
        for line in lines:
            name = line["custom_id"]
            self.asked[name] += 1
            reply = self.spoil(name, self.asked[name])
            if reply is None:
                answer = json.dumps(self.answer(line["body"]), ensure_ascii=False)
                reply = completion(answer, counts=usage(200, 20, 150))
            if not reply.status:
                continue
            response = {"status_code": reply.status, "request_id": "r", "body": reply.body}
            (good if reply.status == 200 else bad).append({"id": "x", "custom_id": name, "response": response})
            self.paid[json.dumps(line["body"], sort_keys=True)] += reply.status == 200
        for kind, answered in (("output", good), ("error", bad)):
            if answered:
                batch[f"{kind}_file_id"] = f"file-{len(self.files)}"
                self.files[batch[f"{kind}_file_id"]] = "".join(f"{json.dumps(line)}\n" for line in answered)
        batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}


def _uploaded(body: bytes) -> str:
    """Return the file in a form, as it was put."""
    boundary = body.split(b"\r\n", 1)[0]
    (part,) = (part for part in body.split(boundary) if b"filename=" in part)
    return part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n").decode()
