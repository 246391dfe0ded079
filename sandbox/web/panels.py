"""Parts of pages for reading: role card, ledger, papers, the guide before the session, documents of the report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nicegui import ui

from sandbox.content.stage_card import Stage
from sandbox.content.words import Words
from sandbox.game.checks.limits import few_lines
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.beyond import beyond_told
from sandbox.game.motions.franchise import franchise
from sandbox.game.session import Session
from sandbox.game.starting import aged, common_knowledge, since
from sandbox.game.view import SeatView, open_facts
from sandbox.report.document.blocks import Section
from sandbox.report.document.html import blocks_to_html, style_within
from sandbox.report.endings import minutes_told
from sandbox.report.entries import entry_kind, entry_state
from sandbox.report.reading import Reading
from sandbox.report.role_card import act_means, right_text, role_rows
from sandbox.report.voting_words import carries_text, procedure_text, scope_text
from sandbox.web.frame import box, bullets, div, heading, parts, soft
from sandbox.web.tables.clock import VOTE_SECONDS, card_seconds, turn_seconds
from sandbox.web.tables.database import Setup

_SECONDS_A_LINE = 60
_QUICK_TURN, _SLOW_TURN = 30, 120  # seconds that a person takes for a turn
_COLOURS = 8
_FOLDED = ("origin",)
_STYLE = style_within(".blocks", ".document", ".body--dark")
_LOOKS = Path(__file__).with_name("document.css").read_text(encoding="utf-8")


def reading_for(session: Session, words: Words) -> Reading:
    """Return a session for a page: in the page's language, with the names that the table uses."""
    return Reading(session, lang=words.lang, by_own_names=True)


def as_said(game: Game, says: str, words: Words) -> str:
    """Return the words of a line; a note in the page's language if they were taken off."""
    return words("mark.taken_off") if _is_note(game, says) else says


def quoted(game: Game, says: str, words: Words) -> str:
    """Return the same, with quotation marks unless it is the note."""
    return words("mark.taken_off") if _is_note(game, says) else f"“{says}”"


def _is_note(game: Game, says: str) -> bool:
    return says == game.library.words(game.spec.lang)("mark.taken_off")


def role_card(game: Game, words: Words, seat: str, view: SeatView | None = None, *, derived: bool = False) -> None:
    """Add the role card and the private briefing of a seat, with what it sees once the session has started.

    ``derived`` says that its last pulse was not given, but derived by a rule.
    """
    heading(2, seat_text(game, seat, words))
    soft(right_text(game, words, seat)).props("data-right")
    ui.label(rules_text(game, words)).props("data-rules")
    for title, texts in role_rows(game, words, seat, view, derived=derived):
        _part(title, texts)


def ledger_panel(session: Session, words: Words, items: Sequence[Item]) -> None:
    """Add entries of the ledger, the newest first."""
    known = {item.line for item in items}
    taken = [decision for decision in session.decisions if decision["id"] in known]
    known_alone = replace(session, state={**session.state, "ledger": tuple(items), "decisions": taken})
    reading, game = reading_for(known_alone, words), session.game.with_words(words.lang)
    if not items:
        soft(words("panel.ledger_empty"))
    for item in reversed(items):
        with ui.element("div"):
            who = reading.mover(item)
            if item.kind == "task" and item.deliverer:
                who += f" → {reading.name(item.deliverer)}"
            about = [entry_kind(reading, item), who, entry_state(reading, item)[1]]
            about += [item.line] if item.kind != "decision" else []
            ui.label(" · ".join(about)).classes("who").props(f'data-entry="{item.line}"')
            ui.label(as_said(session.game, item.says, words)).classes("prose")
            terms = reading.terms_text(item.terms)
            if terms:
                soft(terms)
            if item.condition:
                soft(f"{words('ledger.condition')}{words('colon')}{item.condition}")
            for text in beyond_told(game, items, item.terms) if item.kind == "proposal" else ():
                soft(text).props("data-beyond")


