"""Commands about content and set-up: list, show, validate, graph, doctor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.cli import options
from sandbox.errors import ContentError, InputError, SandboxError, StorageError, unknown

if TYPE_CHECKING:
    from sandbox.content.library import Library

__all__ = ["register"]

_KINDS = ("persona", "scenario", "stage", "governance", "city", "rubric", "session")
_PLURALS = {"cities": "city", **{f"{kind}s": kind for kind in _KINDS if kind != "city"}}
_NEW = ("persona", "scenario", "governance")
Kind = Annotated[str, typer.Argument(help=f"One of: {', '.join(_KINDS)}.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("list")(list_kind)
    app.command("show")(show)
    app.command("validate")(validate)
    app.command("new")(new)
    app.command("graph")(graph)
    app.command("doctor")(doctor)


def list_kind(
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(_KINDS)}; without it, counts.")] = "",
    content: options.Content = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> None:
    """List personas, scenarios, stages, governance models, rubrics or sessions."""
    kind = _kind(kind) if kind else ""
    rows = _sessions(out) if kind == "session" else _cards(_library(content), kind)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        typer.echo("no sessions yet: sandbox run" if kind == "session" else f"no {kind}")
    width = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        typer.echo(f"{row['id']:<{width}}  {row['what']}")


def show(
    kind: Kind,
    card_id: Annotated[str, typer.Argument(metavar="ID", help="The card's id, or the session's.")],
    lang: Annotated[str, typer.Option("--lang", help="en or zh.")] = "en",
    content: options.Content = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> None:
    """Show one card in full, or the transcript of a session."""
    kind = _kind(kind)
    if lang not in ("en", "zh"):
        raise InputError(f"--lang: {unknown('language', lang, ('en', 'zh'))}")
    if kind == "session":
        _show_session(card_id, content, out, as_json)
        return
    library = _library(content)
    getter = getattr(library, kind)
    card: dict[str, Any] = getter(card_id).model_dump(mode="json", exclude_none=True)
    if as_json:
        typer.echo(json.dumps(card, ensure_ascii=False))
        return
    import yaml

    typer.echo(f"# {library.files[(kind, card_id)]}")  # type: ignore[index]
    typer.echo(yaml.safe_dump(_in_lang(card, lang), allow_unicode=True, sort_keys=False, width=100).rstrip())


def validate(
    path: Annotated[Path | None, typer.Argument(help="A content file, or a content folder.")] = None,
    content: options.Content = None,
) -> None:
    """Check content: every fault with file, line, field and what is allowed."""
    from sandbox.content.library import check_file

    if path is not None and not path.exists():
        raise InputError(f"{path} does not exist")
    if path is not None and path.is_file():
        kind, card_id = check_file(path)
        typer.echo(f"{path}: valid {kind} '{card_id}'")
        return
    from sandbox.content.templates import check_templates

    library = _library(path or content)
    library.check()
    templates = check_templates(library.roots)
    faults = _unplayable(library)
    if faults:
        raise ContentError(faults)
    for kind, cards in library.cards.items():
        typer.echo(f"{kind}: {len(cards)} valid")
    typer.echo(f"templates: {templates} valid")
    typer.echo(f"gold items: {_gold(library)} valid")


def _gold(library: Library) -> int:
    """Check the gold sets of all rubrics; return how many items there are, both languages counted.

    Raises:
        ContentError: with every fault found.
    """
    from sandbox.content.gold import LANGUAGES, check_gold, gold_criteria, gold_items

    found = gold_criteria(library)
    faults = list(check_gold(library, found))
    if faults:
        raise ContentError(faults)
    return sum(len(gold_items(library, one.id, lang)) for one in found for lang in LANGUAGES)


def new(
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(_NEW)}.")],
    card_id: Annotated[str, typer.Argument(metavar="ID", help="Its id: small letters, digits, underscores.")],
    content: Annotated[Path, typer.Option("--content", help="Your content folder.")] = Path("content"),
) -> None:
    """Write a small, complete card to start from, which can be played at once."""
    from sandbox.content.library import FOLDERS, Library, check_file
    from sandbox.content.skeletons import skeleton

    if kind not in _NEW:
        raise InputError(unknown("kind", kind, _NEW))
    if card_id in Library.load().cards[kind]:  # type: ignore[index]
        raise InputError(f"a {kind} '{card_id}' is shipped already; choose another id (a file of that id replaces it)")
    path = content / FOLDERS[kind][0] / f"{card_id}.yaml"  # type: ignore[index]
    if path.exists():
        raise InputError(f"{path} exists already; nothing was changed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(skeleton(kind, card_id), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        check_file(path)
    except InputError:
        path.unlink()
        raise
    typer.echo(str(path))
    typer.echo(f"check it: sandbox validate {content}")
    if kind == "scenario":
        typer.echo(f"play it: sandbox run --content {content} --scenario {card_id}")
    elif kind == "governance":
        typer.echo(f"see what it makes impossible: sandbox rules --content {content} --governance {card_id}")


def graph() -> None:
    """Print the session graph as a Mermaid drawing."""
    from sandbox.session.graph import drawing

    typer.echo(drawing().rstrip())


def doctor(
    model: options.Model = None,
    gguf: options.Gguf = None,
    content: options.Content = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> None:
    """Say which endpoint, model, folder and content would be used, and whether each answers."""
    from sandbox.cli.checkup import examine

    settings = options.settings_with(gguf)
    checks = examine(settings, model, content, out or settings.runs, quiet=as_json)
    if as_json:
        typer.echo(json.dumps([vars(check) for check in checks], ensure_ascii=False))
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.what}: {check.found}")
    failed = [check for check in checks if not check.ok]
    if failed:
        raise typer.Exit(max(check.exit_code for check in failed))


def _unplayable(library: Library) -> list[str]:
    """Return why a scenario cannot be played under a model that it names."""
    from sandbox.game.game import Game
    from sandbox.game.spec import SessionSpec

    faults = []
    for scenario in library.cards["scenario"]:
        for place, model in enumerate(library.scenario(scenario).governance):
            try:
                Game(SessionSpec(scenario=scenario, governance=model), library)
            except InputError as error:
                where = library.where("scenario", scenario, ("governance", place))
                faults.append(f"{where}: governance: cannot be played under '{model}': {error}")
    return faults


def _kind(word: str) -> str:
    """Return the kind that a word names, in the singular or the plural."""
    kind = _PLURALS.get(word, word)
    if kind not in _KINDS:
        raise InputError(unknown("kind", word, _KINDS))
    return kind


def _library(content: Path | None) -> Library:
    from sandbox.content.library import Library

    return Library.load(content)


def _cards(library: Library, kind: str) -> list[dict[str, str]]:
    if not kind:
        return [{"id": name, "what": str(len(cards))} for name, cards in library.cards.items()]
    from sandbox.content.schemas import Persona, Scenario

    rows = []
    for card in library.cards[kind].values():  # type: ignore[index]
        if isinstance(card, Persona):
            what = f"{card.name.en}, {card.role.en} · {card.name.zh}，{card.role.zh}"
        else:
            title = card.title if isinstance(card, Scenario) else card.name
            what = f"{title.en} · {title.zh}"
        rows.append({"id": card.id, "what": what})
    return rows


def _sessions(out: Path | None) -> list[dict[str, str]]:
    from sandbox.record.folder import SessionFolder
    from sandbox.settings import Settings

    rows = []
    for folder in SessionFolder.all(out or Settings.from_environment().runs):
        try:
            events = folder.read()
        except SandboxError as error:
            rows.append({"id": folder.id, "what": str(error)})
            continue
        spec: dict[str, Any] = next((event.payload["spec"] for event in events if event.kind == "session"), {})
        lines = sum(event.kind == "line" for event in events)
        state = "finished" if any(event.kind == "close" for event in events) else "stopped"
        what = f"{spec.get('scenario')} · {spec.get('governance')} · {spec.get('lang')} · {lines} lines · {state}"
        rows.append({"id": folder.id, "what": what})
    return rows


def _show_session(session: str, content: Path | None, out: Path | None, as_json: bool) -> None:
    from sandbox.game.session import Session
    from sandbox.record.folder import SessionFolder
    from sandbox.report.transcript import transcript_markdown
    from sandbox.session.opening import game_of
    from sandbox.settings import Settings

    folder = SessionFolder.find(out or Settings.from_environment().runs, session)
    events = folder.read()
    if as_json:
        typer.echo(json.dumps([event.as_dict() for event in events], ensure_ascii=False))
        return
    game = game_of(events, _library(content), folder.events)
    typer.echo(transcript_markdown(Session.of(game, events)))


def _in_lang(value: Any, lang: str) -> Any:
    if isinstance(value, dict):
        if set(value) == {"en", "zh"}:
            return value[lang]
        return {key: _in_lang(one, lang) for key, one in value.items()}
    return [_in_lang(one, lang) for one in value] if isinstance(value, list) else value
