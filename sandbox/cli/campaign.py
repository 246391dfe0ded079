"""Commands for campaigns: run, resume, branch, whatif, list, status, replay, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from sandbox.cli import options, values
from sandbox.cli.folders import Folders
from sandbox.cli.going_on import as_options, folder_options, nothing_begun
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json, echo_paths
from sandbox.cli.translation import translated

if TYPE_CHECKING:
    from sandbox.diffusion.campaign.events import Settings


app = Commands()
campaign = Commands(
    name="campaign", help="Play several communities of one city over rounds; a model's world.", no_args_is_help=True
)
app.add_typer(campaign)

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
    name: Annotated[str, Argument(metavar="NAME", help="Id of a campaign's card; see: sandbox list campaign")],
    *,
    lang: Annotated[options.Lang, options.language("Language of all sessions: en or zh.")] = options.LANG,
    seed: Annotated[int, Option(help="Random seed.", min=0, max=2**31 - 1)] = 1,
    turns: Annotated[
        int | None,
        Option(help="Lines of discussion a stage (default: the card's, or each stage's own).", min=1, max=500),
    ] = None,
    model: options.Model = None,
    means: options.Means,
    places: Folders,
    output: options.Output,
) -> None:
    """Play a campaign: in each round a session of each community, all at once; then ranking, transfers, orders."""
    with nothing_begun():
        from sandbox.cli.campaign_play import play_on
        from sandbox.diffusion.campaign.check import campaign_of
        from sandbox.diffusion.campaign.folder import CampaignFolder
        from sandbox.diffusion.campaign.run import opening
        from sandbox.game.checks.limits import few_lines_in
        from sandbox.session.choice import NO_JUDGE, check_callable, choose

        card = campaign_of(places.library, name)
        choice = choose(means.settings, model, NO_JUDGE)
        check_callable(choice, means.settings)
        means.limits.check(choice.playing)  # as a model without an endpoint, a budget that cannot be kept to is refused
        settings: Settings = {
            "lang": lang, "seed": seed, "style": choice.style, "model": choice.speaker_name, "turns": turns,
        }  # fmt: skip
        few = few_lines_in(card, turns, places.library, places.words(lang))
        if few and not output.silent:
            echo(few)
        folder = CampaignFolder.create(places.runs, card.id)
    with folder.log() as log:
        log.append("campaign", opening(folder.id, card, settings))
        play_on(folder, log, means, places, output)


@campaign.command()
def resume(ref: Ref, *, means: options.Means, places: Folders, output: options.Output) -> None:
    """Go on with a campaign that was stopped, or was branched off; no finished model call is made again."""
    from sandbox.cli.campaign_play import check_nobody_plays, play_on
    from sandbox.content.words import refusal

    folder = places.campaign(ref)
    with folder.log() as log:
        if not list(log):
            raise refusal("campaign.refused.empty", path=folder.events)
        check_nobody_plays(folder, log)
        if any(event.kind == "close" for event in log):
            over = "campaign {campaign} is finished: nothing is played, and this is what it came to"
            echo(translated(over, campaign=folder.id), err=True)
        play_on(folder, log, means, places, output)


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
    model: options.AnotherModel = None,
    places: Folders,
) -> None:
    """Make a new campaign that shares another's rounds before one; the old one stays as it is."""
    from sandbox.cli.campaign_play import settings_by
    from sandbox.diffusion.campaign.branch import branch_campaign
    from sandbox.errors import NoModelError
    from sandbox.game.spec import CARDS
    from sandbox.session.choice import NO_JUDGE, check_callable, choose
    from sandbox.settings import Settings as Environment

    folder = places.campaign(ref)
    environment, by = Environment.from_environment(), None
    if model:
        choice = choose(environment, model, NO_JUDGE)
        check_callable(choice, environment)
        by = settings_by(folder, choice)
    new = branch_campaign(folder, round, places.library, tuple(changes or ()), seed, by=by)
    echo(str(new.path))
    command = f"sandbox campaign resume {new.id}{folder_options(places)}"
    echo(translated("go on with: {command}", command=command))
    model = new.read()[0].payload["settings"]["model"]
    try:
        check_callable(choose(environment, model, NO_JUDGE), environment)
    except NoModelError:
        other = "{model}, which played it, cannot be called here; what the change would lead to by the cards: {command}"
        asked = as_options({"--round": round, "--set": changes or "RULE", "--model": CARDS})
        command = f"sandbox campaign whatif {ref}{asked}{folder_options(places)}"
        echo(translated(other, model=model, command=command))


