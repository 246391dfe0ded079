"""The sections of a session's report on the ledger's entries, what came of them in a year, and the rules in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.content.words import Words
from sandbox.game.language.stock import quotable
from sandbox.game.ledger.entries import Account, Item
from sandbox.game.ledger.matters import WHOLE, matter
from sandbox.game.minutes.settled import not_granted, told_voices
from sandbox.game.review.due import names_nobody, on_behalf
from sandbox.game.review.verdict import in_substance
from sandbox.game.rules import allowed_acts
from sandbox.game.session import Session
from sandbox.record.events import NewsArrived
from sandbox.record.line import ALL, DecisionTaken
from sandbox.report.document.blocks import Block, Heading, Section, Span, Spans, Table
from sandbox.report.document.compose import (
    Inline,
    below,
    bullets,
    fact_list,
    filled,
    joined,
    note,
    paragraph,
    soft,
    strong,
    table,
)
from sandbox.report.entries import (
    beside_lost,
    came_to,
    entry_course,
    entry_kind,
    entry_state,
    in_own_words,
    objectors_told,
    promised_if,
    said_again,
    supporters_told,
)
from sandbox.report.figures import decimal, percent
from sandbox.report.money_words import unpaid_text
from sandbox.report.pages.parts import tag
from sandbox.report.reading import Reading
from sandbox.report.rule_words import inferred_text, marked, party_text
from sandbox.report.voting_words import procedure_text, scope_text
from sandbox.scoring.assessment import Assessment
from sandbox.scoring.reviewed import (
    UNSETTLED,
    fallen_due,
    kept_after_a_year,
    kept_in_substance,
    kept_on_paper,
    matters_due,
)

_DECIDED = ("carried", "rejected")
_OWING = ("due", "lapsed", "contained", "contained_if", "contained_part", "contained_without")


def ledger_section(reading: Reading) -> Section:
    """Return proposals, promises, tasks and decisions with their state, supporters and objectors."""
    label, items = reading.label, reading.session.items
    if not items:
        return Section("ledger", label("ledger"), (note(label("ledger.empty")),))
    head = tuple(label(f"ledger.{key}") for key in ("entry", "says", "state", "supporters", "objectors"))
    rows = tuple(_entry(reading, item) for item in items)
    entries = table(label("ledger"), head, rows, widths=(16, 39, 13, 16, 16), titled=False)
    return Section("ledger", label("ledger"), (entries,))


def _entry(reading: Reading, item: Item) -> tuple[Inline, ...]:
    label, kind = reading.label, entry_kind(reading, item)
    says = "" if item.kind == "decision" else quotable(reading.spoken, item.says)
    whose = reading.mover(item)
    if item.kind == "term" and item.account:  # which the body decided, whoever moved it
        whose = _answers(reading, item, item.account)
    entry = below(kind, whose)
    entry = (*entry, Span(" "), Span(item.line, item.line)) if says else (Span(kind, item.line), *entry[1:])
    rows: list[Spans] = [(Span(says, style="quote"),)] if says else []
    # A motion that was put to the vote is told in full, not by how it differs from the line that it answers.
    state, came_out = entry_state(reading, item)
    put = state in _DECIDED
    own, base = (item.terms, "") if put else reading.own_terms(item.line, item.promised)
    rows += [(Span(question + " "), strong(option)) for question, option in reading.terms(own)]
    if base and (own or base not in reading.condition(item)):
        rows.append((soft(label("ledger.otherwise", line=base)),))
    rows += [(soft(label(f"ledger.{key}") + label("colon") + text),) for key, text in _about(reading, item, put=put)]
    if hangs := promised_if(reading, item):
        rows.append((soft(hangs),))
    if task := reading.game.scenario.task_by_id.get(item.task):
        text = task.text.get(reading.game.spec.lang)
        text += label.paren(label("ledger.duplicate")) if item.duplicate else ""
        rows.append((soft(label("kind.task") + label("colon") + text),))
    stood = label.join(supporters_told(reading, item)), label.join(objectors_told(reading, item))
    return (entry, joined(rows), (tag(came_out, state),), *(names or label("none") for names in stood))


def owing(reading: Reading) -> Iterator[Block]:
    """Yield what is still due at the end of a finished session: promises, and tasks that are open or disputed.

    A promise beside a motion that was not carried is told with that fact. After a review has told what became of
    promises, nothing is yielded.
    """
    label, rows = reading.label, list[Spans]()
    if not reading.session.finished or fallen_due(reading.session):
        return
    for item in reading.session.items:
        state, came_out = entry_state(reading, item)
        line = (Span(" "), Span(item.line, item.line))
        if item.kind == "promise" and state in _OWING and not said_again(reading, item):
            says = quotable(reading.spoken, item.says) if in_own_words(reading, item) or not item.terms else ""
            says = says or reading.terms_text(item.terms)
            hangs = promised_if(reading, item)
            rows.append(
                (
                    strong(reading.mover(item)),
                    Span(label("colon") + says),
                    *line,
                    soft(label.paren(hangs) if hangs else ""),
                )
            )
        elif item.kind == "task" and state in ("open", "disputed") and item.task:
            task = reading.game.scenario.task_by_id[item.task].text.get(reading.game.spec.lang)
            says = label("colon") + label("kind.task") + label("colon") + task
            rows.append((strong(reading.name(item.deliverer)), Span(says), *line, soft(label.paren(came_out))))
    if rows:
        yield Heading(label("ledger.owing"), level=3)
        yield bullets(rows)


def _about(reading: Reading, item: Item, *, put: bool) -> list[tuple[str, str]]:
    label, known = reading.label, reading.game.scenario.departments
    departments = [known[each].get(reading.game.spec.lang) for each in item.departments if each in known]
    rows = [
        ("condition", "" if item.kind == "term" else item.condition if put else reading.condition(item)),
        ("authority", reading.names(item.authority) if item.kind in ("proposal", "promise") else ""),
        ("deliverer", reading.name(item.deliverer) if item.kind == "task" else ""),
        ("departments", label.join(departments)),
        ("history", entry_course(reading, item) if len(item.history) > 1 else ""),
    ]
    return [(key, text) for key, text in rows if text]


def rules_section(reading: Reading) -> Section:
    """Return the rules in use; and for each position its holders, its acts and the stages in which it takes part."""
    label, game, lang = reading.label, reading.game, reading.game.spec.lang
    rules = game.governance.rules

    def holders(positions: Sequence[str]) -> str:
        return label.join([rules.position[position].name.get(lang) for position in positions]) or label("none")

    said = (
        ("aggregation", label("rules.decides"), procedure_text(game)),
        ("scope", label("rules.scope"), scope_text(game)),
        ("floor", label("rules.floor"), label(f"floor.{rules.floor}")),
        ("information", label("rules.minutes"), label(f"minutes.{rules.information.minutes}")),
        (
            "payoff",
            label("rules.budgets"),
            label("semi").join(budget.get(lang) for budget in rules.payoff.budgets.values()),
        ),
        *([("payoff", label("rules.unpaid"), unpaid)] if (unpaid := unpaid_text(game)) else []),
        ("payoff", label("rules.payer"), rules.payoff.budgets[rules.payoff.default].get(lang)),
        ("information", label("rules.platform"), holders(rules.information.platform)),
        ("scope", label("rules.plans"), holders(rules.scope.plans)),
        ("scope", label("rules.tasks"), label(f"tasks.{rules.scope.tasks}")),
        ("information", label("rules.documents"), label(f"documents.{rules.information.documents}")),
        ("information", label("rules.lines"), label(f"heard.{rules.information.lines}")),
        ("information", label("rules.asides"), label("asides.allowed" if rules.information.asides else "asides.none")),
        ("payoff", label("rules.assessed"), rules.payoff.assessed_by.get(lang)),
    )
    rows = [(name, marked(label, game.governance, text, rule)) for rule, name, text in said]
    stands = party_text(label, game.governance)
    told = label("rules.party") + label("colon") + stands if stands else ""
    # so that a reader can play it again
    asked = label("rules.as_options", changes=" ".join(f"--set {change}" for change in game.spec.changes))
    summary = game.governance.summary.get(lang)
    of_card = label("rules.of_card", summary=summary) if game.spec.changes else summary
    blocks = filled(
        note(of_card), note(told), fact_list(rows, "grid"), _positions(reading),
        note(label("inferred.note") if inferred_text(label, game.governance, game.library) else ""),
        note(asked if game.spec.changes else ""),
    )  # fmt: skip
    return Section("rules", label("rules") + label("colon") + game.governance.name.get(lang), blocks)


def _positions(reading: Reading) -> Table:
    label, game, lang = reading.label, reading.game, reading.game.spec.lang
    rows = []
    for position, card in game.governance.rules.position.items():
        seats = [seat for seat in game.seated if game.positions[seat] == position]
        stages = [stage.name.get(lang) for stage in game.stages if set(seats) & set(game.present(stage.id))]
        if not seats:
            continue
        acts = label.join([label.of("may", act) for act in allowed_acts(game.governance, position)])
        acts = marked(label, game.governance, acts, f"choice.{position}")
        bounds = [f"boundary.{stage.id}" for stage in game.stages if stage.id in game.governance.rules.boundary]
        where = label("all_stages") if len(stages) == len(game.stages) else label.join(stages) or label("none")
        named = {seat: label.paren(label("rules.named")) for seat in card.personas}
        names = label.join([reading.name(seat) + named.get(seat, "") for seat in seats])
        holders = marked(label, game.governance, names, f"position.{position}")
        rows.append((card.name.get(lang), holders, acts, marked(label, game.governance, where, *bounds)))
    head = (label("position"), *(label(f"rules.{key}") for key in ("holders", "acts", "stages")))
    return table(label("rules.positions"), head, rows)


def review_sentence(session: Session, label: Words) -> str:
    """Return how much of what fell due was kept, on paper and in substance; empty if nothing fell due."""
    due = matters_due(session)
    if not due:
        return ""
    counts = {state: sum(item.state == state for item in due) for state in ("part", *UNSETTLED)}
    left = label("gap").join(label(f"review.came_{name}", count=count) for name, count in counts.items() if count)
    settled = sum(item.state not in UNSETTLED for item in due)
    if not settled:
        return left
    shares = {"kept": kept_after_a_year(session), "paper": kept_on_paper(session), "there": kept_in_substance(session)}
    texts = {name: percent(share or 0.0) for name, share in shares.items()}
    base = "review.came" if settled == len(due) else "review.came.of"
    came = label(base, due=len(due), settled=settled, **texts)
    return label("gap").join(filter(None, (came, left)))


def year_after(reading: Reading, taken: DecisionTaken) -> str:
    """Return what a review found of each option that a decision settled; empty if none fell due."""
    label, settled = reading.label, taken["terms"].items()
    found = [
        f"{option}{label.paren(came_to(reading, item))}"
        for item in fallen_due(reading.session) if item.kind == "term" and item.terms.items() <= settled
        for _, option in reading.terms(item.terms)
    ]  # fmt: skip
    return label("decision.year_after", found=label("semi").join(found)) if found else ""


def review_section(reading: Reading, assessments: Sequence[Assessment]) -> Section | None:
    """Return what fell due and what came of it; None if nothing fell due or the review is not over.

    ``assessments`` are both assessments, H first, as the reader may see them.
    """
    label, session = reading.label, reading.session
    due = fallen_due(session)
    if not due:
        return None
    above, beside = (assessment.total for assessment in assessments)
    known = above is not None and beside is not None
    sides = label("review.sides", above=decimal(above), beside=decimal(beside)) if known else ""
    head = (label(f"review.head.{name}") for name in ("matter", "between", "reported", "came_to"))
    rows = (_row(reading, item, item.account) for item in matters_due(session) if item.account)
    matters = table(label("review.table"), head, rows, widths=(28, 34, 22, 16), titled=False)
    rules = {"weighed": True, "by_half": session.game.weighs_review, "hears_all": session.game.hears_all}
    weighed = label("gap").join(label(f"review.{rule}") for rule, holds in rules.items() if holds)
    said = (paragraph(text) for text in (review_sentence(session, label), sides, weighed))
    arrived = {event.payload["id"].rpartition(":")[2] for event in reading.events if isinstance(event, NewsArrived)}
    odds = [
        note(label("review.body.odds", meets=percent(body.meets), agrees=percent(body.agrees)))
        for body in reading.game.scenario.bodies
        if body.id in arrived
    ]
    blocks = filled(note(review_world(reading)), *odds, *said, matters)
    return Section("review", label("review.title"), blocks)


def review_world(reading: Reading) -> str:
    """Return where what came in between is from: drawn by rule, told by those who spoke freely, or both."""
    drawn = any(isinstance(event, NewsArrived) and event.payload.get("strikes") for event in reading.events)
    told = reading.game.style == "free"
    return reading.label("review.world" if not told else "review.world.both" if drawn else "review.world.told")


def _row(reading: Reading, item: Item, account: Account) -> tuple[Inline, ...]:
    label = reading.label
    for_whom, lost = reading.names(sorted(account.concerned)), beside_lost(reading, item)
    paying = reading.names(sorted(account.paying))
    answers = (
        _answers(reading, item, account),
        label("review.beside_lost", line=lost.line) if lost else "",
        for_whom and label("review.for_all" if ALL in item.promised_to else "review.for_whom", names=for_whom),
        paying and label("review.paying", names=paying),
    )
    same = [other for other in fallen_due(reading.session) if other.account and other.account.within == item.line]
    beside = [label("review.beside", line=each.line, matter=matter(reading.spoken, each, WHOLE)) for each in same]
    what = below(matter(reading.spoken, item, WHOLE), *(beside if account.by_half else ()), *filter(None, answers))
    between, by_chance = list[Spans](), label("review.by_chance")
    for event in (event for event in reading.events if isinstance(event, NewsArrived)):
        if item.line in event.payload.get("strikes", ()):
            why = event.payload.get("reason", "")
            reason = label.paren(why).strip() if why == by_chance else label("review.because", reason=why)
            between.append((Span(event.payload["text"]), soft(label("gap") + reason)))
    if reading.game.style == "free" and (told := _told_of(reading, item, account)):
        lines = joined(((Span(line, line),) for line in told), Span(" "))
        between.append((soft(label("review.told_in") + label("gap")), *lines))
    reported: Spans = (Span(label("review.unreported")),)
    if account.report:
        names = [label(f"review.{how}", names=reading.names(sorted(who))) for how, who in account.stood.items()]
        names += [voices] if (voices := told_voices(reading.game, account)) else []
        claim = label(f"review.claim.{account.claim}") + " "
        reported = below((Span(claim), Span(account.report, account.report)), *names)
    only: list[str] = [why] if item.state == "moot" and (why := not_granted(reading.game, account)) else []
    if item.state == "kept" and not in_substance(item):
        only.append(label("review.only_paper"))
    elif account.claim and not account.counts:
        only.append(label("review.only_word"))
    if _unasked(reading.session, account):
        only.append(label("review.unasked"))
    came = below((tag(came_to(reading, item), item.state),), *only)
    return what, joined(between) or label("review.nothing_between"), reported, came


def _answers(reading: Reading, item: Item, account: Account) -> str:
    """Return who answers for what fell due, and on whose behalf; or who tells of it, where nobody was named."""
    label, whose, name = reading.label, on_behalf(reading.spoken, item), reading.names(account.doers)
    if names_nobody(reading.spoken, item):
        return label("review.answers_nobody", name=name)
    key = "heard" if account.heard else "for"
    return label(f"review.answers_{key}", name=name, whose=whose) if whose else label("review.answers", name=name)


def _told_of(reading: Reading, item: Item, account: Account) -> list[str]:
    """Return the lines that told what became of an entry: its report, and those of others that speak of it."""
    reviews, names = reading.game.able("reviews"), {item.line, account.report}
    return [
        line["id"]
        for line in reading.lines
        if account.report and line["stage"] in reviews
        if line["id"] == account.report or names & {line["about"], *line.get("also", {})}
        if line["id"] == account.report or line["seat"] in account.said
    ]


def _unasked(session: Session, account: Account) -> bool:
    """Return whether a report claimed something done, and none of the seats that it was for had a line after it."""
    if not account.concerned or account.heard or account.claim in ("", "broken"):
        return False
    reports = [place for place, line in enumerate(session.lines) if line["id"] == account.report]
    after = session.lines[reports[-1] + 1 :] if reports else ()
    return account.concerned.isdisjoint(line["seat"] for line in after)
