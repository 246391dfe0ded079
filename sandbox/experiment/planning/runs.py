"""The sessions of an experiment: each with its cell of the design, its spec and its id."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from math import gcd
from typing import Any, cast

from sandbox.content.changes import completed
from sandbox.content.experiment_card import AGENT, NO_CITY, NOTHING, OF_MODELS, Design, Factor
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.templates import AS_IS
from sandbox.content.words import refusal, said
from sandbox.errors import InputError, SandboxError
from sandbox.experiment.planning.seeds import digest_of, seed_of
from sandbox.experiment.playing.countries import CountrySpec
from sandbox.game.digest import digests_read
from sandbox.game.game import Game
from sandbox.game.spec import CARDS, PlayStyle, SessionSpec
from sandbox.llm.embedded import MODEL_NAME
from sandbox.session.choice import EMBEDDED, NO_JUDGE, RULES_ONLY

_SAME = {"rules": "experiment.refused.same.rules", "cards": "experiment.refused.same.cards"}
# Finest part of a fraction: combinations are dealt into so many equal hands at most.
_HANDS = 12
# The case of sessions if countries are the arms.
_COUNTRIES = "countries"
Cell = dict[Factor, str]
# A cell, the spec of its sessions without content, whether it is of the null arm, and a function that returns the
# digest of the content, which takes a while.
_Planned = tuple[Cell, SessionSpec, bool, Callable[[], str]]


@dataclass(frozen=True)
class Run:
    """One session of a design.

    Args:
        id: 16 hex digits: a hash of all that affects the outcome, and of nothing else.
        cell: the level of each factor that the design varies.
        arm: the level of the arms' factor.
        block: the key of pairs: the levels of the other factors, and the replicate, for example ``clean_up/en/2``.
        replicate: from 1.
        seed: the same for all arms of a block.
    """

    id: str
    cell: Mapping[str, str]
    arm: str
    block: str
    scenario: str
    replicate: int
    seed: int
    null: bool
    spec: SessionSpec


def runs_of(
    design: Design, library: Library, *, model: str, style: PlayStyle, embedded: str = MODEL_NAME,
    agents: Mapping[str, str] | None = None,
) -> tuple[Run, ...]:  # fmt: skip
    """Return all sessions of a design: replicate by replicate, the arms of a block in a row, and last the null arm.

    If no model plays at all, there is no null arm.

    Args:
        design: the design.
        library: the content.
        model: the model that plays if no factor determines it; ``none`` for rules only.
        style: the style of play if no factor determines it; a level ``none`` of the model always plays by the rules,
            and ``cards`` always in directed play.
        embedded: name of the embedded engine's model, which the level ``embedded`` means.
        agents: the versions of agents in Python, by name; others have none.

    Raises:
        InputError: a cell cannot be played, or the fraction leaves none.
    """
    whole = [
        (cell, spec.model_copy(update={"content": content()}), silenced)
        for cell, spec, silenced, content in planned(design, library, model, style, embedded, agents or {})
    ]
    return tuple(
        _run(design, cell, spec, replicate, null)
        for null in (False, True)
        for replicate in range(1, design.replicates + 1)
        for cell, spec, silenced in whole
        if silenced is null
    )


def runs_now(
    design: Design, library: Library, player: tuple[str, str], rows: Iterable[Mapping[str, Any]]
) -> tuple[Run, ...]:
    """Return the sessions of a design as it is now; none if it cannot be played any more.

    ``player`` is the model and the style if no factor determines them; ``rows`` are sessions of its store, which tell
    the model that ``embedded`` means and the versions of agents.
    """
    kept = list(rows)
    named, agents = (name for row in kept if (name := _embedded_in(design, row))), versions_in(kept)
    model, style = player
    try:
        return runs_of(
            design, library, model=model, style=cast(PlayStyle, style), embedded=next(named, MODEL_NAME), agents=agents
        )
    except SandboxError:
        return ()


def versions_in(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the versions of the agents that play sessions of a store, by their names."""
    versions: dict[str, str] = {}
    for row in rows:
        for agent in row.get("spec", {}).get("agents", {}).values():
            name, _, version = agent.removeprefix(AGENT).partition("@")
            versions[name] = version
    return versions


def _embedded_in(design: Design, row: Mapping[str, Any]) -> str:
    """Return the name of the embedded engine's model in a session of a store; empty if it does not use it."""
    spec, (model, seats) = row.get("spec", {}), design.factors.seating(row["cell"].get("model", ""))
    if model == EMBEDDED:
        return str(spec.get("model", ""))
    return next((spec.get("models", {}).get(seat, "") for seat, name in seats.items() if name == EMBEDDED), "")