def documents(session: Session, words: Words, view: SeatView) -> None:
    """Add the minutes, plans and facts that a seat may read."""
    reading = reading_for(session, words)
    for entry in view.minutes:
        with ui.expansion(words("panel.minutes", stage=reading.stage_name(entry["stage"]))).classes("w-full"):
            ui.label(minutes_told(session, entry["stage"], entry["text"])).classes("prose")
    for plan in view.plans:
        with ui.expansion(words("panel.plan", name=reading.name(plan.seat))).classes("w-full"):
            for section, text in plan.sections.items():
                heading(4, words.of("section", section))
                ui.label(text).classes("prose")
    game, apart = reading.game, since(reading.game, view.stage.id)
    guest = session.spec.start.host
    shown = game.scenario.tour.shown if guest and guest.year else ()  # stands under a heading of its own
    for key, platform in (("panel.platform", True), ("panel.facts", False)):
        facts = [fact.text.get(words.lang) for fact in view.facts if fact.platform == platform and fact.id not in shown]
        _part(words(key) if platform else aged(game, reviews=view.stage.reviews).rstrip(":：") or words(key), facts)
    known = [] if apart else [(words("panel.heard"), common_knowledge(game, drafting="drafts" in view.stage.abilities))]
    for heading_of, texts in (*known, *apart):
        _part(heading_of.rstrip(":："), texts)


def room_panel(game: Game, words: Words, stage: str, who: Mapping[str, str]) -> None:
    """Add the seats in the room, each with a note from ``who``, and who decides."""
    heading(3, words("panel.room"))
    bullets([words.join(filter(None, [seat_text(game, seat, words), who.get(seat)])) for seat in game.present(stage)])
    heading(3, words("panel.rules"))
    ui.label(
        f"{game.governance.name.get(words.lang)}{words('colon')}{procedure_text(game.in_language(words.lang))}"
    ).classes("prose")
    soft(scope_text(game.in_language(words.lang)))


def term_fields(game: Game, words: Words, chosen: Mapping[str, str]) -> dict[str, ui.select]:
    """Add a field for each question of a case to choose an option or none; return the fields by question.

    Options that the rules bar from every motion are listed below, with the reason.
    """
    fields, lang = dict[str, ui.select](), words.lang
    for decision in game.scenario.decisions:
        offered = {key: option.get(lang) for key, option in game.offered[decision.id].items()}
        choices, value = {"": words("turn.no_term"), **offered}, chosen.get(decision.id, "")
        asks = decision.question.get(lang)
        soft(asks)  # longer than a field's own label may be
        field = ui.select(choices, value=value if value in choices else "").classes("w-full wraps term")
        field.props["aria-label"] = asks
        fields[decision.id] = field.props(f'data-term="{decision.id}" dense')
        for key, option in decision.options.items():
            if key not in offered:
                soft(words("turn.not_payable", option=option.get(lang))).props(f'data-not-payable="{key}"')
    return fields


def seat_tone(game: Game, seat: str) -> str:
    """Return the CSS class for the colour of a seat's lines."""
    return f"seat-{list(game.personas).index(seat) % _COLOURS}"


def seat_text(game: Game, seat: str, words: Words) -> str:
    """Return the name of a seat, as the table knows it, and its role."""
    return f"{game.name(seat)} · {game.role(seat, words.lang)}"


def called(game: Game, seat: str, words: Words, own: str = "", *, role: bool = True, offline: bool = False) -> str:
    """Return a seat by the name that it has in the transcript, with its person's own name, its role, and more."""
    about = [*([own] if own else []), *([game.role(seat, words.lang)] if role else [])]
    about += [words("table.offline")] if offline else []
    return game.name(seat) + (words.paren(words.join(about)) if about else "")


def _part(title: str, texts: Sequence[str]) -> None:
    shown = [text for text in texts if text]
    if shown:
        heading(3, title)
    if len(shown) == 1:
        ui.label(shown[0]).classes("prose")
    elif shown:
        bullets(shown)


def guide(game: Game, words: Words, setup: Setup, seat: str, rounds: int = 1) -> None:
    """Add the guide for a seat; ``rounds`` is the number of a campaign's rounds, if the session belongs to one."""
    lang = words.lang
    ui.label(words("guide.purpose", role=game.role(seat, lang))).classes("prose")
    soft(how_long(game, words, setup, rounds)).props("data-how-long")
    few = few_lines(game)
    if few:
        soft(few)
    names = words.join([stage.name.get(lang) for stage in game.stages])
    stages = ui.expansion(f"{words('guide.stages')}{words('colon')}{names}").classes("w-full").props("data-stages")
    with stages, ui.element("ol").classes("facts steps"):
        for stage in game.stages:
            with ui.element("li"):
                parts(stage.name.get(lang)).classes("strong")
                parts(words("colon") + stage.purpose.get(lang))
                if seat not in game.present(stage.id):
                    soft(words("guide.absent"))
    with ui.expansion(words("guide.acts")).classes("w-full").props("data-acts"):
        for act in game.acts(seat):
            with ui.element("div"):
                parts(words.doing(act)).classes("strong")
                parts(words("colon") + act_means(game, words, act))
                ui.label(words(f"guide.example.{act}")).classes("soft quote")


