"""Changes of single rules (``--set``): what they change, and what a user is told about one that does not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.content.cards import RULED
from sandbox.content.changes import completed, same_rules, with_changes
from sandbox.content.faults import short
from sandbox.content.governance import SET, Governance
from sandbox.content.skeletons import skeleton
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from tests.content.folders import LIBRARY

MODELS = [LIBRARY.governance(card) for card in LIBRARY.cards["governance"]]
COMMAND = LIBRARY.governance("command")
JOINT = LIBRARY.governance("joint_production")
POSITIONS = "broker, chair, frontline, host, official, overseer, provider, resident"


def refused(change: str, model: Governance = COMMAND) -> str:
    """Return what the user is told about a change."""
    with pytest.raises(InputError) as caught:
        with_changes(model, [change])
    message = str(caught.value)
    assert message.startswith(f"--set {short(change)}: ")
    return message.removeprefix(f"--set {short(change)}: ")


def rules(model: Governance) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True)["rules"]  # type: ignore[no-any-return]


def test_no_change_leaves_the_model_as_it_is() -> None:
    assert with_changes(COMMAND, []) == COMMAND


def test_a_change_sets_its_rule_and_the_source_of_it_and_nothing_else() -> None:
    cases: list[tuple[str, str, object]] = [
        ("aggregation.veto=[resident]", "aggregation.veto", ["resident"]),
        ("aggregation.veto=resident", "aggregation.veto", ["resident"]),
        ("aggregation.veto=[]", "aggregation.veto", []),
        ("aggregation.voters=chair, resident", "aggregation.voters", ["chair", "resident"]),
        ("aggregation.quorum=2", "aggregation.quorum", 2),
        ("boundary.training.positions=chair,resident", "boundary.training.positions", ["chair", "resident"]),
        ("choice.resident.acts=ask,propose", "choice.resident.acts", ["ask", "propose"]),
        ("position.resident.registered=true", "position.resident.registered", True),
        ("position.overseer.kinds=overseer,expert", "position.overseer.kinds", ["overseer", "expert"]),
        ("information.lines=parties", "information.lines", "parties"),
        ("information.platform=chair", "information.platform", ["chair"]),
        ("payoff.budgets.residents=fees", "payoff.budgets.residents", {"en": "fees", "zh": "fees"}),
        ("payoff.budgets.residents={en: fees, zh: 费}", "payoff.budgets.residents", {"en": "fees", "zh": "费"}),
        ("payoff.horizontal=resident", "payoff.horizontal", ["resident"]),
        ("scope.decisions=none", "scope.decisions", "none"),
        ("scope.decisions=[payer, terms]", "scope.decisions", ["payer", "terms"]),
        ("scope.plans=resident", "scope.plans", ["resident"]),
    ]  # fmt: skip
    for change, path, value in cases:
        expected = rules(COMMAND)
        parts = path.split(".")
        node = rule = expected
        for part in parts[:-1]:
            node = node[part]
            rule = node if "source" in node else rule
        node[parts[-1]] = value
        rule["source"] = SET
        assert rules(with_changes(COMMAND, [change])) == expected
        assert rules(with_changes(COMMAND, [f"rules.{change}"])) == expected


def test_the_floor_is_a_rule_without_a_source() -> None:
    assert rules(with_changes(COMMAND, ["floor=open_floor"])) == {**rules(COMMAND), "floor": "open_floor"}


def test_a_source_that_is_given_is_still_told_as_set() -> None:
    assert with_changes(COMMAND, ["aggregation.source=LR"]).rules.aggregation.source == SET


def test_a_list_takes_a_scope_of_topics_up_again() -> None:
    narrow = with_changes(COMMAND, ["scope.decisions=[payer]", "scope.decisions=payer,terms"])
    assert narrow.rules.scope.decisions == ("payer", "terms")


def test_changes_build_on_each_other_in_their_order() -> None:
    both = ["payoff.budgets.residents=fees", "payoff.default=residents"]
    assert with_changes(COMMAND, both).rules.payoff.default == "residents"
    with pytest.raises(InputError, match=r"--set payoff\.default=residents: .*unknown payer 'residents'"):
        with_changes(COMMAND, list(reversed(both)))


def test_a_stage_that_was_open_to_all_can_be_closed() -> None:
    own = Governance.model_validate(yaml.safe_load(skeleton("governance", "own")))
    assert "learning_tour" not in own.rules.boundary
    rule = with_changes(own, ["boundary.learning_tour.positions=[chair]"]).rules.boundary["learning_tour"]
    assert (rule.positions, rule.source) == (("chair",), SET)


def test_a_change_is_seen_in_the_game() -> None:
    spec = SessionSpec(scenario="four_oclock_school", governance="command")
    opened = spec.model_copy(
        update={"changes": ("boundary.training.positions=chair,resident", "choice.resident.acts=ask,propose")}
    )
    before, after = Game(spec, LIBRARY), Game(opened, LIBRARY)
    assert "migrant_tenant" not in before.present("training")
    assert "migrant_tenant" in after.present("training")
    assert {after.positions[seat] for seat in after.present("training")} == {"chair", "resident"}
    assert after.acts("migrant_tenant") == ("ask", "propose")
    assert before.content_digest != after.content_digest


def test_a_change_without_path_or_value_is_told_how_to_write_one() -> None:
    for change in ("", "=", "veto", ".=1", "=[]"):
        assert refused(change) == "expected rule.path=value, for example aggregation.veto=[]"


def test_a_change_that_does_not_fit_is_told_what_is_allowed() -> None:
    cases: list[tuple[str, str]] = [
        (
            "agregation.veto=[]",
            "unknown rule 'agregation'. Did you mean aggregation, information? "
            "Allowed: aggregation, boundary, choice, floor, information, payoff, position, scope.",
        ),
        (
            "aggregation.vote.x=1",
            "unknown rule 'vote'. Did you mean voters, veto? "
            "Allowed: abstain, ballots, chair, of, order, procedure, quorum, share, unless, veto, voters.",
        ),
        (
            "aggregation..veto=1",
            "unknown rule ''. "
            "Allowed: abstain, ballots, chair, of, order, procedure, quorum, share, unless, veto, voters.",
        ),
        (
            "aggregation=majority",
            "'aggregation' holds source, procedure, chair, order, ballots, voters, quorum, veto, abstain, share, of, "
            "unless; name one of these",
        ),
        ("boundary.training=chair", "'boundary.training' holds source, positions; name one of these"),
        ("position.chair.name=head", "'position.chair.name' holds en, zh; name one of these"),
        (
            "aggregation.veto=residents",
            f"aggregation.veto: unknown position 'residents'. Did you mean resident? Allowed: {POSITIONS}.",
        ),
        ("aggregation.voters=chair,nobody", f"aggregation.voters: unknown position 'nobody'. Allowed: {POSITIONS}."),
        (
            "aggregation.chair=boss",
            f"aggregation.chair: unknown position 'boss'. Did you mean host? Allowed: {POSITIONS}.",
        ),
        (
            "boundary.training.positions=chair,nobody",
            f"boundary.training.positions: unknown position 'nobody'. Allowed: {POSITIONS}.",
        ),
        ("choice.nobody.acts=[ask]", f"choice.nobody: unknown position 'nobody'. Allowed: {POSITIONS}."),
        ("scope.plans=nobody", f"scope.plans: unknown position 'nobody'. Allowed: {POSITIONS}."),
        ("payoff.horizontal=nobody", f"payoff.horizontal: unknown position 'nobody'. Allowed: {POSITIONS}."),
        ("payoff.default=residents", "payoff.default: unknown payer 'residents'. Allowed: government."),
        (
            "aggregation.procedure=vote",
            "aggregation.procedure: unknown value 'vote'. Allowed: chair_after_hearing, chair_decides, consensus, "
            "majority.",
        ),
        ("aggregation.procedure=consensus", "aggregation: voters: consensus needs at least one position that votes"),
        ("aggregation.quorum=-1", "aggregation.quorum: must be 0 or more"),
        ("information.lines=whisper", "information.lines: unknown value 'whisper'. Allowed: parties, room."),
        ("floor=round", "floor: unknown value 'round'. Allowed: chair_led, open_floor."),
        ("choice.resident.acts=[]", "choice.resident.acts: needs at least 1"),
        ("aggregation.veto=[", "the value is not YAML"),
    ]
    for change, said in cases:
        assert refused(change).startswith(said)


def test_an_act_that_does_not_exist_is_answered_with_all_that_do() -> None:
    message = refused("choice.resident.acts=ask,sing")
    assert message.startswith("choice.resident.acts: unknown value 'sing'. ")
    assert all(act in message for act in RULED)


def test_a_payer_that_does_not_exist_is_answered_with_all_that_do() -> None:
    message = refused("payoff.budgets.firms=fees")
    assert all(payer in message for payer in ("government", "residents", "organisation", "developer"))


def paths(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of all fields of the rules."""
    items = value.items() if isinstance(value, dict) else ()
    return [here for key, item in items for here in ((*at, key), *paths(item, (*at, key)))]


