"""What is killed and gone on with: sessions and campaigns, each a command in a process of its own."""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from sandbox.content.skeletons import skeleton
from sandbox.record.appended import whole_lines
from tests.attack.child import Ended, Started, start_command
from tests.stub_endpoint import Received, StubEndpoint, StubReply
from tests.web.served import Streaming

__all__ = ["ByRules", "Campaign", "Life", "Plan", "Session", "bare"]

_NOTICE = "the last line was cut off and is dropped"
_ENGAGED = ("--stages", "training,public_engagement", "--turns", "3")


@dataclass(frozen=True)
class Plan:
    """What a life consists of.

    Args:
        name: of the plan.
        arguments: what follows ``sandbox``, or is otherwise to be known.
        directed: whether turns are directed.
        at_once: turns that may be asked for at the same time.
        pause: seconds that the endpoint takes to answer.
    """

    name: str
    arguments: tuple[str, ...] = ()
    directed: bool = False
    at_once: int = 1
    pause: float = 0.004


class _Model(Streaming):
    """Answers the same question always the same, after so many seconds."""

    def __init__(self, pause: float) -> None:
        super().__init__("propose")
        self._pause = pause

    def __call__(self, request: Received) -> StubReply:
        time.sleep(self._pause)
        return super().__call__(request)


