"""Reports in a review: what a seat may report on, what a line reports, confirms or denies, and who knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import Act
from sandbox.content.language import patterns
from sandbox.game.game import Game
from sandbox.game.language.wording import content_words, sentences, takes_up
from sandbox.game.ledger.entries import Account, Claim, Item, Ledger
from sandbox.game.ledger.matters import brief_matter
from sandbox.game.review.due import answering, same, within
from sandbox.record.line import ALL, Line, Outcome

Matter = Literal[
    "matter", "own.kept", "own.broken", "own.part", "own.moot", "also.kept", "also.broken", "also.part", "also.moot",
    "withdraws", "refuses",
]  # fmt: skip
CLAIMS: tuple[tuple[Trait, Outcome], ...] = (
    ("reports_kept", "kept"),
    ("reports_broken", "broken"),
    ("reports_part", "part"),
    ("reports_moot", "moot"),
)
"""What a report says by its act of the entry that it is about."""
# What a sentence has that says that something was not so.
_NO = patterns(
    en=r"\b(?:no|not|never|nobody|nothing|none|neither|nor|without)\b|n['’]t\b",
    zh=r"[没未不]",
)


def matters_told(game: Game, items: Ledger, line: Line) -> dict[Matter, str]:
    """Return, in few words, the matters that a line of a review speaks of, as far as all its hearers know of them.

    ``matter`` is its main one, or ``own`` where the line gives it an outcome beside its act; others stand by the
    outcome that the line gives them (kept, not kept, in part, moot). In other stages it is the promise that a line
    takes back (``withdraws``) or the condition that it refuses (``refuses``).
    """

    def known(meant: Iterable[Item]) -> str:
        heard = (item for item in meant if set(line["visible_to"]) <= {*item.visible_to, item.owner})
        return game.words("semi").join(brief_matter(game, item) for item in heard)

    if line["stage"] not in game.able("reviews"):
        back = line.get("withdraws")
        texts: dict[Matter, str] = {
            "withdraws": known(item for item in items if back and item.line == back and item.kind == "promise"),
            "refuses": line.get("refuses", ""),
        }
        return {name: text for name, text in texts.items() if text}

    def told(entries: Iterable[str]) -> str:
        return known(filter(None, (reported_of(items, entry) for entry in entries if entry)))

    main = reported_of(items, line["about"]) if line["about"] else None
    also = {**line.get("also", {})}
    came: Claim = also.pop(main.line, "") if main else ""
    own: dict[Claim, Matter] = {
        "": "matter", "kept": "own.kept", "broken": "own.broken", "part": "own.part", "moot": "own.moot",
    }  # fmt: skip
    beside: dict[Matter, Outcome] = {
        "also.kept": "kept", "also.broken": "broken", "also.part": "part", "also.moot": "moot",
    }  # fmt: skip
    texts = {name: told(entry for entry, outcome in also.items() if outcome == word) for name, word in beside.items()}
    texts = {own[came]: told([line["about"]]), **texts}
    return {name: text for name, text in texts.items() if text}


def reportable(items: Ledger, seat: str, act: Act) -> list[str]:
    """Return the ids of the entries a seat may speak of in a review: those it answers for, or those others reported on.

    An owner may also report separately on an entry that is one matter with another.
    """
    if has(act, "reports"):
        return [item.line for head in answering(items, seat) for item in (head, *within(items, head, seat))]
    accounts = [(item, item.account) for item in items if item.account and seat in (*item.visible_to, item.owner)]
    return [item.line for item, account in accounts if account.report and account.reporter != seat]


def last_report(items: Ledger, lines: Sequence[Line]) -> list[Item]:
    """Return the entries covered by the latest report of some lines, one for each matter, the main one first."""
    report = next((line for line in reversed(lines) if has(line["act"], "reports")), None)
    if report is None:
        return []
    on = [item for item in items if item.account and item.account.report == report["id"] and not item.account.within]
    return sorted(on, key=lambda item: item.line != report["about"])


def reports_on(line: Line, matter: str) -> Line:
    """Return a line that reports as it reports on one entry, if its act tells the outcome of another."""
    outcome = line.get("also", {}).get(matter)
    if outcome is None or not has(line["act"], "reports"):
        return line
    said = line.copy()
    said["act"], said["about"] = next(acts_with(trait)[0] for trait, told in CLAIMS if told == outcome), matter
    return said


def reported_of(items: Ledger, line: str) -> Item | None:
    """Return the entry that a line reported on, or that has this id; None if there is none."""
    return next((item for item in items if item.account and line in (item.account.report, item.line)), None)


def reported(items: Ledger, line: Line) -> Ledger:
    """Return the ledger after a line of a review that reports, or confirms or denies a report.

    A report counts for each entry that it names, for every promise of its owner on the same terms, and for terms of
    decisions that its owner answers for: what was promised and then decided is one matter, unless the report names
    both.

    Supporting a report, or giving way, confirms it; objecting or refusing denies it. That applies to the entry that the
    line is about, or else to those entries of the latest report (of the addressee, or of anybody if the line is to
    everyone) that concern the speaker. What it says of matters beside counts as said, and for nothing else; but whoever
    objects to a report does not confirm it by saying beside what the report says.
    """
    also = line.get("also", {})
    if has(line["act"], "reports"):
        claim = next(outcome for trait, outcome in CLAIMS if has(line["act"], trait))
        return _reported(items, {line["about"]: claim, **also}, line)
    against = has(line["act"], "opposes")
    meant = _meant(items, line) if against or has(line["act"], "supports") else []
    for item in meant:
        items = _stood(items, item, line["seat"], against=against)
    for about, outcome in also.items():
        named = reported_of(items, about)
        denies = against and named is not None and any(item.line == named.line for item in meant)
        if named is not None and not (denies and named.account and named.account.claim == outcome):
            items = _said(items, named, line["seat"], outcome)
    return items


def heard_in_review(game: Game, items: Ledger, line: Line) -> Ledger:
    """Return the ledger after a line of a review: what it reports, confirms or denies, and what its words deny besides.

    Objecting or refusing also denies a matter that concerns the speaker and was not reported as broken, even if the
    line is about another, if one of its sentences takes that matter up and says no; of several, the one that shares
    most words.
    """
    after = reported(items, line)
    if not has(line["act"], "opposes"):
        return after
    no, lang = _NO[game.spec.lang], game.spec.lang
    denying = [part for part in sentences(line["says"]) if no.search(part)]
    meant = {item.line for item in _meant(items, line)} | {line["about"], *line.get("also", {})}
    theirs = [
        (item, item.account)
        for item in items
        if item.account and line["seat"] in item.account.heeded and item.account.claim not in ("", "broken")
    ]
    for part in denying:
        said = content_words(part, lang)
        shared = {
            item.line: max(len(said & content_words(text, lang)) for text in texts)
            for item, _ in theirs
            if (texts := [text for text in _matters(game, item) if takes_up(part, text, lang)])
        }
        for item, account in theirs:
            most = shared.get(item.line) == max(shared.values(), default=0)
            if most and meant.isdisjoint((item.line, account.within)):
                after = _said(after, item, line["seat"], "broken")
    return after


def _matters(game: Game, item: Item) -> list[str]:
    """Return the words of an entry: each of its options, or else what was promised or asked for."""
    return [option for _, option in game.in_words(item.terms)] or [item.says]


def in_its_words(game: Game, item: Item) -> str:
    """Return the words of an entry: each of its options with its question, or else what was promised or asked for."""
    return " ".join(text for pair in game.in_words(item.terms) for text in pair) or item.says


def _reported(items: Ledger, claims: Mapping[str, Outcome], line: Line) -> Ledger:
    """Return the ledger after a report on the outcome of some entries, and of all that is one matter with them.

    An entry that is due, or was reported on, only as part of another matter may have a report of its own if its outcome
    differs; that report counts for it alone.
    """
    known = [(reported_of(items, about), claim) for about, claim in claims.items()]
    named = [
        (item, claim)
        for item, claim in known
        if item and item.account
        if claims.get(item.account.within) != claim and (item.account.within or not item.account.report)
    ]
    lines = {item.line for item, _ in named}
    for matter, claim in named:
        apart = matter.account is not None and bool(matter.account.within)
        alike = {item.line for item in items if not apart and item.line not in lines and same(item, matter)}
        items = tuple(
            replace(
                item,
                account=replace(
                    item.account,
                    report=line["id"],
                    by=line["seat"] if line["seat"] in item.account.joined else "",
                    claim=claim,
                    within="" if item.line == matter.line else matter.line,
                ),
            )
            if item.account and (item.line == matter.line or item.line in alike)
            else item
            for item in items
        )
    return items


def _meant(items: Ledger, line: Line) -> list[Item]:
    """Return the entries that a line confirms or denies; none if it is about something the ledger does not know."""
    meant = reported_of(items, line["about"]) if line["about"] else None
    if line["about"] and (meant is None or meant.line == line["about"]):
        return [meant] if meant else []
    heard = [item for item in items if item.account and item.account.report and not item.account.closed]
    if meant is None:
        heard = [item for item in heard if item.account and line["to"] in (ALL, item.account.reporter)]
        meant = max(heard, key=_reported_at, default=None)
    report = meant.account.report if meant and meant.account else ""
    on = [(item, item.account) for item in heard if report and item.account and item.account.report == report]
    return [item for item, account in on if line["seat"] in account.heeded] or [item for item, _ in on[:1]]


def _stood(items: Ledger, meant: Item, seat: str, *, against: bool) -> Ledger:
    """Return the ledger after a seat has confirmed the report on an entry, or stood against it."""
    came = word_on(meant, against=against)
    return _said(items, meant, seat, came) if came else items


def word_on(item: Item, *, against: bool) -> Claim:
    """Return the outcome implied by confirming the report on an entry, or by standing ``against`` it; or empty."""
    claim = item.account.claim if item.account else ""
    denies: Claim = "kept" if claim == "broken" else "broken"
    return denies if against and claim else claim


def _said(items: Ledger, meant: Item, seat: str, outcome: Outcome) -> Ledger:
    """Return the ledger after a seat has given the outcome of an entry and of all that is one matter with it."""
    report = meant.account.report if meant.account else ""
    if not report or meant.account is None or meant.account.reporter == seat:
        return items
    head = meant.account.within or meant.line
    return _changed(
        items,
        lambda item: bool(item.account and item.account.report == report and head in (item.line, item.account.within)),
        lambda account: replace(account, said={**account.said, seat: outcome}),
    )


def _reported_at(item: Item) -> int:
    """Return the number of the line that reported on an entry; compared as texts, L1000 would come before L999."""
    return int(item.account.report[1:]) if item.account and item.account.report else 0


def _changed(items: Ledger, meant: Callable[[Item], bool], change: Callable[[Account], Account]) -> Ledger:
    return tuple(
        replace(item, account=change(item.account)) if item.account and meant(item) else item for item in items
    )


def as_reviewed(game: Game, items: Ledger, whole: Ledger, lines: Sequence[Line], seat: str) -> Ledger:
    """Return the ledger of a seat with what it knows of a review, where what falls due is visible to all.

    Args:
        game: the game.
        items: what it knew before the review.
        whole: the whole ledger.
        lines: the lines of the review that it heard.
        seat: the seat.
    """
    due = {(item.line, item.kind): item for item in whole if item.account}  # a line may propose and promise beside
    had = {(item.line, item.kind) for item in items}
    new = [
        item
        for key, item in due.items()
        if item.kind == "term" or (item.account and item.account.hears_all and key not in had)
        if seat in item.visible_to
    ]
    known = tuple(unreported(due.get((item.line, item.kind), item)) for item in (*items, *new))
    for line in lines:
        known = heard_in_review(game, known, line)
    return tuple(_as_closed(item, due.get((item.line, item.kind), item)) for item in known)


def _as_closed(item: Item, whole: Item) -> Item:
    """Return an entry with the review's verdict once the review is over, since the minutes tell everybody."""
    if item.account is None or whole.account is None or not whole.account.closed:
        return item
    return replace(item, state=whole.state, history=whole.history, account=replace(item.account, closed=True))


def unreported(item: Item) -> Item:
    """Return an entry as it falls due, before anybody has spoken of it."""
    if item.account is None:
        return item
    return item.altered(account=replace(item.account, report="", by="", claim="", closed=False, said={}))
