"""A gold set of a test's own, and judges that know it, for calibrations."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.llm.calls import Endpoint
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import Budget, BudgetAccount, Meter
from sandbox.record.log import FileLog
from sandbox.scoring.calibration import calibrate, judged_criteria, schedule_of
from sandbox.scoring.panel import Panel
from sandbox.scoring.probes import ProbeName
from sandbox.scoring.standing import Calibration, JudgeFolder, Part
from sandbox.session.context import LogRecord
from tests.at_hand import EndpointAtHand
from tests.stub_endpoint import Received, StubReply, completion, usage

__all__ = ["CRITERION", "ITEMS", "JUDGES", "calibrated", "gold_content", "judge_of", "no_sleep"]

CRITERION = "trust"
ITEMS = 15
Judge = Callable[[str, int], Any]


def gold_content(folder: Path, items: int = ITEMS) -> Path:
    """Write a content folder whose gold set has items of each level in turn, a third of them for development."""
    words = {
        "en": ("Here is my word on case number {}, for all to hear.", "Then I say what I think of case number {}."),
        "zh": ("第{}号事，我在这里说给大家听。", "第{}号事，我把心里话讲出来。"),
    }
    for lang, (first, second) in words.items():
        told = [
            {
                "id": f"case_{number}", "level": number % 5 + 1, "split": "development" if number % 3 == 2 else "test",
                "stage": "public_engagement", "note": "A case.", **({"swap": [0, 1]} if number % 2 else {}),
                "dialogue": [
                    {"seat": "mayor", "act": "inform", "to": "all", "says": first.format(100 + number)},
                    {"seat": "local_parent", "act": "answer", "to": "mayor", "says": second.format(100 + number)},
                ],
            }
            for number in range(items)
        ]  # fmt: skip
        path = folder / "prompts" / "gold" / CRITERION / f"{lang}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return folder


def _random(case: str, seed: int) -> str:
    return str(random.Random(f"{case}{seed % 2}").randint(1, 5))


JUDGES: dict[str, Judge] = {
    "perfect": lambda case, _: str(int(case) % 5 + 1),
    "random": _random,
    "three": lambda _case, _seed: "3",
    "unsure": lambda _case, _seed: "cannot tell",
    "off_scale": lambda _case, _seed: "6",
    "prose": lambda _case, _seed: None,
    "lost": lambda _case, _seed: {"turn": "L099"},
    "mute": lambda _case, _seed: {"reason": ""},
    "inventor": lambda case, _: {"quote": "words that nobody said", "level": str(int(case) % 5 + 1)},
}


def judge_of(request: Received) -> StubReply:
    """Answer as the judge whose name the request's model bears (``perfect-2`` is another perfect one)."""
    body, text = request.body, request.body["messages"][-1]["content"]
    line = next(line for line in text.splitlines() if line.startswith("L001 "))
    said = line.split("⟦")[1].split("⟧")[0]
    case = str(int("".join(filter(str.isdigit, said))[:3] or 100) - 100)
    given = JUDGES[body["model"].split("-")[0]](case, body["seed"])
    if given is None:
        return completion("I would rather not say.", counts=usage(100, 10))
    told = given if isinstance(given, dict) else {"level": given}
    answer = {"turn": "L001", "quote": said, "reason": "It says so.", "level": "4", **told}
    answer["quotes"] = [{"turn": answer.pop("turn"), "quote": answer.pop("quote")}]
    return completion(json.dumps(answer, ensure_ascii=False), counts=usage(100, 10))


async def no_sleep(_: float) -> None:
    """Take no time."""


async def calibrated(
    runs: Path,
    content: Path,
    *names: str,
    langs: tuple[Lang, ...] = ("en",),
    part: Part = "test",
    samples: int = 1,
    probes: Sequence[ProbeName] = (),
    limit: int | None = None,
    script: Callable[[Received], StubReply] = judge_of,
    budget: Budget | None = None,
) -> tuple[Calibration, int]:
    """Calibrate scripted judges on the criterion; return what came of it, and how many requests were made."""
    library = Library.load(content)
    rubric = library.rubric("core")
    (criterion,) = judged_criteria(rubric, [CRITERION])
    schedules = [schedule_of(criterion, lang, library, part, probes, limit) for lang in langs]
    folder = JudgeFolder.of(runs, ", ".join(names), samples)
    folder.make()
    log = FileLog(folder.ratings)
    meter, endpoints = Meter(BudgetAccount(budget)), Endpoints(sleep=no_sleep)
    with EndpointAtHand(script) as stub:
        judges = [endpoints.gateway(Endpoint(name, stub.base_url, "key"), meter, LogRecord(log)) for name in names]
        panel = Panel(tuple(judges), samples)
        before = folder.read() or Calibration(panel.names, samples)
        try:
            found = await calibrate(schedules, rubric, part, library, panel, log, before, folder.keep)
        finally:
            await endpoints.close()
            log.close()
        assert folder.read() == found
        return found, len(stub.received)
