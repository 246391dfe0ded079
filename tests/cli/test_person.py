"""A person in a seat at the terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.cli.console import Console
from sandbox.cli.person import ask_in_terminal
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.review.reporting import reportable
from sandbox.game.steps import hear, make_line
from sandbox.game.view import seat_view
from sandbox.session.offers import further_matters, open_matters
from sandbox.session.turns import person_turn
from tests.cli.conftest import Cli, Served, only_session
from tests.cli.on_terminal import started_on
from tests.game.making import LIBRARY, SCENARIO
from tests.game.test_last_word import BINDS, meeting, nothing, played
from tests.session.desk import reviewing
from tests.session.support import spec_of

UNJUDGED = ("play", "--judge-model", "none", "--seat")
PLAY = (*UNJUDGED, "migrant_tenant", "--turns", 8, "--stages", "training")


class _Terminal:
    """Feeds standard input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *lines: str | bytes) -> io.TextIOWrapper:
        data = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
        stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
        self._monkeypatch.setattr(sys, "stdin", stream)
        return stream


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    """Type lines at the terminal."""
    return _Terminal(monkeypatch)


def _events(tmp_path: Path, kind: str) -> list[dict[str, Any]]:
    (path,) = (tmp_path / "runs").glob("*/events.jsonl")
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [event["payload"] for event in events if event["kind"] == kind]


def _picks(**answers: str) -> list[str]:
    """Return what is typed where every question is asked in its order; those not named are left open."""
    questions = [decision.id for decision in SCENARIO.decisions]
    assert set(answers) <= set(questions)
    return [answers.get(question, "") for question in questions]


def _own(tmp_path: Path) -> list[tuple[str, str, str]]:
    return [(one["act"], one["to"], one["says"]) for one in _events(tmp_path, "line") if one["origin"] == "person"]


def test_a_person_plays_to_the_end(cli: Cli, served: Served, types: _Terminal, tmp_path: Path) -> None:
    rest = types(*(["ask", "mayor", "Who has the key to the hall?", "object", "", "I sign nothing."] * 3))
    done = cli(*PLAY)
    assert (done.code, done.err) == (0, "")
    own = _own(tmp_path)
    assert own[0] == ("ask", "mayor", "Who has the key to the hall?")
    assert ("object", "all", "I sign nothing.") in own[:2] or len(own) == 1
    assert all(line["seat"] != "migrant_tenant" for line in _events(tmp_path, "line") if line["origin"] == "model")
    assert "Only you know" in done.out
    assert "key round his neck" in " ".join(done.out.split())
    assert len(served.model.turns) == 8 - len(own)
    assert rest.read(1), "no more was read than asked for"


def test_a_wrong_act_addressee_or_line_is_asked_for_again(
    cli: Cli, served: Served, types: _Terminal, tmp_path: Path
) -> None:
    del served
    types("decide", "99", "0", "", "ask", "emperor", "mayor", "", "x" * 2001, "/card", "Who pays?")
    done = cli(*PLAY)
    turn = {
        "act": "ask",
        "to": "mayor",
        "says": "Who pays?",
        "terms": {},
        "section": "",
        "task": "",
        "about": "",
        "text": "",
        "condition": "",
        "appends": False,
        "aside": False,
        "replaces": "",
        "promises": "",
    }
    assert _events(tmp_path, "person")[0]["turn"] == turn
    assert done.code in (0, 130)
    assert "Not understood: decide; type a number 1–10 or a word" in done.out
    assert "Not understood: emperor; type a number 1–7 or a word" in done.out
    assert "Type a number 1–10 or a word" in done.out, "nothing was typed"
    assert "2001 characters; a line has at most 2000" in done.out
    assert "You have said nothing yet" in done.out
    assert done.out.count("Only you know") == 2, "once at the start, once for /card"


def test_a_chinese_session_asks_and_refuses_in_chinese(cli: Cli, served: Served, types: _Terminal) -> None:
    del served
    types("跳舞", "提问", "大家", "x" * 2001, "/卡片", "/离开")
    done = cli(*PLAY, "--lang", "zh")
    assert done.code == 130
    for text in (
        "轮到您了：",
        "2001个字；一句话最多2000个字",
        "没看懂：跳舞；请输入1–10的数字",
        "动作> ",
        "对谁> ",
        "您的话> ",
        "只有您看得到",
    ):
        assert text in done.out, text
    assert "您已离开" in done.err


