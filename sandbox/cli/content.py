"""Commands about content and set-up: list, validate, new, graph, doctor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.kinds import CAMPAIGNS, KINDS, kind_of
from sandbox.cli.printing import echo, echo_json
from sandbox.errors import ContentError, InputError, Problem, SandboxError, StorageError, unknown

if TYPE_CHECKING:
    from sandbox.content.library import Library

__all__ = ["app"]

app = Commands()
_NEW = ("persona", "scenario", "pack", "governance", "experiment", "campaign", "network")


@app.command("list")
def list_kind(
    kind: Annotated[
        str,
        Argument(metavar="KIND", help=f"One of: {', '.join((*KINDS, 'campaign'))}; without it, how many there are."),
    ] = "",
    *,
    lang: Annotated[str, Option(help="Language of what outcomes count: en or zh; cards are shown in both.")] = "en",
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """List personas, scenarios, stages, models, cities, rubrics, experiments, networks, outcomes or sessions."""
    campaigns = kind in CAMPAIGNS
    kind = kind_of(kind) if kind else ""
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
def validate(
    path: Annotated[
        Path | None, Argument(metavar="PATH", help="A content file, or a content folder; without it, all content.")
    ] = None,
    content: options.Content = None,
) -> None:
    """Check content: every fault with file, line, field and what is allowed; then warnings of what is doubtful."""
    from sandbox.content.library import Library, check_file
    from sandbox.content.templates import check_templates
    from sandbox.content.words import check_file as check_words_file
    from sandbox.content.words import check_words
    from sandbox.game.warnings import warnings

    if path is not None and not path.exists():
        raise InputError(f"{path} does not exist")
    if path is not None and path.is_file():
        if path.resolve().parent.name == "words":
            echo(f"{path}: {check_words_file(path)} valid words")
        else:
            kind, card_id = check_file(path)
            echo(f"{path}: valid {kind} '{card_id}'")
            _tell(_unfounded(path) if kind == "scenario" else [])
        return
    library = Library.load(path or content)
    library.check()
    templates = check_templates(library.roots)
    faults, doubts = [*_unplayable(library), *_unfit(library)], warnings(library)
    if faults:
        raise ContentError([*faults, *doubts])
    for name, cards in library.cards.items():
        echo(f"{name}: {len(cards)} valid")
    echo(f"templates: {templates} valid")
    echo(f"gold items: {_gold(library)} valid")
    echo(f"words: {check_words()} valid in each language")
    _tell(doubts)


def _unfounded(path: Path) -> list[Problem]:
    """Return what is doubtful in the file of a case by itself, whatever it is played with."""
    from sandbox.content.card_files import read_card
    from sandbox.content.schemas import Scenario
    from sandbox.content.yaml_source import read_yaml
    from sandbox.game.warnings import figures_from_nowhere

    case, source = read_card(path, "scenario"), read_yaml(path)
    found = figures_from_nowhere(case) if isinstance(case, Scenario) else ()
    return [Problem(source.where(loc), field, says, "warning") for loc, field, says in found]


def _tell(doubts: Sequence[Problem]) -> None:
    """Show warnings and how many there are; nothing where there are none."""
    for doubt in doubts:
        echo(doubt)
    if doubts:
        echo(f"warnings: {len(doubts)}")


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
    kind: Annotated[str, Argument(metavar="KIND", help=f"One of: {', '.join(_NEW)}.")],
    card_id: Annotated[str, Argument(metavar="ID", help="Its id: small letters, digits, underscores.")],
    content: Annotated[Path, Option(help="Your content folder, in which it is written.")] = Path("content"),
) -> None:
    """Write a small, complete card to start from, which can be played at once."""
    from sandbox.content.card_files import check_text
    from sandbox.content.files import write_whole
    from sandbox.content.library import FOLDERS, Library
    from sandbox.content.skeletons import skeleton

    if kind not in _NEW:
        raise InputError(unknown("kind", kind, _NEW))
    shelf = kind_of(kind)
    if card_id in Library.load().cards[shelf]:  # type: ignore[index]
        raise InputError(f"a {kind} '{card_id}' is shipped already; choose another id (a file of that id replaces it)")
    path = content / FOLDERS[shelf][0] / f"{card_id}.yaml"  # type: ignore[index]
    if kind == "pack" and not (content / FOLDERS["scenario"][0] / path.name).exists():
        raise InputError(f"a trainer's pack goes with a scenario: first sandbox new scenario {card_id}")
    if path.exists():
        raise InputError(f"{path} exists already; nothing was changed")
    text = skeleton(kind, card_id)
    check_text(path, text, shelf)  # type: ignore[arg-type]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    echo(str(path))
    echo(f"check it: sandbox validate {content}")
    if kind == "scenario":
        echo(f"play it: sandbox run --content {content} --scenario {card_id} --model cards")
    elif kind == "pack":
        echo(f"print it: sandbox show scenario {card_id} --pack --content {content}")
    elif kind == "governance":
        echo(f"see what it makes impossible: sandbox rules --content {content} --governance {card_id}")
    elif kind == "network":
        echo(f"play it: sandbox diffuse run {card_id} --content {content}")
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

    checks = []
    for check in examine(model, options.Means(gguf), places, quiet=as_json):
        checks.append(check)
        if not as_json:
            echo(f"{'ok  ' if check.ok else 'FAIL'} {check.what}: {check.found}")
    if as_json:
        echo_json([vars(check) for check in checks])
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
    from sandbox.cli.show import outcome_words
    from sandbox.experiment.outcomes import OUTCOMES

    return [{"id": name, "what": " · ".join(outcome_words(name, lang).values())} for name in OUTCOMES]


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
