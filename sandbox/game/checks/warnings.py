"""The models under which a case cannot be played, and warnings on what is doubtful in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from sandbox.content.acts import has
from sandbox.content.card_files import ContentKind
from sandbox.content.country_doubts import country_doubts
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.named import Named
from sandbox.content.network_card import Country
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import said
from sandbox.content.yaml_source import Loc
from sandbox.errors import InputError, Problem, Said
from sandbox.game.checks.answerless import answerless
from sandbox.game.checks.begun import still_of_the_example
from sandbox.game.checks.figures import figures_from_nowhere
from sandbox.game.checks.limits import stages_for_one, undecidable
from sandbox.game.checks.ruled_out import ruled_out
from sandbox.game.checks.strangers import strange_names, texts_in
from sandbox.game.floor.directed import raisable
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec

_CURLY = re.compile("“[^“”]*”")
# The field that has the name of a card of each kind.
_NAMED: Mapping[ContentKind, str] = {
    "persona": "name", "stage": "name", "governance": "name", "city": "name", "rubric": "name", "network": "name",
    "scenario": "title", "experiment": "title",
}  # fmt: skip
# The order of warnings: first what goes unseen or spoils a session, then what is worded badly or shows elsewhere.
_BY_WEIGHT = (
    "of_the_example", "read_by_nobody.near", "read_by_nobody", "undecided", "ruled.chair", "ruled.vote",
    "objects_to_it", "alone", "ring", "unable", "late", "unseen", "answerless",
    "seatless", "unless.unasked", "other_case_pack", "other_case", "in_quotes", "silent", "unreplied",
    "figure", "figure.alone", "alike", "open_to_all", "undecided_in", "alone_in", "uncovered",
)  # fmt: skip


def weight(says: str) -> int:
    """Return the number by which a warning is sorted; the lowest weighs most."""
    key = getattr(says, "key", "").removeprefix("content.")
    return _BY_WEIGHT.index(key) if key in _BY_WEIGHT else 0


def gathered(problems: Iterable[Problem]) -> list[Problem]:
    """Return warnings by weight; warnings with the same text on several fields of a file are told as one."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: weight(problem.says)):
        alike.setdefault((problem.where.rpartition(":")[0], problem.says), []).append(problem)
    return [
        Problem(same[0].where, ", ".join(dict.fromkeys(each.field for each in same)), same[0].says, "warning")
        for same in alike.values()
    ]


def warnings(library: Library) -> list[Problem]:
    """Return what is doubtful in the user's own cases and cards; if there is no folder of the user's own, in all cases.

    If a governance model of the user's own leaves one seat alone in a stage of shipped cases, that is told once.
    """
    told: list[Problem] = []
    shared: dict[tuple[str, str], dict[str, str]] = {}
    for case in library.cards["scenario"]:
        if library.owns("scenario", case) or len(library.roots) == 1:
            told += [
                Problem(library.where("scenario", case, loc), field, says, "warning")
                for loc, field, says in case_warnings(library, case)
            ]
            continue
        models = [model for model in library.scenario(case).governance if library.owns("governance", model)]
        for model, game in _games(library, case, models).items():
            for stage, seat in stages_for_one(game):
                shared.setdefault((model, stage.id), {})[case] = seat
    told += [
        *_seatless(library),
        *_unasked(library),
        *_uncovered(library),
        *_undecided(library),
        *_open_to_all(library),
        *_alike(library),
        *_curly(library),
        *_strange(library),
        *_of_countries(library),
    ]
    for (model, closed), seats in shared.items():
        case, seat = next(iter(seats.items()))
        says = said("content.alone_in", model=model, stage=closed, count=len(seats), case=case, seat=seat)
        told.append(_of_rules(library, model, ("boundary", closed), says))
    return gathered(told)


def _of_rules(library: Library, model: str, path: Loc, says: Said) -> Problem:
    """Return a warning about the rules of a governance model."""
    loc: Loc = ("rules", *path)
    return Problem(library.where("governance", model, loc), ".".join(map(str, loc)), says, "warning")


def _own_models(library: Library) -> list[str]:
    return [model for model in library.cards["governance"] if library.owns("governance", model)]


