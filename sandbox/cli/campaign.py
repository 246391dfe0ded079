"""Commands for campaigns: run, resume, branch, whatif, list, status, replay, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.which import KEPT, as_options, folder_options, going_on

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.diffusion.campaign.events import CampaignEvent, Settings
    from sandbox.diffusion.campaign.folder import CampaignFolder
    from sandbox.diffusion.campaign.log import CampaignLog
    from sandbox.diffusion.campaign.state import CampaignState

__all__ = ["app", "campaign"]

app = Commands()
campaign = Commands(
    name="campaign", help="Play several communities of one city over rounds; a model's world.", no_args_is_help=True
)
app.add_typer(campaign)

Name = Annotated[str, Argument(metavar="NAME", help="Id of a campaign's card; see: sandbox list campaign")]
_BY_RULES, _BY_MODEL = 20, 5
Ref = Annotated[
    str,
    Argument(
        metavar="ID",
        help="Campaign id, its beginning, its path, last (written last), or showcase or showcase_zh, which a strong "
        "model played.",
    ),
]


@campaign.command()
def run(
    name: Name,
    *,
    lang: Annotated[str, Option(help="Language of all sessions: en or zh.")] = "en",
    seed: Annotated[int, Option(help="Random seed.", min=0, max=2**31 - 1)] = 1,
    turns: Annotated[
        int | None,
        Option(help="Lines of discussion a stage (default: the card's, or each stage's own).", min=1, max=500),
    ] = None,
    model: options.Model = None,
    means: options.Means,
    places: options.Places,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Play a campaign: in each round a session of each community, all at once; then ranking, transfers, orders."""
    from sandbox.content.words import Words
    from sandbox.diffusion.campaign.check import campaign_of
    from sandbox.diffusion.campaign.folder import CampaignFolder
    from sandbox.diffusion.campaign.run import opening
    from sandbox.game.limits import few_lines_in
    from sandbox.session.choice import NO_JUDGE, check_callable, choose

    options.check("--lang", "language", [lang], ("en", "zh"))
    library = places.library
    card = campaign_of(library, name)
    choice = choose(means.settings, model, NO_JUDGE)
    check_callable(choice, means.settings)
    _ = means.limits  # like a model without an endpoint, a budget that cannot be kept to is refused before all else
    settings: Settings = {
        "lang": "zh" if lang == "zh" else "en", "seed": seed, "style": choice.style, "model": choice.speaker_name,
        "turns": turns,
    }  # fmt: skip
    few = few_lines_in(card, turns, library, Words(settings["lang"]))
    if few and not (quiet or as_json):
        echo(few)
    folder = CampaignFolder.create(places.runs, card.id)
    with folder.log() as log:
        log.append("campaign", opening(folder.id, card, settings))
        _go(folder, log, means, places, as_json, quiet)


