"""Who stands behind a motion, and which motions fall because their mover left them and nobody keeps them (inferred)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import dropwhile, pairwise

from sandbox.content.acts import Trait, has
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, differ, proposals_of
from sandbox.game.motions.conditions import stands_in, whom_it_asks
from sandbox.game.motions.hanging import brought, hangs_on, struck_by
from sandbox.record.line import Line


def said_on(lines: Sequence[Line], motion: Item, trait: Trait) -> dict[str, Line]:
    """Return, for each seat on one side of a motion, the last of some lines in which it took that side, votes aside.

    An objection since the motion was put that names no motion may mean this one, whatever else was moved meanwhile;
    but one that names this motion goes before it, however early.
    """
    seats = motion.supporters if trait == "supports" else motion.objectors
    last: dict[str, Line] = {}
    moved = False
    for line in lines:
        moved = moved or line["id"] == motion.line
        unnamed = trait == "opposes" and moved and line["seat"] not in motion.supporters | {motion.owner}
        meant = line["about"] == motion.line and line["seat"] in seats
        meant = meant or (not line["about"] and (line["seat"] in seats or unnamed))
        named = line["seat"] in last and bool(last[line["seat"]]["about"])
        meant = meant and (bool(line["about"]) or not named)
        if meant and line["stage"] == motion.stage and not line["vote"] and has(line["act"], trait):
            last[line["seat"]] = line
    return last


def stands(
    game: Game, items: Sequence[Item], motion: Item, *, made: Mapping[str, Item] | None = None
) -> dict[str, bool]:
    """Return which seats stand for a motion (true) or against it, by their last stance on it or on what it grew out of.

    A seat no longer stands for it, until it says so again, if

    - it brought a condition that was struck, or what was added falls on it;
    - it has since moved or backed other options;
    - it is the mover and left the motion for another.

    A seat that objected stands against it as long as what it objected to is in it, or until it has what the seat wanted
    in its place. If the motion was itself amended, its amenders do not count, and those who stood for what it grew out
    of count only if they refuse the amended form.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        made: the proposals among the items, by line, if the caller has them at hand.
    """
    made = made or proposals_of(items)
    proposals = [*made.values()]
    versions, amenders = [motion], {item.owner for item in proposals if item.amends == motion.line}
    unwilling = refusing(proposals, motion) if amenders else set()
    while versions[0].amends in made and (unwilling or not amenders):
        versions.insert(0, made[versions[0].amends])
    stances: dict[str, bool] = {}
    last: Item | None = None
    for item in versions:
        struck = struck_by(items, item) if last else []
        for seat in _unsettled(game, items, struck, last, item) if last else ():
            if stances.get(seat):
                del stances[seat]
        for seat in {seat for brought_it in struck for seat in brought_it.objectors}:
            if stances.get(seat) is False and not any(
                seat in each.objectors for each in versions if each not in struck
            ):
                del stances[seat]
        for seat in (*item.supporters, item.owner):
            stances[seat] = True
        for seat in item.objectors:
            stances[seat] = False
        last = item
    for seat in [seat for seat, stance in stances.items() if not stance] if len(versions) > 1 else ():
        if _met(game, made, versions, seat):
            del stances[seat]
    if amenders:
        stances = {
            seat: stance
            for seat, stance in stances.items()
            if seat not in amenders
            if seat in unwilling | motion.supporters | motion.objectors | {motion.owner}
        }
    # Whoever votes may not have heard the motion that is put.
    for item in reversed(proposals) if motion.line in made else ():
        if item.line == motion.line:
            break
        backed = item.owner in {motion.owner, *motion.supporters}  # since: to move another is to leave what one backed
        if not backed and stances.get(item.owner) and differ(item.terms, motion.terms):
            del stances[item.owner]
    others = [item for item in proposals if differ(item.terms, motion.terms)] if motion.terms else []
    over = {seat for item in others for seat in item.supporters}
    gone = {item.owner for item in versions} & over - {seat for item in versions for seat in item.supporters}
    if motion.terms and _latest_for(proposals, motion):
        gone.add(motion.owner)
    for seat in gone:
        if stances.get(seat):
            del stances[seat]
    return stances


def _met(game: Game, made: Mapping[str, Item], versions: Sequence[Item], seat: str) -> bool:
    """Return whether the last version of a motion has all that a seat put in place of what it objected to."""
    objected, last = next((item for item in reversed(versions) if seat in item.objectors), versions[-1]), versions[-1]
    had, held, wanted = hangs_on(objected.condition), hangs_on(last.condition), dict[str, str]()
    own = set[str]()
    for item in dropwhile(lambda item: item.line != objected.line, made.values()):
        if item.owner == seat and not item.amends:
            own |= {part for part in hangs_on(item.condition) if part not in had}
            wanted |= {key: option for key, option in item.terms.items() if objected.terms.get(key) != option}
    stand = wanted.items() <= last.terms.items() and all(stands_in(part, held, game.spec.lang) for part in own)
    return bool(own or wanted) and stand


class Stances(dict[str, Mapping[str, bool]]):
    """The stances on each proposal of a ledger, by its line (see `stands`), computed on first use."""

    def __init__(self, game: Game, items: Sequence[Item]) -> None:
        super().__init__()
        self._game, self._items, self.made = game, items, proposals_of(items)

    def __missing__(self, line: str) -> Mapping[str, bool]:
        """Compute the stances on a proposal on first use."""
        stances = self[line] = stands(self._game, self._items, self.made[line], made=self.made)
        return stances

    def replaced(self, voters: Collection[str], motions: Sequence[Item] = ()) -> set[str]:
        """Return the lines of motions that their own amended form replaces, because as many stand behind that.

        Args:
            voters: the seats that count.
            motions: the motions to look at; empty: all.
        """
        made = [*self.made.values()]

        def behind(item: Item) -> int:
            return backing(self[item.line], voters)

        lines = {item.amends for item in made}
        amended = [item for item in motions or made if item.line in lines]
        return {item.line for item in amended if behind(item) <= max(map(behind, _grown(made, item)[1:]))}

    def upheld(self, item: Item) -> bool:
        """Return whether a proposal has not fallen and some seat stands for it but for nothing that grew out of it."""
        grown = _grown([*self.made.values()], item)[1:]
        behind = {seat for motion in grown for seat, stance in self[motion.line].items() if stance}
        return not self.left(item) and any(stance and seat not in behind for seat, stance in self[item.line].items())

    @cached_property
    def fallen(self) -> dict[str, str]:
        """The proposals that their mover left and nobody else keeps up, each with the motion for which it was left."""
        return {line: later for line, item in self.made.items() if (later := self.left(item))}

    def left(self, item: Item) -> str:
        """Return the line for which its mover left a proposal that nobody else keeps up, or took it back; or empty.

        A motion that others back belongs to the meeting: it stays as long as a seat other than its mover stands for it
        and neither for the later motion nor for an amended form of either.
        """
        made = [*self.made.values()]
        if item.state == "withdrawn":
            return item.history[-1][0]

        def behind(*motions: Item) -> set[str]:
            return {seat for motion in motions for seat, stance in self[motion.line].items() if stance}

        for later in _left_for(made, item) if item.terms else ():
            if not behind(item) - behind(*_grown(made, item)[1:], *_grown(made, later)):
                return later.line
        return ""


def _unsettled(game: Game, items: Sequence[Item], struck: Sequence[Item], before: Item, item: Item) -> list[str]:
    """Return the seats whose stance an amendment unsettles: it strikes their condition, or makes them do or pay.

    In free play also those who want another option on a question that the amendment settles first.
    """
    had, room = hangs_on(before.condition), game.present(item.stage)
    asked = [
        seat for part in hangs_on(item.condition) if part not in had for seat in whom_it_asks(game, items, part, room)
    ]
    added = {key: own for key, own in item.terms.items() if key not in before.terms}
    others = [seat for seat in room if seat != item.owner] if added and game.style == "free" else []
    return [
        *[motion.owner for motion in struck],
        *asked,
        *_paying(game, added),
        *[seat for seat in others if any(_wants_another(game, seat, *each) for each in added.items())],
    ]


def _wants_another(game: Game, seat: str, question: str, option: str) -> bool:
    """Return whether a seat never accepts an option, or its post or card speaks only for other options."""
    points = game.seats[seat].points if seat not in game.spec.personas else ()
    own = {point.terms[question] for point in points if question in point.terms} | {game.wish(seat, question)} - {""}
    return game.never_accepts(seat).get(question) == option or (bool(own) and option not in own)


def struck_of(game: Game, items: Sequence[Item], motion: Item) -> set[str]:
    """Return the seats whose condition was struck on the way to a motion and that have backed no version since.

    A condition that stands on in other words is not struck.
    """
    made, lang, seats = proposals_of(items), game.spec.lang, set[str]()
    for before, item in pairwise([made[line] for line in reversed(lineage(items, motion))]):
        left = hangs_on(item.condition)
        for line, part in brought(items, before.condition):
            if line in made and not stands_in(part, left, lang):
                seats.add(made[line].owner)
        seats -= {item.owner, *item.supporters}
    return seats


def _paying(game: Game, terms: Mapping[str, str]) -> list[str]:
    """Return the seats that pay by the options on who pays: residents, or seats that may promise another's money."""
    paying: list[str] = []
    for key, option in terms.items():
        question = game.scenario.decision_by_id.get(key)
        who = question.options[option].paid_by if question else ()
        paying += game.residents if "residents" in who else ()
        paying += question.holders(option) if question and {*who} - {"residents"} else ()
    return paying