class Life(ABC):
    """Something that is begun, killed and gone on with, against an endpoint that always answers the same.

    Args:
        plan: what it consists of.
        home: an empty folder.

    Attributes:
        model: what answers.
        complaints: what should not have been.
    """

    plans: ClassVar[tuple[Plan, ...]] = ()

    def __init__(self, plan: Plan, home: Path) -> None:
        self.plan, self.home = plan, home
        self.model = _Model(plan.pause)
        self.complaints: list[str] = []
        self._stub = StubEndpoint(self.model)

    def __enter__(self) -> Self:
        self._stub.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._stub.__exit__(None, None, None)

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told of the endpoint; nothing where the rules alone play."""
        return {} if "none" in self.plan.arguments else {
            "SANDBOX_MODEL": "stub", "OPENAI_BASE_URL": self._stub.base_url, "OPENAI_API_KEY": "sk-secret-key",
            "SANDBOX_TURN_STYLE": "directed" if self.plan.directed else "free",
        }  # fmt: skip

    @abstractmethod
    def start(self) -> None:
        """Begin, or go on with what is on record."""

    @abstractmethod
    def over(self) -> bool:
        """Return whether it came to its end."""

    @abstractmethod
    def kill(self) -> None:
        """Kill it, whether it came to its end or not."""

    @abstractmethod
    def finish(self) -> None:
        """Wait until it comes to its end."""

    @abstractmethod
    def logs(self) -> dict[str, Sequence[Any]]:
        """Return what is on record now, log by log, each as its whole lines or events."""

    @abstractmethod
    def plain(self) -> dict[str, Any]:
        """Return what is on record at the end, without times, ids and the order of calls that were made at once."""


class Session(Life):
    """``sandbox run``, gone on with by ``sandbox resume``."""

    plans: ClassVar[tuple[Plan, ...]] = (
        Plan("joint production", ("run", *_ENGAGED)),
        Plan("command, Chinese, judged by two", (
            "run", "--scenario", "clean_up", "--governance", "command", "--lang", "zh",
            "--stages", "public_engagement,review", "--turns", "3", "--judge-model", "stub,other")),
        Plan("three-social, directed", (
            "run", "--scenario", "estate_calm", "--governance", "three_social_interaction",
            "--stages", "application,public_engagement", "--turns", "4"), directed=True),
        Plan("one core, Chinese, directed", (
            "run", "--scenario", "sewers_and_toilets", "--governance", "one_core_multiple_actors", "--lang", "zh",
            "--stages", "learning_tour,public_engagement", "--turns", "4"), directed=True),
        Plan("government and community", (
            "run", "--scenario", "courtyards", "--governance", "government_community_interaction",
            "--stages", "public_engagement", "--turns", "3")),
    )  # fmt: skip
    resume: ClassVar[tuple[str, ...]] = ("resume", "last")
    written: ClassVar[tuple[str, ...]] = ("report.html", "transcript.md", "scores.json")

    def __init__(self, plan: Plan, home: Path) -> None:
        super().__init__(plan, home)
        self._at_work: Started | None = None

    def start(self) -> None:
        arguments = self.resume if self.logs() else self.plan.arguments
        self._at_work = start_command(arguments, self.home, self.environment)

    @property
    def at_work(self) -> Started:
        """The process that was started last."""
        assert self._at_work
        return self._at_work

    def over(self) -> bool:
        return self.at_work.over

    def kill(self) -> None:
        self._look(self.at_work.kill(), (-9, 0))
        for path in self.home.rglob(f"*.{self.at_work.process}.partial"):  # nobody else goes on with it
            path.unlink()

    def finish(self) -> None:
        self._look(self.at_work.ended(), (0,))

    def _look(self, ended: Ended, allowed: tuple[int, ...]) -> None:
        self.complaints += [what for what in ended.complaints(allowed) if what != "no message"]
        self.complaints += [f"said: {line}" for line in ended.err.splitlines() if _NOTICE not in line]

    def logs(self) -> dict[str, Sequence[Any]]:
        found = {path: whole_lines(path.read_bytes()) for path in sorted((self.home / "runs").rglob("*.jsonl"))}
        return {str(path.relative_to(self.home / "runs")): lines for path, lines in found.items() if lines}

    def plain(self) -> dict[str, Any]:
        logs = self.logs()
        for path in [self.home / "runs" / name for name in logs]:
            self._look_at(path.parent)
        self.complaints += [f"left {path.name}" for path in self.home.rglob("*.partial")]
        return {
            self._nameless(name): bare([json.loads(self._nameless(line.decode())) for line in lines])
            for name, lines in logs.items()
        }

    def _look_at(self, folder: Path) -> None:
        for name in self.written:
            path = folder / name
            if not path.is_file() or not path.stat().st_size:
                self.complaints.append(f"no {name}")
            elif name.endswith(".html") and not path.read_text("utf-8").rstrip().endswith("</html>"):
                self.complaints.append(f"half of {name}")

    def _nameless(self, text: str) -> str:
        """Return a text without what a folder is called by time and chance."""
        return re.sub(r"\d{8}-\d{6}-[0-9a-f]{4,8}", "ID", text)


class ByRules(Session):
    """Sessions that the rules alone play."""

    plans: ClassVar[tuple[Plan, ...]] = (
        Plan("all stages", ("run", "--model", "none")),
        Plan("a year later, Chinese", (
            "run", "--model", "none", "--scenario", "land_acquisition", "--governance", "command", "--lang", "zh",
            "--stages", "training,public_engagement,review")),
        Plan("many turns", (
            "run", "--model", "none", "--scenario", "mega_estate", "--governance", "three_social_interaction",
            "--stages", "public_engagement", "--turns", "300")),
    )  # fmt: skip


class Campaign(Session):
    """``sandbox campaign run``, gone on with by ``sandbox campaign resume``: its sessions play at the same time."""

    plans: ClassVar[tuple[Plan, ...]] = (
        Plan("two communities", ("campaign", "run", "my_two", "--turns", "2"), at_once=2),
        Plan("two communities, Chinese, directed", (
            "campaign", "run", "my_two", "--turns", "2", "--lang", "zh"), directed=True, at_once=2),
        Plan("two communities by the rules", ("campaign", "run", "my_two", "--turns", "4", "--model", "none")),
    )  # fmt: skip
    resume = ("campaign", "resume", "last")
    written = ("report.html",)

    def __init__(self, plan: Plan, home: Path) -> None:
        super().__init__(plan, home)
        path = home / "content" / "prompts" / "networks" / "my_two.yaml"
        path.parent.mkdir(parents=True)
        text = skeleton("campaign", "my_two")
        text = text.replace("[training, application, public_engagement]", "[public_engagement]")
        path.write_text(text.replace("[application, learning_tour,", "[learning_tour,"), encoding="utf-8")

    def start(self) -> None:
        arguments = self.resume if self.logs() else self.plan.arguments
        content = str(self.home / "content")
        self._at_work = start_command([*arguments, "--content", content], self.home, self.environment)

    def _nameless(self, text: str) -> str:
        return re.sub(r"\b(r\d+_\w+_)[0-9a-f]{4}\b", r"\1ID", super()._nameless(text))


def bare(events: Sequence[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Return events without what the clock puts into them, and calls in an order that does not hang on it.

    Args:
        events: as they are written; they are changed.

    Returns:
        The events that are no calls, and the calls, by their ids.
    """
    calls, others = list[Any](), list[Any]()
    for event in events:
        del event["at"], event["seq"]
        seconds = event["payload"].pop("seconds", None)
        (others if seconds is None else calls).append(event)
    return others, sorted(calls, key=lambda call: str(call["payload"]["id"]))
