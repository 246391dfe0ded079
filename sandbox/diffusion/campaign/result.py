"""The result of a campaign session for the city, its visitors and the community's next year; counted, not judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sandbox.content.acts import has
from sandbox.content.cards import Section
from sandbox.content.seat_card import Point
from sandbox.diffusion.campaign.fates import LONGEST_SAID, Fate, came_to, fates, of_nobody, settled
from sandbox.diffusion.campaign.followed import awaiting_bodies, decided_by_bodies, followed_up
from sandbox.diffusion.campaign.inside import inside
from sandbox.diffusion.campaign.plans import untagged
from sandbox.game.language.answered import never_answered
from sandbox.game.language.gist import gist
from sandbox.game.language.stock import is_stock
from sandbox.game.ledger.entries import Claim, Item, ItemState, proposals_of
from sandbox.game.ledger.matters import WHOLE, answering_for, aside, matter
from sandbox.game.minutes.asked import questions_in
from sandbox.game.motions.conditions import said_asked
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.own_matters import own_points
from sandbox.game.plans import Plan
from sandbox.game.pulse import Pulse
from sandbox.game.review.concern import asked_by
from sandbox.game.review.inspection import share
from sandbox.game.review.lasting import lasts, on_occasion
from sandbox.game.review.standing import instead_of, of_questions, standing_on
from sandbox.game.review.verdict import in_substance
from sandbox.game.session import Session
from sandbox.game.spec import Decided, OwnPoint, Promise, Standing
from sandbox.game.table import spoken
from sandbox.record.line import BODY
from sandbox.scoring.assessment import assess, questions_settled
from sandbox.scoring.reviewed import Witness, fallen_due, witnessed

_LONGEST = 120
_PROMISES = 6
_SHOWN = 4
_HIDDEN = 4
# Promises that nobody can say to be kept or broken.
_UNSETTLED: tuple[ItemState, ...] = ("open", "confirmed", "unreported", "disputed")


@dataclass(frozen=True)
class Result:
    """The result of a session.

    Args:
        h: hierarchical assessment, 0 to 1; None where there was nothing to count.
        p: horizontal assessment, likewise.
        terms: the options that bind, by question.
        settled: the same in words.
        plan: the community's plan: that of the drafter who wrote most of it; empty where nobody drafts.
        own: sections that were written in the session itself.
        kept: what fell due in a review and was kept; without a review, promises that a decision contains.
        part: those that were kept in part.
        broken: those that were broken.
        moot: those whose occasion never came, or that something else replaced.
        accounts: how many of these rest on a report that is the owner's word ``alone``, was ``confirmed`` by others, or
            was ``contradicted`` by somebody; None without a review.
        beyond: promises that their speakers had no authority to make.
        open: promises whose outcome nobody can tell yet, and decided options that nobody here may commit to: proposals.
        form: share of the questions that are settled on paper, 0 to 1.
        substance: share of the questions that are settled and that reached the people they were meant for a year later,
            0 to 1; None where nothing was reviewed.
        hidden: what a host does not show, in words: broken promises, unanswered doubts. Private answers of seats and
            what was said aside are not in it.
        owed: broken promises in words, as people remember them.
        pulses: where seats stand at the end.
        people: the seats that people took at its start.
        rests: the indicators that each assessment is the mean of, by ``h`` and ``p``.
        unasked: the assessments for which the rules ask nobody, ``h`` or ``p``.
        fates: what was decided and promised, and what became of it.
        had: the events and points that the table has had, earlier years included, by id.
        standing: the conditions that still stand in the next year, the latest first.
        went_on: the options, by question, that were kept, that nobody denied, and that no event struck.
        came: what the year brought the whole table, what bodies without a seat decided in it, as it was told, and which
            decisions still wait for such a body.
        decided: options on which such bodies have decided for longer than the year.
        follow: what seats may raise next year about what fell due in it.
        told: what the host of its tour told visitors when they asked, in words.
        inside: what its host can tell visitors besides, when they ask, in words.
        unheard: the residents who heard none of what was decided before it was decided, by name.
    """

    h: float | None
    p: float | None
    terms: Mapping[str, str]
    settled: tuple[str, ...]
    plan: Mapping[Section, str]
    own: frozenset[Section]
    promises: tuple[Promise, ...]
    kept: int
    part: int
    broken: int
    moot: int
    accounts: Mapping[Witness, int] | None
    beyond: int
    open: int
    form: float | None
    substance: float | None
    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    owed: tuple[str, ...]
    pulses: Mapping[str, Pulse]
    host: str
    rests: Mapping[str, tuple[str, ...]]
    unasked: tuple[str, ...]
    people: tuple[str, ...] = ()
    fates: tuple[Fate, ...] = ()
    had: tuple[str, ...] = ()
    standing: tuple[Standing, ...] = ()
    went_on: Mapping[str, str] = field(default_factory=dict)
    unheard: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    decided: tuple[Decided, ...] = ()
    follow: tuple[OwnPoint, ...] = ()
    inside: tuple[str, ...] = ()


def result_of(session: Session) -> Result:
    """Return the result of a finished session: counts cover all of it; words that were taken off do not appear."""
    game, whole, session = session.game, session, session.shown
    above, beside = assess(whole)
    terms: dict[str, str] = {}
    for decision in session.decisions:
        if decision["carried"]:
            terms |= decision["terms"]
    decisions = settled(game, terms)
    promises = [item for item in session.items if item.kind == "promise"]
    # Who promised what was not theirs to promise owes nothing: it is told as void, and does not fall due next year.
    standing = [item for item in promises if item.state in _UNSETTLED and not aside(game, item)]
    due = [item for item in fallen_due(session) if not of_nobody(session, item)]
    proposals = {key for item in session.items if of_nobody(session, item) for key in item.terms}
    closed = due if game.reviewed else [item for item in promises if item.state in ("kept", "broken")]
    # What was promised aside is counted, and told to nobody: it stays between two.
    told = [item for item in closed if not aside(game, item)]
    owed = tuple(
        dict.fromkeys(
            _broken(session, item)
            for item in told
            if item.state == "broken" and all(state != "beyond_remit" for _, state in item.history)
        )
    )
    plan = _plan(session)
    shown = _shown(session, decisions, plan)
    both = {"h": above, "p": beside}
    return Result(
        h=above.on_paper.total, p=beside.on_paper.total, rests={side: tuple(own.known) for side, own in both.items()},
        unasked=tuple(side for side, own in both.items() if not own.assessors), terms=terms, settled=decisions,
        plan=dict(plan.sections) if plan else {}, own=frozenset(plan.lines) if plan else frozenset(),
        promises=tuple(
            Promise(seat=item.owner, says=item.says, terms=dict(item.terms))
            for item in sorted(standing, key=lambda item: not item.terms)[:_PROMISES]
        ),
        kept=sum(item.state == "kept" for item in closed), part=sum(item.state == "part" for item in closed),
        broken=sum(item.state == "broken" for item in closed),
        moot=sum(item.state == "moot" for item in closed),
        accounts=witnessed(due) if game.reviewed else None,
        beyond=sum(item.state == "beyond_remit" for item in promises),
        open=sum(item.state in _UNSETTLED for item in promises) + len(proposals),
        form=questions_settled(session), substance=_substance(session, due),
        hidden=_hidden(session, told, owed, shown, [item for item in promises if not aside(game, item)]), shown=shown,
        owed=owed, pulses=session.pulses[-1]["levels"] if session.pulses else {}, host=game.chair,
        people=session.spec.persons, fates=fates(session, terms, told), had=_had(whole), standing=_standing(session),
        went_on=dict(
            pair for item in told if item.kind == "term" and _unchanged(item) == "kept" for pair in item.terms.items()
        ),
        unheard=_unheard(session), told=told_visitors(session),
        came=(*_came(session), *awaiting_bodies(session, terms)),
        inside=inside(session), decided=decided_by_bodies(session),
        follow=followed_up(session, told) if game.reviewed else (),
    )  # fmt: skip


def _plan(session: Session) -> Plan | None:
    """Return the plan with most sections of its own; a section that only others wrote has the newest text of those.

    So a section that somebody here wrote is not told as another place's. A correction made in a review stands,
    whichever plan it belongs to.
    """
    fullest = max(session.plans, key=lambda each: len(each.lines), default=None)
    if fullest is None:
        return None
    places = {line["id"]: place for place, line in enumerate(session.lines)}
    written = [(places[line], section, each) for each in session.plans for section, line in each.lines.items()]
    reviews = session.game.able("reviews")
    latest: dict[Section, Plan] = {}  # the newest first: that is shown to visitors
    for place, section, each in sorted(written, key=lambda each: -each[0]):
        corrected = session.lines[place]["stage"] in reviews
        latest.setdefault(section, each if corrected or section not in fullest.lines else fullest)
    return replace(
        fullest,
        sections={
            section: untagged(latest.get(section, fullest).sections[section], session.game.words)
            for section in fullest.sections
        },
        lines={section: each.lines[section] for section, each in latest.items()},
    )


def _had(session: Session) -> tuple[str, ...]:
    """Return what the table has had, earlier years included: events of the case and of a year, and points raised."""
    game = session.game
    years = {fact.id for fact in game.scenario.years}
    came = [
        each["id"]
        for each in session.state["desk"]["news"]
        if each["id"] in game.scenario.inject_by_id or "strikes" in each or each["id"].rpartition(":")[2] in years
    ]
    raised: list[str] = []
    if session.spec.style != "rules":
        case = game.library.scenario(session.spec.scenario)  # what a guest shows has points of its own, each year anew
        points: list[Point] = [point for seat in case.seats for point in seat.points]
        points += [game.points[own.id][1] for own in own_points(session.spec.start.matters)]
        raised = [point.id for point in spoken(game, points, session.lines)]
    return tuple(dict.fromkeys((*session.spec.start.had, *came, *raised)))


def _standing(session: Session) -> tuple[Standing, ...]:
    """Return the conditions that still stand: the lasting ones of this year, and those of earlier years.

    A condition of an earlier year that turned out moot, undenied, is dropped unless it waits for an occasion.
    """
    game = session.game
    came: dict[str, Claim] = {}
    for item in session.items:
        if item.kind == "term" and not item.terms:  # one that two are to do stands there twice
            was = _unchanged(item)
            came[item.says] = was if came.get(item.says, was) == was else ""
    now = [
        Standing(
            says=part, by=asked_by(game, session.items, part, game.present(decision["stage"])) or decision["by"],
            year=session.spec.start.year, was=came.get(part, ""),
            terms=of_questions(game, part, decision["terms"]),
            instead=instead_of(game, session.items, part, session.decisions),
            asked_of=said_asked(game, session.items, part),
        )
        for decision in session.decisions
        if decision["carried"]
        for part in hangs_on(decision["condition"])
        if lasts(part, game.spec.lang)
    ]  # fmt: skip
    before = [
        each.model_copy(update={"was": came.get(each.says, "")})
        for each in standing_on(game, session.items, session.decisions)
    ]
    return (*now, *(each for each in before if each.was != "moot" or on_occasion(each.says, game.spec.lang)))


def _unchanged(item: Item) -> Claim:
    """Return the outcome of an entry that was kept or moot, not denied and not struck by an event; else empty."""
    account = item.account
    doubted = account is None or account.denied or account.harmed
    return "" if doubted or item.state in ("broken", "part") else came_to(item)


def told_visitors(session: Session) -> tuple[str, ...]:
    """Return what visitors were told when they asked; where nobody words it, one hidden thing for each answer."""
    game = session.game
    host, guest = game.scenario.tour.host, session.spec.start.host
    lines = session.shown.in_stages([stage for stage in game.able("tours") if stage in game.stage_names])
    answers = [line for line in lines if line["seat"] == host and has(line["act"], "answers")]
    if session.spec.style == "rules":
        return guest.hidden[: len(answers)] if guest else ()
    return tuple(gist(line["says"], LONGEST_SAID[game.spec.lang]) for line in answers)


def _came(session: Session) -> tuple[str, ...]:
    case = session.game.scenario
    names = {body.id for body in case.bodies} | {each.id for each in case.years if not (each.settled or each.to)}
    return tuple(each["text"] for each in session.state["desk"]["news"] if each["id"].rpartition(":")[2] in names)


def _unheard(session: Session) -> tuple[str, ...]:
    """Return the residents in the room who had heard nobody propose any of what was decided in the year (LA)."""
    game = session.game
    carried = [decision for decision in session.decisions if decision["carried"] and decision["terms"]]
    if not carried:
        return ()
    decided = [term for decision in carried for term in decision["terms"].items()]
    moved = {decision["motion"] for decision in carried if decision["by"] != BODY}  # the chair's own words decide
    put = proposals_of(session.items)  # by whatever act: an objection with a counter-offer is one too
    heard = {
        seat
        for line in session.lines
        if line["id"] not in moved and (line["id"] in put or has(line["act"], "commits"))
        for terms in [put[line["id"]].terms if line["id"] in put else line["terms"]]
        if any(terms.get(key) == option for key, option in decided)
        for seat in line["visible_to"]
    }
    room = {seat for decision in carried for seat in game.present(decision["stage"])}
    return tuple(game.name(seat) for seat in game.positions if seat in (game.residents & room) - heard)


def _substance(session: Session, due: Sequence[Item]) -> float | None:
    if not session.game.reviewed:
        return None
    reached: dict[str, float] = {}
    for key, worth in ((key, in_substance(item)) for item in due if item.kind == "term" for key in item.terms):
        reached[key] = max(worth, reached.get(key, 0.0))
    return share(sum(reached.values()), len(session.game.scenario.decisions))


def _broken(session: Session, item: Item) -> str:
    game = session.game
    if item.kind == "promise":
        says = matter(game, item, WHOLE)
        return game.words("campaign.trouble_broken", name=game.name(item.owner), matter=says)
    return game.words("campaign.trouble_lapsed", name=answering_for(game, item), matter=matter(game, item))


def _hidden(
    session: Session, closed: Sequence[Item], owed: Sequence[str], shown: Sequence[str], promises: Sequence[Item]
) -> tuple[str, ...]:
    """Return what a host does not show: shown things that were not kept, other failures, and other troubles.

    Shown things that were kept are included too, since a board does not say which of its lines still hold.
    """
    words = session.game.words
    of_shown = [
        (item, says)
        for item in closed
        if item.kind == "term"
        for says in settled(session.game, item.terms)
        if says in shown
    ]
    lapsed = [_broken(session, item) for item, _ in of_shown if item.state == "broken"]
    kept = [says for item, says in of_shown if item.state == "kept" and not (item.account and item.account.lost)]
    stood = [words("campaign.stood", matters=words("semi").join(kept))] if kept else []
    first = dict.fromkeys((*lapsed, *owed[:2], *stood))
    return (*first, *_troubles(session, promises))[: max(_HIDDEN, len(first))]


def _shown(session: Session, decisions: Sequence[str], plan: Plan | None) -> tuple[str, ...]:
    """Return what visitors are shown: what was settled, and what the plan says if somebody worded it."""
    words = session.game.words
    written: dict[Section, str] = {}
    if plan and session.spec.style != "rules":
        written = {name: plan.sections[name] for name in plan.lines}
    parts = [
        words("campaign.shown_plan", section=words.of("section", name), says=gist(text, _LONGEST))
        for name, text in written.items()
    ]
    return (*decisions[:3], *parts, *decisions[3:])[:_SHOWN]


def _troubles(session: Session, promises: Sequence[Item]) -> list[str]:
    """Return in words a promise beyond its speaker's authority, and the last doubt said aloud that was not answered."""
    game, words = session.game, session.game.words
    said = [
        words("campaign.trouble_void", name=game.name(item.owner), matter=matter(game, item, WHOLE))
        for item in promises
        if item.state == "beyond_remit"
    ][:1]
    waiting = [
        pair
        for stage in game.stage_names
        for pair in never_answered(game, session.in_stages([stage]), game.present(stage), session.lines)
        if {*game.present(stage)} <= {*pair[0]["visible_to"]}
    ]
    for line, seat in waiting[-1:]:
        key = "trouble_unanswered" if is_stock(game, line["says"]) else "trouble_doubt"
        named = {"name": game.name(line["seat"]), "to": game.name(seat), "says": questions_in(line["says"], _LONGEST)}
        said.append(words(f"campaign.{key}", **named))
    return said
