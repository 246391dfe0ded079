"""Cards in words, to be read on a page: a case, a persona, a governance model, a city."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.content.cards import Lang, Source
from sandbox.content.library import Library
from sandbox.content.schemas import Decision, Scenario
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.limits import SeatLimits, seat_limits
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.report.document.blocks import (
    Block,
    Bullets,
    Callout,
    Facts,
    Heading,
    Paragraph,
    Section,
    Spans,
    Table,
    plain,
)
from sandbox.report.pages.ledger import rules_section
from sandbox.report.pages.pack import CaseWriter, character
from sandbox.report.reading import Reading

__all__ = [
    "barred_text", "case_sections", "city_sections", "model_sections", "origin", "persona_private", "persona_sections",
    "private_sections",
]  # fmt: skip


def case_sections(library: Library, case: str, lang: Lang) -> tuple[Section, ...]:
    """Return what everybody may read of a case; what a seat or the facilitator alone knows is left out.

    Raises:
        InputError: there is no such case.
    """
    scenario = library.scenario(case)
    writer = CaseWriter(library, scenario, lang)
    say = writer.say
    return (
        Section("case", say("pack.case"), (Paragraph(plain(scenario.background.get(lang))),)),
        Section("known", say("pack.known"), (writer.facts(writer.known()),)),
        Section("settle", say("pack.settle"), tuple(_settle(library, scenario, say))),
        Section("plan", say("pack.plan"), (writer.plan(),)),
        Section("seats", say("cards.seats"), tuple(_seats(library, scenario, writer))),
        Section("tasks", say("rules.tasks"), tuple(_tasks(scenario, say))),
        Section("tour", say("cards.tour"), tuple(_tour(library, scenario, writer))),
        Section("questions", say("pack.questions"), tuple(writer.questions())),
        Section("origin", say("pack.crosswalk"), (*writer.crosswalk(), *origin(say, scenario.source))),
    )


def private_sections(library: Library, case: str, lang: Lang) -> tuple[Section, ...]:
    """Return what the facilitator alone should read of a case: the guide, the facts held back, and every role card.

    Raises:
        InputError: there is no such case.
    """
    scenario = library.scenario(case)
    writer = CaseWriter(library, scenario, lang)
    say, known = writer.say, writer.known()
    withheld = [fact for fact in scenario.facts if fact not in known]
    guide: tuple[Block, ...] = (*writer.guide(), *([writer.facts(withheld)] if withheld else []))
    return (Section("guide", say("pack.guide"), guide), *writer.roles())


def _settle(library: Library, scenario: Scenario, say: Words) -> Iterator[Block]:
    head = (say("pack.open"), say("pack.options"), say("cards.alone"), say("cards.departments"))
    rows = [_question(library, scenario, decision, say) for decision in scenario.decisions]
    yield Table(say("pack.settle"), head, tuple(rows), widths=(24, 40, 20, 16), titled=False)


def _question(library: Library, scenario: Scenario, decision: Decision, say: Words) -> tuple[Spans, ...]:
    lang = say.lang
    options = [
        option.get(lang) + (say.paren(say.join([say.of("cards.payer", payer) for payer in option.paid_by])))
        if option.paid_by
        else option.get(lang)
        for option in decision.options.values()
    ]
    alone = say.join([library.persona(seat).role.get(lang) for seat in decision.remit])
    departments = say.join([scenario.departments[each].get(lang) for each in decision.departments])
    cells = (decision.question.get(lang), say("semi").join(options), alone, departments or "–")
    return tuple(plain(text) for text in cells)


def _seats(library: Library, scenario: Scenario, writer: CaseWriter) -> Iterator[Block]:
    say, rows = writer.say, []
    for seat in scenario.seats:
        speaks = say.join([scenario.departments[each].get(say.lang) for each in seat.departments])
        rows.append(writer.named(library.persona(seat.persona)) + (say("colon") + speaks if speaks else ""))
    yield Bullets(tuple(plain(text) for text in rows))


def _tasks(scenario: Scenario, say: Words) -> Iterator[Block]:
    texts = []
    for task in scenario.tasks:
        text = task.text.get(say.lang)
        text += say.paren(say("cards.agreed")) if task.agreed else ""
        if task.duplicates:
            text += say.paren(say("cards.repeats", task=scenario.task_by_id[task.duplicates].text.get(say.lang)))
        texts.append(plain(text))
    yield Bullets(tuple(texts)) if texts else Paragraph(plain(say("none")), soft=True)


def _tour(library: Library, scenario: Scenario, writer: CaseWriter) -> Iterator[Block]:
    say, tour = writer.say, scenario.tour
    place = tour.place.get(say.lang) if tour.place else ""
    host = writer.named(library.persona(tour.host))
    rows = [(say("cards.place"), place), (say("cards.host"), host)]
    yield Facts(tuple((name, plain(text)) for name, text in rows if text))
    shown = [fact for fact in scenario.facts if fact.id in tour.shown]
    if shown:
        yield writer.facts(shown)


def persona_sections(library: Library, persona: str, lang: Lang) -> tuple[Section, ...]:
    """Return what a persona is and how it speaks, without what it alone knows.

    Raises:
        InputError: there is no such persona.
    """
    card, say = library.persona(persona), Words(lang, library.roots)
    voice = card.voice
    rows = (
        ("cards.manner", card.manner), ("cards.never_says", voice.never), ("cards.refuses", voice.refuses),
        ("cards.dodges", voice.dodges), ("card.opening", card.opening_line),
    )  # fmt: skip
    phrases = (say("cards.phrases"), plain(say("semi").join(phrase.get(lang) for phrase in voice.phrases)))
    speech = Facts((*((say(key), plain(text.get(lang))) for key, text in rows), phrases))
    return (
        Section(
            "who", card.role.get(lang), (Facts(tuple((name, plain(text)) for name, text in character(say, card))),)
        ),
        Section("voice", say("cards.voice"), (speech,)),
        Section("origin", say("pack.crosswalk"), tuple(origin(say, card.source))),
    )


def persona_private(library: Library, persona: str, lang: Lang) -> tuple[Section, ...]:
    """Return what a persona alone knows, wherever it sits; nothing where that is nothing."""
    card, say = library.persona(persona), Words(lang, library.roots)
    if not card.private:
        return ()
    bullets = Bullets(tuple(plain(text.get(lang)) for text in card.private))
    return (Section("alone", say("pack.alone"), (bullets,)),)


def model_sections(library: Library, model: str, case: str, lang: Lang) -> tuple[Section, ...]:
    """Return the rules of a governance model in words, with who holds which position in a case and what is barred.

    Raises:
        InputError: there is no such model or case, or they do not fit each other.
    """
    game = Game(SessionSpec(scenario=case, governance=model, lang=lang), library)
    say = game.words
    rules = rules_section(Reading(Session.of(game, ())))
    rows = tuple((plain(game.role(limit.seat)), plain(barred_text(game, limit))) for limit in seat_limits(game))
    barred = Table(say("cards.barred"), (say("seat"), say("cards.barred")), rows, widths=(30, 70), titled=False)
    return (
        rules,
        Section("barred", say("cards.barred"), (barred,)),
        Section("origin", say("pack.crosswalk"), tuple(origin(say, game.governance.source))),
    )


def barred_text(game: Game, limit: SeatLimits) -> str:
    """Return in words what a seat cannot do under the rules of a game."""
    words = game.words
    names = {stage.id: stage.name.get(game.spec.lang).lower() for stage in game.stages}
    colon = words("colon")
    absent = words.join([names[stage] for stage in limit.shut_out])
    never = words.join([words.of("may", act) for act in limit.acts])
    parts = [words("limits.absent") + colon + absent] if absent else []
    parts += [words("limits.never") + colon + never] if never else []
    parts += [words("limits.no_vote")] if game.voters(game.stages[-1].id) and not limit.votes else []
    parts += [] if limit.drafts else [words("limits.no_plan")]
    blind = game.governance.rules.information.platform and not limit.platform
    parts += [words("limits.no_platform")] if blind else []
    return (words("stop") + words("gap")).join(parts) or "–"


def city_sections(library: Library, city: str, lang: Lang) -> tuple[Section, ...]:
    """Return what drove the reform in a city, and the facts of its setting.

    Raises:
        InputError: there is no such city.
    """
    card, say = library.city(city), Words(lang, library.roots)
    rows = tuple(
        (plain(fact.id), plain(fact.text.get(lang)), plain(say("list").join(fact.source.sections)))
        for fact in card.facts
    )
    head = (say("pack.fact"), say("pack.what"), say("pack.section"))
    setting: tuple[Block, ...] = (
        Callout("plain", say("cards.driver"), (Paragraph(plain(card.driver.get(lang))),), level=3),
        Heading(say("cards.conditions")),
        Bullets(tuple(plain(text.get(lang)) for text in card.conditions)),
    )
    return (
        Section("setting", say("cards.setting"), setting),
        Section("facts", say("pack.facts"), (Table(say("pack.facts"), head, rows, widths=(10, 72, 18), titled=False),)),
        Section("origin", say("pack.crosswalk"), tuple(origin(say, card.source))),
    )


def origin(say: Words, source: Source) -> Iterable[Block]:
    """Return the sections of the paper that a card comes from, and its fields that are inferences."""
    yield Paragraph(plain(say("cards.from_paper", sections=say.join(source.sections))), soft=True)
    if source.inferred:
        fields = [say.of("content.field", name) for name in source.inferred]
        yield Paragraph(plain(say("cards.inferred", fields=fields)), soft=True)