def cards_read(runs: Sequence[Run], library: Library) -> dict[str, str]:
    """Return digests of all cards and templates that sessions read, as `digests_read` names them (countries: none)."""
    grounds = {run.spec.ground: run.spec for run in runs if not isinstance(run.spec, CountrySpec)}
    read: dict[str, str] = {}
    for spec in grounds.values():
        read |= digests_read(Game(spec, library))
    return dict(sorted(read.items()))


def planned(
    design: Design, library: Library, model: str, style: PlayStyle, embedded: str, agents: Mapping[str, str]
) -> Iterator[_Planned]:
    """Yield all cells of a design, each of which can be played."""
    cells = list(_cells(design))
    if not cells:
        raise refusal("experiment.refused.fraction", fraction=f"{design.fraction:g}")
    # In rules-only play, cells that differ by factors of models alone are the same.
    silent = list({tuple(cell.values()): cell for cell in map(_by_rules, cells)}.values())
    if model == RULES_ONLY and "model" not in design.varied and design.arms not in OF_MODELS:
        cells = silent
    base = SessionSpec(scenario="", governance="", model=model, style="rules" if model == RULES_ONLY else style)
    if design.of_countries:
        yield from _countries(design, cells, library)
        return
    whole = [(cell, _spec(design, cell, library, base, embedded, agents), False) for cell in cells]
    if design.null_arm and any(spec.style != "rules" for _, spec, _ in whole):
        rules = base.model_copy(update={"model": RULES_ONLY, "style": "rules"})
        whole += [(cell, _spec(design, cell, library, rules, embedded, agents), True) for cell in silent]
    known: dict[tuple[str, bool], Cell] = {}
    for cell, spec, null in whole:
        other = known.setdefault((spec.model_dump_json(), null), cell)
        if other is not cell:
            key = _SAME.get(spec.player, "experiment.refused.same")
            raise refusal(key, cell=_named(cell), other=_named(other))
    for cell, spec, null in whole:
        yield cell, spec, null, _content(cell, spec, library)


def idle_without(design: Design, library: Library) -> dict[str, tuple[str, ...]]:
    """Return each mechanism that a design leaves out of countries in which it is off anyway, with these countries.

    These combinations are not played, since they are the same country twice. If countries are the arms, they are played
    unless the mechanism is off in all of them.
    """
    cards = {network: library.cards["network"].get(network) for network in design.factors.network}
    off = {
        name: tuple(each for each, card in cards.items() if isinstance(card, Country) and not getattr(card, name).on)
        for name in design.factors.without
        if name != NOTHING
    }
    least = len(cards) if design.arms == "network" else 1
    return {name: networks for name, networks in off.items() if len(networks) >= least}


def _at_work(design: Design, cells: Sequence[Cell], library: Library) -> list[Cell]:
    """Return the cells of countries without those of `idle_without`."""
    idle, networks = idle_without(design, library), design.factors.network
    for name, off in idle.items():
        if len(off) == len(networks):
            raise refusal("experiment.refused.off", name=name, networks=off)
    cells = [cell for cell in cells if cell["network"] not in idle.get(cell.get("without", NOTHING), ())]
    for network in networks if design.arms == "without" else ():
        arms = {cell["without"] for cell in cells if cell["network"] == network}
        if len(arms) < 2 or design.base not in arms:
            off = tuple(name for name, where in idle.items() if network in where)
            raise refusal("experiment.refused.none_left", network=network, names=off)
    return cells


def _countries(design: Design, cells: Sequence[Cell], library: Library) -> Iterator[_Planned]:
    """Yield all cells of a design of countries, which has no null arm since nobody speaks."""
    try:
        from sandbox.experiment.playing.spreading import Countries  # brings numpy and the kernel
    except ImportError as error:
        raise refusal("deck.refused.no_lab", command="pip install 'governance-sandbox[lab]'") from error

    countries, known = Countries(library), dict[Hashable, Cell]()
    for cell in _at_work(design, cells, library):
        without = cell.get("without", NOTHING)
        spec = CountrySpec(
            scenario=cell["network"] if design.arms != "network" else _COUNTRIES, governance="",
            network=cell["network"], changes=design.factors.rules[cell["rules"]] if "rules" in cell else (),
            without=() if without == NOTHING else (without,),
            districts=int(cell["districts"]) if "districts" in cell else None, style="rules", model=RULES_ONLY,
        )  # fmt: skip
        with _playable(cell):
            countries.check_made(spec)
            plan = countries.plan(spec)
        if (other := known.setdefault((plan.country.model_dump_json(), plan.rules, plan.without), cell)) is not cell:
            raise refusal("experiment.refused.same.rules", cell=_named(cell), other=_named(other))
        yield cell, spec, False, partial(countries.content, spec)


