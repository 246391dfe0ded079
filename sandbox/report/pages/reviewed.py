"""What a year brought, in a session's report: each matter that fell due, what struck it, and what it came to."""

from __future__ import annotations

from sandbox.game.due import WHOLE, matter
from sandbox.game.entries import Account, Item
from sandbox.game.session import Session
from sandbox.game.verdict import in_substance
from sandbox.record.events import NewsArrived
from sandbox.report.document.blocks import Section, Span, Spans
from sandbox.report.document.compose import Inline, below, filled, joined, note, paragraph, soft, table
from sandbox.report.figures import decimal, percent
from sandbox.report.pages.parts import tag
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import assess
from sandbox.scoring.reviewed import fallen_due, kept_after_a_year, kept_in_substance, kept_on_paper, unreported


def review_sentence(session: Session) -> str:
    """Return how much of what fell due was kept, on paper and in substance; empty where nothing has fallen due."""
    due = fallen_due(session)
    if not due:
        return ""
    open_ones = unreported(session)
    left = session.game.words("review.came_unreported", count=open_ones) if open_ones else ""
    if open_ones == len(due):
        return left
    shares = {"kept": kept_after_a_year(session), "paper": kept_on_paper(session), "there": kept_in_substance(session)}
    texts = {name: percent(share or 0.0) for name, share in shares.items()}
    came = session.game.words("review.came", due=len(due), **texts)
    return session.game.words("gap").join(filter(None, (came, left)))


def review_section(reading: Reading) -> Section | None:
    """Return what fell due with what came of it; None where nothing has fallen due, or the review is not over."""
    label, session = reading.label, reading.session
    due = fallen_due(session)
    if not due:
        return None
    above, beside = (assessment.total for assessment in assess(session))
    known = above is not None and beside is not None
    sides = label("review.sides", above=decimal(above), beside=decimal(beside)) if known else ""
    head = (label(f"review.head.{name}") for name in ("matter", "between", "reported", "came_to"))
    rows = (_row(reading, item, item.account) for item in due if item.account)
    matters = table(label("review.table"), head, rows, widths=(28, 34, 22, 16), titled=False)
    said = (paragraph(text) for text in (review_sentence(session), sides, label("review.weighed")))
    blocks = filled(note(label("review.world")), *said, matters)
    return Section("review", label("review.title"), blocks)


def _row(reading: Reading, item: Item, account: Account) -> tuple[Inline, ...]:
    label = reading.label
    what = below(matter(reading.game, item, WHOLE), label("review.answers", name=reading.name(account.owner)))
    between, by_chance = [], label("review.by_chance")
    for event in (event for event in reading.events if isinstance(event, NewsArrived)):
        if item.line in event.payload.get("strikes", ()):
            why = event.payload.get("reason", "")
            reason = label.paren(why).strip() if why == by_chance else label("review.because", reason=why)
            between.append((Span(event.payload["text"]), soft(label("gap") + reason)))
    reported: Spans = (Span(label("review.unreported")),)
    if account.report:
        said = (("confirmed", account.confirmed), ("denied", account.denied))
        names = [label(f"review.{name}", names=reading.names(sorted(seats))) for name, seats in said if seats]
        claim = label(f"review.claim.{account.claim}") + " "
        reported = below((Span(claim), Span(account.report, account.report)), *names)
    only = []
    if item.state == "kept" and not in_substance(item):
        only = [label("review.only_paper")]
    elif account.claim and not account.confirmed | account.denied:
        only = [label("review.only_word")]
    came = below((tag(label.of("state", item.state), item.state),), *only)
    return what, joined(between) or label("review.nothing_between"), reported, came