@campaign.command()
def whatif(
    ref: Ref,
    *,
    round: Annotated[int, Option("--round", help="The first round that is played anew, in both arms.")],
    changes: Annotated[
        list[str] | None,
        Option(
            "--set",
            help="What is otherwise in one of them: a rule of all communities (aggregation.veto=[]), of one, named by "
            "its id and no governance model (harbour:aggregation.veto=[]), or of what happens between rounds "
            "(transfers.rule=none). More than once.",
        ),
    ] = None,
    runs: Annotated[
        int | None,
        Option(
            help=f"Continuations of each arm (default: {_BY_RULES}; with --model {_BY_MODEL}). For a class 5 are "
            "quick, the fewest that give intervals."
        ),
    ] = None,
    model: options.ContinuedBy = None,
    explain: options.Explain = False,
    lang: Annotated[
        options.Lang | None, options.language("Language of the table: en or zh (default: the campaign's).")
    ] = None,
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Ask what another rule would have led to from a round on: both arms, with intervals."""
    from sandbox.cli.campaign_play import ask

    times = runs if runs is not None else _BY_MODEL if model else _BY_RULES
    asked = tuple(changes or ())
    ask(ref, round, asked, times, means, places, model=model, lang=lang, explained=explain, as_json=as_json)


@campaign.command("list")
def list_campaigns(places: Folders, as_json: options.Json = False) -> None:
    """List the campaigns that were played or begun."""
    from sandbox.cli.campaign_play import overview
    from sandbox.diffusion.campaign.folder import CampaignFolder

    rows = [overview(folder) for folder in CampaignFolder.all(places.runs)]
    if as_json:
        echo_json(rows)
        return
    if not rows:
        echo(translated("no campaigns yet: sandbox campaign run NAME"))
    width = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        state = translated("finished" if row.get("finished") else "not finished")
        rounds = translated("rounds {count}/{of}", count=row.get("rounds"), of=row.get("of"))
        parts = [row["error"]] if "error" in row else [row["card"], row["lang"], row["model"], rounds, state]
        echo(f"{row['id']:<{width}}  {' · '.join(parts)}")


@campaign.command()
def status(ref: Ref, *, places: Folders, as_json: options.Json = False) -> None:
    """Say where a campaign stands: each session that was begun, its place, both assessments, form and substance."""
    from sandbox.cli.campaign_play import opened, show

    folder = places.campaign(ref)
    show(folder, opened(folder, places)[0], places.library, as_json)


@campaign.command()
def replay(
    ref: Ref,
    *,
    between: Annotated[
        bool | None,
        Option(
            "--between/--sessions",
            help="Only what came between the years (default of showcase), or its sessions too.",
        ),
    ] = None,
    speed: options.Speed = None,
    lang: Annotated[options.Lang, options.language("Language of showcase: en or zh.")] = options.LANG,
    places: Folders,
) -> None:
    """Play a campaign back from its logs, without a model: its sessions, what came between; and where its report is."""
    from sandbox.cli.campaign_play import opened, replayed, said_in, written
    from sandbox.cli.console import Console
    from sandbox.cli.terminal import ending, played_back

    shipped, ref = options.showcase(ref, lang)
    folder = places.campaign(ref)
    (state, session), console = opened(folder, places), Console()
    words = places.words(state.settings["lang"])
    texts = [text.get(words.lang) for text in (state.card.name, state.card.summary)]
    again = f"sandbox campaign report {ref}{folder_options(places)}"
    whole = not (shipped if between is None else between)
    says = said_in(folder) if whole else []
    texts += [] if whole else [words("campaign_run.between", sessions="--sessions", show="sandbox serve")]
    with played_back(console, words, texts, says, speed, paced=shipped, report=again) as pace:
        replayed(folder, state, session if whole else None, places.library, console, pace)
    (report,) = written(folder, state, session, places, ("html",))
    ending(console, report, opens=shipped)


@campaign.command()
def report(
    ref: Ref,
    *,
    formats: options.Formats = None,
    lang: Annotated[
        options.Lang | None,
        options.language(
            "Language of all that was not said, ordered or learned there, en or zh; the names of its files say so "
            "(default: the campaign's)."
        ),
    ] = None,
    places: Folders,
) -> None:
    """Write the report of a campaign (again) and those of its sessions."""
    from sandbox.cli.campaign_play import opened, written

    forms, folder = values.forms(formats), places.campaign(options.showcase(ref, lang)[1])
    echo_paths(written(folder, *opened(folder, places), places, forms, lang))
