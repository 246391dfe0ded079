"""The trainer's pack of a case, to be printed: timing, guide, role cards, papers, questions and sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.content.cards import ACTS, Lang, Text
from sandbox.content.library import Library
from sandbox.content.pack_card import AUDIENCES, Pack
from sandbox.content.schemas import Persona, Scenario, ScenarioSeat
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.limits import seat_limits
from sandbox.game.spec import SessionSpec
from sandbox.report.document.blocks import (
    Block,
    Bullets,
    Callout,
    Document,
    Facts,
    Heading,
    Paragraph,
    Section,
    Span,
    Table,
    plain,
)
from sandbox.report.pages.papers import paper_blocks

__all__ = ["make_pack"]

_RAISED = 6
_PAPER = "Li and Fang, Policy Process Diffusion, UNRISD Working Paper 2018-15"


def make_pack(library: Library, case: str, lang: Lang, governance: str = "") -> Document:
    """Return the trainer's pack of a case as a document.

    Args:
        library: the content.
        case: the case, by id.
        lang: the language.
        governance: the model under which it is played, so that role cards say what the rules bar; empty for none.

    Raises:
        InputError: there is no such case or model, or the case has no pack.
    """
    scenario = library.scenario(case)
    if case not in library.cards["pack"]:
        raise InputError(f"scenario '{case}' has no trainer's pack; write one: sandbox new pack {case}")
    pack = library.pack(case)
    game = Game(SessionSpec(scenario=case, governance=governance, lang=lang), library) if governance else None
    writer = _Writer(library, scenario, pack, lang, game)
    say = writer.say
    return Document(
        lang=lang,
        kicker=say("pack.kicker"),
        title=scenario.title.get(lang),
        lede=scenario.question.get(lang) + (say("gap") + game.governance.name.get(lang) if game else ""),
        contents=say("contents"),
        skip=say("pack.timing"),
        footer=say("pack.footer"),
        sections=tuple(writer.sections()),
    )


class _Writer:
    def __init__(self, library: Library, scenario: Scenario, pack: Pack, lang: Lang, game: Game | None) -> None:
        self._library, self._case, self._pack, self._lang = library, scenario, pack, lang
        self.say = Words(lang, library.roots)
        self._game = game
        self._limits = {each.seat: each for each in seat_limits(game)} if game else {}
        self._stages = {stage.id: stage.name.get(lang) for stage in library.stages()}

    def sections(self) -> Iterable[Section]:
        """Yield the parts of the pack."""
        say = self.say
        yield Section("timing", say("pack.timing"), (self._timing(), Paragraph(plain(say("pack.how")), soft=True)))
        yield Section("guide", say("pack.guide"), tuple(self._guide()))
        yield Section("case", say("pack.case"), tuple(self._handout()), sheet=True)
        yield Section("acts", say("pack.acts"), (self._acts(),))
        for number, seat in enumerate(self._case.seats, start=1):
            card = self._library.persona(seat.persona)
            title = say("pack.role") + say("colon") + self._named(card)
            yield Section(f"role-{number}", title, tuple(self._role(card, seat)), sheet=True)
        for paper in self._pack.documents:
            title = paper.title.get(self._lang)
            yield Section(f"paper-{paper.id}", title, paper_blocks(paper.text.get(self._lang), say("gap")), sheet=True)
        yield Section("questions", say("pack.questions"), tuple(self._questions()), sheet=True)
        yield Section("crosswalk", say("pack.crosswalk"), tuple(self._crosswalk()))

    def _timing(self) -> Table:
        say, rows, begun = self.say, [], 0
        for slot in self._pack.timing:
            name = self._stages[slot.stage] if slot.stage else ""
            span = say("pack.from_to", start=_clock(begun), end=_clock(begun + slot.minutes))
            rows.append((plain(span), plain(name or "–"), plain(slot.what.get(self._lang))))
            begun += slot.minutes
        head = (say("pack.when"), say("pack.stage"), say("pack.what"))
        return Table(say("pack.timing"), head, tuple(rows), widths=(18, 22, 60), titled=False)

    def _guide(self) -> Iterable[Block]:
        say, lang = self.say, self._lang
        for name, text in (("good", self._case.good), ("bad", self._case.bad)):
            yield Paragraph((Span(say(f"pack.{name}") + say("colon"), style="strong"), Span(text.get(lang))))
        rows = [
            (plain(self._stages[each.stage]), plain(each.watch.get(lang)), plain(each.do.get(lang)))
            for each in self._pack.moments
        ]
        head = (say("pack.stage"), say("pack.watch"), say("pack.do"))
        yield Table(say("pack.moments"), head, tuple(rows), widths=(16, 42, 42))
        news = [
            (plain(self._stages[each.stage]), plain(str(each.turn)), plain(each.text.get(lang)))
            for each in self._case.injects
        ]
        if news:
            yield Table(say("pack.news"), (say("pack.stage"), say("pack.after"), say("pack.what")), tuple(news),
                        widths=(16, 14, 70))  # fmt: skip
        yield Heading(say("pack.hidden"))
        yield Bullets(self._each(self._held_back()))

    def _handout(self) -> Iterable[Block]:
        case, lang, say = self._case, self._lang, self.say
        yield Paragraph(plain(case.background.get(lang)))
        yield Heading(say("pack.known"))
        shown = [fact.text for fact in case.facts if not fact.platform and not fact.visited]
        yield Bullets(self._each([text for text in shown if text not in self._held_back()]))
        rows = [
            (plain(each.question.get(lang)), plain(say("semi").join(o.get(lang) for o in each.options.values())))
            for each in case.decisions
        ]
        yield Table(say("pack.settle"), (say("pack.open"), say("pack.options")), tuple(rows), widths=(38, 62))
        yield Heading(say("pack.plan"))
        yield Facts(tuple((say(f"section.{name}"), plain(text.get(lang))) for name, text in case.plan.items()))

    def _held_back(self) -> list[Text]:
        return [fact.text for fact in self._case.facts if fact.id in self._case.tour.hidden]

    def _acts(self) -> Table:
        say = self.say
        rows = tuple((plain(say(f"may.{act}")), plain(say(f"pack.act.{act}"))) for act in ACTS)
        return Table(
            say("pack.acts"), (say("pack.act_name"), say("pack.act_what")), rows, widths=(20, 80), titled=False
        )

    def _role(self, card: Persona, seat: ScenarioSeat) -> Iterable[Block]:
        lang, say = self._lang, self.say
        semi = say("semi")

        def joined(texts: Sequence[Text]) -> str:
            return semi.join(text.get(lang).rstrip("。.") for text in texts)

        rows = [
            (say("pack.wants"), joined(card.interests)),
            (say("pack.bound"), joined(card.constraints)),
            (say("pack.fears"), joined(card.fears)),
            (say("pack.moves"), joined(card.moves)),
            (say("pack.promises"), card.authority.get(lang)),
            (say("pack.never"), card.non_negotiable.get(lang)),
            (say("pack.speaks"), card.voice.sentences.get(lang)),
        ]
        questions = [each.question.get(lang) for each in self._case.decisions if seat.persona in each.remit]
        if questions:
            rows.append((say("pack.remit"), say("gap").join(questions)))
        yield Facts(tuple((name, plain(text)) for name, text in (*self._barred(seat.persona), *rows)))
        alone = say("gap").join(text.get(lang) for text in (seat.briefing, *card.private))
        yield Callout("plain", say("pack.alone"), (Paragraph(plain(alone)),), level=3)
        may = self._game.acts(seat.persona) if self._game else ACTS
        own = [point for point in seat.points if not point.replies_to and point.act in may]
        first = {point.stages[0]: point for point in reversed(own)}
        more = [point for point in own if point not in first.values()]
        raised = [*first.values(), *more][:_RAISED]
        yield Heading(say("pack.points"), level=4)
        yield Bullets(self._each([point.says for point in raised]))

    def _barred(self, seat: str) -> Iterable[tuple[str, str]]:
        """Yield what a seat is under the rules, and what they bar."""
        say, game, limits = self.say, self._game, self._limits.get(seat)
        if game is None or limits is None:
            return
        yield say("pack.position"), game.governance.rules.position[game.positions[seat]].name.get(self._lang)
        if limits.shut_out:
            yield say("pack.shut_out"), say.join([self._stages[stage] for stage in limits.shut_out])
        if limits.acts:
            yield say("pack.barred"), say.join([say.of("may", act) for act in limits.acts])
        yield say("pack.vote"), say("pack.votes" if limits.votes else "pack.no_vote")

    def _questions(self) -> Iterable[Block]:
        for audience in AUDIENCES:
            yield Heading(self.say(f"pack.for.{audience}"))
            yield Bullets(self._each(self._pack.questions[audience]))
        if self._case.discussion:
            yield Heading(self.say("pack.for.all"))
            yield Bullets(self._each(self._case.discussion))

    def _crosswalk(self) -> Iterable[Block]:
        say, lang = self.say, self._lang
        yield Paragraph(plain(say("pack.source", paper=_PAPER)), soft=True)
        rows = tuple((plain(each.section), plain(each.where.get(lang))) for each in self._pack.crosswalk)
        yield Table(
            say("pack.crosswalk"), (say("pack.section"), say("pack.from_it")), rows, widths=(14, 86), titled=False
        )
        facts = tuple(
            (
                plain(fact.id),
                plain(fact.text.get(lang)),
                plain(say("pack.inferred") if fact.source.inferred else say("list").join(fact.source.sections)),
            )
            for fact in self._case.facts
        )
        yield Table(say("pack.facts"), (say("pack.fact"), say("pack.what"), say("pack.section")), facts,
                    widths=(10, 72, 18))  # fmt: skip

    def _named(self, card: Persona) -> str:
        return card.name.get(self._lang) + self.say.paren(card.role.get(self._lang))

    def _each(self, texts: Sequence[Text]) -> tuple[tuple[Span, ...], ...]:
        return tuple(plain(text.get(self._lang)) for text in texts)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