def how_long(game: Game, words: Words, setup: Setup, rounds: int = 1) -> str:
    """Return in words about how long a session takes, and the planned time including briefing and debrief.

    For a campaign of several ``rounds`` it is per year.
    """
    minutes, most = span_text(game, words, setup)
    if rounds > 1:
        return words("guide.years", rounds=rounds, minutes=setup.plan or minutes)
    if setup.plan > most:
        return words("guide.long_within", minutes=minutes, whole=setup.plan)
    return words("guide.long", minutes=minutes)


def span_text(game: Game, words: Words, setup: Setup) -> tuple[str, int]:
    """Return in words how many minutes a session takes, from the least to the most, and the most as a number."""
    spans = [_span(game, setup, stage) for stage in game.stages]
    least, most = (max(1, round(sum(ends))) for ends in zip(*spans, strict=True))
    return str(most) if least == most else words("guide.range", least=least, most=most), most


def _span(game: Game, setup: Setup, stage: Stage) -> tuple[float, float]:
    """Return the least and the most minutes of a stage.

    It takes its time-box, and a minute a line where it has none; votes come on top of a stage's lines, as many as there
    are voters where it decides. It ends before its time-box where its lines are spoken and its votes cast with all the
    time that there is for them. Where cards speak beside people, these have their share of the lines alone, and take as
    long for their questions, and for a vote at best, as for a turn.
    """
    box, lines, present = setup.minutes.get(stage.id, 0), game.turn_limit(stage), game.present(stage.id)
    voters = game.voters(stage.id) if "decides" in stage.abilities else ()
    slow = turn_seconds(setup.seconds, setup.plan, stage) or _SLOW_TURN
    votes = game.governance.rules.aggregation.ballots if {*voters} & {*setup.persons} else 0
    voted = votes * max(VOTE_SECONDS, slow)
    if not game.spec.by_cards:
        most = (lines * slow + voted) / 60 if setup.seconds else box
        minutes = min(box, most) if box else (lines + len(voters)) * _SECONDS_A_LINE / 60
        return minutes, minutes
    people = len({*present} & {*setup.persons})
    cards = lines * (1 - people / len(present)) * card_seconds(setup.reading)
    turns, quick = lines * people / len(present) + bool(people), min(_QUICK_TURN, slow)
    least, most = (cards + (turns + bool(votes)) * quick) / 60, (cards + turns * slow + voted) / 60
    return (min(least, box), min(most, box)) if box else (least, most)


def rules_text(game: Game, words: Words) -> str:
    """Return in short the governance model of a session, and how it decides."""
    game = game.in_language(words.lang)
    stage = next((stage.id for stage in game.stages if "decides" in stage.abilities), "")
    how = carries_text(game, stage) if stage else procedure_text(game)
    if stage and franchise(game, stage).votes:
        how += words("gap") + words("watch.chairs", chair=game.role(game.chair))
    return f"{game.governance.name.get(words.lang)}{words('colon')}{how}"


def case_card(game: Game, words: Words) -> None:
    """Add a folded box with the case: background, question, and the facts that everybody knows."""
    case, lang = game.scenario, words.lang
    with box(), ui.expansion(words("pack.case")).classes("w-full case").props("data-told-case"):
        ui.label(case.background.get(lang)).classes("prose")
        heading(3, words("card.question"))
        ui.label(case.question.get(lang)).classes("prose strong")
        facts = [fact.text.get(lang) for fact in open_facts(game)]
        if facts:
            heading(3, aged(game, reviews=False).rstrip(":：") or words("guide.facts"))
            bullets(facts)


def document_reader(words: Words, address: str, unfolded: Sequence[str]) -> None:
    """Add a document served at an address, with all sections folded except those with anchors in ``unfolded``."""
    add_style()
    with div("document").props(f'data-document="{address}"') as place:
        soft(words("over.loading"))
    arguments = ", ".join(map(json.dumps, (place.html_id, address, _LOOKS, list(unfolded), words("over.back"))))
    ui.timer(0.05, lambda: ui.run_javascript(f"readDocument({arguments})"), once=True)


def add_style() -> None:
    """Add the style of document blocks to a page."""
    ui.add_css(_STYLE)


def draw_sections(sections: Sequence[Section]) -> None:
    """Add a box for each section; those only for researchers are folded."""
    for section in sections:
        folded = section.anchor in _FOLDED
        with box("" if folded else section.title) as shown:
            shown.props["data-section"] = section.anchor
            with ui.element("details") if folded else shown:
                if folded:
                    with ui.element("summary"):
                        heading(2, section.title).style("display: inline")
                ui.html(blocks_to_html(section.blocks), sanitize=False).classes("blocks")
