"""The ledger: proposals, promises, tasks and decisions, derived from the acts alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from sandbox.content.acts import TRAITS, Trait, has
from sandbox.content.cards import ACTS
from sandbox.content.scenario_card import Scenario
from sandbox.game.ledger.entries import (
    BLANK,
    DUE,
    Item,
    ItemState,
    Ledger,
    differ,
    entry_of,
    gives_way,
    matters,
    motion_of,
    own_terms,
    within_remit,
)
from sandbox.game.motions.backing import left_for
from sandbox.game.motions.given_up import given_up, without
from sandbox.game.motions.hanging import hangs_on, takes_back
from sandbox.record.line import ALL, BODY, DecisionTaken, Line

_ENTERED: frozenset[Trait] = frozenset(
    ("proposes", "promises", "hands_down", "supports", "opposes", "lifts", "refuses")
)
# Acts that by themselves leave the ledger as it is; so does a vote, until it is counted.
_LEAVES = frozenset(act for act in ACTS if _ENTERED.isdisjoint(TRAITS[act]))


def heard(
    scenario: Scenario, items: Ledger, line: Line, agreed_only: bool = False, siding: Collection[str] = ()
) -> Ledger:  # fmt: skip
    """Return the ledger after a line.

    What a line enters or changes, by what its act does:

    - *propose* puts a motion; about a motion of an earlier stage, and without another option, it puts that one again.
    - *promise* enters a promise. If the line says what it gives, the promise has those options within the speaker's
      remit. About a motion it stands neither for nor against it.
    - *hand down* enters a reporting task, *lift* lifts it, *refuse* disputes it, or lifts it if it is not on the agreed
      list (``agreed_only``). Refusing a task, or a condition that names the seat, opposes no motion; nor does refusing
      in words of one's own about nothing.
    - *support*, *object*, *concede* go to the proposal or promise that the line is about; if it names none, to the
      latest of the addressee, or to the latest of all if the line is to everybody.
    - A promise beside another act is entered with the motion that the line puts or supports, and with its options.
    - A promise that its owner takes back is withdrawn for good. A motion that its mover takes back aloud (`given_up`)
      is withdrawn until another seat supports it.

    Support, or an objection, that names other options or a condition is a counter-offer, a proposal of its own:

    - Support keeps the other terms; if it changes none of them, it amends the proposal. An objection that names options
      has those alone, otherwise it keeps all.
    - The line's condition replaces that of the proposal (what it took over is already in it). If it has none, the old
      one is kept, except by an objection that names options.
    - Support for a motion of an earlier stage puts it again. Supporting one's own motion changes it, and so does
      conceding, with other options, to a seat that opposes it.

    A seat that concedes without naming options takes back its objection, but does not support the motion (`gives_way`).
    Seats in ``siding`` only take sides. A seat that puts or supports a motion no longer supports motions that settle
    the same questions otherwise.
    """
    if line["origin"] != "rules" and (motion := given_up(items, line)):  # a drawn line has no words to do so
        items = without(items, motion, line)
    if (line["act"] in _LEAVES or line["vote"]) and not line["promises"] and "withdraws" not in line:
        return items
    does = TRAITS[line["act"]]
    if "withdraws" in line:
        items = _withdrawn(items, line)
    if "proposes" in does:
        again = put_again(items, line["stage"], line["about"], line["terms"]) if line["about"] else None
        put = entry_of(scenario, line, "proposal", "open") if again is None else _changed(scenario, line, again)
        items = (*_gone_over(items, line["seat"], put), put)
    elif "promises" in does:
        terms = own_terms(scenario, line)
        fits = within_remit(scenario, line["seat"], terms)
        entry = entry_of(scenario, line, "promise", "open" if fits else "beyond_remit", terms)
        entry = entry.altered(says=line["promises"]) if line["promises"] else entry
        items = (*_contradicted(items, line), entry)
    elif "hands_down" in does and line["task"] in scenario.task_by_id:
        items = (*items, entry_of(scenario, line, "task", "open"))
    elif ("supports" in does or "opposes" in does) and not (
        line["vote"] or ("refuses" in does and _will_not(items, line))
    ):
        items = _stood(scenario, items, line, line["seat"] not in siding)
    if line["promises"] and "promises" not in does:
        items = _promised_beside(scenario, items, line)
    if line["task"] and "lifts" in does:
        items = _lifted(items, line)
    if (line["task"] or line["about"]) and "refuses" in does and not line["vote"]:
        items = _refused(scenario, items, line, agreed_only=agreed_only)
    return items


def _withdrawn(items: Ledger, line: Line) -> Ledger:
    """Return the ledger with the promise that a line takes back withdrawn, if it may be."""
    standing = [item for item in withdrawable(items, line["seat"]) if item.line == line["withdraws"]]
    return tuple(item.turned("withdrawn", line["id"]) if item in standing else item for item in items)


def _lifted(items: Ledger, line: Line) -> Ledger:
    return _turned(items, line, "lifted", lambda item: item.task == line["task"])


def _refused(scenario: Scenario, items: Ledger, line: Line, *, agreed_only: bool) -> Ledger:
    """Return the ledger with the task that a line refuses in dispute, or lifted if the rules let the seat refuse it."""
    meant = (line["task"], line["about"])
    free = {task.id for task in scenario.tasks if agreed_only and not task.agreed}

    def refused(item: Item) -> bool:
        return item.deliverer == line["seat"] and (item.task in meant or item.line in meant)

    items = _turned(items, line, "lifted", lambda item: refused(item) and item.task in free)
    return _turned(items, line, "disputed", refused)


def _will_not(items: Ledger, line: Line) -> bool:
    """Return whether a line refuses a task that its speaker was handed, or a condition that names it."""
    about = line["about"]
    handed = bool(about) and any(item.kind == "task" and item.line == about for item in items)
    return bool(line["task"] or handed or line.get("refuses"))


def withdrawable(items: Sequence[Item], seat: str) -> list[Item]:
    """Return the promises that a seat may still take back: its own that were not kept, broken or closed."""
    return [
        item
        for item in items
        if item.kind == "promise" and item.owner == seat and item.state in ("open", "confirmed", "beyond_remit")
    ]


def _turned(items: Ledger, line: Line, state: ItemState, meant: Callable[[Item], bool]) -> Ledger:
    """Return the ledger with those tasks that are due and meant in another state."""
    return tuple(
        item.turned(state, line["id"]) if item.kind == "task" and item.state in DUE and meant(item) else item
        for item in items
    )


def decided(
    scenario: Scenario, items: Ledger, decision: DecisionTaken, lines: Sequence[Line], *, reviewed: bool = False
) -> Ledger:
    """Return the ledger after a decision; ``lines`` hold its motion, unless the reader did not hear it.

    A promise contained in the decision counts as kept, or as confirmed if it is still to be ``reviewed``. A reporting
    task is lifted if a condition of the seat that was handed it names it, and the seat that handed it down is for the
    decision. Promises that fell with an earlier motion may stand again.
    """
    bound = decision["terms"] if decision["carried"] else {}
    source = next((line for line in reversed(lines) if line["id"] == decision["motion"]), None)
    authority, payer, deliverer, departments = matters(scenario, decision["terms"])
    asked_of = source.get("asked_of") if source else None
    entry = BLANK.altered(
        line=decision["id"],
        stage=decision["stage"],
        kind="decision",
        owner=decision["by"],
        says=source["says"] if source else "",
        terms=decision["terms"],
        state="carried" if decision["carried"] else "rejected",
        visible_to=tuple(source["visible_to"]) if source else (),
        authority=authority,
        payer=payer,
        deliverer=deliverer,
        departments=departments,
        condition=decision["condition"],
        asked_of=None if asked_of is None else tuple(asked_of),
        supporters=frozenset([seat for seat, vote in decision["votes"].items() if vote]),
        objectors=frozenset([seat for seat, vote in decision["votes"].items() if not vote]),
    )
    revived = decision.get("revived", ())
    if not (decision["carried"] or decision["fallen"]):
        return (*items, entry)
    contained: ItemState = "confirmed" if reviewed else "kept"
    for_it = {decision["by"], *entry.supporters}
    return (
        *[
            item.turned("lifted", decision["id"])
            if item.kind == "task"
            and item.state in DUE
            and item.owner in for_it
            and takes_back(scenario, items, item, decision)
            else item.turned("fallen", decision["id"])
            if item.kind == "promise" and item.line in decision["fallen"]
            else item.turned("open", decision["id"])
            if item.state == "fallen" and item.line in revived
            else _settled(item, bound, decision["id"], contained)
            for item in items
        ],
        entry,
    )


def _settled(item: Item, bound: Mapping[str, str], decision: str, promised: ItemState) -> Item:
    """Return an entry after a decision that binds some terms."""
    if item.kind not in ("proposal", "promise") or item.state == "withdrawn":
        return item
    contained = bool(item.terms) and item.terms.items() <= bound.items()
    if contained and item.state != "broken":
        return item.turned(promised if item.kind == "promise" else "confirmed", decision)
    # Of several things that somebody promises, one may be settled otherwise.
    broken = item.kind == "promise" and differ(bound, item.terms) and len(hangs_on(item.says)) == 1
    return item.turned("broken", decision) if broken else item


def ledger(
    scenario: Scenario,
    lines: Sequence[Line],
    decisions: Sequence[DecisionTaken] = (),
    items: Ledger = (),
    *,
    agreed_only: bool = False,
    siding: Collection[str] = (),
    reviewed: bool = False,
) -> Ledger:
    """Return the ledger that lines and decisions make, such as those that one seat knows of.

    A decision counts from the last line heard of its vote, or of its stage if no vote was heard. ``items`` are the
    entries that stood before.
    """
    due = {decision["id"]: _last_line(lines, decision) for decision in decisions}
    for line in lines:
        items = heard(scenario, items, line, agreed_only=agreed_only, siding=siding)
        for decision in decisions:
            if due[decision["id"]] == line["id"]:
                items = decided(scenario, items, decision, lines, reviewed=reviewed)
    for decision in decisions:  # the reader heard nothing of its stage, but knows of the decision
        if not due[decision["id"]]:
            items = decided(scenario, items, decision, lines, reviewed=reviewed)
    return items


def _last_line(lines: Sequence[Line], decision: DecisionTaken) -> str:
    own = [line for line in lines if line["stage"] == decision["stage"]]
    votes = [line for line in own if line["vote"] and line["about"] == decision["motion"]]
    last = (votes if decision["by"] == BODY and votes else own)[-1:]
    return last[0]["id"] if last else ""


def _changed(scenario: Scenario, line: Line, motion: Item) -> Item:
    """Return the proposal with which a line puts a motion again, including what it adds."""
    own = entry_of(scenario, line, "proposal", "open", {**motion.terms, **line["terms"]})
    return own.altered(condition=line["condition"] or motion.condition, amends=motion.line, base=motion.line)


def _stood(scenario: Scenario, items: Ledger, line: Line, puts: bool) -> Ledger:
    seat, does = line["seat"], TRAITS[line["act"]]
    against = "opposes" in does
    place = answered(items, seat, line["to"], line["about"])
    if place is None and "yields" in does and line["terms"]:
        place = _opposed(items, line)
    if place is None or seat == scenario.tour.host:
        return items
    item = items[place]
    own_words = line["origin"] in ("model", "person", "agent") and not line["point"]
    if "refuses" in does and own_words and not line["about"] and item.kind == "proposal":
        return items  # it refuses what was just asked, in whatever words
    other = changes(item, line["terms"])
    held = line["condition"] or ("" if against and other else item.condition)
    yields = gives_way(line)
    later = not (against or yields) and item.stage != line["stage"]  # which puts it again
    differs = other or ((later or held != item.condition) and bool(item.terms))
    offers: Ledger = ()
    if item.kind == "proposal" and differs and puts:
        terms = dict(line["terms"]) if against and line["terms"] else {**item.terms, **line["terms"]}
        same = _proposed(items, line["stage"], terms, held)
        if same is None:
            amends = item.line if not against and terms.items() >= item.terms.items() else ""
            base = "" if against and other else item.line
            entry = entry_of(scenario, line, "proposal", "open", terms)
            offers = (entry.altered(condition=held, amends=amends, base=base),)
            items = _gone_over(items, seat, entry)
        elif not against:
            place, item = same, items[same]
    if item.owner == seat or (offers and not against):
        return (*items, *offers)
    if against:
        item = item.altered(objectors=item.objectors | {seat}, supporters=item.supporters - {seat})
    elif yields and item.kind == "proposal":
        item = item.altered(objectors=item.objectors - {seat})
    else:
        item = item.altered(supporters=item.supporters | {seat}, objectors=item.objectors - {seat})
        item = item.turned("open", line["id"]) if (item.kind, item.state) == ("proposal", "withdrawn") else item
        items = _gone_over(items, seat, item)
    if item.kind == "promise" and item.terms and seat in item.authority and item.state != "withdrawn":
        item = item.turned("broken" if against else "confirmed", line["id"])
    return (*items[:place], item, *items[place + 1 :], *offers)


def _gone_over(items: Ledger, seat: str, motion: Item) -> Ledger:
    """Return the ledger after a seat supports a motion: it leaves the motions that settle the same otherwise."""
    left = [
        item
        for item in items
        if seat in item.supporters and item.kind == "proposal" and differ(item.terms, motion.terms)
    ]
    if not left:
        return items
    return tuple(item.altered(supporters=item.supporters - {seat}) if item in left else item for item in items)


def answered(items: Sequence[Item], seat: str, to: str, about: str) -> int | None:
    """Return the index of the proposal or promise for or against which a seat stands, or None.

    It is the one that the line is ``about``; otherwise the latest of the addressee, or of anybody if the line is to
    all. The seat's own proposal is meant only if the line is about it, and then the line changes it.
    """
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        if item.kind not in ("proposal", "promise"):
            continue
        if about:
            if item.line == about and (item.owner != seat or item.kind == "proposal"):
                return place
        elif item.owner != seat and to in (ALL, item.owner):
            return place
    return None


def _opposed(items: Ledger, line: Line) -> int | None:
    """Return the index of the speaker's latest standing motion that the addressee opposes, or None."""
    amended = {item.amends for item in items}
    return next(
        (
            place
            for place, item in reversed([*enumerate(items)])
            if item.kind == "proposal"
            and item.line not in amended
            and item.state == "open"
            and (item.owner, item.stage) == (line["seat"], line["stage"])
            if not left_for(items, item) and (line["to"] in item.objectors or (line["to"] == ALL and item.objectors))
        ),
        None,
    )


