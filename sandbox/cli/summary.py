"""Cards, outcomes and sessions as they are listed; a card in whole, or on one screen, with the commands for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.cli.translation import LANG, translated, why
from sandbox.content.campaign_card import Campaign
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.words import Words
from sandbox.errors import ContentError, SandboxError, UnknownError
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.record.folder import SessionFolder
from sandbox.report.document.compose import fact_list
from sandbox.report.figures import short
from sandbox.report.pages.pack import listed
from sandbox.report.role_card import character
from sandbox.report.rule_words import inferred_text, own_text
from sandbox.session.opening import open_session

Row = tuple[str, str]


def print_summary(library: Library, kind: str, card_id: str, lang: Lang, added: str = "") -> bool:
    """Print a card in short, and return whether its kind has such a form; other cards are short themselves.

    ``added`` are options that a command needs beside its own. Raises `InputError` where there is no such card.
    """
    if kind not in _WRITERS:
        return False
    writer = _Writer(library, lang, added)
    texts, rows = _WRITERS[kind](writer, card_id)
    say, console, title = writer.say, Console(), library.title(kind, card_id).get(lang)
    whole = writer.command(f"show {kind} {card_id} --yaml")
    file = (say("summary.file"), str(library.files[(kind, card_id)]))  # type: ignore[index]
    for text, style in ((title, "bold"), *((text, "") for text in texts)):
        console.print(text, style=style, markup=False, highlight=False)
    console.print()
    show(console, fact_list((*rows, (say("summary.whole"), whole), file)))
    return True


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
            asked = f"{decision.question.get(lang)} {listed(writer.say, decision.options.values())}"
            yield "" if number else say("pack.settle"), asked
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
    card = writer.library.rubric(card_id)
    names = (f"{number} {criterion.name.get(writer.lang)}" for number, criterion in enumerate(card.criteria, 1))
    rows = [
        (writer.say("summary.criteria"), "\n".join(names)),
        (writer.say("summary.play"), writer.command(f"run --rubric {card_id} --model cards")),
    ]
    return (), rows


def _experiment(writer: _Writer, card_id: str) -> Written:
    say, card = writer.say, writer.library.experiment(card_id)
    expected = []
    for each in card.hypotheses:
        outcome = say(OUTCOMES[each.outcome].words) if each.outcome in OUTCOMES else each.outcome
        towards = say(f"experiment_report.expected.{each.direction}")
        expected.append(f"{each.arm}{say('colon')}{outcome}{say.paren(towards)}")
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
        places = [f"{each.name.get(lang)}{say('colon')}{each.scenario}" for each in card.communities]
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
            (say("summary.play"), writer.command(f"diffuse run {card_id}")),
        ]
    return (card.summary.get(lang),), rows


_WRITERS: dict[str, Callable[[_Writer, str], Written]] = {
    "scenario": _scenario, "persona": _persona, "governance": _governance, "city": _city, "pack": _pack,
    "rubric": _rubric, "experiment": _experiment, "network": _network,
}  # fmt: skip


def whole_card(library: Library, kind: str, card_id: str) -> dict[str, Any]:
    """Return a card as its file has it, in plain values; raises `InputError` where there is none."""
    card: dict[str, Any] = getattr(library, kind)(card_id).model_dump(mode="json", exclude_none=True)
    return card


def in_lang(value: Any, lang: Lang) -> Any:
    """Return the plain values of a card with its texts in one language."""
    if isinstance(value, dict):
        return value[lang] if set(value) == {*LANGUAGES} else {key: in_lang(item, lang) for key, item in value.items()}
    return [in_lang(item, lang) for item in value] if isinstance(value, list) else value


def yaml_text(value: dict[str, Any]) -> str:
    """Return plain values as YAML."""
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100).rstrip()


def outcome(name: str, lang: Lang) -> dict[str, str]:
    """Return what an outcome is, in words: its name, what it counts, its range and unit, and what it needs.

    Raises:
        UnknownError: there is no such outcome.
    """
    if name not in OUTCOMES:
        raise UnknownError("outcome", name, OUTCOMES)
    known, say = OUTCOMES[name], Words(lang)
    return {
        "id": name,
        "name": say(known.words),
        "counts": say(known.definition),
        "unit": say(f"experiment.unit.{known.unit}", low=short(known.low), high=short(known.high or 0)),
        "needs": say(f"experiment.needs.{known.needs}"),
    }


def outcomes_in(lang: Lang) -> list[dict[str, str]]:
    """Return all outcomes as they are listed."""
    return [{"id": name, "what": " · ".join([*outcome(name, lang).values()][1:])} for name in OUTCOMES]


def cards_in(library: Library, kind: str, *, campaigns: bool = False) -> list[dict[str, str]]:
    """Return the cards of a kind as they are listed, or only campaigns of it; without a kind how many there are."""
    if not kind:
        return [{"id": name, "what": str(len(cards))} for name, cards in library.cards.items()]
    rows = []
    for card_id in library.cards[kind]:  # type: ignore[index]
        try:
            card = library.cards[kind][card_id]  # type: ignore[index]
        except ContentError as error:
            rows.append({"id": card_id, "what": error.problems[0]})
            continue
        if campaigns and not isinstance(card, Campaign):
            continue
        title = library.title(kind, card_id)
        names = sorted(LANGUAGES, key=lambda lang: lang != LANG)
        rows.append({"id": card_id, "what": " / ".join(title.get(lang) for lang in names)})
    return rows


def sessions_in(runs: Path, library: Library, *, wide: bool = False) -> list[dict[str, Any]]:
    """Return the sessions of a folder as they are listed.

    With ``wide``, each has the columns of the table of sessions beside it, and None in them where it cannot be opened.
    """
    rows: list[dict[str, Any]] = []
    for folder in SessionFolder.all(runs):
        try:
            events = folder.read()
        except SandboxError as error:
            rows.append({"id": folder.id, "what": why(error)})
            continue
        begun: Mapping[str, Any] = next((event.payload for event in events if event.kind == "session"), {})
        spec: Mapping[str, Any] = begun.get("spec", {})
        taken_over = [event.payload for event in events if event.kind == "model"]
        models = [spec.get("model"), *(each["model"] for each in taken_over)]
        by_seat = [spec.get("models", {}), *(each["models"] for each in taken_over if "models" in each)][-1]
        lines = sum(event.kind == "line" for event in events)
        finished = any(event.kind == "close" for event in events)
        state = translated("finished" if finished else "going on" if folder.held else "stopped")
        spoken = translated("{count} lines", count=lines)
        scenario, rules = (named(library, kind, str(spec.get(kind))) for kind in ("scenario", "governance"))
        rules += "".join(f" {change}" for change in spec.get("changes", ()))
        seed = translated("seed {seed}", seed=spec.get("seed"))
        who = [models[-1] or translated("unnamed")]
        who += [f"{seat}: {name}" for seat, name in {**by_seat, **spec.get("agents", {})}.items() if name != models[-1]]
        parts = [scenario, rules, ", ".join(who), seed, translated(str(spec.get("lang"))), spoken]
        if branch := begun.get("branch"):
            parts.append(translated("branch of {session} at {line}", session=branch["of"], line=branch["at"]))
        rows.append({"id": folder.id, "what": " · ".join((*parts, state))})
    if wide:
        rows = [{**row, **_wide(SessionFolder(runs / row["id"]), library)} for row in rows]
    return rows


def _wide(folder: SessionFolder, library: Library) -> dict[str, Any]:
    """Return a session's row in the table of sessions; without a value where it cannot be opened."""
    from sandbox.experiment.session_tables import TABLES, wide_row  # brings the store

    try:
        return wide_row(open_session(folder, library), folder.id)
    except SandboxError:
        return {**dict.fromkeys(TABLES["sessions"]), "session": folder.id}


def named(library: Library, kind: str, card_id: str) -> str:
    """Return a card's name where the caller reads Chinese, to whom an English id says little; else its id."""
    try:
        return card_id if LANG == "en" else library.title(kind, card_id).get(LANG)
    except (KeyError, SandboxError):
        return card_id
