"""How many votes a share asks for, exactly; who holds a position by name; what a card may not say of either."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.changes import with_changes
from sandbox.content.governance import MORE_THAN_HALF, Aggregation, Governance, least
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.errors import ContentError, InputError
from sandbox.game.checks.warnings import warnings
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.franchise import franchise
from sandbox.game.rules import assign_positions, carried, vetoes
from sandbox.game.spec import SessionSpec
from sandbox.report.voting_words import ballot_text, carries_text, procedure_text, right_in_words
from tests.content.folders import shipped
from tests.game.making import LIBRARY, PROPERTY, persona

JOINT = LIBRARY.governance("joint_production")
WHOLE = st.integers(2, 120)
SHARES = WHOLE.flatmap(lambda whole: st.integers(whole // 2 + 1, whole).map(lambda part: Fraction(part, whole)))


def under(**rule: object) -> Governance:
    """Return a model whose votes are counted by a rule."""
    counted = Aggregation.model_validate({**JOINT.rules.aggregation.model_dump(), "quorum": 0, **rule})
    return JOINT.model_copy(update={"rules": JOINT.rules.model_copy(update={"aggregation": counted})})


def comes(model: Governance, yes: int, no: int, out: int = 0) -> bool:
    """Return whether a motion is carried by so many votes for it and against it, and abstentions."""
    seats = [f"seat{place}" for place in range(yes + no + out)]
    votes = {seat: place < yes for place, seat in enumerate(seats[: yes + no])}
    return carried(model, dict.fromkeys(seats, "resident"), votes, seats[yes + no :])


def test_a_share_is_met_at_its_boundary_and_not_below() -> None:
    cases: list[tuple[str, list[tuple[int, int]], list[tuple[int, int]]]] = [
        ("2/3", [(2, 1), (4, 2), (4, 1), (66, 33)], [(3, 2), (1, 1), (65, 34), (0, 0)]),
        ("3/4", [(3, 1), (6, 2)], [(5, 2), (2, 1)]),
        ("4/6", [(2, 1)], [(3, 2)]),
        (MORE_THAN_HALF, [(3, 2), (2, 1)], [(2, 2), (1, 1)]),
    ]
    for share, carry, fall in cases:
        model = under(share=share)
        assert [votes for votes in carry if not comes(model, *votes)] == []
        assert [votes for votes in fall if comes(model, *votes)] == []


@PROPERTY
@given(share=SHARES, of=st.integers(0, 300))
def test_a_share_is_the_least_whole_number_that_is_not_less_than_it(share: Fraction, of: int) -> None:
    votes = least(f"{share.numerator}/{share.denominator}", of)
    assert votes - 1 < share * of <= votes <= of


@PROPERTY
@given(
    share=SHARES.filter(lambda share: share < 1), yes=st.integers(0, 9), no=st.integers(0, 9), out=st.integers(0, 9),
    of=st.sampled_from(["cast", "voters"]), quorum=st.sampled_from(["0", "2/3", MORE_THAN_HALF]),
)  # fmt: skip
def test_a_motion_is_carried_by_its_share_of_the_votes_or_of_all_voters(
    share: Fraction, yes: int, no: int, out: int, of: str, quorum: str
) -> None:
    model = under(share=str(share), of=of, quorum=quorum, abstain=True)
    cast, everybody = yes + no, yes + no + out
    enough = cast * 3 >= everybody * 2 if quorum == "2/3" else cast * 2 > everybody if quorum != "0" else True
    base = cast if of == "cast" else everybody
    assert comes(model, yes, no, out) == (cast > 0 and enough and Fraction(yes) >= share * base)
    assert comes(model, cast + 1, 0), "unanimity carries"
    assert comes(model, yes + 1, no, out) or not comes(model, yes, no, out)
    if quorum == "0":  # whoever votes against a motion also helps it to its quorum
        assert comes(model, yes, no, out) or not comes(model, yes, no + 1, out)


def test_owners_of_whom_two_thirds_take_part_and_three_quarters_of_these_agree() -> None:
    model = under(quorum="2/3", share="3/4", abstain=True)
    assert comes(model, 6, 2, 4)
    assert not comes(model, 7, 0, 5), "too few take part"
    assert not comes(model, 6, 3, 3), "too few of them agree"
    everybody = with_changes(model, ("aggregation.of=voters", "aggregation.share=2/3"))
    assert comes(everybody, 8, 0, 4)
    assert not comes(everybody, 7, 1, 4)
    assert not comes(under(procedure="consensus", of="voters", abstain=True), 9, 0, 1)


def test_what_says_nothing_of_a_share_is_written_as_ever_and_a_procedure_takes_its_share_along() -> None:
    assert "share" not in JOINT.rules.aggregation.model_dump()
    assert under(share="2/3").rules.aggregation.model_dump()["share"] == "2/3"
    agree = with_changes(under(share="2/3", of="voters"), ("aggregation.procedure=consensus",)).rules.aggregation
    assert (agree.share, agree.of) == (MORE_THAN_HALF, "voters")
    assert with_changes(under(share="2/3"), ("aggregation.share=more_than_half",)).rules.aggregation.share != "2/3"


@pytest.mark.parametrize(
    ("written", "field", "en", "zh"),
    [
        ("share: 0.67", "share", "'0.67' is no share; write a fraction", "不写小数和百分数"),
        ("share: 67%", "share", "'67%' is no share", "不写小数和百分数"),
        ("share: 3/2", "share", "'3/2' is no share", "写分数，例如2/3"),
        ("share: 1/2", "share", "could be for a motion and against it at once", "赞成反对可能同时够数"),
        ("share: 3/3", "share", "write procedure: consensus", "要全体同意"),
        ("quorum: 0.5", "quorum", "'0.5' is no quorum; write a number of votes, for example 2", "写票数"),
        ("quorum: two", "quorum", "'two' is no quorum", "例如2/3"),
        ("quorum: 2/0", "quorum", "'2/0' is no quorum", "例如2/3"),
        ("procedure: consensus, share: 2/3", "share", "only a majority has a share", "只有procedure是majority"),
        ("procedure: chair_decides, of: voters", "of", "no votes are counted", "不数票"),
    ],
)
def test_a_share_that_cannot_be_is_refused_at_its_line(
    tmp_path: Path, written: str, field: str, en: str, zh: str
) -> None:
    text = shipped("governance", "joint_production")
    rule = "  aggregation:\n    procedure: majority\n"
    fields = [part.split(": ") for part in written.split(", ")]
    rows = [f"    {name}: {value}\n" for name, value in ({"procedure": "majority"} | dict(fields)).items()]
    text = text.replace("    quorum: 3\n", "") if field == "quorum" else text
    path = tmp_path / "prompts" / "governance" / "joint_production.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(rule, "  aggregation:\n" + "".join(rows)), encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        Library.load(tmp_path)
    (problem,) = refused.value.problems
    line = path.read_text(encoding="utf-8").splitlines().index(rows[-1].rstrip("\n")) + 1
    assert problem.startswith(f"{path}:{line}: rules.aggregation.{field}: ")
    assert en in problem
    assert zh in Words("zh").problem(problem)


GROUND = {"name": "一楼业主", "personas": ["below"], "single": True, "source": "inferred"}


def named(**rule: object) -> Governance:
    data = JOINT.model_dump()
    data["rules"]["position"]["ground"] = GROUND | rule
    data["rules"]["choice"]["ground"] = data["rules"]["choice"]["resident"]
    data["rules"]["aggregation"] |= {"veto": ["ground"]}
    return Governance.model_validate(data)


def test_a_position_is_held_by_whom_it_names_wherever_they_sit_and_whatever_else_fits() -> None:
    above, below, head = persona("above", "resident"), persona("below", "resident"), persona("head", "self_governing")
    for seats in ([above, below, head], [head, below, above]):
        assert assign_positions(named(), seats) == {"above": "resident", "below": "ground", "head": "chair"}
    assert "ground" not in assign_positions(named(), [above, head]).values(), (
        "nobody takes the place of who is not there"
    )
    assert assign_positions(named(kinds=["resident"]), [above, head])["above"] == "ground", "unless kinds are named too"
    several = named(personas=["above", "below"], single=False)
    assert [*assign_positions(several, [below, above, head]).values()].count("ground") == 2
    data = named().model_dump()
    data["rules"]["position"]["chair"]["personas"] = ["below", "below"]
    for personas in (["below"], ["above", "above"]):
        data["rules"]["position"]["resident"]["personas"] = personas
        with pytest.raises(ValueError, match="a persona is named for one position"):
            Governance.model_validate(data)


def test_a_name_that_no_card_has_is_refused_and_one_without_a_seat_is_told(tmp_path: Path) -> None:
    path = tmp_path / "prompts" / "governance" / "mine.yaml"
    path.parent.mkdir(parents=True)
    text = shipped("governance", "joint_production").replace("id: joint_production", "id: mine")
    row = next(row for row in text.splitlines() if row.startswith("    resident: {name"))
    for name, told in (("mayr", "unknown persona 'mayr'. Did you mean mayor?"), ("broom_seller", "no case seats")):
        path.write_text(text.replace(row, row.replace("kinds:", f"personas: [{name}], kinds:")), encoding="utf-8")
        if name == "mayr":
            with pytest.raises(InputError, match=told):
                Library.load(tmp_path)
            continue
        (tmp_path / "personas").mkdir()
        card = shipped("persona", "mayor").replace("id: mayor", f"id: {name}")
        (tmp_path / "personas" / f"{name}.yaml").write_text(card, encoding="utf-8")
        found = [problem for problem in warnings(Library.load(tmp_path)) if told in str(problem)]
        assert [problem.field for problem in found] == ["rules.position.resident.personas.0"]


BOUGHT_OFF = ("aggregation.veto=[resident]", "aggregation.unless={resident: {payer: [district]}}")


@pytest.mark.parametrize(
    ("lang", "unless", "stops"),
    [
        ("en", "not where a motion settles “Who pays?” as “the district", "may stop it"),
        ("zh", "提案里“谁出钱？”定为“", "可以否决"),
    ],
)
def test_a_veto_that_is_bought_off_leaves_its_holder_a_vote(lang: Lang, unless: str, stops: str) -> None:
    fields: dict[str, Any] = {
        "scenario": "four_oclock_school",
        "governance": "joint_production",
        "lang": lang,
        "changes": BOUGHT_OFF,
    }
    game = Game(SessionSpec(**fields), LIBRARY)
    options = [*game.offered["payer"]]
    assert "district" in options
    tenant, stage = "migrant_tenant", "public_engagement"
    votes = dict.fromkeys(game.voters(stage), True) | {tenant: False}
    for terms, holds in (({"payer": "district"}, False), ({"payer": options[-1]}, True), ({}, True)):
        assert vetoes(game.governance, game.positions, votes, terms) == ((tenant,) if holds else ())
        assert carried(game.governance, game.positions, votes, (), terms) is not holds
        motion = Item("L001", stage, "proposal", game.chair, "", terms, "open", ())
        assert (ballot_text(game, tenant, stage, "object", motion) == game.words("vote.no_stops")) is holds
        assert (stops in carries_text(game, stage, motion)) is holds
    for told in (right_in_words(game, tenant), procedure_text(game), carries_text(game, stage)):
        assert unless in told
    unbound = Game(SessionSpec(**fields | {"changes": (*BOUGHT_OFF, "scope.decisions=[voice]")}), LIBRARY)
    assert tenant in franchise(unbound, stage, {"payer": "district"}).stop, "what the body may not bind buys nothing"


def test_what_is_to_buy_off_a_veto_has_one_to_buy_off_and_is_asked_in_some_case(tmp_path: Path) -> None:
    bought = with_changes(JOINT, BOUGHT_OFF)
    assert with_changes(bought, ("aggregation.veto=[]",)).rules.aggregation.unless == {}
    for change in ("{chair: {payer: [district]}}", "{resident: {}}", "{resident: {payer: []}}"):
        with pytest.raises(InputError, match=r"aggregation\.unless"):
            with_changes(bought, (f"aggregation.unless={change}",))
    path = tmp_path / "prompts" / "governance" / "mine.yaml"
    path.parent.mkdir(parents=True)
    text = shipped("governance", "joint_production").replace("id: joint_production", "id: mine")
    rule = "    veto: [resident]\n    unless: {resident: {payer: [district], lift: [none]}}\n"
    path.write_text(text.replace("    quorum: 3\n", rule), encoding="utf-8")
    (told,) = [problem for problem in warnings(Library.load(tmp_path)) if "unless" in str(problem)]
    assert "this option of it: lift: none; so the veto of resident always holds" in told