def _cells(design: Design) -> Iterator[Cell]:
    arms = design.factors.levels(design.arms)
    for beside in _combinations(design):
        for arm in arms:
            cell = beside | {design.arms: arm}
            yield {factor: cell[factor] for factor in design.varied}


def _combinations(design: Design) -> Iterator[Cell]:
    """Yield the played combinations of the factors other than the arms.

    A fraction is a generalised subset design (Surowiec et al. 2017, doi:10.1016/j.chemolab.2017.03.003): combinations
    are dealt into hands by the weighted sum of their levels' indices, and the seed selects the hands to play. A level
    added at the end of a list does not change the hands of others.
    """
    # Own code, since pydoe's gsd refuses a single factor (only scenarios with the arms), takes only 1/n, has no seed,
    # and needs numpy and scipy, without which a design can be opened.
    share = Fraction(design.fraction).limit_denominator(_HANDS)
    hands = share.denominator
    beside = [factor for factor in design.varied if factor != design.arms]
    steps = [step for step in range(1, hands) if gcd(step, hands) == 1] or [0]
    weights = [steps[seed_of(design.seed, {"fraction": factor}, 0) % len(steps)] for factor in beside]
    first = seed_of(design.seed, {"fraction": ""}, 0)
    for places in product(*(range(len(design.factors.levels(factor))) for factor in beside)):
        hand = (first + sum(weight * place for weight, place in zip(weights, places, strict=True))) % hands
        if hand < share.numerator:
            yield {factor: design.factors.levels(factor)[place] for factor, place in zip(beside, places, strict=True)}


def _spec(
    design: Design, cell: Cell, library: Library, base: SessionSpec, embedded: str, agents: Mapping[str, str]
) -> SessionSpec:
    """Return the spec of a cell's sessions, without seed and content."""
    factors = design.factors
    model, by_seat = factors.seating(cell["model"]) if "model" in cell else (base.model, {})
    speaks = model != RULES_ONLY
    judged = speaks and design.judge != NO_JUDGE
    if model == EMBEDDED:
        model = embedded
    style: PlayStyle = _style(cell.get("style", ""), model, embedded, base if "model" not in cell else None)
    city = cell.get("city", NO_CITY)
    cast = factors.personas.get(cell.get("personas", AS_IS), {})
    seats = {seat.persona for seat in library.scenario(cell["scenario"]).seats}
    if by_seat and seats.isdisjoint(by_seat):
        seats_told = {"level": cell["model"], "seats": [*by_seat], "case": cell["scenario"], "allowed": sorted(seats)}
        why = said("experiment.refused.no_seat", **seats_told)
        raise refusal("experiment.refused.unplayable", cell=_named(cell), why=why)
    named = {seat: embedded if name == EMBEDDED else name for seat, name in by_seat.items() if seat in seats}
    played = {seat: _version(name, agents) for seat, name in named.items() if name.startswith(AGENT)}
    governance = cell.get("governance") or library.city(city).governance
    with _playable(cell):
        changes = completed(library.governance(governance), factors.rules.get(cell.get("rules", ""), ()))
    spec = base.model_copy(
        update={
            "scenario": cell["scenario"],
            "governance": governance,
            "changes": changes,
            "city": "" if city == NO_CITY else city,
            "rubric": design.rubric,
            "lang": cell.get("lang", "en"),
            "stages": factors.stages[cell["stages"]] if "stages" in cell else (),
            "turns": int(cell["turns"]) if "turns" in cell else None,
            "model": model,
            "models": {seat: name for seat, name in named.items() if name != model and seat not in played},
            "agents": played,
            "style": style,
            "personas": {seat: card for seat, card in cast.items() if seat in seats} if speaks else {},
            "wording": cell.get("wording", AS_IS) if speaks else AS_IS,
            "temperature": float(cell["temperature"]) if "temperature" in cell and speaks and model != CARDS else None,
            "judge_model": design.judge if judged else None,
            "judge_samples": design.judge_samples if judged else 1,
        }
    )
    if not model.startswith(AGENT):
        return spec
    agent = _version(model, agents)
    with _playable(cell):
        positions = Game(spec, library).positions
    return spec.model_copy(update={"model": agent, "agents": dict.fromkeys(positions, agent)})


