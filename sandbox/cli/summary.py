"""Prints a card in full or on one screen, with the commands for it; outcomes and measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast, get_args

from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.content.campaign_card import Campaign
from sandbox.content.changes import rates_of
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.network_card import MECHANISMS, Country
from sandbox.content.rubric import MeasureName
from sandbox.content.words import Words
from sandbox.errors import UnknownError
from sandbox.experiment.outcomes import OUTCOMES, outcome_of
from sandbox.report.document.compose import fact_list
from sandbox.report.figures import percent, short, signed
from sandbox.report.pages.cards import held_apart
from sandbox.report.pages.pack import listed
from sandbox.report.role_card import character
from sandbox.report.rule_words import inferred_text, own_text, party_text

Row = tuple[str, str]


def print_summary(library: Library, kind: str, card_id: str, lang: Lang, added: str = "") -> None:
    """Print a card in short.

    ``added`` are options that its commands need in addition. Raises `InputError` if there is no such card.
    """
    writer = _Writer(library, lang, added)
    texts, rows = _WRITERS[kind](writer, card_id)
    say, title = writer.say, library.title(kind, card_id).get(lang)
    whole = writer.command(f"show {kind} {card_id} --yaml")
    file = (say("summary.file"), str(library.files[(kind, card_id)]))  # type: ignore[index]
    _print(title, texts, (*rows, (say("summary.whole"), whole), file))


def print_counted(counted: dict[str, str], lang: Lang) -> None:
    """Print the description of an outcome or a measure."""
    say, same = Words(lang), {"measure": "same", "outcome": "same"}
    rows = ((say(f"summary.{same.get(key, key)}"), text) for key, text in [*counted.items()][2:])
    _print(counted["name"] + say.paren(counted["id"]), (), rows)


def _print(title: str, texts: Iterable[str], rows: Iterable[Row]) -> None:
    console = Console()
    for text, style in ((title, "bold"), *((text, "") for text in texts)):
        console.print(text, style=style, markup=False, highlight=False)
    console.print()
    show(fact_list(rows))


class _Writer:
    def __init__(self, library: Library, lang: Lang, added: str) -> None:
        self.library, self.lang, self._added = library, lang, added
        self.say = Words(lang, library.roots)

    def command(self, words: str, *, speaks: bool = True) -> str:
        lang = f" --lang {self.lang}" if speaks and self.lang != LANGUAGES[0] else ""
        return f"sandbox {words}{lang}{self._added}"

    def titles(self, kind: str, ids: Iterable[str]) -> str:
        return self.say("semi").join(self.library.title(kind, name).get(self.lang) for name in ids)


Written = tuple[Iterable[str], Iterable[Row]]


def _scenario(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.scenario(card_id)

    def rows() -> Iterator[Row]:
        yield say("cards.seats"), writer.titles("persona", (seat.persona for seat in card.seats))
        for number, decision in enumerate(card.decisions):
            yield "" if number else say("pack.settle"), decision.question.get(lang)
            for option in decision.options.values():
                apart = "".join(map(say.paren, held_apart(writer.library, card, option, say)))
                yield "", f"• {option.get(lang)}{apart}"
        yield say("pack.facts"), str(len(card.facts))
        yield say("summary.models"), writer.titles("governance", card.governance)
        yield say("summary.play"), writer.command(f"run --scenario {card_id} --model cards")
        if card_id in writer.library.cards["pack"]:
            yield say("pack.kicker"), writer.command(f"show scenario {card_id} --pack")

    return (card.question.get(lang), "", card.background.get(lang)), rows()


def _persona(writer: _Writer, card_id: str) -> Written:
    card, lang = writer.library.persona(card_id), writer.lang
    parts = (*character(writer.say, card), (writer.say("card.knows"), card.private))
    rows = [(heading, listed(writer.say, texts)) for heading, texts in parts if texts]
    return (f"“{card.opening_line.get(lang)}”",), rows


def _governance(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.governance(card_id)
    rules = card.rules
    rows = [
        (say("summary.positions"), say.join([position.name.get(lang) for position in rules.position.values()])),
        (say("limits.pays").capitalize(), listed(writer.say, rules.payoff.budgets.values())),
        (say("inferred"), inferred_text(say, card, writer.library) or say("none")),
        (say("summary.rules"), writer.command(f"rules --governance {card_id}")),
        (say("summary.play"), writer.command(f"run --governance {card_id} --model cards")),
    ]
    if own := own_text(say, card, writer.library):
        rows.insert(3, (say("inferred.own_rules"), own))
    if card.source.text:
        rows.insert(3, (say("pack.crosswalk"), card.source.text.get(lang)))
    if stands := party_text(say, card):
        rows.insert(0, (say("rules.party"), stands))
    return (card.summary.get(lang), say("inferred.note") if inferred_text(say, card, writer.library) else ""), rows


def _city(writer: _Writer, card_id: str) -> Written:
    say, card = writer.say, writer.library.city(card_id)
    rows = [
        (say("cards.conditions"), listed(writer.say, card.conditions)),
        (say("pack.facts"), str(len(card.facts))),
        (say("summary.governance"), writer.titles("governance", [card.governance])),
        (say("summary.play"), writer.command(f"run --city {card_id} --model cards")),
    ]
    source = (writer.say("cards.told_by_paper"),) if card.source.sections else ()
    return (*source, card.driver.get(writer.lang)), rows


def _pack(writer: _Writer, card_id: str) -> Written:
    say, card = writer.say, writer.library.pack(card_id)
    slots = [f"{slot.minutes}′ {slot.what.get(writer.lang)}" for slot in card.timing]
    length = say("summary.minutes", minutes=sum(slot.minutes for slot in card.timing))
    rows = [
        (say("pack.timing"), "\n".join(slots)),
        (say("cards.part.papers"), listed(writer.say, (paper.title for paper in card.documents))),
        (say("summary.print"), writer.command(f"show scenario {card_id} --pack")),
    ]
    return (say("pack.kicker"), length), rows


def _rubric(writer: _Writer, card_id: str) -> Written:
    card, say, lang = writer.library.rubric(card_id), writer.say, writer.lang
    asked = (f"{each.name.get(lang)}{say('colon')}{each.question.get(lang)}" for each in card.criteria)
    rows = [
        (say("summary.criteria"), "\n".join(f"{number} {text}" for number, text in enumerate(asked, 1))),
        (say("summary.play"), writer.command(f"run --rubric {card_id} --model cards")),
    ]
    return (), rows


def _experiment(writer: _Writer, card_id: str) -> Written:
    say, card = writer.say, writer.library.experiment(card_id)
    expected = []
    for each in card.hypotheses:
        outcome = say(OUTCOMES[each.outcome].words) if each.outcome in OUTCOMES else each.outcome
        towards = say(f"experiment_report.expected.{each.direction}")
        arm = say("experiment_report.contrast", arm=each.arm, base=card.base_of(each))
        expected.append(f"{arm}{say('colon')}{outcome}{say.paren(towards)}")
    rows = [
        (say("summary.arms", factor=card.arms), say.join(card.factors.levels(card.arms))),
        (say("summary.sessions"), str(card.replicates)),
        (say("summary.hypotheses"), "\n".join(expected)),
        (say("summary.plan"), writer.command(f"experiment plan {card_id} --model none", speaks=False)),
    ]
    return (card.question.get(writer.lang),), rows


def _network(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.network(card_id)
    if isinstance(card, Campaign):
        places = [
            f"{each.name.get(lang)}{say('colon')}{writer.titles('scenario', [each.scenario])}"
            for each in card.communities
        ]
        rows = [
            (say("summary.communities"), "\n".join(places)),
            (say("summary.rounds"), str(len(card.rounds))),
            (say("summary.play"), writer.command(f"campaign run {card_id} --model cards")),
        ]
    else:
        card = cast(Country, card)
        rows = [
            (say("summary.levels"), listed(writer.say, (level.name for level in card.levels))),
            (say("summary.districts"), f"{card.districts:,}"),
            (say("spread_page.facts.pilots"), f"{card.pilots.count}"),
            (say("spread_page.facts.periods"), f"{card.periods}{say('semi')}{card.period.get(lang)}"),
            (say("spread_page.facts.mechanisms"), "\n".join(_mechanisms(say, card))),
            (say("summary.play"), writer.command(f"diffuse run {card_id}")),
        ]
    return (card.summary.get(lang),), rows


def _mechanisms(say: Words, card: Country) -> Iterator[str]:
    """Yield the mechanisms of a country, each with its rates as in ``--set``, then the rates of no mechanism."""
    rates = {path: value for path, value in rates_of(card).items() if type(value) in (int, float)}
    for name in (name for name in MECHANISMS if getattr(card, name).on):
        own = (f"{path}={value:g}" for path, value in rates.items() if path.startswith(f"{name}."))
        yield say.of("diffusion.mechanism", name) + say.paren(say.join(own))
    yield say.join([f"{path}={rates[path]:g}" for path in ("again", "line")])


def _stage(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.stage(card_id)
    does = [say(f"summary.does.{each}") for each in (*(["cascade"] if card.cascade else []), *card.abilities)]
    known = sorted(map(writer.library.stage, writer.library.cards["stage"]), key=lambda each: each.order)
    deciding = next(each for each in known if "decides" in each.abilities)
    stages = f"{deciding.id},{card_id}" if card.reviews else card_id
    rows = [
        (say("cards.setting"), card.setting.get(lang)),
        (say("summary.does"), say("semi").join(does)),
        (say("summary.product"), card.product.get(lang)),
        (say("summary.turns"), str(card.turns)),
        (say("summary.ends"), "" if card.ends_when == "turn_limit" else say.of("ended", card.ends_when)),
        (say("summary.aftermath"), say("summary.events", count=len(card.aftermath)) if card.aftermath else ""),
        (say("summary.inspection"), card.inspection.get(lang) if card.inspection else ""),
        (say("summary.play"), writer.command(f"run --stages {stages} --model cards")),
    ]
    return (card.purpose.get(lang),), rows


def _arrival(writer: _Writer, card_id: str) -> Written:
    say, lang, card = writer.say, writer.lang, writer.library.arrival(card_id)

    def who(kinds: Iterable[str]) -> str:
        return say.join([say(f"sensitivity.who.{kind}") for kind in kinds])

    def rows() -> Iterator[Row]:
        yield say("summary.part"), say(f"summary.part.{card.part}")
        yield say("summary.stages"), writer.titles("stage", card.stages)
        leans = []
        for kind, lean in card.pulses.items():
            steps = [f"{say(f'pulse.{name}')} {signed(step, 0)}" for name, step in lean if step]
            leans.append(who([kind]) + say("colon") + say.join(steps))
        yield say("summary.lean"), "\n".join(leans)
        for pledge in card.promises:
            yield say("summary.promised"), f"“{pledge.says.get(lang)}”{say.paren(who(pledge.by[:1]))}"
        if plan := card.plan:
            key, lost = "summary.came.whole" if plan.copied == 1 else "summary.came.changed", ""
            if plan.dropped:
                lost = say("summary.came.lost", sections=[say.of("section", name) for name in plan.dropped])
            yield say("summary.plan_came"), say(key, origin=plan.origin.get(lang), share=percent(plan.copied)) + lost
        if post := card.post:
            name = post.name.get(lang) + say.paren(post.before.get(lang))
            yield say("summary.posted"), f"{name}\n{post.agenda.get(lang)}"
        for rumour in card.heard:
            yield say("summary.heard"), f"“{rumour.says.get(lang)}”{say.paren(rumour.source.get(lang))}"
        if host := card.host:
            yield say("summary.host"), say.join([text.get(lang) for text in (host.name, host.role, host.place)])
            yield say("summary.shown"), listed(say, host.shown)
            yield say("summary.hidden"), listed(say, host.hidden)

    return (card.why.get(lang),), rows()


_WRITERS: dict[str, Callable[[_Writer, str], Written]] = {
    "scenario": _scenario, "persona": _persona, "governance": _governance, "city": _city, "pack": _pack,
    "rubric": _rubric, "experiment": _experiment, "network": _network, "stage": _stage, "arrival": _arrival,
}  # fmt: skip


def whole_card(library: Library, kind: str, card_id: str) -> dict[str, Any]:
    """Return the plain values of a card's file; raises `InputError` if there is no such card."""
    card: dict[str, Any] = getattr(library, kind)(card_id).model_dump(mode="json", exclude_none=True)
    return card