def found(value: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a path."""
    return found(value[path[0]], path[1:]) if path else value


_PATHS = {model.id: paths(rules(model)) for model in MODELS}
_KNOWN = [(path[-1], value) for model in MODELS for path in _PATHS[model.id] for value in [found(rules(model), path)]]
_WORDS = [
    *sorted({part for known in _PATHS.values() for path in known for part in path} | set(RULED)),
    "nobody", "majority", "consensus", "chair_after_hearing", "none", "all", "parties", "expert", "voice", "",
]  # fmt: skip
_SINGLE: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(_WORDS), st.booleans(), st.none(), st.integers(-1, 9), st.floats(allow_nan=False)
)
_VALUES = st.one_of(
    _SINGLE,
    st.lists(st.sampled_from(_WORDS), max_size=4),
    st.lists(st.sampled_from(_WORDS), max_size=4).map(",".join),
    st.recursive(
        _SINGLE,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=3),
        max_leaves=6,
    ),
)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(model=st.sampled_from(MODELS), data=st.data(), value=_VALUES)
def test_any_single_swap_gives_a_valid_model_or_is_refused(
    model: Governance, data: st.DataObject, value: object
) -> None:
    path = list(data.draw(st.sampled_from(_PATHS[model.id])))
    if data.draw(st.booleans(), label="as another model has it"):
        value = data.draw(st.sampled_from([other for key, other in _KNOWN if key == path[-1]]))
    if data.draw(st.booleans(), label="astray"):
        path[data.draw(st.integers(0, len(path) - 1))] = data.draw(st.sampled_from(_WORDS))
    before = model.model_dump()
    text = value if isinstance(value, str) and "," in value else json.dumps(value)
    change = f"{'.'.join(path)}={text}"
    try:
        swapped = with_changes(model, [change])
    except InputError as error:
        swapped, told = model, str(error)
    else:
        told = f"--set {short(change)}: taken"
    assert told.startswith(f"--set {short(change)}: ")
    assert model.model_dump() == before
    assert Governance.model_validate(swapped.model_dump(mode="json")) == swapped
    others = {**rules(swapped), path[0]: None}
    assert others == {**rules(model), path[0]: None}


_SIGNS = [
    *"[]{}:,-?&*!|>'\"%@`#~= \n\x00\ud800", "a", "chair", "&a ", "*a", "<<: ", "? ", "!!int ", "!!set ", "!!timestamp ",
    "!!binary ", "!!float ", "!!python/name:os.system ", "!mine ", ".nan", "-.inf", "1e999", "2020-13-45", "12:99",
    '"\\ud800"', "---", "%YAML 9.9", "{1: 2}", "[a]: b",
]  # fmt: skip


@settings(max_examples=50, derandomize=True, deadline=None)
@given(model=st.sampled_from(MODELS), data=st.data(), signs=st.lists(st.sampled_from(_SIGNS), max_size=8))
def test_any_heap_of_signs_is_taken_or_refused(model: Governance, data: st.DataObject, signs: list[str]) -> None:
    path = data.draw(st.sampled_from(_PATHS[model.id]))
    change = f"{'.'.join(path)}={''.join(signs)}"
    try:
        swapped = with_changes(model, [change])
    except InputError as error:
        message = str(error).removeprefix(f"--set {short(change)}: ")
        assert message
        assert len(message.splitlines()) == 1
        assert len(message) < 1000
    else:
        assert Governance.model_validate(swapped.model_dump(mode="json")) == swapped


def test_a_value_that_is_no_plain_yaml_is_told_why() -> None:
    cases: list[tuple[str, str]] = [
        ("!!timestamp x", "'x' is no timestamp; a text needs quotes"),
        ('!!int ""', "'' is no int; a text needs quotes"),
        ('!!binary "%"', "the tag !!binary is not allowed"),
        ("!!set {a}", "the tag !!set is not allowed"),
        ("!!python/object/apply:os.getcwd []", "the tag !!python/object/apply:os.getcwd is not allowed"),
        ("&a [*a]", "the alias 'a' stands inside what it repeats"),
        ("{[a]: b}", "a key must be a text"),
        ("{a: 1, a: 2}", "key 'a' is given twice"),
        ("[" * 60 + "]" * 60, "nested more than 50 deep"),
    ]  # fmt: skip
    for value, said in cases:
        assert refused(f"aggregation.veto={value}").startswith(f"the value is not YAML: {said}")


@settings(max_examples=25, derandomize=True, deadline=None)
@given(model=st.sampled_from(MODELS), data=st.data())
def test_a_swap_of_positions_makes_a_game_or_is_refused(model: Governance, data: st.DataObject) -> None:
    held = list(model.rules.position)
    lists = [path for path in _PATHS[model.id] if path[-1] in ("positions", "voters", "veto", "platform", "plans")]
    path = data.draw(st.sampled_from(lists))
    given_positions = data.draw(st.lists(st.sampled_from(held), unique=True, max_size=4))
    spec = SessionSpec(
        scenario=data.draw(st.sampled_from(sorted(LIBRARY.cards["scenario"]))),
        governance=model.id,
        changes=(f"{'.'.join(path)}=[{', '.join(given_positions)}]",),
    )
    try:
        game = Game(spec, LIBRARY)
    except InputError:
        return
    assert found(rules(game.governance), path) == given_positions
    assert all(game.present(stage.id) for stage in game.stages)
    assert game.chair in game.positions


# What a change needs


def test_a_chair_that_is_to_decide_gets_the_act_along() -> None:
    for procedure in ("chair_decides", "chair_after_hearing"):
        asked = (f"aggregation.procedure={procedure}",)
        whole = completed(JOINT, asked)
        assert whole[:1] == asked
        assert "decide" in with_changes(JOINT, whole).rules.choice["chair"].acts
        assert with_changes(JOINT, whole).rules.choice["resident"] == JOINT.rules.choice["resident"]
        other = completed(COMMAND, ("aggregation.chair=resident",))
        assert "decide" in with_changes(COMMAND, other).rules.choice["resident"].acts


def test_a_change_that_needs_nothing_stays_as_it_is() -> None:
    cases: list[tuple[Governance, tuple[str, ...]]] = [
        (JOINT, ()), (JOINT, ("aggregation.procedure=consensus",)), (COMMAND, ("aggregation.procedure=chair_decides",)),
        (JOINT, ("aggregation.procedure=chair_decides", "choice.chair.acts=inform,decide")),
    ]  # fmt: skip
    for model, changes in cases:
        assert completed(model, changes) == changes


def test_rules_by_which_nobody_could_decide_are_refused_where_they_are_asked_for() -> None:
    asked = ("aggregation.procedure=chair_decides", "choice.chair.acts=inform,ask")
    with pytest.raises(InputError, match="nothing could be decided"):
        completed(JOINT, asked)
    assert completed(JOINT, (*asked, "floor=chair_led"), 1) == (*asked, "floor=chair_led"), "as an old log has it"


def test_rules_are_the_same_wherever_they_come_from() -> None:
    assert same_rules(JOINT, with_changes(JOINT, ("aggregation.procedure=majority",)))
    assert not same_rules(JOINT, with_changes(JOINT, ("aggregation.quorum=4",)))