def put_again(items: Sequence[Item], stage: str, about: str, terms: Mapping[str, str]) -> Item | None:
    """Return the motion of an earlier stage that a proposal about it puts again, or None.

    The proposal must not name another option on a question that the motion would settle.
    """
    motions = (item for item in items if item.kind == "proposal" and item.line == about and item.stage != stage)
    motion = next(motions, None)
    return motion if motion is not None and motion.terms and not differ(terms, motion.terms) else None


def _proposed(items: Ledger, stage: str, terms: Mapping[str, str], condition: str) -> int | None:
    """Return the index of a motion with these terms and condition that nobody has amended, or None."""
    put, amended = (stage, terms, condition), {item.amends for item in items}
    return next(
        (
            place
            for place, item in enumerate(items)
            if item.kind == "proposal" and (item.stage, item.terms, item.condition) == put and item.line not in amended
            if item.state != "withdrawn"
        ),
        None,
    )


def _promised_beside(scenario: Scenario, items: Ledger, line: Line) -> Ledger:
    """Return the ledger with what a line promises beside its act.

    If the line puts or supports a motion, the promise also gives the motion's options that are within the speaker's
    remit.
    """
    motion = motion_of(items, line["id"])
    entry = entry_of(scenario, line, "promise", "open", {}).altered(says=line["promises"], condition="")
    if motion is not None:  # which whoever answers the line means
        return (*items[:-1], entry.altered(beside=motion.line, gives=own_terms(scenario, line)), motion)
    place = answered(items, line["seat"], line["to"], line["about"]) if has(line["act"], "supports") else None
    if place is not None and items[place].kind == "proposal":
        entry = entry.altered(beside=items[place].line, gives=own_terms(scenario, line))
    return (*items, entry)


def changes(item: Item, terms: Mapping[str, str]) -> bool:
    """Return whether terms change an option of a proposal that names options, or add one."""
    return bool(item.terms) and not terms.items() <= item.terms.items()


def _contradicted(items: Ledger, line: Line) -> Ledger:
    """Return the ledger in which a new promise breaks earlier promises of its speaker that it contradicts.

    A promise about one open motion and a promise that matches another open motion stand side by side until one is
    carried.
    """
    seat, terms = line["seat"], line["terms"]
    against = [
        item
        for item in items
        if item.kind == "promise" and item.owner == seat and item.state != "withdrawn" and differ(terms, item.terms)
    ]
    if not against:
        return items
    open_to = [item for item in items if item.kind == "proposal" and item.terms and item.state == "open"]
    about = any(item.line == line["about"] and terms.items() <= item.terms.items() for item in open_to)
    rivals = [item.terms for item in open_to if about]
    broken = [item for item in against if not any(item.terms.items() <= stands.items() for stands in rivals)]
    return tuple([item.turned("broken", line["id"]) if item in broken else item for item in items])
