"""What a host can tell of its own place besides its papers: events of the year, votes against, reports."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.language.gist import gist
from sandbox.game.motions.counting import counted
from sandbox.game.review.reporting import in_its_words
from sandbox.game.session import Session
from sandbox.record.line import Line

# Most characters of all of it, its rank aside, and of what one seat said.
_MOST: dict[Lang, int] = {"en": 950, "zh": 420}
_SAID: dict[Lang, int] = {"en": 150, "zh": 60}


def inside(session: Session) -> tuple[str, ...]:
    """Return what a host tells visitors who ask, as far as the length allows.

    The order is: events and figures of the year; reports of what was not kept and contradictions of reports, the host's
    own first; votes against carried motions; other reports. The session is a finished one of the host's place.
    """
    left, told = _MOST[session.spec.lang], list[str]()
    failed, others = _reports(session)
    for text in (*_came(session), *failed, *_against(session), *others):
        if len(text) <= left:
            told.append(text)
            left -= len(text) + 1
    return tuple(told)


def _came(session: Session) -> list[str]:
    """Return the facts of the year that the chair has heard, those with figures of settled matters first.

    Facts that came to the whole room in any case are left out: they are told with the outcomes of the year.
    """
    facts = {fact.id: fact for fact in session.game.scenario.years if fact.settled or fact.to}
    heard = [
        (not facts[name].settled, each["text"])
        for each in session.state["desk"]["news"]
        if (name := each["id"].rpartition(":")[2]) in facts
        and session.game.chair in (each["to"] or [session.game.chair])
    ]
    return [text for _, text in sorted(heard, key=lambda pair: pair[0])]


def _against(session: Session) -> Iterator[str]:
    """Yield which seats voted against a carried motion or abstained, and what they said when they voted."""
    game, words = session.game, session.game.words
    for decision in session.decisions:
        votes = counted(game, decision)
        against = {**dict.fromkeys((seat for seat, vote in votes.votes.items() if not vote), "against"),
                   **dict.fromkeys(votes.abstained, "abstained")}  # fmt: skip
        for seat, how in against.items() if decision["carried"] else ():
            spoken = [
                line["says"]
                for line in session.lines
                if line["seat"] == seat and line["vote"] and line["about"] == decision["motion"]
            ]
            says = gist(spoken[-1], _SAID[game.spec.lang]) if spoken and game.spec.style != "rules" else ""
            yield words(
                f"campaign.inside.{how}_said" if says else f"campaign.inside.{how}", name=game.name(seat), says=says
            )


def _reports(session: Session) -> tuple[list[str], list[str]]:
    """Return reports of failures with contradictions of reports, and all other reports, each in its speaker's words.

    Only the part of a line that speaks of the matter is told.
    """
    game, told = session.game, dict[bool, list[str]]({True: [], False: []})
    if game.spec.style == "rules":
        return [], []
    lines = session.in_stages([stage for stage in game.able("reviews") if stage in game.stage_names])
    heard = [line for line in lines if game.chair in line["visible_to"]]
    lines = [line for line in heard if has(line["act"], "reports") or (has(line["act"], "opposes") and line["about"])]
    lines.sort(key=lambda line: line["seat"] != game.chair)
    about = {name: item for item in session.items if item.account for name in (item.line, item.account.report)}
    for line in lines:
        matter = in_its_words(game, about[line["about"]]) if line["about"] in about else ""
        key = "reported" if has(line["act"], "reports") else "said"
        own = line["seat"] == game.chair and has(line["act"], "reports")  # visitors ask a host why it came so
        says = gist(line["says"], (1 + own) * _SAID[game.spec.lang], matter)
        told[_against_it(line)].append(game.words(f"campaign.inside.{key}", name=game.name(line["seat"]), says=says))
    return told[True], told[False]


def _against_it(line: Line) -> bool:
    return has(line["act"], "reports_broken") or has(line["act"], "reports_part") or has(line["act"], "opposes")
