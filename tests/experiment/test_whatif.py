"""A what-if plays both arms on from the same line with the same seeds, and says no more than the pairs bear."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from sandbox.content.acts import has
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.experiment.whatif.arms import as_it_was, drawn, other_rules, played
from sandbox.experiment.whatif.coach import COACHED, RUNS, coach, turning_points
from sandbox.experiment.whatif.continuations import ContinuationFolder, by_model, estimate, examples, votes_apart
from sandbox.experiment.whatif.difference import (
    FEWEST,
    Difference,
    difference,
    student_quantile,
    student_tail,
    verdicts,
)
from sandbox.experiment.whatif.whatif import FigureComparison, asked, by_rules, figures, figures_of, telling_seed
from sandbox.game.language.questions import takes_a_stand
from sandbox.game.moment import Move, moment_of
from sandbox.game.play import RandomChoice
from sandbox.game.session import Session
from sandbox.game.spec import BY_CARDS, Players
from sandbox.llm.usage import BudgetAccount
from sandbox.record.folder import SessionFolder
from sandbox.record.line import DecisionTaken
from sandbox.record.log import Log
from sandbox.report.whatif_words import WhatIfWords
from sandbox.session.context import DIRECTED
from sandbox.session.opening import game_of, open_session
from sandbox.session.runner import Models
from tests.cassette import meeting
from tests.game.making import LIBRARY
from tests.record.making import order
from tests.scoring import making
from tests.session.support import SteadyModel, models_at, serving

ROOT = Path(__file__).resolve().parents[2]
SESSION = making.drawn(seed=3)
GOVERNANCE = ("joint_production", "command", "government_community_interaction")
CHOOSE = RandomChoice(SESSION.game.templates)
SHOWCASE = open_session(meeting("showcase_en"), LIBRARY)
SPLIT = open_session(SessionFolder(ROOT / "cassettes" / "joint_production_en"), LIBRARY)
"""A meeting that did not vote as one."""


def line_of(act: str, session: Session = SESSION) -> str:
    return next(line["id"] for line in session.lines if line["act"] == act and not line["vote"])


# The arms


def test_a_session_goes_on_as_it_did_from_its_own_seed() -> None:
    for place in (0, 9, 20, -3, -1):
        moment = moment_of(SESSION, SESSION.lines[place]["id"])
        again = played(as_it_was(moment), CHOOSE, SESSION.spec.seed)
        assert again.lines == SESSION.lines
        assert again.decisions == SESSION.decisions
        assert again.pulses == SESSION.pulses


def test_both_arms_share_all_before_the_line_and_hang_on_the_seed_alone() -> None:
    place = next(place for place, line in enumerate(SHOWCASE.lines) if line["act"] == "propose")
    line = SHOWCASE.lines[place]
    question = asked(SHOWCASE, line["id"], Move(act="ask"))
    for seed in (1, 2):
        was, other = (played(arm, CHOOSE, seed) for arm in (question.was, question.other))
        assert was.lines[: place + 1] == SHOWCASE.lines[: place + 1]
        assert other.lines[:place] == SHOWCASE.lines[:place]
        assert (other.lines[place]["act"], other.lines[place]["seat"]) == ("ask", line["seat"])
        assert played(question.other, CHOOSE, seed).lines == other.lines
    assert played(question.was, CHOOSE, 1).lines != played(question.was, CHOOSE, 2).lines
    assert by_rules(question, 6) == by_rules(asked(SHOWCASE, line["id"], Move(act="ask")), 6)


def test_changed_rules_bind_from_the_next_turn_on() -> None:
    """Votes that are all in with the line are counted by them, as whoever asks about the last vote expects."""
    taken = SPLIT.decisions[-1]
    assert taken["carried"]
    assert not all(taken["votes"].values())
    last = [line["id"] for line in SPLIT.lines if line["vote"]][-1]
    changed = ("aggregation.procedure=consensus",)
    moment = moment_of(SPLIT, last)
    again = played(other_rules(moment, changed), CHOOSE, 1).decisions[len(SPLIT.decisions) - 1]
    assert (again["motion"], again["votes"]) == (taken["motion"], taken["votes"])
    assert (again["procedure"], again["carried"]) == ("consensus", False)
    before = moment_of(SPLIT, SPLIT.lines[SPLIT.lines.index(moment.line) - 1]["id"])
    assert not played(other_rules(before, changed), CHOOSE, 1).decisions[-1]["carried"]
    with pytest.raises(InputError, match="unknown rule"):
        other_rules(moment, ("nothing.at=all",))


def test_a_drawn_act_keeps_addressee_and_options() -> None:
    line = next(line for line in SESSION.lines if line["act"] == "propose" and line["terms"])
    moment = moment_of(SESSION, line["id"])
    arm = drawn(moment, "promise", CHOOSE)
    for seed in (1, 2, 3):
        session = played(arm, CHOOSE, seed)
        other = session.lines[len(moment.state["lines"])]
        assert (other["act"], other["to"]) == ("promise", line["to"])
        assert other["terms"] in (line["terms"], {})


def test_the_sessions_that_are_kept_are_those_that_were_counted(tmp_path: Path) -> None:
    cases: list[tuple[str, tuple[str, ...]]] = [
        ("L030", ()),
        ("L030", ("aggregation.voters=chair",)),
        ("L051", ("aggregation.procedure=consensus",)),
    ]
    for line, changes in cases:
        question = asked(SHOWCASE, line, None if changes else Move(act="promise"), changes)
        kept = ContinuationFolder(question, tmp_path, "showcase_en")
        was, other = examples(kept, 2)
        assert [was, other] != [other, was]
        for side, shown, arm in (("was", was, question.was), ("other", other, question.other)):
            counted = played(arm, CHOOSE, 2)
            folder = kept.folder(side, 2)  # type: ignore[arg-type]
            read = open_session(folder, LIBRARY)
            assert counted.lines == shown.lines == read.lines
            assert figures_of(counted) == figures_of(read)
            assert read.finished
            assert (read.spec.style, read.spec.changes) == ("rules", changes if side == "other" else ())
        assert kept.folder("was", 2).path.parent.parent == tmp_path


LEFT = "L034, which was left over, could then be put to the vote.", "这样一来，剩下的L034还可以付表决。"


def test_the_votes_that_were_cast_are_counted_as_the_question_has_it() -> None:
    cases: list[tuple[str, Move | None, tuple[str, ...], str, str]] = [
        ("L046", None, ("aggregation.procedure=consensus",),
         f"L044 falls, 5 to 2 (all must agree); it was carried. {LEFT[0]}",
         f"L044通不过，5比2（要全体同意）；当时是通过的。{LEFT[1]}"),
        ("L053", None, ("aggregation.veto=[chair]",),
         f"L044 falls, 5 to 2 (veto: Lu Wenjuan); it was carried. {LEFT[0]}",
         f"L044通不过，5比2（陆文娟否决）；当时是通过的。{LEFT[1]}"),
        ("L030", None, ("aggregation.quorum=9",),
         f"L044 falls, 5 to 2 (9 votes are needed); it was carried. {LEFT[0]}",
         f"L044通不过，5比2（要9票才有效）；当时是通过的。{LEFT[1]}"),
        ("L047", Move(act="object"), (), "L044 is carried all the same, 4 to 3.", "L044照样通过，4比3。"),
        ("L030", Move(act="promise"), (), "", ""),
        ("L030", None, ("aggregation.procedure=chair_decides",), "", ""),
        ("L030", None, ("information.lines=parties",), "", ""),
    ]  # fmt: skip
    for line, move, changes, en, zh in cases:
        question = asked(SHOWCASE, line, move, changes)
        told = [WhatIfWords(SHOWCASE.game, Words(lang)).recounted(SHOWCASE, question) for lang in LANGUAGES]
        assert told == (
            [f"With the votes as they were cast: {en}", f"票还是那些票，重数一遍：{zh}"] if en else ["", ""]
        )


async def test_conditions_of_the_decision_are_compared_and_the_pair_to_read_is_one_that_differs(tmp_path: Path) -> None:
    """Had the mayor left the trial month in, it would stand in what was carried."""
    question = asked(SHOWCASE, "L044", Move(act="answer"))
    kept = ContinuationFolder(question, tmp_path, "showcase_en", BY_CARDS)
    rows = await by_model(kept, 2, Models(None, (), DIRECTED))
    differ = {
        row.figure.condition: (row.was, row.other) for row in rows if row.figure.condition and row.was != row.other
    }
    assert sorted(differ.values()) == [(0, 1), (1, 0)]
    assert [row.among for row in rows if row.figure.condition] == [
        len([row for row in rows if row.figure.condition])
    ] * 8
    seed = telling_seed(rows)
    assert any(row.pairs[seed - 1][0] != row.pairs[seed - 1][1] for row in rows)


@pytest.mark.parametrize(
    ("lang", "line", "rule", "seat", "decided"),
    [
        ("en", "L044", "aggregation.veto=provider", "ngo_director", 0),  # of whose clause the mayor has struck all
        # Who would have had the district pay; on what is left all agree once the motion fell.
        ("zh", "L042", "aggregation.procedure=consensus", "landlord", 1),
    ],
)
async def test_by_the_cards_too_whoever_is_outvoted_on_its_own_clause_or_bottom_line_has_voted_against(
    lang: Lang, line: str, rule: str, seat: str, decided: int, tmp_path: Path
) -> None:
    session = open_session(meeting(f"showcase_{lang}"), LIBRARY)
    kept = ContinuationFolder(asked(session, line, None, (rule,)), tmp_path, session.game.spec.scenario, BY_CARDS)
    rows = {row.figure.name: row for row in await by_model(kept, 2, Models(None, (), DIRECTED))}
    assert (rows["decided"].was, rows["decided"].other) == (1, decided)
    telling = WhatIfWords(session.game, Words(lang))
    assert telling.apart(votes_apart(kept, session, 2)) == ""
    (decision,) = session.decisions
    turned: DecisionTaken = {**decision, "votes": {**decision["votes"], seat: True}}
    other = replace(session, state={**session.state, "decisions": [turned]})
    said = telling.apart(votes_apart(kept, other, 2))
    name = telling.name(seat)
    expected = {
        "en": f"{name} votes against {decision['motion']} in 2 of 2 games, and voted for it",
        "zh": f"{name}在2次演练里有2次反对{decision['motion']}，这一场投的是赞成",
    }
    assert expected[lang] in said


def test_one_thing_at_a_time_is_asked_and_so_many_continuations_may_be() -> None:
    with pytest.raises(InputError, match="either another move"):
        asked(SESSION, "L003")
    with pytest.raises(InputError, match="not both"):
        asked(SESSION, "L003", Move(act="ask"), ("a=b",))
    question = asked(SHOWCASE, "L032", Move(act="inform"))
    for runs in (0, -1, 10_001):
        with pytest.raises(InputError, match="1 to 10000"):
            by_rules(question, runs)


# What is said of them


def test_an_effect_that_is_there_is_told_and_one_that_is_not_is_not() -> None:
    strict = by_rules(asked(SHOWCASE, "L040", None, ("aggregation.procedure=consensus",)), 14)
    told = {row.figure.name: row.verdict for row in strict}
    assert (told["decided"], told["questions_settled"], told["motions_refused"]) == ("less", "less", "more")
    assert told["burden_change"] == "small"


def test_the_figures_are_those_of_experiments_and_of_the_ledger() -> None:
    values = figures_of(SHOWCASE)
    names = [figure.name for figure in figures(SHOWCASE.game)]
    assert list(values) == names
    assert values["decided"] == 1
    assert values["bound.payer.shared"] == 1
    assert values["bound.payer.street"] == 0
    assert values["promises_made"] == sum(item.kind == "promise" for item in SHOWCASE.items)
    assert values["motions_refused"] == sum(not decision["carried"] for decision in SHOWCASE.decisions)


def test_students_distribution_is_the_known_one() -> None:
    for freedom in (1, 2, 3, 4, 9, 10, 39, 199):
        from scipy import stats

        assert student_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)
        for t in (0.0, 0.3, 2.1, 7.0):
            assert student_tail(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-9, abs=1e-15)


def test_differences_that_all_differ_have_students_interval() -> None:
    from scipy import stats

    rng = np.random.default_rng(1)
    was, other = rng.normal(0, 1, 12), rng.normal(0.5, 1, 12)
    known = stats.ttest_rel(other, was)
    interval = known.confidence_interval(0.95)
    found = difference(list(zip(was, other, strict=True)))
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert found.p == pytest.approx(known.pvalue, rel=1e-9)


@pytest.mark.parametrize(("more", "less", "pairs"), [(0, 0, 20), (3, 0, 20), (9, 4, 40), (5, 0, 5), (1, 12, 200)])
def test_tangos_bounds_are_where_the_score_test_rejects(more: int, less: int, pairs: int) -> None:
    from scipy import optimize, stats

    found = difference([(0, 1)] * more + [(1, 0)] * less + [(1, 1)] * (pairs - more - less), yes_no=True)
    assert found.low is not None
    assert found.high is not None
    assert found.low < (more - less) / pairs or found.low == -1
    for bound in (found.low, found.high):
        if abs(bound) == 1:
            continue
        # The chance of a change for the worse that is likeliest where the difference is the bound.
        least, most = max(0.0, -bound), (1 - bound) / 2

        def unlikely(q: float, bound: float = bound) -> float:
            chances = ((more, q + bound), (less, q), (pairs - more - less, 1 - 2 * q - bound))
            return -sum(count * math.log(max(chance, 1e-300)) for count, chance in chances if count)

        q = optimize.minimize_scalar(unlikely, bounds=(least, most), method="bounded", options={"xatol": 1e-12}).x
        score = (more - less - pairs * bound) / math.sqrt(pairs * (2 * q + bound * (1 - bound)))
        assert abs(score) == pytest.approx(stats.norm.ppf(0.975), rel=1e-3)


def test_pairs_that_are_all_alike_are_no_certainty() -> None:
    for shift in (0.0, 1.0):
        found = difference([(2.0, 2.0 + shift)] * 40)
        assert found.low is not None
        assert found.high is not None
        assert found.low < shift < found.high
        assert found.alike
    assert difference([(0, 0)] * 40, yes_no=True).alike
    assert not difference([(0, 0)] * 39 + [(0, 1)], yes_no=True).alike
    assert not difference([(1.0, 1.0)] * 39 + [(1.0, 2.0)]).alike
    assert difference([(1.0, 1.0)] * 4).low is None
    assert difference([]).estimate is None
    calm, busy = difference([(2.0, 2.0)] * 40), difference([(2.0, 2.0), (8.0, 8.0)] * 20)
    assert calm.high is not None
    assert busy.high == pytest.approx(6 * calm.high), "a pair that differs may do so by as much as the outcome itself"


def test_no_interval_reaches_beyond_what_is_possible() -> None:
    pairs = [(1.0, 0.0)] * 4 + [(0.0, 0.5)]
    free, bounded = difference(pairs), difference(pairs, widest=1.0)
    assert free.low is not None
    assert free.low < -1
    assert (bounded.low, bounded.high) == (-1.0, free.high)
    known = {figure.name: figure.widest for figure in figures(SESSION.game)}
    assert (known["hierarchical"], known["trust_change"], known["promises_made"]) == (1.0, 8.0, None)


@pytest.mark.simulation
def test_where_few_pairs_differ_and_by_much_the_interval_holds_the_truth() -> None:
    """In one pair of fifty an outcome that goes from 0 to 12 comes out 6 higher: 0.12 in the mean."""
    rng, held, alike = np.random.default_rng(1), 0, 0
    for _ in range(2000):
        was = rng.integers(0, 13, 40).astype(float)
        other = was + 6.0 * (rng.random(40) < 0.02)
        found = difference(list(zip(was.tolist(), other.tolist(), strict=True)))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.12 <= found.high
        alike += found.alike
    assert alike > 600
    assert held >= 0.95 * 2000


def test_several_at_once_are_told_by_holms_method() -> None:
    chances = [0.001, 0.012, 0.02, 0.04, 0.2]
    wide = [Difference(0.5, -1, 1, p, 40) for p in chances]
    assert [said == "more" for said in verdicts(wide, [0.1] * 5)] == [True, True, False, False, False], (
        "0.02 > 0.05 / 3"
    )
    assert verdicts([Difference(-0.5, -1, -0.1, 0.001, 40)], [0.1]) == ["less"]
    assert verdicts([Difference(0.01, 0.005, 0.02, 1e-9, 40)], [0.1]) == ["small"], (
        "it is there, and too small to matter"
    )
    assert verdicts([Difference(0.01, -0.005, 0.02, 0.3, 40)], [0.1]) == ["small"], (
        "whether it is there or not, one as large as the margin is ruled out, as in the report of an experiment"
    )
    once = [Difference(0.2, 0.01, 0.39, 0.04, 40), *[Difference(0.0, -1, 1, 0.5, 40)] * 23]
    assert verdicts(once, [0.1] * 24)[0] == "alone", "clear by itself, not among 24"
    assert verdicts(once[:1], [0.1]) == ["more"]
    assert verdicts([Difference(0.5, None, None, 1.0, FEWEST - 1)], [0.1]) == ["open"]


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", {"small": "too small to matter", "alone": "perhaps: of 24 outcomes one may look so by chance",
                "interval": "all pairs alike",
                "margin": "0.10", "points": "10 points", "method": "Student’s t", "score": "Tango’s",
                "bound": "Wilson’s", "few": "no difference in these runs; few runs",
                "counted": "certain for the votes that were cast, by the recount"}),
        ("zh", {"small": "即使有差别，也无关紧要", "alone": "也许有：24项里碰巧也会有一项这样",
                "interval": "每一对都相同", "margin": "0.10", "points": "10个百分点",
                "method": "学生t区间", "score": "丹戈", "bound": "威尔逊",
                "few": "这几次没见差别，次数还少", "counted": "按投出的票重新计算，结果确定"}),
    ],
)  # fmt: skip
def test_what_is_said_of_a_difference_in_words(lang: Lang, told: dict[str, str]) -> None:
    comparing = WhatIfWords(SHOWCASE.game, Words(lang))
    h, decided = (figures(SHOWCASE.game, [name])[0] for name in ("hierarchical", "decided"))
    small = FigureComparison(h, 0.80, 0.76, Difference(-0.04, -0.07, -0.02, 0.001, 40), "small", 24)
    alone = FigureComparison(h, 0.80, 0.60, Difference(-0.2, -0.39, -0.01, 0.04, 40), "alone", 24)
    alike = FigureComparison(h, 0.8, 0.8, Difference(0.0, -0.09, 0.09, 1.0, 40, alike=True), "small", 24)
    assert comparing.verdict(small) == told["small"]
    assert comparing.verdict(alone) == told["alone"]
    assert comparing.interval(alike) == told["interval"]
    assert comparing.verdict(alike) == told["small"]
    assert comparing.verdict(replace(alike, verdict="open")) == told["few"]
    fewer = replace(alike, verdict="open", change=Difference(-6.0, None, None, 1.0, 4, alike=True))
    assert comparing.verdict(fewer) == Words(lang)("whatif.verdict.each", pairs=4), "all pairs differ, and alike"
    tried = Difference(-1.0, -1.0, -0.4, 0.02, 5, alike=True)
    past = [replace(alone, change=tried, figure=decided), replace(alike, change=tried, verdict="open")]
    assert {comparing.verdict(row) for row in past} == {Words(lang)("whatif.verdict.each", pairs=5)}, "one pattern"
    assert comparing.verdict(past[0], -1) == told["counted"], "where the votes that were cast say so for certain"
    assert told["counted"] in comparing.decided([past[0]], -1)
    assert comparing.verdict(past[1], -1) == comparing.verdict(past[1])
    assert comparing.verdict(past[0], 1) == comparing.verdict(past[0]), "they say the reverse"
    assert comparing.interval(small) == Words(lang)("experiment_report.range", low="−0.07", high="−0.02")
    assert (comparing.margin(h), comparing.margin(decided)) == (told["margin"], told["points"])
    seen = replace(small, figure=decided, was=0.825, other=0.025, change=replace(small.change, estimate=-0.8))
    assert comparing.subtracting(seen)[:2] == ("82.5%", "2.5%"), "82% less 2.5% would be no 80 points"
    (method,) = (note for note in comparing.notes([small], 40) if told["method"] in note)
    assert told["score"] in method
    assert told["bound"] in method
    p, carried = figures(SHOWCASE.game, ["horizontal", "horizontal_carried"])
    apart = [replace(alone, figure=decided), replace(alone, figure=p)]
    both = replace(alone, figure=carried, change=replace(alone.change, pairs=3))
    counted = Words(lang)("whatif.where_decided", count=3, runs=40)
    assert counted in comparing.notes([*apart, both], 40), "how few pairs P is of where something is decided"


# Played by a model


def with_people() -> Session:
    """Return the showcase as if somebody had sat at its table, and had been handed a seat by the facilitator."""
    log = Log()
    handed = order(1, "seat", seat="grid_master", by="person")
    for event in SHOWCASE.events:
        payload = event.payload
        if event.kind == "session":
            payload = {**payload, "spec": {**payload["spec"], "persons": ["mayor"]}}
        if event.kind == "line" and payload["id"] == "L012":
            log.append("order", handed, seat="grid_master")
            log.append(
                "direction", {"id": "O1", "kind": "seat", "turn": 1, "refused": ""}, "application", "grid_master"
            )
        if event.kind not in ("call", "close"):
            log.append(event.kind, payload, event.stage, event.seat)
    return Session.of(game_of(tuple(log), LIBRARY), tuple(log))


async def test_a_model_plays_both_arms_once_all_are_kept_and_nobody_is_waited_for(tmp_path: Path) -> None:
    model, held = SteadyModel("propose"), with_people()
    assert set(held.state["desk"]["persons"]) == {"mayor", "grid_master"}
    place = [number for number, line in enumerate(held.lines) if not line["vote"]][-1]  # as late as can be
    said = Move(act="inform", says="The teachers would come on three evenings.")
    question = asked(held, held.lines[place]["id"], said)
    was, other = await asyncio.to_thread(examples, ContinuationFolder(question, tmp_path, "held"), 1)
    assert was.lines == played(question.was, CHOOSE, 1).lines
    assert other.lines == played(question.other, CHOOSE, 1).lines
    kept = ContinuationFolder(question, tmp_path, "held", Players("free", "stub"))
    guess = await asyncio.to_thread(estimate, kept, 1)
    with serving(model) as url:
        models = models_at(url, judge=False, account=BudgetAccount())
        rows = await models.endpoints.during(by_model(kept, 1, models))
        asked_before = len(model.requests)
        again = models_at(url, judge=False, account=BudgetAccount())
        assert await again.endpoints.during(by_model(kept, 1, again)) == rows
    assert len(model.requests) == asked_before, "what was played is not played again"
    assert guess.calls / 4 < asked_before < 3 * guess.calls
    assert {row.verdict for row in rows} == {"open"}, "one pair tells nothing"
    assert len(list(kept.folder("was", 1).path.parent.iterdir())) == 2
    for side in ("was", "other"):
        session = open_session(kept.folder(side, 1), LIBRARY)
        assert session.finished
        assert session.spec.seed == 1
        assert session.lines[:place] == SHOWCASE.lines[:place]
        assert session.lines[place]["act"] == (SHOWCASE.lines[place]["act"] if side == "was" else "inform")
        assert {line["origin"] for line in session.lines[place + 1 :]} == {"model"}


# Turning points


TELLING = ("outvoted", "refused", "beyond")


def test_turning_points_are_what_their_rules_say() -> None:
    kinds = set()
    sessions = [making.drawn(name, seed=seed) for seed in range(1, 4) for name in GOVERNANCE]
    for session in sessions:
        lines = {line["id"]: line for line in session.lines}
        decisions = {taken["id"]: taken for taken in session.decisions}
        promises = {item.line: item for item in session.items if item.kind == "promise"}
        for seat in session.game.positions:
            points = turning_points(session, seat)
            assert len(points) <= 3
            assert len({point.line for point in points}) == len(points)
            for point in points:
                kinds.add(point.kind)
                line = lines[point.line]
                assert line["seat"] == seat
                assert point.moves
                assert set(point.others) == set(moment_of(session, point.line).others)
                if point.kind == "refused":
                    assert decisions[point.evidence]["motion"] == point.line
                    assert not decisions[point.evidence]["carried"]
                    fits = ("proposes", "asks", "supports", "counters")
                    assert any(has(point.moves[0], trait) for trait in fits)  # type: ignore[arg-type]
                elif point.kind == "beyond":
                    assert promises[point.line].history[0][1] == "beyond_remit"
                elif point.kind == "outvoted":
                    taken = decisions[point.evidence]
                    assert taken["votes"][seat] is not taken["carried"]
                    assert not line["vote"]
                    assert takes_a_stand(line) or has(line["act"], "proposes"), "a vote alone says not what was wanted"
            told = [point.kind for point in points]
            firsts = list(dict.fromkeys(told))
            assert firsts == sorted(firsts, key=TELLING.index), "the most telling comes first"
            assert told[: len(firsts)] == firsts, "and each kind before a second of one"
    assert kinds == {*TELLING}


def test_the_coach_is_soon_done() -> None:
    seats = {seat: turning_points(SESSION, seat) for seat in SESSION.game.positions}
    seat = max(seats, key=lambda name: len(seats[name]))
    begun = process_time()
    coached = coach(SESSION, seat, FEWEST)
    assert process_time() - begun < 6 * FEWEST / RUNS, "twice what it may take, since this machine is shared"
    assert [each.point for each in coached] == seats[seat]
    assert coach(SESSION, seat, FEWEST) is coached
    for each in coached:
        assert 1 <= len(each.alternatives) <= 3
        assert [other.act for other in each.alternatives] == list(each.point.moves[:3])
        for other in each.alternatives:
            assert [row.figure.name for row in other.rows] == list(COACHED)
            assert all(row.change.pairs <= FEWEST for row in other.rows)
        assert each.course.lines[0]["seat"] == seat
        assert each.course.lines[0]["act"] == each.course.act
        assert all(seat in line["visible_to"] for line in each.course.lines)


def test_a_session_without_a_line_has_no_turning_point() -> None:
    empty = Session.of(SESSION.game, SESSION.events[:1])
    assert coach(empty, "mayor") == ()
