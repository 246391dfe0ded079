"""Counted levels against the gold set, where acts, terms, votes and tasks can express what its dialogues say in words.

Each dialogue is told again in the acts of a session; the level is that of the gold item. What hangs on words alone (a
question that asks nothing, an objection to something else, which of two promises is the larger) cannot be told so.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.gold import gold_items
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.level_rules import counted_level
from tests.game.making import LIBRARY, line, session_of
from tests.scoring.making import vote

# Who, which act, to whom, the option named, the task named.
Told = tuple[str, ...]
OPTIONS = {
    "district": {"payer": "district"}, "shared": {"payer": "shared"}, "class": {"provider": "social_organisation"},
    "teachers": {"provider": "retired_teachers"}, "all": {"eligible": "all_children"},
    "some": {"eligible": "migrant_children"}, "counter": {"filing": "shared_counter"}, "": {},
}  # fmt: skip
BOTH = OPTIONS["district"] | OPTIONS["class"]
PEOPLE = {"ngo_director": True, "local_parent": True, "migrant_tenant": True}
ROOM = PEOPLE | {"mayor": True, "grid_master": True}
# The seat that the case gives the office which pays.
OFFICE = next(one.persona for one in LIBRARY.scenario("hukou_two_doors").seats if "finance" in one.departments)
DESKS = {OFFICE: True, "police": True, "community_director": True}
HANDED = ("mayor", "delegate", "grid_master", "", "second_file")


def retold(
    told: Sequence[Told], decisions: Sequence[DecisionTaken], scenario: str, governance: str = "joint_production"
) -> Session:
    said: list[Line] = []
    for number, (seat, act, to, *rest) in enumerate(told, start=1):
        option, task = [*rest, "", ""][:2]
        said.append(line(number, seat, act, to, OPTIONS[option], task=task))  # type: ignore[arg-type]
    return session_of(Game(SessionSpec(scenario=scenario, governance=governance), LIBRARY), said, decisions)


def check(criterion: str, item: str, session: Session) -> None:
    gold = {one.id: one for one in gold_items(LIBRARY, criterion, "en")}
    rubric = {one.id: one for one in LIBRARY.rubric("core").criteria}
    assert counted_level(rubric[criterion], session).level == gold[item].level


def test_who_binds() -> None:
    cases: list[tuple[str, Sequence[Told], DecisionTaken, str]] = [
        (
            "library_keys",
            [("migrant_tenant", "ask", "mayor"), ("mayor", "answer", "migrant_tenant"), ("mayor", "decide", "all")],
            vote({}, terms=OPTIONS["class"]),
            "command",
        ),
        (
            "flat_wishes",
            [("mayor", "ask", "migrant_tenant"), ("migrant_tenant", "propose", "mayor", "shared"),
             ("village_cadre", "support", "all"), ("mayor", "decide", "all", "district")],
            vote({}, terms=OPTIONS["district"]),
            "command",
        ),
        (
            "stall_lots",
            [("mayor", "propose", "all", "district"), ("ngo_director", "promise", "all", "class"),
             ("mayor", "decide", "all")],
            vote({}, terms=BOTH),
            "joint_production",
        ),
        ("estate_charge", [("local_parent", "propose", "all", "shared")],
         vote(ROOM, terms=OPTIONS["shared"]), "one_core_multiple_actors"),
        ("sewer_wall", [("mayor", "propose", "all", "district"), ("migrant_tenant", "refuse", "mayor")],
         {**vote({}, terms=OPTIONS["shared"]), "by": "migrant_tenant"}, "joint_production"),
        ("evening_nurses", [("mayor", "propose", "all", "district"), ("local_parent", "object", "ngo_director")],
         {**vote({}, terms=OPTIONS["class"]), "by": "ngo_director"}, "joint_production"),
        ("sweeping_fee", [("local_parent", "propose", "all", "shared"), ("mayor", "object", "all")],
         vote(PEOPLE, terms=OPTIONS["shared"]), "joint_production"),
    ]  # fmt: skip
    for item, told, decided, governance in cases:
        check("decision_share", item, retold(told, [decided], "four_oclock_school", governance))


def test_what_comes_first() -> None:
    cases: list[tuple[str, Sequence[Told]]] = [
        ("stair_rails", [("ngo_director", "ask", "migrant_tenant"), ("migrant_tenant", "answer", "ngo_director"),
                         ("mayor", "decide", "all", "district"), ("ngo_director", "object", "mayor")]),
        ("bus_card_colour", [("mayor", "propose", "all", "district"), ("mayor", "ask", "all"),
                             ("migrant_tenant", "answer", "mayor"), ("mayor", "decide", "all", "district")]),
        ("dawn_carts", [("mayor", "ask", "all"), ("migrant_tenant", "propose", "mayor", "shared"),
                        ("local_parent", "answer", "mayor"), ("mayor", "propose", "all", "shared")]),
    ]  # fmt: skip
    for item, told in cases:
        check("needs_first", item, retold(told, [], "four_oclock_school"))


def test_what_is_promised() -> None:
    cases: list[tuple[str, Sequence[Told]]] = [
        ("two_grandsons", [("grid_master", "promise", "migrant_tenant", "district"), ("migrant_tenant", "ask", "all"),
                           ("grid_master", "promise", "migrant_tenant", "class"), ("local_parent", "support", "all")]),
        ("harbour_bedroom", [("grid_master", "promise", "migrant_tenant", "district"),
                             ("migrant_tenant", "ask", "grid_master"),
                             ("grid_master", "promise", "migrant_tenant", "district"),
                             ("migrant_tenant", "object", "grid_master")]),
        ("town_pension", [("village_cadre", "promise", "all", "district"), ("ngo_director", "object", "village_cadre"),
                          ("village_cadre", "promise", "migrant_tenant", "district"),
                          ("ngo_director", "inform", "all")]),
        ("clinic_rent", [("ngo_director", "promise", "all", "district"), ("ngo_director", "promise", "all", "all"),
                         ("grid_master", "promise", "all", "class"), ("migrant_tenant", "ask", "ngo_director"),
                         ("mayor", "promise", "all", "district"), ("mayor", "promise", "all", "all"),
                         ("migrant_tenant", "object", "grid_master")]),
        ("late_bus", [("grid_master", "promise", "migrant_tenant", "all"), ("local_parent", "ask", "grid_master"),
                      ("grid_master", "concede", "all"), ("grid_master", "promise", "migrant_tenant", "class")]),
        ("night_shelter", [("ngo_director", "promise", "all", "district"), ("grid_master", "ask", "ngo_director"),
                           ("ngo_director", "concede", "all"), ("mayor", "promise", "all", "district")]),
        ("crossed_out_school", [("grid_master", "promise", "migrant_tenant", "all"),
                                ("migrant_tenant", "ask", "grid_master"), ("grid_master", "concede", "all")]),
        ("hall_and_hours", [("village_cadre", "promise", "all"), ("local_parent", "object", "village_cadre"),
                            ("ngo_director", "promise", "all", "class"), ("mayor", "refuse", "local_parent")]),
    ]  # fmt: skip
    for item, told in cases:
        check("promise_integrity", item, retold(told, [], "four_oclock_school"))


def test_who_shapes_it() -> None:
    cases: list[tuple[str, Sequence[Told], str]] = [
        ("reading_class", [("mayor", "propose", "all", "some"), ("ngo_director", "object", "mayor"),
                           ("local_parent", "object", "mayor")], "some"),
        ("music_room", [("migrant_tenant", "propose", "all", "all"), ("mayor", "decide", "all", "some"),
                        ("migrant_tenant", "object", "mayor")], "some"),
        ("boiler_yard", [("local_parent", "propose", "all", "all"), ("mayor", "ask", "migrant_tenant"),
                         ("migrant_tenant", "answer", "mayor"), ("local_parent", "object", "all")], "all"),
        ("willow_hall", [("local_parent", "propose", "all", "all"), ("mayor", "ask", "migrant_tenant"),
                         ("migrant_tenant", "answer", "mayor")], "all"),
        ("threshing_ground_film", [("migrant_tenant", "object", "ngo_director"),
                                   ("migrant_tenant", "propose", "ngo_director", "shared"),
                                   ("ngo_director", "refuse", "migrant_tenant"),
                                   ("migrant_tenant", "concede", "all")], "all"),
        ("battery_cabinet", [("migrant_tenant", "propose", "mayor", "shared"),
                             ("local_parent", "object", "migrant_tenant"), ("mayor", "ask", "all"),
                             ("migrant_tenant", "answer", "mayor")], "shared"),
        ("bicycle_shed", [("mayor", "propose", "all", "district"), ("migrant_tenant", "object", "mayor"),
                          ("local_parent", "object", "migrant_tenant"), ("migrant_tenant", "propose", "all", "shared"),
                          ("local_parent", "concede", "migrant_tenant")], "shared"),
    ]  # fmt: skip
    for item, told, decided in cases:
        check("inclusion", item, retold(told, [vote({}, terms=OPTIONS[decided])], "four_oclock_school"))


def test_who_pays_and_who_runs_it() -> None:
    cases: list[tuple[str, Sequence[Told], DecisionTaken]] = [
        ("elders_afternoons_yours", [("migrant_tenant", "ask", "mayor"), ("mayor", "decide", "all")], vote({})),
        ("stair_lamps", [("mayor", "promise", "all", "district"), ("mayor", "concede", "all")], vote({})),
        ("two_shed_offers", [("village_cadre", "propose", "all", "district"),
                             ("local_parent", "propose", "all", "shared")], vote({})),
        ("somebody_retired", [("mayor", "propose", "all", "teachers"), ("mayor", "decide", "all")], vote({})),
        ("grease_trap_money", [("mayor", "promise", "all", "district")], vote({}, terms=OPTIONS["district"])),
        ("broom_without_budget", [("mayor", "refuse", "all")], vote(PEOPLE, terms=OPTIONS["class"])),
        ("absent_payer_parking", [("ngo_director", "support", "all")], vote(PEOPLE, terms=BOTH)),
        ("gate_watch_by_fees", [("mayor", "promise", "all", "district"), ("ngo_director", "promise", "all", "class")],
         vote(PEOPLE, terms=BOTH)),
    ]  # fmt: skip
    for item, told, decided in cases:
        check("supported_handover", item, retold(told, [decided], "four_oclock_school"))


def test_which_departments_join() -> None:
    cases: list[tuple[str, Sequence[Told], dict[str, bool]]] = [
        ("one_hand", [(OFFICE, "propose", "all", "counter")], {OFFICE: True}),
        ("three_out_of_four", [("police", "promise", "all"), ("community_director", "promise", "all"),
                               (OFFICE, "refuse", "all")],
         {"police": True, "community_director": True}),
        ("thirty_doors", [("police", "propose", "all", "counter"), ("community_director", "promise", "all"),
                          (OFFICE, "promise", "all"), ("police", "support", "all")], DESKS),
        ("night_market_sheet", [("police", "promise", "all"), ("community_director", "promise", "all"),
                                (OFFICE, "promise", "all")], DESKS),
    ]  # fmt: skip
    for item, told, votes in cases:
        check("cross_department", item, retold(told, [vote(votes, terms=OPTIONS["counter"])], "hukou_two_doors"))


def test_what_becomes_of_the_burden() -> None:
    cases: list[tuple[str, Sequence[Told]]] = [
        ("less_paper_on_every_wall", [HANDED, ("grid_master", "promise", "mayor"), ("mayor", "support", "all")]),
        ("greetings_to_the_bureau", [HANDED, ("mayor", "ask", "grid_master"), ("grid_master", "answer", "mayor"),
                                     ("local_parent", "escalate", "mayor")]),
        ("seven_headings_five_headings", [HANDED, ("grid_master", "inform", "mayor"),
                                          ("mayor", "answer", "grid_master"), ("grid_master", "object", "mayor")]),
        ("sixteen_volumes", [HANDED, ("grid_master", "escalate", "mayor"), ("mayor", "promise", "grid_master")]),
        ("two_hundred_twelve_times_two", [HANDED, ("grid_master", "object", "mayor"),
                                          ("village_cadre", "inform", "all"), ("mayor", "inform", "village_cadre")]),
        ("weekly_table", [HANDED, ("grid_master", "refuse", "mayor"), ("grid_master", "escalate", "mayor"),
                          ("mayor", "decide", "all", "", "second_file")]),
    ]  # fmt: skip
    for item, told in cases:
        check("burden_escalation", item, retold(told, [], "four_oclock_school"))
