"""The table of a discussion: standing proposals and promises, tasks, and points that can still be made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence, Set

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import RESIDENTS, Act
from sandbox.content.scenario_card import Task
from sandbox.content.seat_card import Point
from sandbox.game.game import Game
from sandbox.game.language.quantities import named_numbers, numbers
from sandbox.game.language.wording import content_words, takes_up, tells
from sandbox.game.ledger.entries import DUE, Item
from sandbox.game.ledger.ledger import withdrawable
from sandbox.game.minutes.asked import asks
from sandbox.game.motions.backing import Stances
from sandbox.game.state import Floor, News, State
from sandbox.record.line import Line

_MOST = 6
_MOST_PROMISES = 12
# So many lines back something was asked just now.
_JUST = 3
_OF_TASKS = {*acts_with("hands_down"), *acts_with("refuses"), *acts_with("lifts")}


def proposals(game: Game, items: Sequence[Item], stage: str) -> list[Item]:
    """Return the proposals on the table: the latest of this stage, and those of earlier stages that name options.

    Left out are drafts of a plan's section that name no option, proposals that have fallen (`Stances`), and proposals
    that were amended, unless more voters stand behind the old form than behind the new one.
    """
    standing = [item for item in items if item.kind == "proposal" and item.state in ("open", "confirmed")]
    stances = Stances(game, standing)
    gone = stances.fallen.keys() | stances.replaced(game.voters(stage) or game.present(stage))
    made = [item for item in standing if item.line not in gone]
    here = [item for item in made if item.stage == stage and (item.terms or not item.section)][-_MOST:]
    earlier = [item for item in made if item.stage != stage and item.terms]
    return [*earlier[len(earlier) - (_MOST - len(here)) if len(earlier) > _MOST - len(here) else 0 :], *here]


def promises(items: Sequence[Item]) -> list[Item]:
    """Return the promises that still stand; those that a review has closed do not."""
    made = [item for item in items if item.kind == "promise" and not (item.account and item.account.closed)]
    return [item for item in made if item.state in ("open", "confirmed", "kept")]


def promises_told(
    game: Game, items: Sequence[Item], room: Collection[str], seat: str = "", heard: Sequence[Line] = ()
) -> tuple[list[Item], int]:
    """Return the promises that a seat is told, and how many more stand.

    First come all that it gave or was given, or that are to its benefit, then the latest promises of seats in the room.
    Promises given or made to a host stay with the tour.

    Args:
        game: the game.
        items: the ledger.
        room: the seats that are present.
        seat: the seat; empty: what is told to all.
        heard: the lines that it has heard.
    """
    away = {seat for seat, card in game.personas.items() if card.kind == "host" and seat not in room}
    made = [
        item
        for item in promises(items)
        if item.owner not in away and not (item.promised_to and {*item.promised_to} <= away)
    ]
    latest = sorted(made, key=lambda item: item.owner in room)[-_MOST_PROMISES:]
    to = {line["id"] for line in heard if line["to"] == seat}
    own = [item for item in made if seat and (seat in (item.owner, *item.promised_to) or item.line in to)]
    told = [*own, *(item for item in made if item in latest and item not in own)]
    return told, len(made) - len(told)


def may_promise(game: Game, state: State) -> bool:
    """Return whether the seat on the floor may add a promise of its own to whatever act it performs."""
    floor = state["floor"]
    if floor is None or floor["phase"] != "discussion" or game.course[state["stage"]].reviews:
        return False
    return any(has(act, "promises") for act in game.acts(floor["seat"]))


def may_withdraw(game: Game, state: State, items: Sequence[Item]) -> list[str]:
    """Return the ids of the promises that the seat on the floor may take back, from the ledger as it knows it."""
    floor = state["floor"]
    if floor is None or floor["phase"] != "discussion" or game.course[state["stage"]].reviews:
        return []
    return [item.line for item in withdrawable(items, floor["seat"])]


def tasks_for(game: Game, items: Sequence[Item], seat: str, act: Act) -> tuple[Task, ...]:
    """Return the reporting tasks that a seat may hand down, lift or refuse with an act."""
    if has(act, "hands_down"):
        return game.scenario.tasks
    if not (has(act, "refuses") or has(act, "lifts")):
        return ()
    due = [item for item in items if item.kind == "task" and item.state in DUE]
    handed = {item.task for item in due if item.deliverer == seat} if has(act, "refuses") else set()
    if has(act, "lifts"):
        handed |= {item.task for item in due if may_lift(game, items, seat, item.task)}
    return tuple(task for task in game.scenario.tasks if task.id in handed)


def tasks_of(game: Game, items: Sequence[Item], floor: Floor) -> tuple[Task, ...]:
    """Return the reporting tasks that the seat on the floor may hand down, lift or refuse.

    A resident who chairs may hand work to others, but no official form.
    """
    acts = _OF_TASKS.intersection(floor["acts"]) if floor["phase"] == "discussion" else ()
    if acts and game.personas[floor["seat"]].kind in RESIDENTS:
        acts = {act for act in acts if has(act, "refuses")}
    open_to = {task.id for act in acts for task in tasks_for(game, items, floor["seat"], act)}
    return tuple(task for task in game.scenario.tasks if task.id in open_to) if open_to else ()


def may_lift(game: Game, items: Sequence[Item], seat: str, task: str) -> bool:
    """Return whether a seat may lift a reporting task: it handed the task down, or is of a higher level (PC)."""
    standing = [item for item in items if item.kind == "task" and item.task == task and item.state in DUE]
    return all(seat == item.owner or game.levels[seat] < game.levels[item.owner] for item in standing)


def spoken(game: Game, points: Sequence[Point], lines: Sequence[Line]) -> list[Point]:
    """Return the points whose matter has been spoken of, by anybody and in any words (see `takes_up`).

    The words are looked up in an index of all lines, so that not every point is compared with every line.
    """
    lang, made = game.spec.lang, {line["point"] for line in lines}
    said = list({line["says"] for line in lines})
    of_words: dict[str, set[int]] = {}
    of_figures: dict[str, set[int]] = {}
    for number, says in enumerate(said):
        for word in content_words(says, lang):
            of_words.setdefault(word, set()).add(number)
        for figure in named_numbers(says):
            of_figures.setdefault(figure, set()).add(number)

    def likely(matter: str) -> set[int]:
        """Return the line that shares most words with a matter, and the lines that have all of its figures."""
        shared = Counter(number for word in content_words(matter, lang) for number in of_words.get(word, ()))
        figures = [of_figures.get(figure, set()) for figure in numbers(matter)]
        return {number for number, _ in shared.most_common(1)} | (set.intersection(*figures) if figures else set())

    return [
        point
        for point in points
        for matter in [point.says.get(lang)]
        if point.id in made or any(takes_up(said[number], matter, lang) for number in likely(matter))
    ]


def _is_spoken(game: Game, point: Point, made: set[str], said: set[str]) -> bool:
    """Return whether a point was made, or its matter is among what was said."""
    if point.id in made:
        return True
    lang, matter = game.spec.lang, point.says.get(game.spec.lang)
    taken_up = game.taken_up.setdefault(point.id, {})
    for says in said.difference(taken_up):
        taken_up[says] = takes_up(says, matter, lang)
    return any(map(taken_up.__getitem__, said))


def told(game: Game, lines: Sequence[Line]) -> set[str]:
    """Return the facts held back on a tour that the host has since told in full.

    Where a host shows what was decided at home, the facts held back are about the same things, so only an answer
    counts.
    """
    tour, lang, guest = game.scenario.tour, game.spec.lang, game.spec.start.host is not None
    own = [line for line in lines if line["seat"] == tour.host and (has(line["act"], "answers") or not guest)]
    if not own:
        return set()
    carried = {fact for line in own for fact in line["facts"]}
    texts = {fact.id: fact.text.get(lang) for fact in game.scenario.facts if fact.id in tour.hidden}
    return {id for id, text in texts.items() if id in carried or tells([line["says"] for line in own], text, lang)}


def unspoken(
    game: Game,
    seat: str,
    points: Sequence[Point],
    heard: Sequence[Line],
    here: Sequence[Line],
    arrived: Sequence[News],
    gone: Set[str],
    *,
    asked: bool,
) -> list[Point]:
    """Return the points that have not been spoken of and that presuppose nothing that has not happened.

    A point that replies to other points waits until one of these was made in this stage, or its news arrived. After
    that an answer, a concession or a point of a host stays open for the next few lines only; an objection to a motion
    stays open while the motion is on the table. A question is left out once some card's answer to it has been said. A
    host that is asked keeps all its answers, since the program cannot tell which of them is asked for.

    Args:
        game: the game.
        seat: the seat.
        points: the points that it may raise in this stage.
        heard: the lines that it has heard.
        here: the lines of this stage among them.
        arrived: the events from outside of which it has heard in this stage.
        gone: lines whose motion is no longer on the table.
        asked: whether a question waits for the seat.
    """
    made, said = {line["point"] for line in heard}, {line["says"] for line in heard}
    hosts = seat == game.scenario.tour.host
    news = {entry["id"] for entry in arrived}
    just = {entry["id"] for entry in arrived if len(here) - entry["turn"] < _JUST}
    free = []
    for point in points:
        yields, answers = has(point.act, "yields"), has(point.act, "answers")
        due = not point.replies_to or not (just if yields else news).isdisjoint(point.replies_to)
        due = due or (hosts and asked and answers)
        if not due:
            recent = here[-_JUST:] if yields or answers or hosts else here
            if has(point.act, "opposes"):
                recent = [line for line in recent if line["id"] not in gone]
            due = replies(game, seat, point, recent)
        met = [point, *(game.answers_to.get(point.id, ()) if "?" in point.says.en else ())]
        if due and not any(_is_spoken(game, each, made, said) for each in met):
            free.append(point)
    return free


def replies(game: Game, seat: str, point: Point, lines: Sequence[Line]) -> bool:
    """Return whether a point of a seat replies to one of some lines.

    The line must make the point replied to, in the words of a seat that has that point on its card. Anybody's words
    count if the host of a tour is asked, or if the point stands for a motion, which may be another seat's. A point that
    answers needs a line that asks.
    """
    anybody = seat == game.scenario.tour.host or (has(point.act, "supports") and bool(point.terms))
    for owner, source in [game.points[name] for name in point.replies_to if name in game.points]:
        by = [line for line in lines if anybody or line["seat"] == owner]
        if has(point.act, "answers") and "?" in source.says.en:
            by = [line for line in by if asks(line["says"])]
        if _is_spoken(game, source, {line["point"] for line in by}, {line["says"] for line in by}):
            return True
    return False