def test_help_says_what_each_open_act_does_and_what_can_be_chosen(cli: Cli, served: Served, types: _Terminal) -> None:
    del served
    types("help", "/help", "ask", "?", "/leave")
    done = cli(*PLAY)
    assert done.code == 130
    assert "Not understood: help; type a number 1–10 or a word" in done.out
    for text in ("ask", "You put a question.", "promise", "You commit yourself.", "/card shows your card"):
        assert text in done.out
    assert "You decide, where the rules give that to you alone." not in done.out, "no act of this seat"
    assert done.out.count("(grid master)") >= 2, "the seats that can be spoken to, asked for and after /help"
    assert done.out.count("1 inform") == 2


def test_a_vote_shows_the_motion_and_asks_for_and_against_and_for_no_addressee(
    cli: Cli, served: Served, types: _Terminal, tmp_path: Path
) -> None:
    served.model.act = "propose"
    types("inform", "", "We share one room.", "I vote", "?", "I vote against it", "")
    done = cli(*UNJUDGED, "migrant_tenant", "--stages", "public_engagement", "--turns", 7)
    assert (done.code, done.err) == (0, "")
    before, vote = done.out.split("(the vote)")
    assert "/7)" in before
    assert "1 I vote for it\n2 I vote against it" in vote.replace("  2 ", "\n2 ")
    assert "Not understood: I vote; type a number 1–2 or a word" in vote
    assert "to>" not in vote
    (motion,) = {line["about"] for line in _events(tmp_path, "line") if line["vote"]}
    for told in (f"The motion: {motion}", "It would settle: ", "If it is rejected, "):
        assert told in done.out
    (decision,) = _events(tmp_path, "decision")
    assert decision["votes"]["migrant_tenant"] is False


def test_bytes_that_are_no_text_are_no_line(cli: Cli, served: Served, types: _Terminal, tmp_path: Path) -> None:
    del served
    types("ask", "all", b"\xff\xfe\xff")
    done = cli(*PLAY)
    assert done.code == 130
    assert _events(tmp_path, "person") == []


def test_numbers_that_are_none_are_asked_for_again(cli: Cli, served: Served, types: _Terminal) -> None:
    del served
    types("²", "9" * 5_000, "/leave")
    done = cli(*PLAY)
    assert (done.code, done.out.count("1–")) == (130, 2)