def _version(agent: str, versions: Mapping[str, str]) -> str:
    """Return the name of an agent in specs: that of its level, with its version if known."""
    version = versions.get(agent.removeprefix(AGENT))
    return f"{agent}@{version}" if version else agent


def _style(named: str, model: str, embedded: str, base: SessionSpec | None) -> PlayStyle:
    """Return the style of play: that of rules, cards or agents, else the named one, else a default.

    ``base`` is the spec without factors; None if the design varies its models.
    """
    if model == RULES_ONLY:
        return "rules"
    if model == CARDS:
        return "directed"
    if model.startswith(AGENT):
        return "free"
    if named:
        return cast(PlayStyle, named)
    return base.style if base else "directed" if model == embedded else "free"


def _content(cell: Cell, spec: SessionSpec, library: Library) -> Callable[[], str]:
    """Return a function for the digest of a spec's content; raises `InputError` if it cannot be played."""
    with _playable(cell):
        game = Game(spec, library)
    return lambda: game.content_digest


@contextmanager
def _playable(cell: Cell) -> Iterator[None]:
    """Add to an `InputError` raised within the context the cell that it is about."""
    try:
        yield
    except InputError as error:
        raise refusal("experiment.refused.unplayable", cell=_named(cell), why=error) from error


def _named(cell: Cell) -> str:
    return " × ".join(f"{factor} {level}" for factor, level in cell.items())


def _by_rules(cell: Cell) -> Cell:
    names: Cell = {"model": RULES_ONLY, "style": "rules", "personas": AS_IS, "wording": AS_IS, "temperature": AS_IS}
    return {factor: names.get(factor, level) for factor, level in cell.items()}


def _run(design: Design, cell: Cell, spec: SessionSpec, replicate: int, null: bool) -> Run:
    seed = seed_of(design.seed, _shared(design, cell), replicate)
    spec = spec.model_copy(update={"seed": seed})
    beside = [level for factor, level in cell.items() if factor != design.arms]
    return Run(
        id=run_id(spec, replicate, null), cell={str(factor): level for factor, level in cell.items()},
        arm=cell[design.arms], block="/".join([*beside, str(replicate)]), scenario=spec.scenario, replicate=replicate,
        seed=seed, null=null, spec=spec,
    )  # fmt: skip


def replicated(design: Design, runs: Sequence[Run], replicates: int) -> tuple[Run, ...]:
    """Return the sessions of a design as if it had ``replicates`` replicates."""
    return tuple(
        _run(design, cast(Cell, dict(run.cell)), run.spec, replicate, run.null)
        for replicate in range(1, replicates + 1)
        for run in runs
        if run.replicate == 1
    )


def run_id(spec: SessionSpec, replicate: int, null: bool) -> str:
    """Return the id of a session: 16 hex digits, a hash of all that affects its outcome, and of nothing else.

    Defaults are left out, so that new fields of specs change no ids.
    """
    made_from = spec.model_dump(mode="json", exclude={"content"}, exclude_defaults=True)
    return digest_of([made_from, spec.content, replicate, null])[:16]


def _shared(design: Design, cell: Cell) -> dict[str, str]:
    """Return the settings that all arms of a block share, by value and not by name, with defaults of other factors.

    Factors of models (`OF_MODELS`) are left out, so that their levels and the null arm get the same seeds.
    """
    if design.of_countries:
        # The same country and the same random numbers, whatever mechanisms and rules.
        shared: dict[Factor, str] = {"network": cell["network"], "districts": cell.get("districts", "")}
        return {factor: level for factor, level in shared.items() if factor != design.arms}
    settings: dict[Factor, str] = {
        "scenario": cell["scenario"],
        "governance": cell.get("governance", ""),
        "city": cell.get("city", NO_CITY),
        "lang": cell.get("lang", "en"),
        "rules": "\n".join(design.factors.rules.get(cell.get("rules", ""), ())),
        "stages": "\n".join(design.factors.stages.get(cell.get("stages", ""), ())),
        "turns": cell.get("turns", ""),
    }
    return {factor: level for factor, level in settings.items() if factor != design.arms}