@campaign.command()
def resume(
    ref: Ref, *, means: options.Means, places: options.Places, as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:  # fmt: skip
    """Go on with a campaign that was stopped, or was branched off; no finished model call is made again."""
    from sandbox.content.words import refusal

    folder = places.campaign(ref)
    with folder.log() as log:
        if not list(log):
            raise refusal("campaign.refused.empty", path=folder.events)
        _check_nobody_plays(folder, log)
        _go(folder, log, means, places, as_json, quiet)


@campaign.command()
def branch(
    ref: Ref,
    *,
    round: Annotated[int, Option("--round", help="The first round of its own; those before it are shared.")],
    changes: Annotated[
        list[str] | None,
        Option(
            "--set",
            help="Change a rule from there on: of all communities (aggregation.veto=[]), of one "
            "(harbour:aggregation.veto=[]), or of what happens between rounds (transfers.rule=none). More than once.",
        ),
    ] = None,
    seed: Annotated[int | None, Option(help="Another random seed (default: the same).", min=0)] = None,
    places: options.Places,
) -> None:
    """Make a new campaign that shares another's rounds before one; the old one stays as it is."""
    from sandbox.diffusion.campaign.branch import branch_campaign

    folder = places.campaign(ref)
    new = branch_campaign(folder, round, places.library, tuple(changes or ()), seed)
    echo(str(new.path))
    echo(f"go on with: sandbox campaign resume {new.id}{folder_options(places)}")


@campaign.command()
def whatif(
    ref: Ref,
    *,
    round: Annotated[int, Option("--round", help="The first round that is played anew, in both arms.")],
    changes: Annotated[
        list[str] | None,
        Option("--set", help="What is otherwise in one of them, as for branch (more than once)."),
    ] = None,
    runs: Annotated[
        int | None, Option(help=f"Continuations of each arm (default: {_BY_RULES}; with --model {_BY_MODEL}).")
    ] = None,
    model: Annotated[
        str | None,
        Option(help="Model that plays them, or embedded; cards: their cards (default: none, the rules alone)."),
    ] = None,
    lang: Annotated[str | None, Option(help="Language of the table: en or zh (default: the campaign's).")] = None,
    means: options.Means,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Ask what another rule would have led to from a round on: both arms, with intervals."""
    from sandbox.cli.campaign_whatif import show_whatif

    options.check("--lang", "language", [lang] if lang else (), ("en", "zh"))
    wanted = runs if runs is not None else _BY_MODEL if model else _BY_RULES
    show_whatif(ref, round, tuple(changes or ()), wanted, model, lang, means, places, as_json)


@campaign.command("list")
def list_campaigns(places: options.Places, as_json: options.Json = False) -> None:
    """List the campaigns that were played or begun."""
    from sandbox.diffusion.campaign.folder import CampaignFolder

    rows = [_row(folder) for folder in CampaignFolder.all(places.runs)]
    if as_json:
        echo_json(rows)
        return
    if not rows:
        echo("no campaigns yet: sandbox campaign run NAME")
    width = max((len(str(row["id"])) for row in rows), default=0)
    for row in rows:
        if "error" in row:
            echo(f"{row['id']:<{width}}  {row['error']}")
        else:
            state = "finished" if row["finished"] else "stopped"
            echo(
                f"{row['id']:<{width}}  {row['card']} · {row['lang']} · {row['model']} · "
                f"rounds {row['rounds']}/{row['of']} · {state}"
            )


def _row(folder: CampaignFolder) -> dict[str, Any]:
    from sandbox.errors import SandboxError

    try:
        events = folder.read()
    except SandboxError as error:
        return {"id": folder.id, "error": str(error)}
    if not events:
        return {"id": folder.id, "error": "was stopped before its start"}
    first = events[0].payload
    return {
        "id": folder.id,
        "card": first["card"]["id"],
        "lang": first["settings"]["lang"],
        "model": first["settings"]["model"],
        "rounds": sum(event.kind == "ranking" for event in events),
        "of": len(first["card"]["rounds"]),
        "finished": any(event.kind == "close" for event in events),
        "branch": first.get("branch"),
        "path": str(folder.path),
    }


@campaign.command()
def status(ref: Ref, *, places: options.Places, as_json: options.Json = False) -> None:
    """Say where a campaign stands: each session that was begun, its place, both assessments, form and substance."""
    folder = places.campaign(ref)
    _show(folder, _opened(folder, places), as_json)


@campaign.command()
def replay(
    ref: Ref,
    *,
    speed: options.Speed = None,
    lang: Annotated[str, Option(help="Language of showcase: en or zh.")] = "en",
    places: options.Places,
) -> None:
    """Play a campaign back from its logs, without a model: its sessions, what came between; and where its report is."""
    from sandbox.cli.campaign_progress import replayed, said_in
    from sandbox.cli.console import Console
    from sandbox.cli.replaying import ending, orient, pace, stoppable
    from sandbox.content.words import Words

    options.check_speed(speed)
    options.check("--lang", "language", [lang], ("en", "zh"))
    shipped = ref in options.SHOWCASES
    ref = "showcase_zh" if ref == "showcase" and lang == "zh" else ref
    folder = places.campaign(ref)
    state, console = _opened(folder, places), Console()
    words = Words(state.settings["lang"], places.library.roots)
    speed = pace(speed, words.lang, console, paced=shipped)
    orient(console, words, [text.get(words.lang) for text in (state.card.name, state.card.summary)],
           said_in(folder), speed)  # fmt: skip
    with stoppable(words, f"sandbox campaign report {ref}{folder_options(places)}"):
        replayed(folder, places.library, console, speed)
    (report,) = _written(folder, state, places, ("html",))
    ending(console, report, opens=shipped)


@campaign.command()
def report(
    ref: Ref,
    *,
    formats: Annotated[
        list[str] | None,
        Option("--format", help="html, md, docx, with commas between (default: html); docx needs the web extra."),
    ] = None,
    places: options.Places,
) -> None:  # fmt: skip
    """Write the report of a campaign (again), finished or not, and those of its sessions."""
    from sandbox.report.document.formats import FORMATS

    forms = options.checked_formats(formats or ["html"], FORMATS)
    folder = places.campaign(ref)
    for path in _written(folder, _opened(folder, places), places, forms):
        echo(str(path))


def _opened(folder: CampaignFolder, places: options.Places) -> CampaignState:
    """Return where a campaign stands; raises `InputError` where its content is not here."""
    from sandbox.diffusion.campaign.run import open_campaign

    with places.content_of("campaign"):
        return open_campaign(folder, places.library)


def _written(folder: CampaignFolder, state: CampaignState, places: options.Places, forms: Iterable[str]) -> list[Path]:
    """Write the reports of a campaign and of its sessions, and return where those of the campaign are."""
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.document.html import to_html
    from sandbox.report.pages.campaign import campaign_report
    from sandbox.report.pages.session import session_report
    from sandbox.report.results import card_of
    from sandbox.report.transcript import transcript_markdown
    from sandbox.session.opening import open_session

    for name in state.results:
        own = folder.session(name)
        session = open_session(own, places.library)
        own.write(own.report, to_html(session_report(session, card_of(session, places.runs))))
        own.write(own.transcript, transcript_markdown(session))
    document = campaign_report(state, places.library)
    paths = [folder.report.with_suffix(f".{form}") for form in forms]
    for path in paths:
        folder.write(path, FORMATS[path.suffix[1:]](document))
    return paths


def _go(
    folder: CampaignFolder, log: CampaignLog, means: options.Means, places: options.Places, as_json: bool, quiet: bool
) -> None:
    """Play a campaign to its end, and show what it came to."""
    from dataclasses import replace

    from sandbox.cli.campaign_progress import happened, running
    from sandbox.cli.console import Console
    from sandbox.content.campaign_card import Campaign
    from sandbox.content.words import Words
    from sandbox.diffusion.campaign.run import by_models, run_campaign
    from sandbox.session.choice import NO_JUDGE, choose

    silent = quiet or as_json
    first = next(iter(log)).payload
    settings: Settings = first["settings"]
    card, words = Campaign.model_validate(first["card"]), Words(settings["lang"], places.library.roots)
    choice = replace(choose(means.settings, settings["model"], NO_JUDGE), style=settings["style"])
    models = means.models(choice, silent)
    console, library = Console(quiet=silent), places.library
    head = words("campaign_run.head", campaign=folder.id, model=settings["model"])
    console.print(head, style="dim", markup=False, soft_wrap=True)

    def tell(event: CampaignEvent) -> None:
        if text := happened(event, card, library, words):
            console.print(text, markup=False, soft_wrap=True)

    with going_on(
        f"{KEPT}sandbox campaign resume {folder.id}{as_options({'--gguf': means.gguf})}{folder_options(places)}"
    ):
        log.watch(tell)
        with running(console, card, words) as on_event:
            play = by_models(models, on_event, in_turn=choice.in_turn)
            state = options.awaited(models, run_campaign(folder, log, library, play))
    _written(folder, state, places, ("html",))
    _show(folder, state, as_json)


def _check_nobody_plays(folder: CampaignFolder, log: CampaignLog) -> None:
    """Refuse a campaign in which people have seats: their tables are those of the web app.

    Raises:
        InputError: somebody plays in it.
    """
    from sandbox.content.words import refusal

    events = list(log)
    if any(event.kind == "close" for event in events):
        return
    for start in (event for event in events if event.kind == "start"):
        session = folder.session(start.payload["session"])
        for event in session.read() if session.events.is_file() else ():
            seated = event.kind == "session" and event.payload["spec"].get("persons")
            if seated or (event.kind == "order" and event.payload.get("by") == "person"):
                raise refusal("campaign_run.people", campaign=folder.id, command="sandbox serve")


def _sessions(folder: CampaignFolder, state: CampaignState) -> list[dict[str, Any]]:
    """Return each session that was begun: where it lies, and what it came to as far as it was played."""
    rows = []
    for (round, community), name in state.names.items():
        session, result = folder.session(name), state.results.get(name)
        begun = session.read() if session.events.is_file() else []
        row = {
            "round": round, "community": community, "path": str(session.path),
            "lines": sum(event.kind == "line" for event in begun), "finished": result is not None,
        }  # fmt: skip
        measured = ("h", "p", "form", "substance", "kept", "broken", "beyond", "open", "terms", "owed")
        rows.append({**row, **({field: getattr(result, field) for field in measured} if result else {})})
    return rows


def _show(folder: CampaignFolder, state: CampaignState, as_json: bool) -> None:
    """Show what a campaign came to: places year by year, and where its sessions and its report are."""
    sessions = _sessions(folder, state)
    if as_json:
        echo_json({
            "id": state.id, "path": str(folder.path), "card": state.card.id, "settings": state.settings,
            "branch": state.branch, "finished": state.closed, "rankings": state.rankings,
            "transfers": state.transfers, "orders": [vars(order) for order in state.orders],
            "learned": [vars(each) for each in state.learned], "sessions": sessions,
        })  # fmt: skip
        return
    from rich.table import Table as Grid
    from rich.text import Text

    from sandbox.cli.console import Console
    from sandbox.content.words import Words
    from sandbox.report.pages.parts import percent

    words, lang = Words(state.settings["lang"]), state.settings["lang"]
    grid = Grid(title=Text(state.card.name.get(lang)), title_justify="left", caption=Text(words("campaign.world")))
    for number, name in enumerate(("year", "community", "place", "h", "p", "form", "substance", "kept", "broken")):
        grid.add_column(words(f"campaign.column.{name}"), justify="left" if number < 2 else "right", overflow="fold")
    for row in sessions:
        places = [place["community"] for place in state.rankings.get(row["round"], ())]
        cells = [str(row["round"]), state.card.by_id[row["community"]].name.get(lang)]
        if row["finished"]:
            cells.append(str(places.index(row["community"]) + 1) if places else "–")
            cells += ["–" if row[name] is None else f"{row[name]:.2f}" for name in ("h", "p")]
            cells += ["–" if row[name] is None else percent(row[name]) for name in ("form", "substance")]
            cells += [str(row["kept"]), str(row["broken"])]
        else:
            cells.append(words("campaign.under_way", lines=row["lines"]))
        grid.add_row(*map(Text, cells))
    Console().print(grid)
    echo(str(folder.report if folder.report.is_file() else folder.path))