def test_an_input_that_ends_within_a_character_is_left(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    del served
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ask\nall\n\xe2\x80"), encoding="utf-8"))
    assert cli(*PLAY).code == 130


def test_who_leaves_can_come_back(cli: Cli, served: Served, types: _Terminal, tmp_path: Path) -> None:
    types("ask", "all", "/leave")
    done = cli(*PLAY)
    assert done.code == 130
    folder = only_session(tmp_path)
    assert "you left the session" in done.err
    assert f"go on with: sandbox resume {folder.name}" in done.err
    assert _own(tmp_path) == []
    calls = len(served.model.requests)
    types(*(["ask", "all", "Who has the key to the hall?", "object", "", "I sign nothing."] * 3))
    assert cli("resume", folder.name).code == 0
    assert _own(tmp_path)[0] == ("ask", "all", "Who has the key to the hall?")
    assert served.model.repeated() == []
    assert len(served.model.requests) > calls


def test_a_person_is_not_asked_where_nobody_reads(cli: Cli, served: Served, types: _Terminal) -> None:
    del served
    types()
    assert cli(*PLAY).code == 130
    done = cli("resume", "last", "--json")
    assert (done.code, done.out) == (2, "")
    assert "'migrant_tenant' is taken by a person" in done.err


def test_ctrl_c_at_the_prompt_leaves_at_once(cli: Cli, served: Served, tmp_path: Path) -> None:
    del served
    outer, inner = pty.openpty()
    out, into = os.pipe()
    complaints = tmp_path / "complaints"
    with complaints.open("w") as told:
        seat = ("play", "--seat", "mayor", "--turns", "2", "--stages", "training")
        process = started_on((inner, into, told.fileno()), seat, TERM="dumb")
    os.close(inner)
    os.close(into)
    with os.fdopen(out, encoding="utf-8") as stdout:
        shown = ""
        deadline = time.monotonic() + 20
        while "Only you know" not in shown or "/leave" not in shown:
            assert time.monotonic() < deadline
            shown += stdout.readline()
        time.sleep(0.5)  # until the prompt reads
        os.kill(process, signal.SIGINT)
        stdout.read()
    os.close(outer)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 130
    err = complaints.read_text()
    assert "go on with: sandbox resume" in err
    assert "Traceback" not in err
    assert _events(tmp_path, "line") == []
    assert "stopped" in cli("list", "session").out


def test_a_person_in_the_chair_decides_with_terms(cli: Cli, served: Served, types: _Terminal, tmp_path: Path) -> None:
    del served
    turn = ["inform", "", "Let us hear.", "decide", "", "All children may come, and the district pays."]
    types(*turn, *_picks(eligible="all children of the community", payer="1"), "The hall is lit.", "")
    place = ("--governance", "command", "--stages", "public_engagement", "--turns", 1)
    done = cli(*UNJUDGED, "mayor", *place)
    assert (done.code, done.err) == (0, "")
    for question in SCENARIO.decisions:
        assert question.question.en in done.out
    (decision,) = _events(tmp_path, "decision")
    assert decision["terms"] == {"eligible": "all_children", "payer": "district"}
    assert decision["condition"] == "The hall is lit."


def test_a_person_makes_a_counter_offer_to_a_proposal_on_the_table(
    cli: Cli, served: Served, types: _Terminal, tmp_path: Path
) -> None:
    served.model.act = "propose"
    number = list(SCENARIO.decision_by_id["payer"].options).index("shared") + 1
    types(
        "support",
        "",
        "Only if both pay.",
        "1",
        *_picks(payer=str(number)),
        "a lot for who cannot pay",
        "one",  # is no number of theirs
        "3, 1",
        "I copy the list",
        "1",
    )
    done = cli(*UNJUDGED, "migrant_tenant", "--stages", "public_engagement", "--turns", 7)
    assert "What it is about" in done.out
    turn = _events(tmp_path, "person")[0]["turn"]
    assert (turn["act"], turn["about"], turn["terms"]) == ("support", "L001", {"payer": "shared"})
    room = Game(spec_of(stages=("public_engagement",)), LIBRARY).present("public_engagement")
    assert (turn["condition"], turn["asked_of"]) == ("a lot for who cannot pay", [room[2], room[0]])
    assert "Who of those here is to do or pay it" in done.out
    assert [line["asked_of"] for line in _events(tmp_path, "line") if "asked_of" in line] == [turn["asked_of"]]
    assert (turn["promises"], turn["promised_to"]) == ("I copy the list", ["mayor"])
    assert "promises: I copy the list" in done.out


def test_a_finished_session_is_resumed_without_its_model(cli: Cli, served: Served, types: _Terminal) -> None:
    types("object", "", "I sign nothing.", "")  # beside it nothing is promised
    place = ("--stages", "training", "--turns", 1, "--seat", "mayor")
    assert cli("play", *place).code == 0
    asked = len(served.model.requests)
    again = cli("resume", "last", "--json")
    assert again.code == 0
    assert json.loads(again.out)["lines"] == 1
    assert len(served.model.requests) == asked


def test_a_person_rewrites_a_section_of_the_plan(cli: Cli, served: Served, types: _Terminal, tmp_path: Path) -> None:
    served.model.act = "ask"
    types("inform", "", "Under money I write shoes.", "money", "New shoes, every year.", "2")
    done = cli(*UNJUDGED, "grid_master", "--stages", "application", "--turns", 6)
    assert (done.code, done.err) == (0, "")
    assert "rewrite a section of your plan" in done.out
    said = next(one for one in _events(tmp_path, "line") if one["origin"] == "person")
    assert (said["section"], said["act"]) == ("money", "inform")
    assert said["text"].endswith(" New shoes, every year.")
    assert said["text"] != "New shoes, every year."


def test_a_person_says_something_aside_where_the_rules_permit_it(
    cli: Cli, served: Served, types: _Terminal, tmp_path: Path
) -> None:
    del served
    types("inform", "migrant_tenant", "2", "Between us: the hall is let.", "decide", "", "It stands.", *[""] * 9)
    done = cli(*UNJUDGED, "mayor", "--governance", "command", "--stages", "public_engagement", "--turns", 1)
    assert (done.code, done.err) == (0, "")
    said = next(line for line in _events(tmp_path, "line") if line["origin"] == "person")
    assert said["visible_to"] == ["mayor", "migrant_tenant"]


def test_a_person_is_offered_only_what_the_rules_let_somebody_pay_for(
    cli: Cli, served: Served, types: _Terminal, tmp_path: Path
) -> None:
    del served
    picks = _picks(payer="parents")
    picks.insert(picks.index("parents") + 1, "1")  # asked again
    types("inform", "", "Let us hear.", "decide", "", "The district pays.", *picks, "")
    done = cli(*UNJUDGED, "mayor", "--governance", "command", "--stages", "public_engagement", "--turns", 1)
    assert (done.code, done.err) == (0, "")
    payers = SCENARIO.decision_by_id["payer"].options
    affordable = [option for option, text in payers.items() if {*text.paid_by} == {"government"}]
    assert affordable[0] == "district"
    assert f"Not understood: parents; type a number 1–{len(affordable)} or a word\n" in done.out
    (decision,) = _events(tmp_path, "decision")
    assert decision["terms"] == {"payer": "district"}
    assert (decision["payer"], decision["payer_agreed"]) == (["government"], True)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_person_reports_on_several_matters_in_one_line(types: _Terminal, lang: Lang) -> None:
    words = Words(lang)
    for game, state in reviewing(lang):
        view = seat_view(game, state, state["floor"]["seat"]) if state["floor"] else None
        if view is not None and len(further_matters(game, view, view.acts[0], "")) > 1:
            break
    assert view is not None
    first, second, third = open_matters(game, view, view.acts[0])
    console = Console(file=io.StringIO(), width=400)
    types("keep", "all", "So it was.", "", "1 7", "1", "1", "2")
    turn = await ask_in_terminal(game, console)(view, state)
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert words("terminal.also") in told
    for answer, left in (("7", ["1", "2"]), ("1", ["2"])):
        assert words("terminal.not_understood", answer=answer, choose=words.join(left)) in told
    assert turn["also"] == {second: "kept", third: "broken"}
    line = make_line(game, state, person_turn(game, state, turn), "person")
    assert (line["about"], line["also"]) == (first, turn["also"])
    after = {item.line: item.account for item in hear(game, state, line)["ledger"]}
    assert [account and account.claim for account in map(after.get, (first, second, third))] == [
        "kept",
        "kept",
        "broken",
    ]


async def test_a_person_is_asked_for_no_condition_where_it_has_a_last_word(types: _Terminal) -> None:
    game = meeting()
    _, (state, *_), _ = played(game, {"act": "support", "condition": BINDS["en"]}, nothing)
    assert state["floor"] is not None
    console = Console(file=io.StringIO(), width=400)
    types("support", "all", "I open it at five.", "L011", "2", "The door at five", "")
    turn = await ask_in_terminal(game, console)(seat_view(game, state, state["floor"]["seat"]), state)
    assert (turn["terms"], turn["condition"], turn["promises"]) == ({}, "", "The door at five")
    assert turn["takes_on"] == {"L011": "part"}
    assert make_line(game, state, person_turn(game, state, turn), "person")["promises"] == "The door at five"


def test_what_a_person_says_of_further_matters_is_checked() -> None:
    game, state = reviewing("en")[0]
    turn = {"act": "keep", "to": "all", "says": "So it was."}
    due = reportable(state["ledger"], game.chair, "keep")
    assert "also" not in person_turn(game, state, {**turn, "about": due[0], "also": {due[0]: "kept"}})
    for also, why in (({"T99": "kept"}, "T99"), ({due[1]: "half"}, "mapping"), ("all kept", "mapping")):
        with pytest.raises(InputError, match=why):
            person_turn(game, state, {**turn, "also": also})