def _seatless(library: Library) -> Iterator[Problem]:
    """Yield the personas that a governance model of the user's own names for a position and that no case seats."""
    seated = {seat.persona for case in library.cards["scenario"] for seat in library.scenario(case).seats}
    for model in _own_models(library):
        for position, rule in library.governance(model).rules.position.items():
            for place, persona in enumerate(rule.personas):
                if persona not in seated:
                    says = said("content.seatless", persona=persona, position=position)
                    yield _of_rules(library, model, ("position", position, "personas", place), says)


def _unasked(library: Library) -> Iterator[Problem]:
    """Yield the options that lift a veto in a governance model of the user's own but that no case can settle."""
    offered: set[tuple[str, str]] = {
        (question.id, option)
        for case in library.cards["scenario"]
        for question in library.scenario(case).decisions
        for option in question.options
    }
    for model in _own_models(library):
        for position, settled in library.governance(model).rules.aggregation.unless.items():
            named = {(key, option): f"{key}: {option}" for key, options in settled.items() for option in options}
            if lost := [name for each, name in named.items() if each not in offered]:
                says = said("content.unless.unasked", names=lost, position=position)
                yield _of_rules(library, model, ("aggregation", "unless", position), says)


def _uncovered(library: Library) -> Iterator[Problem]:
    """Yield the governance models of the user's own under which some cases cannot be played."""
    cases = library.cards["scenario"]
    for model in _own_models(library):
        games = {case: played_under(library, case, model) for case in cases}
        why = {case: error for case, error in games.items() if isinstance(error, InputError)}
        if why:
            case, error = next(iter(why.items()))
            says = said("content.uncovered", model=model, count=len(why), all=len(cases), case=case, why=error)
            yield _of_rules(library, model, ("position",), says)


def _undecided(library: Library) -> Iterator[Problem]:
    """Yield the user's own governance models under which nothing can be decided in cases that do not name them.

    All cases that can be played under the model are looked at, without the user's own that name it: they have a warning
    of their own.
    """
    for model in _own_models(library):
        whys: dict[tuple[str, ...], dict[str, Said]] = {}
        playable = [case for case in library.cards["scenario"] if _games(library, case, [model])]
        for case in playable:
            names_it = library.owns("scenario", case) and model in library.scenario(case).governance
            if not names_it and (why := undecidable(_games(library, case, [model])[model])):
                whys.setdefault(why.path, {})[case] = why.says
        for path, cases in whys.items():
            case, why_there = next(iter(cases.items()))
            says = said(
                "content.undecided_in", model=model, count=len(cases), all=len(playable), case=case, why=why_there
            )
            yield _of_rules(library, model, path, says)


def _open_to_all(library: Library) -> Iterator[Problem]:
    """Yield the user's own stages that are open to all under models that bar seats from other stages."""
    models = [library.governance(model) for model in library.cards["governance"]]
    for stage in library.cards["stage"]:
        bars = [card.id for card in models if card.rules.boundary and stage not in card.rules.boundary]
        if bars and library.owns("stage", stage):
            says = said("content.open_to_all", stage=stage, models=bars, path=f"rules.boundary.{stage}")
            yield Problem(library.where("stage", stage, ("id",)), "id", says, "warning")


def _alike(library: Library) -> Iterator[Problem]:
    """Yield the user's own cards with the name of another card of their kind; users see names and not ids."""
    for kind, field in _NAMED.items():
        called = {
            (lang, card): getattr(library.cards[kind][card], field).get(lang)
            for lang in LANGUAGES
            for card in library.cards[kind]
        }
        for card in library.cards[kind] if library.roots[1:] else ():
            if not library.owns(kind, card):
                continue
            alike = {other: lang for lang, other in called if called[lang, other] == called[lang, card]}
            if others := [other for other in alike if other != card]:
                says = said("content.alike", others=others)
                yield Problem(library.where(kind, card, (field,)), field, says, "warning")


def _curly(library: Library) -> Iterator[Problem]:
    """Yield the texts in curly quotes on the user's own cards, other than cases, which `case_warnings` covers."""
    for kind, card in library.files:
        if kind not in ("scenario", "experiment") and library.owns(kind, card):
            for loc, field, says in _in_quotes(library.cards[kind][card]):
                yield Problem(library.where(kind, card, loc), field, says, "warning")


