"""Commands about content and set-up: show, list, validate, new, graph, doctor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer import Argument, Option

from sandbox.cli import options, translation, values
from sandbox.cli.folders import Folders
from sandbox.cli.going_on import folder_options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json, echo_paths, echo_problem
from sandbox.cli.translation import said, translated
from sandbox.content.named import id_of
from sandbox.errors import InputError, Problem, StorageError, unknown
from sandbox.settings import content_folder

if TYPE_CHECKING:
    from sandbox.content.library import Library


app = Commands()
KINDS = (
    "persona", "scenario", "stage", "governance", "city", "pack", "rubric", "experiment", "network", "arrival",
    "outcome", "measure", "session", "campaign",
)  # fmt: skip
_WORDS = {
    "cities": "city",
    "case": "scenario",
    "cases": "scenario",
    **{f"{kind}s": kind for kind in KINDS if kind != "city"},
}
# What to do with a new card of a kind.
_NEXT = {
    "scenario": ("play it:", "sandbox run --content {content} --scenario {card_id} --model cards"),
    "persona": ("look at it:", "sandbox show persona {card_id} --content {content}"),
    "rubric": ("score a session by it:", "sandbox run --content {content} --rubric {card_id} --model cards"),
    "pack": ("print it:", "sandbox show scenario {card_id} --pack --content {content}"),
    "governance": ("see what it makes impossible:", "sandbox rules --content {content} --governance {card_id}"),
    "city": (
        "play a case in it (only models that play free read its setting):",
        "sandbox run --content {content} --city {card_id}",
    ),
    "network": ("play it:", "sandbox diffuse run {card_id} --content {content}"),
    "campaign": ("play it by the rules alone:", "sandbox campaign run {card_id} --model none --content {content}"),
    "experiment": ("see what it takes:", "sandbox experiment plan {card_id} --content {content}"),
}
_NEW = ("persona", "scenario", "pack", "governance", "rubric", "city", "experiment", "campaign", "network")


@app.command()
def show(
    kind: Annotated[str, Argument(metavar="KIND", help=f"One of: {', '.join(KINDS)}.")],
    card_id: Annotated[str, Argument(metavar="ID", help="The card's id, the outcome's, or the session's.")] = "",
    *,
    lang: Annotated[options.Lang, options.language("Language: en or zh.")] = options.LANG,
    as_yaml: Annotated[bool, Option("--yaml", help="Print the card's file, in both languages.")] = False,
    pack: Annotated[
        bool,
        Option("--pack", help="Write a scenario's facilitator's pack to print: guide, role cards, papers, questions."),
    ] = False,
    formats: Annotated[
        list[str] | None,
        Option("--format", help="With --pack: html, md, docx; with commas between, or more than once."),
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
    to: Annotated[
        Path, Option(metavar="DIR", help="With --pack: the folder it is written to (default: the one you are in).")
    ] = Path(),
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Show a card on one screen (--yaml: in full), what outcomes or measures count, or the transcript of a session."""
    if not card_id:
        kinds = [each for each, cards in places.library.cards.items() if places.library.id_of(each, kind) in cards]
        is_a, called = "{card} is a {kind}: sandbox show {kind} {card}", f'"{kind}"' if " " in kind else kind
        named = [translated(is_a, card=called, kind=each) for each in kinds]
        _ = named or _kind_of(kind)
        raise InputError("\n".join(named) or translated("{name} is missing", name="ID"))
    kind = _shelf(_kind_of(kind))
    card_id = places.library.id_of(kind, card_id) if kind in places.library.cards else card_id
    if pack:
        if kind != "scenario":
            raise InputError(translated("--pack: only a scenario has a facilitator's pack, not a {kind}", kind=kind))
        taken = values.pairs("--cast", personas or ())
        _write_pack(card_id, lang, formats, governance, taken, to, places.library)
        return
    asked = {"--format": formats, "--governance": governance, "--cast": personas, "--to": to != Path()}
    if alone := [option for option, value in asked.items() if value]:
        raise InputError(translated("{option} goes with {other} alone", option=alone[0], other="--pack"))
    if kind == "session":
        if as_json:
            echo_json([event.as_dict() for event in places.find(card_id).read()])
            return
        from sandbox.report.pages.session import transcript_markdown

        echo(transcript_markdown(places.open(card_id)[0]))
        return
    from sandbox.cli.summary import measure, outcome, print_counted, print_summary, whole_card

    if kind in ("outcome", "measure"):
        shown = outcome(card_id, lang) if kind == "outcome" else measure(card_id, lang)
        if as_json:
            echo_json(shown)
        else:
            print_counted(shown, lang)
        return
    library = places.library
    card = whole_card(library, kind, card_id)  # an unknown or faulty one is told
    if as_json:
        echo_json(card)
    elif as_yaml:
        file = library.files[(kind, card_id)]  # type: ignore[index]
        echo(f"# {file}")
        echo(file.read_text(encoding="utf-8").rstrip())
    else:
        print_summary(library, kind, card_id, lang, folder_options(places))


