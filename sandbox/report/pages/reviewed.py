"""What a year brought, in a session's report: each matter that fell due, what struck it, and what it came to."""

from __future__ import annotations

from sandbox.game.due import WHOLE, in_substance, matter
from sandbox.game.entries import Account, Item
from sandbox.game.session import Session
from sandbox.record.events import NewsArrived
from sandbox.report.document.blocks import BREAK, Block, Paragraph, Section, Span, Spans, Table, plain
from sandbox.report.pages.parts import percent, tag
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import assess
from sandbox.scoring.reviewed import fallen_due, kept_after_a_year, kept_in_substance, kept_on_paper, unreported

__all__ = ["review_section", "review_sentence"]


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
    blocks: list[Block] = [
        Paragraph(plain(label("review.world")), soft=True),
        Paragraph(plain(review_sentence(session))),
    ]
    if above is not None and beside is not None:
        blocks.append(Paragraph(plain(label("review.sides", above=f"{above:.2f}", beside=f"{beside:.2f}"))))
    head = tuple(label(f"review.head.{name}") for name in ("matter", "between", "reported", "came_to"))
    rows = tuple(_row(reading, item, item.account) for item in due if item.account)
    blocks.append(Table(label("review.table"), head, rows, widths=(28, 34, 22, 16), titled=False))
    return Section("review", label("review.title"), tuple(blocks))


def _row(reading: Reading, item: Item, account: Account) -> tuple[Spans, ...]:
    label = reading.label
    owner = label("review.answers", name=reading.name(account.owner))
    what: Spans = (Span(matter(reading.game, item, WHOLE)), BREAK, Span(owner, style="soft"))
    between: list[Span] = []
    for event in (event for event in reading.events if isinstance(event, NewsArrived)):
        said = event.payload
        if item.line in said.get("strikes", ()):
            between += [BREAK] if between else []
            chance, why = label("review.by_chance"), said.get("reason", "")
            reason = label.paren(why).strip() if why == chance else label("review.because", reason=why)
            between += [Span(said["text"]), Span(label("gap") + reason, style="soft")]
    reported: list[Span] = [Span(label("review.unreported"))]
    if account.report:
        reported = [Span(label(f"review.claim.{account.claim}") + " "), Span(account.report, account.report)]
        for name, seats in (("confirmed", account.confirmed), ("denied", account.denied)):
            if seats:
                names = label(f"review.{name}", names=reading.names(sorted(seats)))
                reported += [BREAK, Span(names, style="soft")]
    came: list[Span] = [tag(label.of("state", item.state), item.state)]
    if item.state == "kept" and not in_substance(item):
        came += [BREAK, Span(label("review.only_paper"), style="soft")]
    return what, tuple(between) or plain(label("review.nothing_between")), tuple(reported), tuple(came)
