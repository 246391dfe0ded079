"""Changes of single rules of a governance model, and of rates of a country: ``path=value``, as ``--set`` takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sandbox.content.acts import has
from sandbox.content.cards import ACTS
from sandbox.content.faults import finding, short
from sandbox.content.governance import CHAIR_BINDS, SET, Governance, Rules, fitting
from sandbox.content.network_card import MECHANISMS, Country
from sandbox.content.words import refusal, said
from sandbox.content.yaml_source import YamlError, parse_yaml
from sandbox.errors import InputError, Said, unknown

# Rules that are kept by a name of their own, so that a new name may be given.
_NAMED = ("position", "boundary", "choice", "budgets")
_ALONE = ("again", "central_rule", "line", "nearness")
_DRAWN = ("pilots", "ties")  # groups that say nothing where a table has them
_NO_NUMBERS = ("routes", "region")


def with_changes(governance: Governance, changes: Sequence[str]) -> Governance:
    """Return a governance model with single rules changed; a changed rule's source is ``set``.

    Args:
        governance: the model.
        changes: each ``path=value``: the path within ``rules`` with dots between, the value as YAML; a list may be
            written with commas between. For example ``aggregation.veto=[]`` or
            ``boundary.training.positions=chair,resident``.

    Raises:
        InputError: the path does not exist, or the rules do not fit; the message says what is allowed.
    """
    for change in changes:
        path, equals, text = change.partition("=")
        parts = path.strip().removeprefix("rules.").split(".")
        if not equals or not parts[0]:
            raise _refused(change, said("set_rule.form"))
        governance = _changed(governance, parts, text.strip(), change)
    return governance


def completed(governance: Governance, changes: Sequence[str], new: int | None = None) -> tuple[str, ...]:
    """Return requested changes, with an added one if the body needs it to decide.

    A chair that decides for the body needs the act for it. If a change makes the chair decide, or makes another
    position the chair, that act is added as a last change, unless the acts of that position are changed as well.

    Args:
        governance: the model.
        changes: each ``path=value``, as for `with_changes`.
        new: how many of them, the last ones, are requested now; None for all. Earlier ones stay as they are.

    Raises:
        InputError: as `with_changes`; or the acts of the chair are changed so that nobody could ever decide.
    """
    rules = with_changes(governance, changes).rules
    chair, asked = rules.aggregation.chair, changes if new is None else changes[len(changes) - new :]
    acts = rules.choice[chair].acts
    binds = [act for act in ACTS if has(act, "binds")]
    if rules.aggregation.procedure not in CHAIR_BINDS or set(binds) & {*acts}:
        return tuple(changes)
    paths = [change.partition("=")[0].strip().removeprefix("rules.") for change in asked]
    own = next((place for place, path in enumerate(paths) if f"{path}.".startswith(f"choice.{chair}.")), None)
    if own is not None:
        raise _refused(
            asked[own], said("set_rule.no_chair", chair=chair, procedure=rules.aggregation.procedure, acts=binds)
        )
    if not any(path in ("aggregation", "aggregation.procedure", "aggregation.chair") for path in paths):
        return tuple(changes)
    return (*changes, f"choice.{chair}.acts=[{', '.join((*acts, *binds))}]")


def same_rules(first: Governance, second: Governance) -> bool:
    """Return whether two models have the same rules, whatever their sources."""
    rules, other_rules = (_sourceless(model.rules.model_dump(mode="json")) for model in (first, second))
    return bool(rules == other_rules)


def _sourceless(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _sourceless(own) for name, own in value.items() if name != "source"}


def _changed(governance: Governance, parts: list[str], text: str, change: str) -> Governance:
    value = _value_of(text, change)
    data = governance.model_dump(mode="json", exclude_none=True)
    rule = governance.rules.aggregation
    data["rules"]["aggregation"] |= {name: getattr(rule, name) for name in rule.newer}  # also what no card says
    _put(data["rules"], parts, value, change)
    if parts in [["aggregation", name] for name in ("procedure", "voters", "veto")]:
        data["rules"]["aggregation"] = fitting(data["rules"]["aggregation"])
    try:
        return Governance.model_validate(data)
    except ValidationError as error:
        # A list may be written without its brackets.
        if isinstance(value, str) and "tuple_type" in [each["type"] for each in error.errors()]:
            return _changed(governance, parts, f"[{text}]", change)
        raise _refused(change, _explained(error)) from error


def _put(rules: dict[str, Any], parts: list[str], value: Any, change: str) -> None:
    rule: dict[str, Any] = {}
    node: Any = rules
    for depth, part in enumerate(parts[:-1]):
        if "source" in node:
            rule = node
        if part not in node and depth and parts[depth - 1] in _NAMED:
            node[part] = {"source": SET}
        if part in node and not isinstance(node[part], dict):
            raise _refused(change, said("set_rule.single", rule=part, path=".".join(parts[: depth + 1])))
        if part not in node:
            raise _refused(change, unknown("rule", part, [name for name in node if name != "source"]))
        node = node[part]
    if "source" in node:
        rule = node
    last = parts[-1]
    if isinstance(node.get(last), dict) and not isinstance(value, dict):
        raise _refused(change, said("set_rule.group", path=".".join(parts), rules=list(node[last])))
    node[last] = value
    rule["source"] = SET


def _value_of(text: str, change: str) -> Any:
    """Return the value that a change gives; raises `InputError` where it is not YAML."""
    try:
        return parse_yaml(text)[0]
    except YamlError as error:
        raise _refused(change, said("set_rule.yaml", problem=error.problem)) from error


def _refused(change: str, why: Said) -> InputError:
    """Return the error of a change that cannot be made."""
    return refusal("set_rule.at", change=short(change), why=why)


def _explained(error: ValidationError) -> Said:
    """Return the deepest error: in a choice between forms, that of the form nearest to what was meant."""
    deepest = max(error.errors(), key=lambda fault: len(fault["loc"]))
    context = deepest.get("ctx") or {}
    loc = [str(part) for part in (*deepest["loc"], *context.get("loc", ())) if str(part).isidentifier() or part == "0"]
    name = ".".join(loc).removeprefix("rules.")
    if deepest["type"] == "extra_forbidden":
        return said("set_rule.no_field", name=name, allowed=_fields_beside(deepest["loc"]))
    return said("set_rule.field", name=name, why=finding(deepest))


def _fields_beside(loc: tuple[int | str, ...]) -> list[str]:
    if len(loc) <= 2:
        return list(Rules.model_fields)
    field = Rules.model_fields.get(str(loc[1]))
    kind = (get_args(field.annotation) or (field.annotation,))[-1] if field else None  # that of the values of a mapping
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def changed_in(change: str) -> str:
    """Return the governance model in which a change is made, by the name before its path; empty for all models."""
    return change.partition("=")[0].rpartition(":")[0]


def changes_in(model: str, changes: Sequence[str]) -> tuple[str, ...]:
    """Return the changes that apply to a governance model: those of all models, and its own, without its name."""
    own = (change for change in changes if changed_in(change) in ("", model))
    return tuple(change.removeprefix(f"{model}:") for change in own)


def _path(change: str) -> str:
    """Return what is changed, by its path."""
    return change.partition("=")[0].strip()


def group_of(change: str) -> str:
    """Return the group of a change by the head of its path: a mechanism, another field of a card, or rules."""
    return _path(change).partition(".")[0]


def of_country(change: str) -> bool:
    """Return whether a change concerns the card of a country, and not a rule of its meetings."""
    return group_of(change) in Country.model_fields


def rates_of(country: Country) -> dict[str, Any]:
    """Return the values of a country that can be changed, by path in the card."""
    groups = (*MECHANISMS, *(() if country.tables else _DRAWN))
    within = {
        f"{group}.{name}": value
        for group in groups
        for name, value in getattr(country, group).model_dump().items()
        if name not in _NO_NUMBERS
    }
    return {**within, **{name: getattr(country, name) for name in _ALONE}}


def with_rates(country: Country, changes: Sequence[str]) -> Country:
    """Return a country with other rates.

    Each change is ``path=value``, for example ``learning.rate=3`` or ``line=0.4``; changes of rules are ignored.

    Raises:
        InputError: there is no such rate, or rule, the value does not fit it, or the mechanism is off; the message
            says what is allowed.
    """
    for change in changes:
        if not of_country(change) and group_of(change).rpartition(":")[2] not in Rules.model_fields:
            raise _refused(change, unknown("rule_or_rate", _path(change), (*rates_of(country), *Rules.model_fields)))
    asked = [change for change in changes if of_country(change)]
    for change in asked:
        path = _path(change)
        if path not in (known := rates_of(country)):
            raise _refused(change, unknown("rate", path, known))
        value = _value_of(change.partition("=")[2].strip(), change)
        group, _, name = path.rpartition(".")
        changed = {group: getattr(country, group).model_dump() | {name: value}} if group else {name: value}
        try:
            country = country.changed(**changed)
        except ValidationError as error:
            raise _refused(change, finding(error.errors()[0])) from error
    for change in asked:
        mechanism = "coercion" if group_of(change) == "central_rule" else group_of(change)
        switch = _path(change).endswith(".on")
        if mechanism in MECHANISMS and not switch and not getattr(country, mechanism).on:
            raise _refused(change, said("set_rule.off", mechanism=mechanism, switch=f"{mechanism}.on=true"))
    return country