def _of_countries(library: Library) -> Iterator[Problem]:
    """Yield what is doubtful in countries of the user's own."""
    for name, card in library.cards["network"].items():
        if isinstance(card, Country) and library.owns("network", name):
            for loc, field, says in country_doubts(card):
                yield Problem(library.where("network", name, loc), field, says, "warning")


def _strange(library: Library) -> Iterator[Problem]:
    """Yield the warnings of `pack_warnings` on all packs."""
    for case in library.cards["pack"]:
        for loc, field, says in pack_warnings(library, case):
            yield Problem(library.where("pack", case, loc), field, says, "warning")


def pack_warnings(library: Library, case: str) -> Iterator[tuple[Loc, str, Said]]:
    """Yield what is doubtful in the facilitator's pack of a case: the place in its card, its field, and the reason."""
    for loc, names in strange_names(library, case).items():
        yield loc, ".".join(map(str, loc)), said("content.other_case", names=names)


def case_warnings(library: Library, case: str) -> list[tuple[Loc, str, Said]]:
    """Return what is doubtful in a case, by weight: the place in its card, its field, and the reason."""
    scenario = library.scenario(case)
    games = _games(library, case, scenario.governance)
    doubts = [
        *still_of_the_example(scenario),
        *_alone_or_undecided(scenario, games),
        *_objected(scenario),
        *ruled_out(scenario, games),
        *_in_a_ring(scenario),
        *_unable(scenario, games),
        *_late(scenario, list(games.values())),
        *_unseen(library, scenario),
        *answerless(library, scenario),
        *_silent(scenario, games),
        *_in_quotes(scenario),
        *figures_from_nowhere(scenario),
    ]
    return sorted(doubts, key=lambda doubt: weight(doubt[2]))


def _alone_or_undecided(scenario: Scenario, games: Mapping[str, Game]) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the models named by the case under which nothing can be decided or a seat is alone in a stage."""
    for model, game in games.items():
        loc: Loc = ("governance", scenario.governance.index(model))
        if why := undecidable(game):
            yield loc, "governance", said("content.undecided", model=model, case=scenario.id, why=why.says)
        alone: dict[str, list[str]] = {}
        for stage, seat in stages_for_one(game):
            alone.setdefault(seat, []).append(stage.id)
        for seat, stages in alone.items():
            yield loc, "governance", said("content.alone", model=model, seat=seat, stages=stages)


def _objected(scenario: Scenario) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the points that carry an option which their seat never accepts.

    An objection that names such an option in its terms would move what it objects to.
    """
    for index, seat in enumerate(scenario.seats):
        for number, point in enumerate(seat.points):
            for key, option in point.terms.items():
                if seat.never_accepts.get(key) == option:  # who would commit to it is at fault, as its card tells
                    loc: Loc = ("seats", index, "points", number, "terms")
                    says = said("content.objects_to_it", option=option, point=point.id, act=point.act)
                    yield loc, ".".join(map(str, loc)), says


def _in_quotes(card: BaseModel) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the texts of a card that stand as a whole in curly quotes, where straight ones were meant."""
    for loc, text in texts_in(card):
        if quoted := next((match[0] for lang in LANGUAGES if (match := _CURLY.fullmatch(text.get(lang)))), ""):
            yield loc, ".".join(map(str, loc)), said("content.in_quotes", text=quoted)


def _in_a_ring(scenario: Scenario) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the points that can never be raised, as they reply only to points that wait for them in turn."""
    places = {
        point.id: (("seats", index, "points", number), point)
        for index, seat in enumerate(scenario.seats)
        for number, point in enumerate(seat.points)
    }
    raised = {inject.id for inject in scenario.injects}
    while more := {name for name, (_, point) in places.items() if not point.replies_to or raised & {*point.replies_to}}:
        if more <= raised:
            break
        raised |= more
    for name, (loc, point) in places.items():
        if name not in raised:
            says = said("content.ring", point=name, others=list(point.replies_to))
            yield (*loc, "replies_to"), ".".join(map(str, (*loc, "replies_to"))), says