def waited_for(game: Game, items: Sequence[Item], motion: Item) -> list[str]:
    """Return the seats that stood for what a motion grew out of and have not said what they think of the additions.

    A seat that has gone over to other options has said so, and so has one that stands behind an amended form, behind a
    later motion with everything this one has, or behind an earlier one that already had it all.
    """
    made, versions = proposals_of(items), lineage(items, motion)
    places = {line: place for place, line in enumerate(made)}
    behind = {
        seat: places[line] for line in reversed(versions[1:]) for seat in (made[line].owner, *made[line].supporters)
    }
    others = [item for line, item in made.items() if line not in versions and differ(item.terms, motion.terms)]
    over = {seat for item in others for seat in item.supporters}
    # What it moved before it came to this one it has left for it.
    over |= {item.owner for item in others if places[item.line] > behind.get(item.owner, -1)}
    parts = {*hangs_on(motion.condition)}
    for line, item in made.items():
        later = places[line] > places.get(motion.line, -1)
        if (later or line in versions[1:]) and parts.issubset(hangs_on(item.condition)):
            over |= {item.owner, *item.supporters} if motion.terms.items() <= item.terms.items() else set()
    for item in _grown([*made.values()], motion)[1:]:
        over |= {seat for seat, stance in stands(game, items, item).items() if stance}
    return sorted(behind.keys() - over - stands(game, items, motion).keys())