@app.command("list")
def list_kind(
    kind: Annotated[
        str,
        Argument(metavar="KIND", help=f"One of: {', '.join(KINDS)}; without it, how many there are."),
    ] = "",
    *,
    lang: Annotated[
        options.Lang, options.language("Language of what outcomes count: en or zh; cards are shown in both.")
    ] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """List personas, scenarios, stages, governance, cities, rubrics, experiments, outcomes, measures or sessions."""
    from sandbox.cli.listing import cards_in, kept_beside, sessions_in

    named, beside, left_out = _kind_of(kind) if kind else "", list[str](), 0
    kind = _shelf(named)
    if kind == "session":
        rows, left_out = sessions_in(places.runs, places.library, wide=as_json)
        beside = kept_beside(places.runs)
    elif kind in ("outcome", "measure"):
        from sandbox.cli.summary import counted_in

        rows = counted_in(kind, lang)
    else:
        rows = cards_in(places.library, kind, campaigns=named == "campaign")
    if as_json:
        echo_json(rows)
        return
    if not (rows or left_out or beside):
        echo(translated("no sessions yet: sandbox run") if kind == "session" else translated("no {kind}", kind=kind))
    width = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        name = translated(row["id"]) if not kind else row["id"]
        what = row["what"] if name == row["id"] else f"{name} {row['what']}"
        echo(f"{row['id']:<{width}}  {what}")
    if left_out:
        echo(translated("left out, as nothing came of them: {count}; --json lists them", count=left_out))
    for line in beside:
        echo(line)


@app.command()
def validate(
    path: Annotated[
        Path | None, Argument(metavar="PATH", help="A content file, or a content folder; without it, all content.")
    ] = None,
    content: options.Content = None,
    strict: Annotated[bool, Option("--strict", help="Warnings count as faults: with one it ends with code 2.")] = False,
) -> None:
    """Check content: every fault with file, line, field and what is allowed; then warnings of what is doubtful."""
    from sandbox.cli.checkup import check_content, doubts_of
    from sandbox.cli.progress import waiting
    from sandbox.content.card_files import check_file
    from sandbox.content.library import Library
    from sandbox.content.words import check_file as check_words_file

    if path is not None and not path.exists():
        raise InputError(translated("{path} does not exist", path=path))
    doubts: Sequence[Problem] = ()
    if path is None or not path.is_file():
        with waiting("checking the content"):
            valid, doubts = check_content(Library.load(path or content))
        for line in valid:
            echo(line)
    elif path.resolve().parent.name == "words":
        echo(translated("{path}: {count} valid words", path=path, count=check_words_file(path)))
    else:
        kind, card_id = check_file(path)
        echo(translated("{path}: valid {kind} '{card}'", path=path, kind=kind, card=card_id))
        doubts = doubts_of(path, kind)
    for doubt in doubts:
        echo_problem(doubt, said(doubt))
    if doubts:
        echo(translated("warnings: {count}", count=len(doubts)))
    if doubts and strict:
        raise typer.Exit(2)


@app.command()
def new(
    kind: Annotated[str, Argument(metavar="KIND", help=f"One of: {', '.join(_NEW)}.")],
    card_id: Annotated[str, Argument(metavar="ID", help="Its id: small letters, digits, underscores.")],
    content: Annotated[
        Path | None, Option(help="Your content folder, in which it is written (default: SANDBOX_CONTENT, or content).")
    ] = None,
    tables: Annotated[
        bool, Option("--tables", help="Of a network: with a table of its places and one of their ties, as CSV.")
    ] = False,
) -> None:
    """Write a small, complete card to start from, which can be played at once."""
    from sandbox.content.card_files import FOLDERS, check_text, read_card
    from sandbox.content.cards import is_id
    from sandbox.content.files import write_whole
    from sandbox.content.library import Library
    from sandbox.content.scenario_card import Scenario
    from sandbox.content.skeletons import pack_for, skeleton, with_tables
    from sandbox.content.words import refusal

    kind = _kind_of(kind, _NEW)
    if tables and kind != "network":
        raise InputError(translated("--tables: only a network has tables, not a {kind}", kind=kind))
    if not is_id(card_id):
        raise refusal("refused.card_id", name=card_id[:60])
    shelf, content = _shelf(kind), content or content_folder() or Path("content")
    if card_id in Library.load().cards[shelf]:  # type: ignore[index]
        shipped = "a {kind} '{card}' is shipped already; choose another id (a file of that id replaces it)"
        raise InputError(translated(shipped, kind=kind, card=card_id))
    path = content / FOLDERS[shelf][0] / f"{card_id}.yaml"  # type: ignore[index]
    case = content / FOLDERS["scenario"][0] / path.name
    if kind == "pack" and not case.exists():
        goes_with = "a facilitator's pack goes with a scenario: first sandbox new scenario {card}"
        raise InputError(translated(goes_with, card=card_id))
    lang = translation.LANG
    if kind == "pack":
        text, beside = pack_for(cast(Scenario, read_card(case, "scenario")), lang), dict[str, str]()
    else:
        text, beside = with_tables(card_id, lang) if tables else (skeleton(kind, card_id, lang), {})
    paths = [path, *(path.with_name(name) for name in beside)]
    for each in paths:
        if each.exists():
            raise InputError(translated("{path} exists already; nothing was changed", path=each))
    check_text(path, text, shelf)  # type: ignore[arg-type]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for each, written in zip(reversed(paths), reversed([text, *beside.values()]), strict=True):
            write_whole(each, written)
    except OSError as error:
        raise StorageError(translated("cannot write {path}: {why}", path=path, why=error.strerror or error)) from error
    echo_paths(paths)
    echo(translated("check it: {command}", command=f"sandbox validate {content}"))
    if kind in _NEXT:
        do, command = _NEXT[kind]
        echo(f"{translated(do)} {command.format(card_id=card_id, content=content)}")


@app.command()
def graph() -> None:
    """Print the session graph as a Mermaid drawing."""
    from sandbox.session.graph import drawing

    echo(drawing().rstrip())


@app.command()
def doctor(
    model: options.Model = None, gguf: options.Gguf = None, *, places: Folders, as_json: options.Json = False
) -> None:
    """Say which endpoint, model, folder and content would be used, and whether each answers."""
    from sandbox.cli.checkup import examine

    checks = []
    for check in examine(model, options.Means(gguf), places, quiet=as_json):
        checks.append(check)
        if not as_json:
            mark = translated("ok  ") if check.ok else translated("FAIL")
            echo(translated("{mark} {what}: {found}", mark=mark, what=translated(check.what), found=check.found))
    if as_json:
        echo_json([vars(check) for check in checks])
    codes = [check.exit_code for check in checks if not check.ok]
    if codes:
        raise typer.Exit(max(codes))


def _kind_of(word: str, kinds: Sequence[str] = KINDS) -> str:
    """Return the kind, among some, that a word names in the singular or the plural.

    Raises:
        InputError: it names none of them; for kinds of cards without a skeleton the message says how to begin.
    """
    from sandbox.content.card_files import FOLDERS
    from sandbox.content.cards import Text
    from sandbox.content.named import Named
    from sandbox.content.words import Words

    words = Words("zh")
    known = [Named(kind, Text(en=kind, zh=words(f"unknown.kind.{kind}"))) for kind in KINDS]
    called = id_of(_WORDS.get(word, word), known)
    if called in kinds:
        return called
    refused = InputError(unknown("kind", word, [kind for kind in known if kind in kinds]))
    if called in FOLDERS:
        refused.hint = translated(
            "begin with a copy of one that is shipped: sandbox show {kind} ID --yaml", kind=called
        )
    raise refused


def _shelf(kind: str) -> str:
    return "network" if kind == "campaign" else kind


def _write_pack(
    case: str, lang: options.Lang, formats: list[str] | None, model: str, taken: dict[str, str], to: Path,
    library: Library,
) -> None:  # fmt: skip
    from sandbox.cli.report_files import write_files
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.pack import make_pack

    forms = values.forms(formats)
    model = library.id_of("governance", model) if model else ""
    taken = {library.id_of("persona", seat): library.id_of("persona", other) for seat, other in taken.items()}
    document = make_pack(library, case, lang, model, cast=taken)
    files = {f"{case}_pack_{lang}.{form}": FORMATS[form](document) for form in forms}
    echo_paths(path.resolve() for path in write_files(to, files))