def _unable(scenario: Scenario, games: Mapping[str, Game]) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the points whose act their seat has under none of the models that the case names."""
    for index, seat in enumerate(scenario.seats):
        acts = {act for game in games.values() if seat.persona in game.positions for act in game.acts(seat.persona)}
        for number, point in enumerate(seat.points):
            if acts and point.act not in acts and not has(point.act, "binds"):  # the chair may be given to anybody
                loc: Loc = ("seats", index, "points", number, "act")
                says = said("content.unable", seat=seat.persona, act=point.act, models=list(games))
                yield loc, ".".join(map(str, loc)), says


def _silent(scenario: Scenario, games: Mapping[str, Game]) -> Iterator[tuple[Loc, str, Said]]:
    """Yield a warning with the seats that have no point for several stages in which they speak.

    Such a seat says its opening line in each of these stages.
    """
    places = {seat.persona: index for index, seat in enumerate(scenario.seats)}
    silent: dict[str, dict[str, Game]] = {}
    for game in games.values():
        for seat in filter(game.positions.__contains__, places):
            if len(stages := _without_points(game, seat)) > 1:
                for stage in stages:
                    silent.setdefault(stage, {}).setdefault(seat, game)
    if not silent:
        return
    gaps = []
    for card in (card for game in games.values() for card in game.stages):
        if seats := silent.pop(card.id, {}):
            named, names = Named(card.id, card.name), [Named(seat, seats[seat].personas[seat].name) for seat in seats]
            everybody = all(seats.keys() >= {*game.present(card.id)} for game in games.values())
            all_or_some = said("content.silent.some", stage=named, seats=names)
            gaps.append((card.id, seats, said("content.silent.all", stage=named) if everybody else all_or_some))
    stage, seats, _ = gaps[0]
    seat, game = next(iter(seats.items()))
    act = next(act for act in game.acts(seat) if has(act, "opens"))
    says = said("content.silent", gaps=[told for *_, told in gaps], stage=stage, act=act)
    yield ("seats", places[seat], "points"), "seats", says


def _without_points(game: Game, seat: str) -> tuple[str, ...]:
    """Return the stages in which a seat talks but has no point left to raise."""
    talks = [stage.id for stage in game.stages if "reviews" not in stage.abilities and seat in game.present(stage.id)]
    points = {stage: [point.id for point in raisable(game, stage, seat)] for stage in talks}
    silent, raised = set[str](), set[str]()
    for stage in sorted(talks, key=lambda stage: len(points[stage])):
        left = [point for point in points[stage] if point not in raised]  # each is said once, in whatever stage
        raised.update(left[:1])
        silent.update([] if left else [stage])
    return tuple(stage for stage in talks if stage in silent)


def _late(scenario: Scenario, games: list[Game]) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the events from outside that would arrive after the last line of their stage under every model."""
    limits: dict[str, int] = {}
    for game in games:
        for stage in game.stages:
            limits[stage.id] = max(limits.get(stage.id, 0), game.turn_limit(stage))
    for index, inject in enumerate(scenario.injects):
        most = limits.get(inject.stage)
        if most is not None and inject.turn >= most:
            says = said("content.late", stage=inject.stage, most=most, turn=inject.turn, last=most - 1)
            yield ("injects", index, "turn"), f"injects.{index}.turn", says


def _unseen(library: Library, scenario: Scenario) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the facts seen on a visit that nobody comes to know, as the case plays no tour."""
    if not any("tours" in stage.abilities for stage in library.stages_of(scenario)):
        for index, fact in enumerate(scenario.facts):
            if fact.visited:
                yield ("facts", index, "visited"), f"facts.{index}.visited", said("content.unseen")


def unplayable(library: Library, case: str) -> Iterator[tuple[Loc, str, Said]]:
    """Yield why a case cannot be played under a model that it names: the place in its card, its field, the reason."""
    for place, model in enumerate(library.scenario(case).governance):
        if isinstance(error := played_under(library, case, model), InputError):
            yield ("governance", place), "governance", said("content.unplayable", model=model, why=error)


def _games(library: Library, case: str, models: Iterable[str]) -> dict[str, Game]:
    """Return the games of a case under models, without those that cannot be played."""
    games = {model: played_under(library, case, model) for model in models}
    return {model: game for model, game in games.items() if isinstance(game, Game)}


def played_under(library: Library, case: str, model: str) -> Game | InputError:
    """Return the game of a case under a model, or the error if it cannot be played."""
    try:
        return Game(SessionSpec(scenario=case, governance=model), library)
    except InputError as error:
        return error