def lineage(items: Sequence[Item], motion: Item) -> list[str]:
    """Return the line of a motion and the lines of the motions it amends, step by step, the latest first."""
    made = proposals_of(items)
    lines = [motion.line]
    while (before := made[lines[-1]].amends if lines[-1] in made else "") in made:
        lines.append(before)
    return lines


def put_unchanged(made: Mapping[str, Item], item: Item) -> bool:
    """Return whether a motion only puts again, unchanged, a motion of an earlier stage among those made."""
    before = made.get(item.amends)
    return before is not None and (before.terms, before.condition) == (item.terms, item.condition)


def backing(stances: Mapping[str, bool], voters: Collection[str]) -> int:
    """Return how many voters stand for a motion."""
    return sum([stance and seat in voters for seat, stance in stances.items()])


def left_for(items: Sequence[Item], motion: Item) -> str:
    """Return the line of the latest motion for which its mover left a motion, other than to amend it; or empty."""
    return _latest_for([item for item in items if item.kind == "proposal"], motion)


def _latest_for(made: Sequence[Item], motion: Item) -> str:
    later = _left_for(made, motion)
    if not later:
        return ""
    grown = {item.line for item in _grown(made, motion)}
    return next((item.line for item in reversed(later) if item.line not in grown), "")


def _left_for(made: Sequence[Item], motion: Item) -> list[Item]:
    """Return the later motions for which a motion was left.

    Such a motion is its mover's own, on the same questions or more; or another seat's with the same options and another
    condition, which the mover supports.
    """
    later: list[Item] = []
    for item in reversed(made):
        if item.line == motion.line:
            return later[::-1]
        wider = item.owner == motion.owner and motion.terms.keys() <= item.terms.keys()
        if wider or (motion.owner in item.supporters and motion.terms == item.terms):
            later.append(item)
    return []


def refusing(made: Sequence[Item], motion: Item) -> set[str]:
    """Return the seats that object to an amended form of a motion and have backed no amended form."""
    grown = _grown(made, motion)[1:]
    behind = {seat for item in grown for seat in (item.owner, *item.supporters)}
    return {seat for item in grown for seat in item.objectors} - behind


def _grown(made: Sequence[Item], motion: Item) -> list[Item]:
    """Return a motion and all that grew out of it by amendments."""
    grown = {motion.line: motion}
    for item in made:
        if item.amends in grown:
            grown[item.line] = item
    return [*grown.values()]