def outcome(name: str, lang: Lang) -> dict[str, str]:
    """Return the description of an outcome: name, definition, unit, needs, and its measure in rubrics.

    Raises:
        UnknownError: there is no such outcome.
    """
    known, say = outcome_of(name), Words(lang)
    if known is None or not (known.own or name in OUTCOMES):
        raise UnknownError("outcome", name, OUTCOMES)
    unit, how = "own" if known.own else known.unit, "rest" if known.rest_of else "same"
    return {
        "id": name,
        "name": say.of("experiment.outcome", name),
        "counts": say(known.definition),
        "unit": say(f"experiment.unit.{unit}", low=short(known.low), high=short(known.high or 0)),
        "needs": say(f"experiment.needs.{known.needs}"),
        **({"measure": say(f"experiment.measure.{how}", name=known.rest_of)}
           if known.rest_of or name in get_args(MeasureName) else {}),
    }  # fmt: skip


def measure(name: str, lang: Lang) -> dict[str, str]:
    """Return the description of a measure of rubrics: name, definition, and the outcome that counts the same.

    Raises:
        UnknownError: there is no such measure.
    """
    if name not in get_args(MeasureName):
        raise UnknownError("measure", name, get_args(MeasureName))
    say, rest = Words(lang), next((each.name for each in OUTCOMES.values() if each.rest_of == name), "")
    told = "of" if name in OUTCOMES else "rest_of" if rest else "none"
    return {
        "id": name,
        "name": say(f"m.{name}"),
        "counts": say(f"d.{name}"),
        "outcome": say(f"experiment.measure.{told}", name=rest),
    }


def counted_in(kind: str, lang: Lang) -> list[dict[str, str]]:
    """Return the list of all outcomes, or of all measures of rubrics."""
    names, described = (OUTCOMES, outcome) if kind == "outcome" else (get_args(MeasureName), measure)
    return [
        {"id": each["id"], "what": " · ".join([*each.values()][1:])}
        for each in (described(name, lang) for name in names)
    ]
