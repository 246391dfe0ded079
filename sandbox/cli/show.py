"""The command ``show``: a card on one screen or in full, a trainer's pack, an outcome, the transcript of a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.kinds import KINDS, kind_of
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.which import folder_options
from sandbox.errors import InputError, UnknownError

if TYPE_CHECKING:
    from sandbox.content.cards import Lang
    from sandbox.content.library import Library

__all__ = ["app", "outcome_words"]

app = Commands()
Kind = Annotated[str, Argument(metavar="KIND", help=f"One of: {', '.join((*KINDS, 'campaign'))}.")]


@app.command()
def show(
    kind: Kind,
    card_id: Annotated[str, Argument(metavar="ID", help="The card's id, the outcome's, or the session's.")],
    *,
    lang: Annotated[str, Option(help="Language: en or zh.")] = "en",
    as_yaml: Annotated[bool, Option("--yaml", help="Print the whole card, as its file has it, in one language.")] = (
        False
    ),
    pack: Annotated[
        bool, Option("--pack", help="Write a scenario's trainer's pack to print: guide, role cards, papers, questions.")
    ] = False,
    formats: Annotated[
        list[str] | None, Option("--format", help="With --pack: html, md, docx; several with commas between.")
    ] = None,
    governance: Annotated[
        str, Option(help="With --pack: the model it is played under, so that role cards say what the rules bar.")
    ] = "",
    personas: Annotated[
        list[str] | None,
        Option(
            "--cast", help="With --pack: the persona that takes a seat, as in: sandbox run --cast (more than once)."
        ),
    ] = None,
    to: Annotated[Path, Option(help="With --pack: the folder it is written to.")] = Path(),
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Show a card on one screen (--yaml: in full), what an outcome counts, or the transcript of a session."""
    kind = kind_of(kind)
    options.check("--lang", "language", [lang], ("en", "zh"))
    if pack:
        if kind != "scenario":
            raise InputError(f"--pack: only a scenario has a trainer's pack, not a {kind}")
        taken = options.pairs("--cast", personas or ())
        _write_pack(card_id, lang, formats or ["html"], governance, taken, to, places.library)
        return
    given = {"--format": formats, "--governance": governance, "--cast": personas, "--to": to != Path()}
    if alone := [option for option, value in given.items() if value]:
        raise InputError(f"{alone[0]} goes with --pack alone")
    if kind == "session":
        _show_session(card_id, places, as_json)
    elif kind == "outcome":
        _show_outcome(card_id, lang, as_json)
    elif as_json or as_yaml:
        _show_whole(places.library, kind, card_id, lang, as_json)
    else:
        _show_card(places, kind, card_id, cast("Lang", lang))


def outcome_words(name: str, lang: str) -> dict[str, str]:
    """Return what an outcome is, in words: its name, what it counts, its range and unit, and what it needs."""
    from sandbox.content.words import Words
    from sandbox.experiment.outcomes import OUTCOMES

    outcome, say = OUTCOMES[name], Words(cast("Lang", lang))
    low = f"{outcome.low:g}".replace("-", "−")
    return {
        "name": say(outcome.words),
        "counts": say(outcome.definition),
        "unit": say(f"experiment.unit.{outcome.unit}", low=low, high=f"{outcome.high or 0:g}"),
        "needs": say(f"experiment.needs.{outcome.needs}"),
    }


def _show_card(places: options.Places, kind: str, card_id: str, lang: Lang) -> None:
    from sandbox.cli.blocks import facts_grid
    from sandbox.cli.console import Console
    from sandbox.cli.summary import summary

    short = summary(places.library, kind, card_id, lang, folder_options(places))
    if short is None:
        _show_whole(places.library, kind, card_id, lang, as_json=False)
        return
    console = Console()
    for text, style in ((short.title, "bold"), *((text, "") for text in short.texts)):
        console.print(text, style=style, markup=False, highlight=False)
    console.print()
    console.print(facts_grid(short.rows))


def _show_whole(library: Library, kind: str, card_id: str, lang: str, as_json: bool) -> None:
    import yaml

    card: dict[str, Any] = getattr(library, kind)(card_id).model_dump(mode="json", exclude_none=True)
    if as_json:
        echo_json(card)
        return
    echo(f"# {library.files[(kind, card_id)]}")  # type: ignore[index]
    echo(yaml.safe_dump(_in_lang(card, lang), allow_unicode=True, sort_keys=False, width=100).rstrip())


def _show_outcome(name: str, lang: str, as_json: bool) -> None:
    import yaml

    from sandbox.experiment.outcomes import OUTCOMES

    if name not in OUTCOMES:
        raise UnknownError("outcome", name, OUTCOMES)
    shown = {"id": name, **outcome_words(name, lang)}
    if as_json:
        echo_json(shown)
    else:
        echo(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100).rstrip())


def _show_session(session: str, places: options.Places, as_json: bool) -> None:
    from sandbox.report.transcript import transcript_markdown

    if as_json:
        echo_json([event.as_dict() for event in places.find(session).read()])
        return
    opened, _ = places.open(session)
    echo(transcript_markdown(opened))


def _write_pack(
    case: str, lang: str, formats: list[str], model: str, taken: dict[str, str], to: Path, library: Library
) -> None:
    from sandbox.cli.report_files import write_files
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.pack import make_pack

    forms = options.checked_formats(formats, FORMATS)
    document = make_pack(library, case, cast("Lang", lang), model, cast=taken)
    for path in write_files(to, {f"{case}_pack_{lang}.{form}": FORMATS[form](document) for form in forms}):
        echo(str(path.resolve()))


def _in_lang(value: Any, lang: str) -> Any:
    if isinstance(value, dict):
        return value[lang] if set(value) == {"en", "zh"} else {key: _in_lang(item, lang) for key, item in value.items()}
    return [_in_lang(item, lang) for item in value] if isinstance(value, list) else value
