"""Commands about content and set-up: list, show, validate, new, graph, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.errors import ContentError, InputError, Problem, SandboxError, StorageError, UnknownError, unknown

if TYPE_CHECKING:
    from sandbox.content.cards import Lang
    from sandbox.content.library import Library

__all__ = ["app"]

app = Commands()
_KINDS = (
    "persona",
    "scenario",
    "stage",
    "governance",
    "city",
    "pack",
    "rubric",
    "experiment",
    "network",
    "arrival",
    "outcome",
    "session",
)
_CAMPAIGNS = ("campaign", "campaigns")
_PLURALS = {
    "cities": "city",
    **dict.fromkeys(_CAMPAIGNS, "network"),
    **{f"{kind}s": kind for kind in _KINDS if kind != "city"},
}
_NEW = ("persona", "scenario", "pack", "governance", "experiment", "campaign", "network")
Kind = Annotated[str, Argument(help=f"One of: {', '.join(_KINDS)}.")]


@app.command("list")
def list_kind(
    kind: Annotated[str, Argument(help=f"One of: {', '.join(_KINDS)}; without it, counts.")] = "",
    *,
    lang: Annotated[str, Option(help="Language of what outcomes count: en or zh; cards are shown in both.")] = "en",
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """List personas, scenarios, stages, models, cities, rubrics, experiments, networks, outcomes or sessions."""
    campaigns = kind in _CAMPAIGNS
    kind = _kind(kind) if kind else ""
    options.check("--lang", "language", [lang], ("en", "zh"))
    if kind == "session":
        rows = _sessions(places)
    elif kind == "outcome":
        rows = _outcomes(lang)
    else:
        rows = _cards(places.library, kind, campaigns=campaigns)
    if as_json:
        echo_json(rows)
        return
    if not rows:
        echo("no sessions yet: sandbox run" if kind == "session" else f"no {kind}")
    width = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        echo(f"{row['id']:<{width}}  {row['what']}")


@app.command()
def show(
    kind: Kind,
    card_id: Annotated[str, Argument(metavar="ID", help="The card's id, the outcome's, or the session's.")],
    *,
    lang: Annotated[str, Option(help="en or zh.")] = "en",
    pack: Annotated[
        bool, Option("--pack", help="Write a scenario's trainer's pack to print: guide, role cards, papers, questions.")
    ] = False,
    formats: Annotated[
        list[str] | None, Option("--format", help="With --pack: html, md, docx; several with commas between.")
    ] = None,
    governance: Annotated[
        str, Option(help="With --pack: the model it is played under, so that role cards say what the rules bar.")
    ] = "",
    to: Annotated[Path, Option(help="With --pack: the folder it is written to.")] = Path(),
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Show one card in full, what an outcome counts, or the transcript of a session."""
    kind = _kind(kind)
    options.check("--lang", "language", [lang], ("en", "zh"))
    if pack:
        if kind != "scenario":
            raise InputError(f"--pack: only a scenario has a trainer's pack, not a {kind}")
        _write_pack(card_id, lang, formats or ["html"], governance, to, places.library)
        return
    given = {"--format": formats, "--governance": governance, "--to": to != Path()}
    if alone := [option for option, value in given.items() if value]:
        raise InputError(f"{alone[0]} goes with --pack alone")
    if kind == "session":
        _show_session(card_id, places, as_json)
        return
    if kind == "outcome":
        _show_outcome(card_id, lang, as_json)
        return
    library = places.library
    card: dict[str, Any] = getattr(library, kind)(card_id).model_dump(mode="json", exclude_none=True)
    if as_json:
        echo_json(card)
        return
    import yaml

    echo(f"# {library.files[(kind, card_id)]}")  # type: ignore[index]
    echo(yaml.safe_dump(_in_lang(card, lang), allow_unicode=True, sort_keys=False, width=100).rstrip())


