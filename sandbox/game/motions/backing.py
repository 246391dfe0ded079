"""Who is behind a motion, and which motions fall with nobody behind them since their mover wants another (inferred)."""

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
    """Return for each seat on a side of a motion the last of some lines in which it stood there, but for votes.

    Whoever objected since it was moved and named no motion may have meant this one, whatever else was moved meanwhile.
    """
    seats = motion.supporters if trait == "supports" else motion.objectors
    last: dict[str, Line] = {}
    moved = False
    for line in lines:
        moved = moved or line["id"] == motion.line
        unnamed = trait == "opposes" and moved and line["seat"] not in motion.supporters | {motion.owner}
        meant = line["about"] == motion.line and line["seat"] in seats
        meant = meant or (not line["about"] and (line["seat"] in seats or unnamed))
        if meant and line["stage"] == motion.stage and not line["vote"] and has(line["act"], trait):
            last[line["seat"]] = line
    return last


def stands(
    game: Game, items: Sequence[Item], motion: Item, *, made: Mapping[str, Item] | None = None
) -> dict[str, bool]:
    """Return who stands for a motion (true) or against it; each seat as it stood last on it, or on what it grew out of.

    Whoever brought a condition that was struck, on whom what was added falls, or who has moved or backed other options
    since, stands for it no longer until it says so, nor does its mover who has left it for another. Whoever objected
    stands against it as long as what was objected to stands, or until it has what was wanted in its place. Of what
    was amended since, who stood for what it grew out of counts only where it refuses what grew out of it, and whoever
    amended it does not.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        made: the proposals among the items, by line, where whoever asks has them at hand.
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
    """Return whether the last of some versions of a motion has all that a seat put in place of what it objected to."""
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
    """Who stands for each proposal of a ledger, and who against it, by its line (`stands`), once asked for."""

    def __init__(self, game: Game, items: Sequence[Item]) -> None:
        super().__init__()
        self._game, self._items, self.made = game, items, proposals_of(items)

    def __missing__(self, line: str) -> Mapping[str, bool]:
        """Return who stands for a proposal that nobody has asked about yet."""
        stances = self[line] = stands(self._game, self._items, self.made[line], made=self.made)
        return stances

    def replaced(self, voters: Collection[str], motions: Sequence[Item] = ()) -> set[str]:
        """Return of some motions, or all, by line, in whose place what grew out of them stands: as many are behind it.

        Args:
            voters: the seats that count.
            motions: the motions that are looked at; without any, all.
        """
        made = [*self.made.values()]

        def behind(item: Item) -> int:
            return backing(self[item.line], voters)

        lines = {item.amends for item in made}
        amended = [item for item in motions or made if item.line in lines]
        return {item.line for item in amended if behind(item) <= max(map(behind, _grown(made, item)[1:]))}

    def upheld(self, item: Item) -> bool:
        """Return whether a proposal has not fallen, and somebody stands for it and for nothing that grew out of it."""
        grown = _grown([*self.made.values()], item)[1:]
        behind = {seat for motion in grown for seat, stance in self[motion.line].items() if stance}
        return not self.left(item) and any(stance and seat not in behind for seat, stance in self[item.line].items())

    @cached_property
    def fallen(self) -> dict[str, str]:
        """The proposals that their mover has left and nobody else keeps up, each with that for which it was left."""
        return {line: later for line, item in self.made.items() if (later := self.left(item))}

    def left(self, item: Item) -> str:
        """Return the line for which its mover has left a proposal that nobody else keeps up, or took it back; or empty.

        A motion that others back belongs to the meeting: it stays as long as somebody other than its mover stands for
        it who stands neither for the later one, nor for what grew out of either by amendments.
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
    """Return on whom an amendment falls: who brought what it strikes, and who is to do or to pay what it adds.

    Of who speaks freely so does an option on a question that was open on whoever would have another there.
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
    """Return whether a seat never accepts an option, or its post or its card speaks for another and not for that."""
    points = game.seats[seat].points if seat not in game.spec.personas else ()
    own = {point.terms[question] for point in points if question in point.terms} | {game.wish(seat, question)} - {""}
    return game.never_accepts(seat).get(question) == option or (bool(own) and option not in own)


def struck_of(game: Game, items: Sequence[Item], motion: Item) -> set[str]:
    """Return whose own condition others have struck on the way to a motion, and who has stood for nothing of it since.

    What stands on in other words is not struck.
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
    """Return the seats on whom it falls that options name who pays: residents, or whoever may promise others' money."""
    paying: list[str] = []
    for key, option in terms.items():
        question = game.scenario.decision_by_id.get(key)
        who = question.options[option].paid_by if question else ()
        paying += game.residents if "residents" in who else ()
        paying += question.holders(option) if question and {*who} - {"residents"} else ()
    return paying


def waited_for(game: Game, items: Sequence[Item], motion: Item) -> list[str]:
    """Return who stood for what a motion grew out of and has not said whether it stands for what was added to it.

    Whoever has gone over to other options since has said so, and so has who is behind what grew out of it, behind a
    later one with all that it has, or behind an earlier one that had it all.
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
    """Return the line of a motion and those of what it grew out of by amendments, the latest first."""
    made = proposals_of(items)
    lines = [motion.line]
    while (before := made[lines[-1]].amends if lines[-1] in made else "") in made:
        lines.append(before)
    return lines


def put_unchanged(made: Mapping[str, Item], item: Item) -> bool:
    """Return whether a motion puts one of an earlier stage, of those made, again as it was."""
    before = made.get(item.amends)
    return before is not None and (before.terms, before.condition) == (item.terms, item.condition)


def backing(stances: Mapping[str, bool], voters: Collection[str]) -> int:
    """Return how many of those who vote stand for a motion."""
    return sum([stance and seat in voters for seat, stance in stances.items()])


def left_for(items: Sequence[Item], motion: Item) -> str:
    """Return the line of the latest motion for which its mover has left a motion, other than to amend it; or empty."""
    return _latest_for([item for item in items if item.kind == "proposal"], motion)


def _latest_for(made: Sequence[Item], motion: Item) -> str:
    later = _left_for(made, motion)
    if not later:
        return ""
    grown = {item.line for item in _grown(made, motion)}
    return next((item.line for item in reversed(later) if item.line not in grown), "")


def _left_for(made: Sequence[Item], motion: Item) -> list[Item]:
    """Return the later motions for which a motion was left.

    Each is one of its mover's own on the same questions or more, or one of somebody else's with the same options on
    another condition, which its mover supports.
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
    """Return who objects to what grew out of a motion by amendments, and to none of that has said yes."""
    grown = _grown(made, motion)[1:]
    behind = {seat for item in grown for seat in (item.owner, *item.supporters)}
    return {seat for item in grown for seat in item.objectors} - behind


def _grown(made: Sequence[Item], motion: Item) -> list[Item]:
    """Return a motion and what grew out of it by amendments."""
    grown = {motion.line: motion}
    for item in made:
        if item.amends in grown:
            grown[item.line] = item
    return [*grown.values()]
