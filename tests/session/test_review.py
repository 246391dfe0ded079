"""A year later through the graph: stopped anywhere, with a person in a seat, with orders, and in prompts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from sandbox.content.cards import Topic
from sandbox.content.language import Lang
from sandbox.game.fold import fold
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import matter
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.minutes.remembered import read_minutes, summary, told_due
from sandbox.game.minutes.weighed import FULL
from sandbox.game.outside import news_of
from sandbox.game.play import RandomChoice, play
from sandbox.game.review.due import concerns, due_matters
from sandbox.game.review.reporting import reported
from sandbox.game.review.verdict import closed
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import open_stage
from sandbox.record.folder import SessionFolder
from sandbox.record.line import DecisionTaken, Outcome, Turn
from sandbox.record.log import Log
from sandbox.report.pages.ledger import review_section
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import assess
from sandbox.scoring.reviewed import matters_due
from sandbox.session.branch import branch
from sandbox.session.opening import game_of, open_session, resumed
from sandbox.session.points import point_of
from sandbox.session.prompts import turn_messages
from sandbox.session.pulses import pulse_call
from sandbox.session.runner import Watch
from sandbox.session.schema import turn_schema
from tests.cassette import FOLDER
from tests.content.folders import LIBRARY
from tests.game.making import decision
from tests.game.making import line as said
from tests.running import recorded_spec, run_session
from tests.scripted import ScriptedModel
from tests.session.desk import TEMPLATES, Desk, StoppedError, reviewing, rules_spec, run
from tests.session.support import (
    log_of,
    models_at,
    new_folder,
    of_kind,
    serving,
    spec_of,
    text_of,
)

STAGES = ("public_engagement", "review")
SPEC = rules_spec(governance="command", stages=STAGES, turns=9, seed=3)


@pytest.mark.fuzz
async def test_a_review_that_was_stopped_anywhere_goes_on_to_the_same_end(tmp_path: Path) -> None:
    spec = SPEC.model_copy(update={"persons": ("local_parent",), "turns": 4})
    whole = new_folder(tmp_path, "whole")
    await run(whole, spec, Desk())
    log = log_of(whole)
    begun = next(place for place, one in enumerate(log) if one["kind"] == "stage" and one["stage"] == "review")
    assert any(one["kind"] == "inject" and "strikes" in one["payload"] for one in log)
    for count in range(begun, len(log), 13):
        folder = new_folder(tmp_path, f"stopped{count}")
        with pytest.raises(StoppedError):
            await run(folder, spec, Desk(stop=count))
        assert log_of(folder) == log[:count]
        await run(folder, spec, Desk())
        assert log_of(folder) == log, f"stopped after event {count}"


async def test_the_facilitator_may_bring_in_news_skip_a_seat_and_end_a_review(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    script = {
        "stage:review": [("inject", {"text": "The street's new secretary has arrived."})],
        "line:L012": [("skip", {})],
        "line:L014": [("end", {})],
    }
    session = await run(folder, SPEC, Desk(script))  # type: ignore[arg-type]
    assert session.finished
    refused = [one["payload"]["refused"] for one in log_of(folder) if one["kind"] == "direction"]
    assert refused == [""] * len(refused)
    assert of_kind(folder, "minutes")[-1]["ended"] == "facilitator"
    assert session.state == fold(session.game, session.events)
    assert all(item.state in ("kept", "broken", "disputed", "unreported") for item in session.items if item.account)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_free_seat_is_told_what_is_due_what_was_reported_and_what_is_asked_of_it(lang: str) -> None:
    asks = {"en": "you are asked what became of", "zh": "现在问你"}[lang]
    stands = {"en": "Is that so, from where you stand?", "zh": "是这么回事吗"}[lang]
    seen = set()
    for game, state in reviewing(lang, "free"):
        floor = state["floor"]
        assert floor is not None
        system, user = (part["content"] for part in turn_messages(game, state, floor, None))
        schema = turn_schema(game, state, floor, None)["properties"]
        assert ("break" in system, "keep" in system) == (True, True)
        assert "terms" not in schema
        acts_left_out = {"en": ("counts on: ", "Reporting tasks"), "zh": ("许了就算数的", "填报任务")}[lang]
        assert not [part for part in acts_left_out if part in user], "what no act here does"
        assert {"en": "Lines left", "zh": "还剩"}[lang] not in user, "reports and answers come on top of them"
        for item in state["ledger"]:
            if item.account:
                assert f"{item.line}" in user
        assert user.split("\n")[0].endswith({"en": "promised and decided)", "zh": "定下那些事）"}[lang]), (
            "the case as it was"
        )
        if floor["why"] == "reports":
            assert floor["acts"] == ["keep", "break", "part", "moot"] == schema["act"]["enum"]
            assert asks in user
            assert all(name in user for name in schema["about"]["enum"])
            matters = schema["about"]["enum"]
            assert ("also" in schema) == (len(matters) > 1), "several matters are reported in one line"
            assert list(schema.get("also", {"properties": matters})["properties"]) == matters
        elif floor["why"] == "confirms":
            assert stands in user
            asked_of = user[user.rindex({"en": "has reported in", "zh": "作了报告"}[lang]) :]
            named = set(re.findall(r"^- (\w+)", asked_of, re.MULTILINE))
            assert named == {name for name in schema["about"]["enum"] if name}, "what may be named is what is asked"
            assert {"propose", "promise", "delegate", "decide", "defer"}.isdisjoint(floor["acts"])
        seen.add(floor["why"])
    assert {"reports", "confirms"} <= seen


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_directed_seat_has_words_for_its_report_and_says_none_twice(lang: str) -> None:
    for governance in ("command", "joint_production", "three_social_interaction"):
        says = []
        for game, state in reviewing(lang, "directed", governance):
            floor = state["floor"]
            assert floor is not None
            point = point_of(game, state, floor)
            assert point is not None
            assert point.act in floor["acts"]
            messages = turn_messages(game, state, floor, point)
            assert point.says.get(game.spec.lang) in messages[-1]["content"]
            says.append(point.says.get(game.spec.lang))
        assert len(says) > 3
        assert len(set(says)) == len(says)


def test_the_lines_of_a_review_are_there_for_everybody_in_both_languages() -> None:
    rows = {
        lang: [row.split(": ")[0] for row in TEMPLATES[lang].render("review_lines", matter="“x”").splitlines()]
        for lang in ("en", "zh")
    }
    assert rows["en"] == rows["zh"]
    wanted = {
        f"{kind}.{group}"
        for kind in (
            "kept",
            "broken",
            "moot",
            "tells",
            *(f"{way}_{claim}" for way in ("confirms", "denies") for claim in get_args(Outcome)),
        )
        for group in ("officials", "frontline", "providers", "residents")
    }
    personas = map(LIBRARY.persona, LIBRARY.cards["persona"])
    residents = {persona.id for persona in personas if persona.kind in ("resident", "self_governing")}
    of_a_kind = {row for row in rows["en"] if row.rpartition(".")[2] in (*get_args(Topic), "against")}
    outvoted = {row.removesuffix(".against") for row in of_a_kind if row.endswith(".against")}
    told = ("kept", "broken", "confirms_kept", "confirms_broken", "denies_kept", "denies_broken")
    assert outvoted == {row for row in wanted if row.partition(".")[0] in told}
    assert {row.rpartition(".")[0] for row in of_a_kind} <= wanted
    assert set(rows["en"]) - of_a_kind == wanted | {f"confirms_kept.{resident}" for resident in residents}


def test_prompts_of_other_stages_say_nothing_of_a_review() -> None:
    game = Game(rules_spec(stages=STAGES), LIBRARY)
    plain = Game(rules_spec(stages=("public_engagement",)), LIBRARY)
    prompts: dict[bool, list[str]] = {True: [], False: []}
    for one in (game, plain):
        choice = RandomChoice(TEMPLATES["en"])

        def choose(game: Game, state: State, one: Game = one, choice: RandomChoice = choice) -> Turn:
            floor = state["floor"]
            if floor and not game.stages[state["stage"]].reviews:
                texts = [part["content"] for part in turn_messages(game, state, floor, None)]
                prompts[one.reviewed].append(json.dumps([texts, turn_schema(game, state, floor, None)]))
            return choice(game, state)

        play(one, choose)
    assert prompts[True] == prompts[False]
    assert not any("keep (" in text for text in prompts[True])


async def test_a_branch_within_a_review_keeps_the_year_that_was_drawn(tmp_path: Path) -> None:
    source = new_folder(tmp_path, "source")
    await run(source, SPEC)
    at = [line["id"] for line in of_kind(source, "line") if line["stage"] == "review"][1]
    new = branch(source, at, LIBRARY, seed=77)
    session = await run(new, recorded_spec(new))
    drawn = [[one["id"] for one in of_kind(folder, "inject") if "strikes" in one] for folder in (source, new)]
    assert drawn[0] == drawn[1] != []
    assert session.state == fold(session.game, session.events)


@pytest.mark.parametrize(("lang", "wording"), [("en", "plain")])
async def test_whoever_is_asked_after_a_review_is_told_what_became_of_it(
    tmp_path: Path, lang: str, wording: str
) -> None:
    model, spec = ScriptedModel("promise"), spec_of(stages=STAGES, turns=7, lang=lang, wording=wording)
    with serving(model) as url:
        models = models_at(url, judge=False)
        models = replace(models, profile=replace(models.profile, asks_pulse=True))
        played = run_session(new_folder(tmp_path, "asked"), spec, LIBRARY, models, Watch())
        session = await models.endpoints.during(played)
    assert session.finished
    asked = [text for body in model.requests if re.search("trust[:：]", text := text_of(body))]
    told = "\n".join(asked[-len(session.game.present("review")) :])
    assert re.search({"en": "Due: .*: kept", "zh": "到期：.*负责：兑现"}[lang], told), "in the minutes"
    assert {"en": "Promises not taken back:", "zh": "没收回的承诺："}[lang] not in told, "all of them are closed"
    then = {"en": " (as it stood at the meeting", "zh": "（开会时的情况"}[lang]
    assert told.count(then) == len(session.game.present("review"))
    assert then not in "\n".join(asked[: -2 * len(session.game.present("review"))]), "in a review alone"
    review = [line for line in session.lines if line["stage"] == "review"]
    for text, seat in zip(asked[-len(session.game.present("review")) :], session.game.present("review"), strict=True):
        for item in session.items:
            if item.account and item.account.owner == seat and item.account.report:
                said = [line for line in review if line["about"] == item.line and line["seat"] != seat]
                assert all(f"{line['id']} " in text for line in said), "what others said of its matters"


@pytest.mark.parametrize(("lang", "most"), [("en", 24_500), ("zh", 8_500)])
def test_the_prompt_of_a_long_review_stays_bounded_and_tells_in_full_what_is_the_seats_own(
    lang: Lang, most: int
) -> None:
    """The longest third year of a recorded campaign is the longest review that there is."""
    path = max((FOLDER / f"campaign_{lang}").glob("r3_*"), key=lambda path: (path / "events.jsonl").stat().st_size)
    events = SessionFolder(path).read()
    last = max(event.seq for event in events if event.kind == "line" and event.stage == "review")
    log = Log()
    for event in events:
        if event.seq < last:
            log.append(event.kind, event.payload, event.stage, event.seat)
    game = game_of(events, LIBRARY, path)
    state = resumed(game, log)
    for seat in game.present("review"):
        floor: Floor = {"seat": seat, "why": "confirms", "acts": ["support"], "point": "", "phase": "discussion"}
        read = turn_messages(game, {**state, "floor": floor}, floor, None)
        assert sum(len(message["content"]) for message in read) <= most
        for item in state["ledger"]:
            account = item.account
            if not account or account.within or account.owner != seat:  # what is one matter with another is told there
                continue
            if account.report and not account.confirmed | account.denied:
                words = item.says if account.said else matter(game, item)  # of which others have spoken the words alone
                assert words in read[-1]["content"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_after_a_review_a_seat_is_asked_with_the_matters_in_hand_that_are_its_own(lang: Lang) -> None:
    (path,) = (FOLDER / f"campaign_{lang}").glob("r3_east_*")
    session = open_session(SessionFolder(path), LIBRARY)
    minutes = session.state["minutes"][-1]
    due = [item for item in session.items if item.account]
    rows = summary(session.lines).splitlines()
    assert {re.sub(r"^L\d+ \w+ \((\w+).* → \w+\): .*", r"\1", row) for row in rows} >= {"propose", "promise"}
    shorter = 0
    for seat in session.game.present("review"):
        read = read_minutes(session.game, session.state, minutes, seat, extent=FULL, own_due=True)
        own = [item for item in due if concerns(item, seat) or item.state in ("broken", "part", "disputed")]
        reports = [line["says"] for line in session.lines if line["act"] in ("keep", "break", "moot")]
        assert all(says in read for says in reports), "a report that is cut may say the contrary"
        call = pulse_call(session.game, session.state, seat, "review").messages[1]["content"]
        assert all(call.count(says) == 1 for says in reports), "once"
        shorter += len(own) < len(due)
        heard = news_of(session.game, session.state, "review", seat)
        assert all(text in call for text in heard), "also what not the whole room heard"
        told = {item.line for item in told_due(session.game, session.state, "review", seat)}
        verdict = {"en": "(?:confirmed it|denied it|gave a different account)", "zh": "(?:说属实|说不属实|说法不同)"}[
            lang
        ]
        speaks = {line["id"]: line["about"] for line in session.lines if line["stage"] == "review"}
        for line in re.findall(rf"^(L\d+) \S.{{1,30}}?{verdict}", read, re.MULTILINE):
            assert speaks[line] in told, "a verdict on a matter of which the reader is not told"
        for item in due:
            rows = [row for row in read.splitlines() if item.line in row and matter(session.game, item) in row]
            assert bool(rows) == (item in own), item.line
    assert shorter


@pytest.mark.parametrize(("lang", "told"), [("en", "carr|majority"), ("zh", "没通过|没凑够数")])
def test_who_speaks_by_rule_reports_as_moot_what_a_body_did_not_carry(lang: Lang, told: str) -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                       style="directed", model="m", lang=lang, seed=2)  # fmt: skip
    game = Game(spec, LIBRARY)
    state = apply(first_state(game), {"stage": 1, "decisions": [decision({"workers": "company"})]})
    state = apply(state, open_stage(game, state))
    (account,) = (item.account for item in state["ledger"] if item.line == "T1")
    assert account is not None
    assert account.lost
    assert state["floor"] is not None
    point = point_of(game, state, state["floor"])
    assert point is not None
    assert point.act == "moot"
    assert re.search(told, point.says.get(lang))


@pytest.mark.parametrize(
    ("lang", "condition", "open_to", "reported_by", "asked"),
    [
        (
            "en",
            "the property company and the community go through the register of nights",
            "Not reported on yet: {company}, {community} T1",
            "T1 ({community}) kept",
            "{community} has reported in L009*, as kept; you are to do it too, so a yes of yours confirms nothing",
        ),
        (
            "zh",
            "物业和社区一起清点夜班考勤",
            "还没报告的：{company}、{community} T1",
            "T1（{community}）兑现了",
            "{community}在L009作了报告*，报的是兑现了；这件你也有份，你说属实不算旁证",
        ),
    ],
)
def test_of_what_two_are_to_do_both_are_named_and_then_the_one_who_reported(
    lang: Lang, condition: str, open_to: str, reported_by: str, asked: str
) -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=STAGES, style="free", model="m",
                       lang=lang)  # fmt: skip
    game = Game(spec, LIBRARY)
    state = apply(first_state(game), {"stage": 1, "decisions": [{**decision({}), "condition": condition}]})
    state = apply(state, open_stage(game, state))
    (item,) = state["ledger"]
    assert item.account
    assert item.account.doers == ("property_manager", "community_secretary")
    names = {"company": game.name("property_manager"), "community": game.name("community_secretary")}

    def read(seat: str, state: State) -> str:
        floor: Floor = {"seat": seat, "why": "confirms", "acts": ["support"], "point": "", "phase": "discussion"}
        return turn_messages(game, state, floor, None)[-1]["content"]

    bystander = next(seat for seat in game.present("review") if not concerns(item, seat) and seat not in game.residents)
    assert open_to.format(**names) in read(bystander, state)
    kept = said(9, "community_secretary", "keep", stage="review", about="T1")
    kept["visible_to"] = [*game.present("review")]
    state = apply(state, {"lines": [kept], "ledger": reported(state["ledger"], kept), "turn": 1})
    assert reported_by.format(**names) in read(bystander, state)
    assert all(text in read("property_manager", state) for text in asked.format(**names).split("*"))
    state = {**state, "ledger": reported(state["ledger"], said(10, "property_manager", "support", about="T1"))}
    assert reported_by.format(**names) in read(bystander, state), "by nobody's word but theirs"


@pytest.mark.parametrize(
    ("to", "whom"),
    [
        (("street_director", "community_secretary"), "Ding Yueqin, Wei Lixin"),
        (("all",), "everyone"),
        (("street_director", "community_secretary", "all"), "everyone"),
    ],
)
def test_for_whom_a_promise_was_is_told_as_its_owner_said(to: tuple[str, ...], whom: str) -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=STAGES, style="free", model="m")
    game = Game(spec, LIBRARY)
    room = ("grid_master", "street_director", "community_secretary")
    promise = Item("L001", STAGES[0], "promise", "grid_master", "I ask no rent for the room", {}, "open", room)
    state = apply(first_state(game), {"stage": 1, "ledger": (replace(promise, promised_to=to),)})
    state = apply(state, open_stage(game, state))
    floor: Floor = {
        "seat": "community_secretary",
        "why": "unheard",
        "acts": ["inform"],
        "point": "",
        "phase": "discussion",
    }
    text = turn_messages(game, state, floor, None)[-1]["content"]
    assert f"answers for it; it was for {whom}: ⟦" in text


@pytest.mark.parametrize(
    ("lang", "withheld", "beyond", "body", "owed", "away"),
    [
        (
            "en", "is for Gao Yanqing, who did not agree to it", "was not for anybody here to give", "members' meeting",
            "decided without your agreeing to it", "you answer on behalf of the members' meeting",
        ),
        (
            "zh", "归高砚青，会上没有应", "在座的谁也无权许", "还须报社员会",
            "你没有应过，没办成不算你落空", "这是社员会的事",
        ),
    ],
)  # fmt: skip
def test_what_nobody_granted_is_told_in_the_minutes_and_is_nobodys_to_have_broken(
    lang: Lang, withheld: str, beyond: str, body: str, owed: str, away: str
) -> None:
    spec = SessionSpec(scenario="estate_calm", governance="three_social_interaction", stages=STAGES, style="free",
                       model="m", lang=lang)  # fmt: skip
    taken = decision({"payer": "district", "rent_book": "open_book", "voice": "account_group"})
    for weighs in (True, False):  # sessions of earlier versions told nothing of it
        game = Game(spec.model_copy(update={"weighs_review": weighs}), LIBRARY)
        state = apply(first_state(game), {"decisions": [taken]})
        minutes = minutes_text(game, STAGES[0], (), [taken])
        assert [text in minutes for text in (withheld, beyond, body)] == [weighs] * 3
        state = apply(state, {"stage": 1})
        state = apply(state, open_stage(game, state))
        floor: Floor = {
            "seat": "district_official",
            "why": "reports",
            "acts": ["break"],
            "point": "",
            "phase": "discussion",
        }
        asked = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        assert [text in asked for text in (owed, away)] == [weighs] * 2
        answers = [news["id"] for news in state["desk"]["news"] if "members_meeting" in news["id"]]
        assert bool(answers) == weighs, "the body to which it goes decides"
        paid = next(item.line for item in state["ledger"] if "payer" in item.terms)
        broken = said(9, "district_official", "break", stage="review", about=paid)
        (after,) = (item for item in closed(reported(state["ledger"], broken)) if item.line == paid)
        assert after.state == ("moot" if weighs else "broken")


def test_an_undertaking_is_counted_once_and_a_condition_is_for_all_residents_who_voted_for_it() -> None:
    spec = SessionSpec(scenario="estate_calm", governance="three_social_interaction", stages=STAGES, style="free",
                       model="m", lang="zh")  # fmt: skip
    asked = "社区选查账组，7人里户口在村的至少3个"
    votes = {"self_gov": False, "landless_farmer": True, "elder": True}
    taken: DecisionTaken = {**decision({"route": "dated_answer"}), "condition": asked, "votes": votes}
    heads, whom = [], []
    for weighs in (True, False):
        game = Game(spec.model_copy(update={"weighs_review": weighs}), LIBRARY)
        room, says = game.present("review"), "专班逐件转送，盯15个工作日书面答复"
        terms = {"route": "dated_answer"}
        promise = Item("L003", STAGES[0], "promise", "district_official", says, terms, "open", room)
        motion = replace(promise, line="L008", kind="proposal", owner="young_social_worker", terms={}, condition=asked)
        state = apply(first_state(game), {"stage": 1, "ledger": (promise, motion), "decisions": [taken]})
        state = apply(state, open_stage(game, state))
        heads.append([head.line for head, _ in due_matters(state["ledger"]) if head.terms])
        (condition,) = (item for item in state["ledger"] if item.kind == "term" and item.says == asked)
        assert condition.account
        whom.append(condition.account.concerned)
        kept = said(9, "district_official", "keep", stage="review", about="T1")
        after = Session(game, {**state, "ledger": closed(reported(state["ledger"], kept))})
        assert ("L003" in [item.line for item in matters_due(after)]) != weighs
    assert heads == [["T1"], ["L003", "T1"]]
    assert whom[0] == whom[1] | {"landless_farmer", "elder"}


@pytest.mark.parametrize(
    ("lang", "told", "all_", "row"),
    [
        (
            "en",
            "the motion L006 was not carried, and this promise",
            "it was for everyone",
            "made beside the motion L006",
        ),
        ("zh", "提案L006没通过，这句承诺没有收回", "本是为大家办的", "附在L006旁边许的"),
    ],
)
def test_whose_promise_outlived_its_motion_is_told_so(lang: Lang, told: str, all_: str, row: str) -> None:
    spec = SessionSpec(scenario="estate_calm", governance="three_social_interaction", stages=STAGES, style="free",
                       model="m", lang=lang)  # fmt: skip
    game = Game(spec, LIBRARY)
    says = {"en": "Once mine is carried, we sweep the east yard", "zh": "我的提案通过了，东片院子我们就扫"}[lang]
    motion = Item("L006", STAGES[0], "proposal", "self_gov", "x", {"route": "dated_answer"}, "open",
                  game.present("review"))  # fmt: skip
    promise = replace(motion, kind="promise", says=says, terms={}, beside="L006", promised_to=("all",))
    other = next(key for key in game.scenario.decision_by_id["route"].options if key != "dated_answer")
    rejected = {**decision({"route": "dated_answer"}), "motion": "L006", "carried": False}
    for taken in (rejected, {**decision({"route": other}), "motion": ""}):
        state = apply(first_state(game), {"stage": 1, "ledger": (motion, promise), "decisions": [taken]})  # type: ignore[list-item]
        state = apply(state, open_stage(game, state))
        floor: Floor = {"seat": "self_gov", "why": "reports", "acts": ["keep"], "point": "", "phase": "discussion"}
        prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        assert told in prompt
        assert all_ in prompt, "though not all are asked"
        other_seat: Floor = {**floor, "seat": "property_manager", "acts": ["inform"]}
        seen = turn_messages(game, {**state, "floor": other_seat}, other_seat, None)[-1]["content"]
        assert says in seen, "no line of the minutes tells what falls due"
    session = Session(game, {**state, "ledger": closed(state["ledger"])}, [])
    section = repr(review_section(Reading(session), assess(session)))
    assert all_ in section
    assert row in section