@app.command()
def validate(
    path: Annotated[Path | None, Argument(help="A content file, or a content folder.")] = None,
    content: options.Content = None,
) -> None:
    """Check content: every fault with file, line, field and what is allowed."""
    from sandbox.content.library import Library, check_file
    from sandbox.content.templates import check_templates
    from sandbox.content.words import check_file as check_words_file
    from sandbox.content.words import check_words

    if path is not None and not path.exists():
        raise InputError(f"{path} does not exist")
    if path is not None and path.is_file():
        if path.resolve().parent.name == "words":
            echo(f"{path}: {check_words_file(path)} valid words")
        else:
            kind, card_id = check_file(path)
            echo(f"{path}: valid {kind} '{card_id}'")
        return
    library = Library.load(path or content)
    library.check()
    templates = check_templates(library.roots)
    faults = [*_unplayable(library), *_unfit(library)]
    if faults:
        raise ContentError(faults)
    for name, cards in library.cards.items():
        echo(f"{name}: {len(cards)} valid")
    echo(f"templates: {templates} valid")
    echo(f"gold items: {_gold(library)} valid")
    echo(f"words: {check_words()} valid in each language")


def _gold(library: Library) -> int:
    """Check the gold sets of all rubrics; return how many items there are, both languages counted."""
    from sandbox.content.cards import LANGUAGES
    from sandbox.content.gold import check_gold, gold_criteria, gold_items

    criteria = gold_criteria(library)
    faults = list(check_gold(library, criteria))
    if faults:
        raise ContentError(faults)
    return sum(len(gold_items(library, criterion.id, lang)) for criterion in criteria for lang in LANGUAGES)


@app.command()
def new(
    kind: Annotated[str, Argument(help=f"One of: {', '.join(_NEW)}.")],
    card_id: Annotated[str, Argument(metavar="ID", help="Its id: small letters, digits, underscores.")],
    content: Annotated[Path, Option(help="Your content folder.")] = Path("content"),
) -> None:
    """Write a small, complete card to start from, which can be played at once."""
    from sandbox.content.files import write_whole
    from sandbox.content.library import FOLDERS, Library, check_file
    from sandbox.content.skeletons import skeleton

    if kind not in _NEW:
        raise InputError(unknown("kind", kind, _NEW))
    shelf = _kind(kind)
    if card_id in Library.load().cards[shelf]:  # type: ignore[index]
        raise InputError(f"a {kind} '{card_id}' is shipped already; choose another id (a file of that id replaces it)")
    path = content / FOLDERS[shelf][0] / f"{card_id}.yaml"  # type: ignore[index]
    if kind == "pack" and not (content / FOLDERS["scenario"][0] / path.name).exists():
        raise InputError(f"a trainer's pack goes with a scenario: first sandbox new scenario {card_id}")
    if path.exists():
        raise InputError(f"{path} exists already; nothing was changed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, skeleton(kind, card_id))
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        check_file(path)
    except InputError:
        path.unlink()
        raise
    echo(str(path))
    echo(f"check it: sandbox validate {content}")
    if kind == "scenario":
        echo(f"play it: sandbox run --content {content} --scenario {card_id}")
    elif kind == "pack":
        echo(f"print it: sandbox show scenario {card_id} --pack --content {content}")
    elif kind == "governance":
        echo(f"see what it makes impossible: sandbox rules --content {content} --governance {card_id}")
    elif kind == "network":
        echo(f"play it: sandbox diffuse {card_id} --content {content}")
    elif kind == "campaign":
        echo(f"play it by the rules alone: sandbox campaign run {card_id} --model none --content {content}")
    elif kind == "experiment":
        echo(f"see what it takes: sandbox experiment plan {card_id} --content {content}")


@app.command()
def graph() -> None:
    """Print the session graph as a Mermaid drawing."""
    from sandbox.session.graph import drawing

    echo(drawing().rstrip())


@app.command()
def doctor(
    model: options.Model = None, gguf: options.Gguf = None, *, places: options.Places, as_json: options.Json = False
) -> None:
    """Say which endpoint, model, folder and content would be used, and whether each answers."""
    from sandbox.cli.checkup import examine

    checks = examine(model, options.Means(gguf), places, quiet=as_json)
    if as_json:
        echo_json([vars(check) for check in checks])
    else:
        for check in checks:
            echo(f"{'ok  ' if check.ok else 'FAIL'} {check.what}: {check.found}")
    codes = [check.exit_code for check in checks if not check.ok]
    if codes:
        raise typer.Exit(max(codes))


def _unplayable(library: Library) -> list[Problem]:
    """Return why a scenario cannot be played under a model that it names."""
    from sandbox.game.playable import unplayable

    return [
        Problem(library.where("scenario", case, loc), field, says)
        for case in library.cards["scenario"]
        for loc, field, says in unplayable(library, case)
    ]


def _unfit(library: Library) -> list[str]:
    """Return what is wrong with experiments and campaigns beyond their own files, such as what cannot be played."""
    from sandbox.content.campaign_card import Campaign
    from sandbox.diffusion.campaign.check import campaign_faults
    from sandbox.experiment.design import check_design

    faults = []
    for experiment in library.cards["experiment"]:
        try:
            check_design(library.experiment(experiment), library, library.files[("experiment", experiment)])
        except ContentError as error:
            faults += error.problems
    for network in library.cards["network"]:
        card = library.network(network)
        if isinstance(card, Campaign):
            faults += campaign_faults(card, library)
    return faults


def _kind(word: str) -> str:
    """Return the kind that a word names, in the singular or the plural."""
    kind = _PLURALS.get(word, word)
    if kind not in _KINDS:
        raise InputError(unknown("kind", word, _KINDS))
    return kind


def _cards(library: Library, kind: str, *, campaigns: bool = False) -> list[dict[str, str]]:
    if not kind:
        return [{"id": name, "what": str(len(cards))} for name, cards in library.cards.items()]
    from sandbox.content.campaign_card import Campaign
    from sandbox.content.experiment_card import Design
    from sandbox.content.pack_card import Pack
    from sandbox.content.schemas import Persona, Scenario

    rows = []
    for card_id in library.cards[kind]:  # type: ignore[index]
        try:
            card = library.cards[kind][card_id]  # type: ignore[index]
        except ContentError as error:
            rows.append({"id": card_id, "what": error.problems[0]})
            continue
        if campaigns and not isinstance(card, Campaign):
            continue
        if isinstance(card, Pack):
            card = library.scenario(card.id)
        if isinstance(card, Persona):
            what = f"{card.name.en}, {card.role.en} · {card.name.zh}，{card.role.zh}"
        else:
            title = card.title if isinstance(card, Scenario | Design) else card.name
            what = f"{title.en} · {title.zh}"
        rows.append({"id": card.id, "what": what})
    return rows


def _outcomes(lang: str) -> list[dict[str, str]]:
    from sandbox.experiment.outcomes import OUTCOMES

    return [{"id": name, "what": " · ".join(_outcome(name, lang).values())} for name in OUTCOMES]


def _show_outcome(name: str, lang: str, as_json: bool) -> None:
    import yaml

    from sandbox.experiment.outcomes import OUTCOMES

    if name not in OUTCOMES:
        raise UnknownError("outcome", name, OUTCOMES)
    shown = {"id": name, **_outcome(name, lang)}
    if as_json:
        echo_json(shown)
    else:
        echo(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100).rstrip())


