"""What a session makes of questions that a model or a filter declines, of lines that are too long, and of a skip."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.plain import clipped
from sandbox.content.words import Words
from sandbox.errors import AnswerError
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Endpoint
from sandbox.llm.endpoints import Endpoints
from sandbox.record.folder import SessionFolder
from sandbox.session.context import DIRECTED, FREE
from sandbox.session.orders import OrderBook
from sandbox.session.runner import Models, Watch
from sandbox.session.sent import sent_for
from tests.content.folders import LIBRARY
from tests.running import run_session
from tests.scripted import ScriptedModel
from tests.session.desk import lines_of
from tests.session.support import new_folder, of_kind, properties
from tests.stub_endpoint import Received, StubEndpoint, StubReply, completion, error, stall

Answers = Callable[[Received, dict[str, Any]], StubReply]


def filtered() -> StubReply:
    return error(400, "The prompt was filtered.", code="content_filter")


async def played(
    tmp_path: Path, answers: Answers, *, style: str = "free", lang: str = "en", judged: bool = False,
    watch: Watch | None = None, stage: str = "public_engagement",
) -> SessionFolder:  # fmt: skip
    """Play a short session against a scripted model whose answers a function may replace; return its folder."""
    model = ScriptedModel()

    def reply(request: Received) -> StubReply:
        return answers(request, model.answer(request.body))

    folder = new_folder(tmp_path, "one")
    spec = SessionSpec.model_validate({
        "scenario": "four_oclock_school", "governance": "joint_production", "style": style, "model": "stub",
        "judge_model": "stub" if judged else None, "turns": 3, "stages": (stage,), "lang": lang,
    })  # fmt: skip
    with StubEndpoint(reply) as stub:
        endpoint = Endpoint("stub", stub.base_url, timeout=20)
        profile = replace(FREE, asks_pulse=False) if style == "free" else DIRECTED
        async with Endpoints() as endpoints:
            models = Models(endpoint, (endpoint,) if judged else (), profile, endpoints)
            await run_session(folder, spec, LIBRARY, models, watch or Watch())
    return folder


def usual(answer: dict[str, Any]) -> StubReply:
    return completion(json.dumps(answer, ensure_ascii=False))


def is_line(answer: dict[str, Any]) -> bool:
    return "says" in answer


@pytest.mark.parametrize(("style", "lang"), [("free", "en"), ("directed", "zh")])
async def test_a_session_whose_every_line_is_declined_comes_to_its_end(tmp_path: Path, style: str, lang: str) -> None:
    def answers(_: Received, answer: dict[str, Any]) -> StubReply:
        return filtered() if is_line(answer) else usual(answer)

    folder = await played(tmp_path, answers, style=style, lang=lang)
    assert of_kind(folder, "close")
    assert of_kind(folder, "decision")
    wordings = 2 if style == "free" else 3
    spoken = of_kind(folder, "line")
    assert {tuple(line["rejected"]) for line in spoken} == {("declined",) * wordings}
    assert {line["origin"] for line in spoken} <= ({"card", "rules"} if style == "free" else {"card"})
    assert all(line["says"] for line in spoken)


@pytest.mark.parametrize(
    "declined",
    [
        filtered(),
        completion(None, finish_reason="content_filter"),
        StubReply(body={"choices": [{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}]}),
        completion("I'm sorry, but I can't help with that."),
        error(403, "Your input was flagged", metadata={"flagged_input": "x", "reasons": ["violence"]}),
    ],
    ids=["filtered question", "filtered answer", "refusal", "refusal in prose", "moderation"],
)
async def test_one_declined_wording_is_asked_for_in_other_words(tmp_path: Path, declined: StubReply) -> None:
    first: list[int] = []

    def answers(request: Received, answer: dict[str, Any]) -> StubReply:
        first.append(request.body["seed"])
        return declined if request.body["seed"] - first[0] in range(5) else usual(answer)

    folder = await played(tmp_path, answers, stage="training")
    spoken = of_kind(folder, "line")
    assert [line["rejected"] for line in spoken[:2]] == [["declined"], []]
    assert {line["origin"] for line in spoken} == {"model"}


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_criterion_that_a_judge_declines_or_fails_has_no_score_and_says_why(tmp_path: Path, lang: Lang) -> None:
    why = Words(lang)("unusable.broken")

    def answers(request: Received, answer: dict[str, Any]) -> StubReply:
        if "level" not in answer:
            return usual(answer)
        fails = LIBRARY.rubric("core").criteria[0].question.get(lang) in request.body["messages"][-1]["content"]
        return completion('{"level": ') if fails else filtered() if request.body["seed"] == 1 else usual(answer)

    folder = await played(tmp_path, answers, judged=True, lang=lang)
    failed, *asked = [score for score in of_kind(folder, "score") if score["status"] != "not_judged"]
    assert (failed["status"], failed["reason"]) == ("failed", why)
    assert {(score["status"], score["level"]) for score in asked} == {("refused", None)}
    refusal = Words(lang)("call.filtered", where="").strip()
    assert all(refusal in score["reason"] for score in asked)
    assert of_kind(folder, "close")
    events = folder.read()
    (sent,) = await asyncio.to_thread(sent_for, events, LIBRARY, failed["criterion"])
    assert (sent.kept, list(sent.failed)) == ("same", [{"text": '{"level": ', "why": why}] * 5)
    (unanswered,) = await asyncio.to_thread(sent_for, events, LIBRARY, asked[0]["criterion"])
    assert (unanswered.kept, unanswered.failed, unanswered.seat) == ("none", (), "judge")


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_line_that_is_too_long_is_asked_for_again_and_then_cut_at_a_sentence(tmp_path: Path, lang: str) -> None:
    sentence = "堂屋里灯还亮着。" if lang == "zh" else "The lamp in the hall is still lit. "
    prompts: list[str] = []

    def answers(request: Received, answer: dict[str, Any]) -> StubReply:
        prompts.append(request.body["messages"][-1]["content"])
        if is_line(answer):
            answer |= {"says": sentence * 3000, "text": "x" * 5000, "condition": "y" * 5000}
        return usual(answer)

    folder = await played(tmp_path, answers, lang=lang, stage="training")
    spoken = of_kind(folder, "line")
    assert all(line["rejected"][0] == "too long" for line in spoken)
    for line in spoken:
        assert len(line["says"]) <= 900
        assert line["says"].endswith(("。", "."))
        assert (len(line["text"]), len(line["condition"])) <= (600, 300)
    told = "太长，没有采用：最多900个字" if lang == "zh" else "it is too long: at most 900 characters"
    assert any(told in prompt for prompt in prompts)
    assert max(map(len, prompts)) < 40_000


async def test_an_act_that_the_rules_refuse_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What a schema cannot say, such as which act goes with which task, the rules say.
    monkeypatch.setattr("sandbox.session.turns.refusal", lambda *_: "not now")
    folder = await played(tmp_path, lambda _, answer: usual(answer))
    assert {tuple(line["rejected"]) for line in of_kind(folder, "line")} == {("not now", "not now")}
    said = [line for line in of_kind(folder, "line") if line["origin"] == "model"]
    assert said, "the words are kept"
    assert {line["act"] for line in said} <= {"answer", "inform"}, "as what takes no stand"
    assert not any(line["terms"] or line["condition"] for line in said)


@pytest.mark.parametrize("about", [[], {}, [["L001"]], 7, None, True])
async def test_odd_values_in_an_answer_do_no_harm(tmp_path: Path, about: Any) -> None:
    def answers(_: Received, answer: dict[str, Any]) -> StubReply:
        odd = dict.fromkeys(("about", "terms", "task", "section", "text", "condition", "appends", "aside"), about)
        return usual({**odd, **answer}) if is_line(answer) else usual(answer)

    folder = await played(tmp_path, answers)
    assert of_kind(folder, "close")


async def test_several_promises_in_a_list_are_kept_as_words(tmp_path: Path) -> None:
    def answers(request: Received, answer: dict[str, Any]) -> StubReply:
        asked = properties(request.body)
        if is_line(answer) and "promises" in asked and "propose" in asked["act"]["enum"]:
            answer |= {"act": "propose", "promises": ["my evenings", "my key"]}
        return usual(answer)

    folder = await played(tmp_path, answers)
    assert {line["promises"] for line in of_kind(folder, "line") if line["act"] == "propose"} == {"my evenings; my key"}


async def test_prose_without_a_refusal_still_ends_the_session(tmp_path: Path) -> None:
    with pytest.raises(AnswerError, match="prose, not JSON"):
        await played(tmp_path, lambda *_: completion("Well, let me think."))


@pytest.mark.parametrize("kind", ["skip", "end"])
async def test_the_desk_passes_over_a_seat_whose_model_hangs(tmp_path: Path, kind: str) -> None:
    book, hung = OrderBook(), asyncio.Event()
    loop = asyncio.get_running_loop()
    seeds: list[int] = []

    def answers(request: Received, answer: dict[str, Any]) -> StubReply:
        seeds.append(request.body["seed"])
        if len(seeds) == 2:
            loop.call_soon_threadsafe(hung.set)
            return stall()
        return usual(answer)

    task = asyncio.create_task(played(tmp_path, answers, watch=Watch(orders=book)))
    await asyncio.wait_for(hung.wait(), 5)
    book.give("message", text="A moment, please.")  # waits for the next turn, like everything else
    await asyncio.sleep(0.05)
    assert len(seeds) == 2
    book.give(kind)  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        folder = await task
    assert [one["kind"] for one in of_kind(folder, "direction")] == ["message", kind]
    assert of_kind(folder, "close")
    assert len(lines_of(folder)) >= (3 if kind == "skip" else 1)


def test_a_text_is_cut_after_a_sentence_or_within_a_word() -> None:
    assert clipped("One. Two.", 20) == "One. Two."
    assert clipped("One. Two. Three.", 9) == "One. Two."
    assert clipped("One. Two. Three.", 8) == "One."
    assert clipped("一。二二。三三三。", 6) == "一。二二。"
    assert clipped("x" * 30, 10) == "x" * 9 + "…"
    assert clipped("3.14159 and on and on", 10) == "3.14159 a…"
