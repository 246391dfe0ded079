"""Cards in words, as pages: a case, a persona, a governance model, a city; and what governance models bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sandbox.content.cards import Source
from sandbox.content.decision_card import Decision, Option
from sandbox.content.governance import Governance
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words
from sandbox.game.checks.limits import seat_limits
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.report.document.blocks import Block, Callout, Heading, ReportDocument, Section, Table
from sandbox.report.document.compose import (
    Inline,
    bullets,
    fact_list,
    filled,
    item_lines,
    note,
    paragraph,
    strong,
    table,
)
from sandbox.report.money_words import unpaid_text
from sandbox.report.pages.ledger import rules_section
from sandbox.report.pages.pack import CaseWriter, listed, paper_section
from sandbox.report.reading import Reading
from sandbox.report.role_card import character
from sandbox.report.rule_words import inferred_text, marked, own_text
from sandbox.report.voting_words import procedure_text, scope_text


def case_sections(library: Library, case: str, lang: Lang) -> tuple[Section, ...]:
    """Return what everybody may read of a case, without what only one seat or the facilitator knows.

    Raises:
        InputError: there is no such case.
    """
    scenario = library.scenario(case)
    writer = CaseWriter(library, scenario, lang)
    say = writer.say
    head = (say("pack.open"), say("pack.options"), say("cards.alone"), say("cards.departments"))
    rows = (_question(library, scenario, decision, say) for decision in scenario.decisions)
    settled = table(say("pack.settle"), head, rows, widths=(24, 40, 20, 16), titled=False)
    return (
        Section("case", say("pack.case"), (paragraph(scenario.background.get(lang)),)),
        Section("known", say("pack.known"), (writer.facts(writer.known()),)),
        Section("settle", say("pack.settle"), (settled,)),
        Section("plan", say("pack.plan"), (writer.plan(),)),
        Section("seats", say("cards.seats"), (_seats(library, scenario, writer),)),
        Section("tasks", say("rules.tasks"), (_tasks(scenario, say),)),
        *([Section("tour", say("cards.tour"), tuple(_tour(library, scenario, writer)))] if scenario.tour else []),
        Section("questions", say("pack.questions"), tuple(writer.questions())),
        Section("origin", say("pack.crosswalk"), (*writer.crosswalk(), *origin(say, scenario.source))),
    )


def private_sections(library: Library, case: str, lang: Lang) -> tuple[Section, ...]:
    """Return what only the facilitator should read of a case: the guide, the facts held back, and all role cards.

    Raises:
        InputError: there is no such case.
    """
    scenario = library.scenario(case)
    writer = CaseWriter(library, scenario, lang)
    say, known = writer.say, writer.known()
    withheld = [fact for fact in scenario.facts if fact not in known]
    guide: tuple[Block, ...] = (*writer.guide(), *([writer.facts(withheld)] if withheld else []))
    return (Section("guide", say("pack.guide"), guide), *writer.roles())


def _question(library: Library, scenario: Scenario, decision: Decision, say: Words) -> tuple[Inline, ...]:
    lang, options = say.lang, []
    for option in decision.options.values():
        payers = [say.of("cards.payer", payer) for payer in option.paid_by]
        beside = say.join([*payers, *held_apart(library, scenario, option, say)])
        options.append(option.get(lang) + (say.paren(beside) if beside else ""))
    alone = say.join([library.seated(scenario, seat).role.get(lang) for seat in decision.remit]) or say("cards.unheld")
    departments = say.join([scenario.departments[each].get(lang) for each in decision.departments])
    return decision.question.get(lang), item_lines(options), alone, departments or "–"


def held_apart(library: Library, scenario: Scenario, option: Option, say: Words) -> list[str]:
    """Return in words which seats may promise an option that names its own holders; empty if it names none."""
    if option.remit is None:
        return []
    names = say.join([library.seated(scenario, seat).role.get(say.lang) for seat in option.remit])
    return [say("cards.held", who=names) if names else say("cards.unheld")]


def _seats(library: Library, scenario: Scenario, writer: CaseWriter) -> Block:
    say, rows = writer.say, []
    for seat in scenario.seats:
        speaks = say.join([scenario.departments[each].get(say.lang) for each in seat.departments])
        rows.append(writer.named(library.seated(scenario, seat.persona)) + (say("colon") + speaks if speaks else ""))
    return bullets(rows)


def _tasks(scenario: Scenario, say: Words) -> Block:
    texts = []
    for task in scenario.tasks:
        text = task.text.get(say.lang)
        text += say.paren(say("cards.agreed")) if task.agreed else ""
        if task.duplicates:
            text += say.paren(say("cards.repeats", task=scenario.task_by_id[task.duplicates].text.get(say.lang)))
        texts.append(text)
    return bullets(texts) if texts else note(say("none"))


def _tour(library: Library, scenario: Scenario, writer: CaseWriter) -> Iterator[Block]:
    say, tour = writer.say, scenario.tour
    place = tour.place.get(say.lang) if tour.place else ""
    yield fact_list(
        ((say("cards.place"), place), (say("cards.host"), writer.named(library.seated(scenario, tour.host))))
    )
    if shown := [fact for fact in scenario.facts if fact.id in tour.shown]:
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
    lists = (("cards.phrases", voice.phrases), ("cards.evades", voice.evades))
    quoted = ((say(key), say("semi").join(text.get(lang) for text in texts)) for key, texts in lists if texts)
    speech = fact_list((*((say(key), text.get(lang)) for key, text in rows), *quoted))
    return (
        Section(
            "who",
            card.role.get(lang),
            (fact_list((heading, listed(say, texts)) for heading, texts in character(say, card)),),
        ),
        Section("voice", say("cards.voice"), (speech,)),
        Section("origin", say("pack.crosswalk"), tuple(origin(say, card.source))),
    )


def persona_private(library: Library, persona: str, lang: Lang) -> tuple[Section, ...]:
    """Return what only this persona knows, in whatever seat; empty if there is nothing."""
    card, say = library.persona(persona), Words(lang, library.roots)
    if not card.private:
        return ()
    return (Section("alone", say("card.knows"), (bullets(text.get(lang) for text in card.private),)),)


def model_sections(library: Library, model: str, case: str, lang: Lang) -> tuple[Section, ...]:
    """Return the rules of a governance model in words, with who holds which position in a case and what is barred.

    Raises:
        InputError: there is no such model or case, or they do not fit each other.
    """
    game = Game(SessionSpec(scenario=case, governance=model, lang=lang), library)
    say = game.words
    rules = rules_section(Reading(Session.of(game, ())))
    head = (say("seat"), say("cards.barred"))
    barred = table(say("cards.barred"), head, _barred(game), widths=(30, 70), titled=False)
    return (
        rules,
        Section("barred", say("cards.barred"), (barred,)),
        Section("origin", say("pack.crosswalk"), tuple(origin(say, game.governance.source))),
    )


def _barred(game: Game) -> Iterator[tuple[str, str]]:
    words, colon = game.words, game.words("colon")
    names = {stage.id: stage.name.get(game.spec.lang).lower() for stage in game.stages}
    for limit in seat_limits(game):
        absent = words.join([names[stage] for stage in limit.shut_out])
        never = words.join([words.of("may", act) for act in limit.acts])
        blind = game.governance.rules.information.platform and not limit.platform
        barred = {
            words("limits.absent") + colon + absent: absent,
            words("limits.never") + colon + never: never,
            words("limits.counters") + colon + words.join([words.of("may", act) for act in limit.counters]): (
                limit.counters
            ),
            words("limits.no_amend"): not limit.amends,
            words("limits.no_vote"): game.voters(game.stages[-1].id) and not limit.votes,
            words("limits.no_plan"): not limit.drafts,
            words("limits.no_platform"): blind,
        }
        texts = (text for text, holds in barred.items() if holds)
        yield game.role(limit.seat), (words("stop") + words("gap")).join(texts) or "–"


def city_sections(library: Library, city: str, lang: Lang) -> tuple[Section, ...]:
    """Return what drove the reform in a city, and the facts of its setting.

    Raises:
        InputError: there is no such city.
    """
    card, say = library.city(city), Words(lang, library.roots)
    rows = tuple((fact.id, fact.text.get(lang), say("list").join(fact.source.names(lang))) for fact in card.facts)
    head = (say("pack.fact"), say("pack.what"), say("pack.section"))
    setting: tuple[Block, ...] = (
        note(say("cards.told_by_paper") if card.source.sections else ""),
        Callout("plain", say("cards.driver"), (paragraph(card.driver.get(lang)),), level=3),
        Heading(say("cards.conditions")),
        bullets(text.get(lang) for text in card.conditions),
    )
    return (
        Section("setting", say("cards.setting"), filled(*setting)),
        Section("facts", say("pack.facts"), (table(say("pack.facts"), head, rows, widths=(10, 72, 18), titled=False),)),
        Section("origin", say("pack.crosswalk"), tuple(origin(say, card.source))),
    )


def origin(say: Words, source: Source) -> Iterable[Block]:
    """Yield the sources of a card: sections of the paper or other sources; and which of its fields are inferred."""
    if source.sections:
        yield note(say("cards.from_paper"))
        yield bullets(paper_section(say, code) for code in source.sections)
    if source.text or not source.sections:
        yield note(
            say("cards.from_elsewhere", source=source.text.get(say.lang)) if source.text else say("cards.no_source")
        )
    if source.inferred:
        fields = [say.of("content.field", name) for name in source.inferred]
        yield note(say("cards.inferred", fields=fields))


def limits_page(games: Sequence[Game]) -> ReportDocument:
    """Return what the rules of each game make impossible: a section for each model, then the meaning of the terms.

    The games are of one case in one language, one for each model.
    """
    game, words, lang = games[0], games[0].words, games[0].spec.lang
    sections = []
    for each in games:
        blocks = (fact_list(_body(each)), Heading(words("cards.barred")), fact_list(_barred(each)))
        sections.append(Section(f"model-{each.governance.id}", each.governance.name.get(lang), blocks))
    return ReportDocument(
        lang=lang,
        kicker=words("limits.kicker"),
        title=words("limits.title"),
        lede=game.scenario.title.get(lang),
        contents=words("contents"),
        skip=sections[0].title,
        footer=f"{words('caution.rules')} {words('caution.cities')}",
        sections=(*sections, Section("terms", words("limits.terms"), (fact_list(_terms(games)),))),
    )


def _body(game: Game) -> tuple[tuple[str, str], ...]:
    words, card, budgets = game.words, game.governance, game.governance.rules.payoff.budgets.values()
    paid = words("semi").join(budget.get(game.spec.lang) for budget in budgets)
    return (
        (words("limits.decides"), marked(words, card, procedure_text(game), "aggregation")),
        (words("limits.binds"), marked(words, card, scope_text(game), "scope")),
        (words("limits.pays"), marked(words, card, paid, "payoff")),
        (words("limits.unpaid"), unpaid_text(game) or words("none")),
        (words("inferred"), _not_from_paper(words, card, game.library)),
    )


def _not_from_paper(words: Words, card: Governance, library: Library) -> str:
    own = own_text(words, card, library)
    parts = filter(None, (inferred_text(words, card, library), words("inferred.own", list=own) if own else ""))
    return (words("stop") + words("gap")).join(parts) or words("none")


def limits_table(games: Sequence[Game]) -> Table:
    """Return what the rules of each game make impossible, seat by seat, with a column for each model."""
    columns: list[list[tuple[Inline, str]]] = [
        [*(((strong(name),), text) for name, text in _body(game)), *_barred(game)] for game in games
    ]
    rows = ((row[0][0], *(text for _, text in row)) for row in zip(*columns, strict=True))
    head = ("", *(game.governance.name.get(game.spec.lang) for game in games))
    return table("", head, rows, titled=False)


def _terms(games: Sequence[Game]) -> Iterable[tuple[str, str]]:
    words = games[0].words
    limits = {text for game in games for _, text in _barred(game)}
    yield words("limits.pays"), words("limits.means.pays")
    for term in ("absent", "never", "counters", "no_amend", "no_vote", "no_plan", "no_platform"):
        if any(words(f"limits.{term}") in text for text in limits):
            yield words(f"limits.{term}"), words(f"limits.means.{term}")
    if any(inferred_text(words, game.governance, game.library) for game in games):
        yield words("inferred"), words("inferred.note")
    if "–" in limits:
        yield "–", words("limits.means.nothing")