def _outcome(name: str, lang: str) -> dict[str, str]:
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


def _sessions(places: options.Places) -> list[dict[str, str]]:
    from sandbox.record.folder import SessionFolder

    rows = []
    for folder in SessionFolder.all(places.runs):
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


def _show_session(session: str, places: options.Places, as_json: bool) -> None:
    from sandbox.game.session import Session
    from sandbox.report.transcript import transcript_markdown
    from sandbox.session.opening import game_of

    folder = places.find(session)
    events = folder.read()
    if as_json:
        echo_json([event.as_dict() for event in events])
        return
    echo(transcript_markdown(Session.of(game_of(events, places.library, folder.events), events)))


def _write_pack(case: str, lang: str, formats: list[str], model: str, to: Path, library: Library) -> None:
    from sandbox.cli.report_files import write_files
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.pack import make_pack

    forms = options.checked_formats(formats, FORMATS)
    document = make_pack(library, case, cast("Lang", lang), model)
    for path in write_files(to, {f"{case}_pack_{lang}.{form}": FORMATS[form](document) for form in forms}):
        echo(str(path))


def _in_lang(value: Any, lang: str) -> Any:
    if isinstance(value, dict):
        return value[lang] if set(value) == {"en", "zh"} else {key: _in_lang(item, lang) for key, item in value.items()}
    return [_in_lang(item, lang) for item in value] if isinstance(value, list) else value
