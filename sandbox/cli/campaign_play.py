"""A campaign in the terminal: played, played back, its results, and what-ifs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

from rich.text import Text

from sandbox.cli import options
from sandbox.cli.blocks import show as show_blocks
from sandbox.cli.console import Console
from sandbox.cli.folders import Folders
from sandbox.cli.going_on import all_kept, as_options, folder_options, going_on, say_left, spent
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.progress import counting
from sandbox.cli.report_files import told_in
from sandbox.cli.terminal import retries_told, told
from sandbox.cli.translation import translated, translated_to, why
from sandbox.cli.whatif_table import EXPLAIN, Row, figure_row, print_figures
from sandbox.content.campaign_card import Campaign
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words, refusal
from sandbox.diffusion.campaign.events import CampaignEvent, Settings
from sandbox.diffusion.campaign.folder import CampaignFolder, CampaignLog
from sandbox.diffusion.campaign.run import Table, by_models, open_campaign, retold, run_campaign, sessions_of
from sandbox.diffusion.campaign.state import CampaignState, numbered
from sandbox.errors import SandboxError
from sandbox.experiment.whatif.campaigns import ARMS, CampaignQuestion, play_arms
from sandbox.experiment.whatif.whatif import FigureComparison
from sandbox.game.session import Session
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.report.campaign_words import CampaignStory, addressed, transfer_text
from sandbox.report.document.compose import soft
from sandbox.report.document.formats import FORMATS
from sandbox.report.document.html import to_html
from sandbox.report.figures import NONE, decimal, signed
from sandbox.report.pages.campaign import campaign_in_short, campaign_report
from sandbox.report.pages.session import session_report
from sandbox.report.results import write_results
from sandbox.report.whatif_words import interval
from sandbox.session.choice import NO_JUDGE, RULES_ONLY, ModelChoice, choose


def opened(folder: CampaignFolder, places: Folders) -> tuple[CampaignState, Callable[[str], Session]]:
    """Return a campaign's state and a function that opens its sessions; raises `InputError` without its content."""
    with places.content_of("campaign"):
        session = sessions_of(folder, places.library)
        return open_campaign(folder, places.library, session), session


def written(
    folder: CampaignFolder, state: CampaignState, opened: Callable[[str], Session], places: Folders,
    forms: Iterable[str], lang: Lang | None = None,
) -> list[Path]:  # fmt: skip
    """Write the reports of a campaign and of its sessions, and return the paths of the campaign's.

    They are told in the language in which it was played; those of the campaign, and beside them others of its
    sessions, in ``lang`` where that is another.
    """
    told = told_in(lang, state.settings["lang"])
    for name in state.results:
        session, own = opened(name), folder.session(name)
        card = write_results(session, own, places.runs)
        if told:
            own.write(own.report.with_suffix(f"{told}.html"), to_html(session_report(session, card, lang)))
    document = campaign_report(retold(state, lang, opened) if lang and told else state, places.library, lang)
    paths = [folder.report.with_suffix(f"{told}.{form}") for form in forms]
    for path in paths:
        folder.write(path, FORMATS[path.suffix[1:]](document))
    return paths


def play_on(
    folder: CampaignFolder, log: CampaignLog, means: options.Means, places: Folders, output: options.Output
) -> None:
    """Play a campaign to its end, and show its results."""
    first = next(iter(log)).payload
    settings: Settings = first["settings"]
    card, words = Campaign.model_validate(first["card"]), places.words(settings["lang"])
    choice = replace(choose(means.settings, settings["model"], NO_JUDGE), style=settings["style"])
    _ = means.limits  # a budget that cannot be kept to is refused before anything is written
    named, means = means, means.kept_for(folder)
    console, library = Console(quiet=output.silent), places.library

    def tell(event: CampaignEvent) -> None:
        if text := _happened(event, card, library, words):
            console.print(text, markup=False, soft_wrap=True)

    again = f"sandbox campaign resume {folder.id}{as_options({'--gguf': means.gguf})}{folder_options(places)}"
    with going_on(all_kept(again)):
        models = means.models(choice, output.silent)
        logs = [session.read() for session in SessionFolder.all(folder.path)]
        over = (events for events in logs if any(event.kind == "close" for event in events))
        models.account.recall(spent(chain.from_iterable(over), means.limits))  # what goes on counts its own
        if not any(event.kind == "close" for event in log):
            say_left(chain.from_iterable(logs), means, named)
        head = words("campaign_run.head", campaign=folder.id, model=settings["model"])
        console.print(head, style="dim", markup=False, soft_wrap=True)
        log.watch(tell)
        with _running(console, card, words) as on_event:
            play = by_models(models, on_event, in_turn=choice.in_turn, on_retry=retries_told(words, output.silent))
            state = options.awaited(models, run_campaign(folder, log, library, play))
        written(folder, state, sessions_of(folder, library), places, ("html",))
    if output.quiet and not output.as_json:
        echo(str(folder.report))
    else:
        show(folder, state, library, output.as_json)


def settings_by(folder: CampaignFolder, choice: ModelChoice) -> Settings:
    """Return the settings of a campaign with a chosen model; raises `InputError` if nothing was played."""
    if not (events := folder.read()):
        raise refusal("campaign.refused.empty", path=folder.events)
    known: Settings = events[0].payload["settings"]
    return {**known, "style": choice.style, "model": choice.speaker_name}


def overview(folder: CampaignFolder) -> dict[str, Any]:
    """Return a campaign's entry in a list: card, players and progress."""
    try:
        events = folder.read()
    except SandboxError as error:
        return {"id": folder.id, "error": why(error)}
    if not events:
        return {"id": folder.id, "error": translated("was stopped before its start")}
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


def check_nobody_plays(folder: CampaignFolder, log: CampaignLog) -> None:
    """Refuse a campaign in which people have seats, since their tables are in the web app.

    Raises:
        InputError: people play in it.
    """
    events = list(log)
    if any(event.kind == "close" for event in events):
        return
    for start in (event for event in events if event.kind == "start"):
        session = folder.session(start.payload["session"])
        for event in session.read() if session.events.is_file() else ():
            seated = event.kind == "session" and event.payload["spec"].get("persons")
            if seated or (event.kind == "order" and event.payload.get("by") == "person"):
                raise refusal("campaign_run.people", campaign=folder.id, command="sandbox serve")


def _happened(event: CampaignEvent, card: Campaign, library: Library, words: Words) -> str:
    """Return an event between sessions as a line; empty if it is not shown."""
    said = event.payload
    if event.kind == "played":
        place = card.by_id[event.community].name.get(words.lang)
        return words("campaign_run.played", round=event.round, place=place, lines=said["lines"])
    if event.kind == "ranking":
        numbers = numbered(said["places"])
        places = [
            words("campaign_run.ranked", number=number, place=card.by_id[each].name.get(words.lang))
            for each, number in numbers.items()
        ]
        return words("campaign_run.ranking", round=event.round, places=places)
    if event.kind == "transfer":
        return words("campaign_run.after", round=event.round, text=transfer_text(said, card, library, words))
    if event.kind == "order":
        to = addressed(said["to"], card, words)
        return words("campaign_run.order", round=event.round, to=to, text=said["text"])
    return ""


def said_in(folder: CampaignFolder) -> list[str]:
    """Return the words of all lines in the sessions of a campaign."""
    played = [event.payload["session"] for event in folder.read() if event.kind == "played"]
    logs = [folder.session(session).read() for session in played]
    return [event.payload["says"] for log in logs for event in log if event.kind == "line"]


def replayed(
    folder: CampaignFolder, state: CampaignState, opened: Callable[[str], Session] | None, library: Library,
    console: Console, speed: float,
) -> None:  # fmt: skip
    """Play a campaign back from its logs: each session line by line, and the events between rounds.

    ``opened`` opens a session; without it no sessions are shown. ``speed`` is words (Chinese: characters) per second; 0
    shows everything at once.

    Raises:
        InputError: a log is damaged, or the content does not fit it.
    """
    card, story, words = state.card, CampaignStory(state, library), Words(state.settings["lang"], library.roots)
    for event in folder.read():
        if event.kind == "played" and opened:
            place = card.by_id[event.community].name.get(words.lang)
            head = words("campaign_run.session", round=event.round, place=place)
            console.rule(Text(head, style="bold"), style="bold")
            told(opened(event.payload["session"]).shown, console, speed)
        elif event.kind != "transfer" and (text := _happened(event, card, library, words)):  # those the story tells
            console.print(Text(text), style="bold", soft_wrap=True)
        if event.kind == "ranking":
            for sentence in story.year(event.round):
                console.print(Text(sentence), soft_wrap=True)


@contextmanager
def _running(console: Console, card: Campaign, words: Words) -> Iterator[Callable[[Table, Event], None]]:
    """Show the number of lines of each session in the round; yields a function to call with each event."""
    lines: Counter[str] = Counter()
    live = console.is_terminal and not console.quiet
    with console.status("") if live else nullcontext() as shown:

        def on_event(table: Table, event: Event) -> None:
            if event.kind == "line":
                lines[table.community] += 1
            if shown is not None:
                shown.update(words("campaign_run.now", round=table.round, places=[
                    words("campaign_run.place", place=card.by_id[each].name.get(words.lang), lines=count)
                    for each, count in lines.items()
                ]))  # fmt: skip
            if event.kind == "close":
                del lines[table.community]

        yield on_event


def _sessions(folder: CampaignFolder, state: CampaignState) -> list[dict[str, Any]]:
    rows = []
    for (round, community), name in state.names.items():
        session, result = folder.session(name), state.results.get(name)
        begun = session.read() if session.events.is_file() else []
        row = {
            "round": round, "community": community, "path": str(session.path),
            "lines": sum(event.kind == "line" for event in begun), "finished": result is not None,
        }  # fmt: skip
        measured = (
            "h", "p", "form", "substance", "kept", "part", "broken", "moot", "accounts", "beyond", "open", "terms",
            "owed",
        )  # fmt: skip
        rows.append({**row, **({field: getattr(result, field) for field in measured} if result else {})})
    return rows


def show(folder: CampaignFolder, state: CampaignState, library: Library, as_json: bool) -> None:
    """Show the results of a campaign: ranking by year, and the paths of its sessions and report."""
    if as_json:
        echo_json({
            "id": state.id, "path": str(folder.path), "card": state.card.id, "settings": state.settings,
            "branch": state.branch, "finished": state.closed, "rankings": state.rankings,
            "transfers": state.transfers, "orders": [vars(order) for order in state.orders],
            "learned": [{**vars(each), "seen_in": each.seen_in} for each in state.learned],
            "sessions": _sessions(folder, state),
        })  # fmt: skip
        return
    console, words = Console(), Words(state.settings["lang"], library.roots)
    console.print(Text(state.card.name.get(words.lang), style="bold"))
    for row in (row for row in _sessions(folder, state) if not row["finished"]):
        place, year = state.card.by_id[row["community"]].name, words("campaign.year", number=row["round"])
        session = words("campaign.in_year", place=place.get(words.lang), year=year)
        echo(f"{session}{words('colon')}{words('campaign.under_way', lines=row['lines'])}")
    show_blocks(*campaign_in_short(state, library))
    echo(str(folder.report if folder.report.is_file() else folder.path))


def ask(
    ref: str, round: int, changes: tuple[str, ...], times: int, means: options.Means, places: Folders, *,
    model: str | None, lang: Lang | None, explained: bool, as_json: bool,
) -> None:  # fmt: skip
    """Play both arms and show their differences; the arguments are those of the command."""
    folder = places.campaign(ref)
    choice = choose(means.settings, model or RULES_ONLY, NO_JUDGE)
    settings = settings_by(folder, choice)
    question = CampaignQuestion(folder, round, changes, settings, places.library)
    models = means.models(choice, as_json)
    with going_on(all_kept()), counting(translated("continuations"), 2 * times, as_json) as (_, advance):
        rows = options.awaited(models, play_arms(question, times, by_models(models), lambda: advance(1)))
    if as_json:
        echo_json({
            "campaign": folder.id, "round": round, "changes": changes, "times": times, "style": settings["style"],
            "model": settings["model"], "figures": [asdict(row) for row in rows],
            "examples": {arm: str(question.arm(arm, 1).path) for arm in ARMS},
        })  # fmt: skip
        return
    words = places.words(lang or settings["lang"])
    _show(question, rows, times, words, explained)
    for arm in ARMS:
        head = words(f"whatif.read.{arm}") + words("colon")
        echo(f"{head}sandbox campaign report {question.arm(arm, 1).path}")


def _show(
    question: CampaignQuestion, rows: Sequence[FigureComparison], times: int, words: Words, explained: bool
) -> None:
    model = question.settings["model"] if question.settings["style"] != "rules" else ""
    notes = (
        words("campaign.whatif.reading", times=times),
        *(
            [words("whatif.verdicts", count=len(rows)), words("whatif.method")]
            if explained
            else [translated_to(words.lang, EXPLAIN)]
        ),
        words("whatif.by_model", model=words.of("acted_by", model)) if model else words("whatif.by_rules"),
        words("campaign.world"),
    )
    title = (
        words("campaign.whatif.title", year=question.round),
        words("campaign.whatif.was"),
        words("campaign.whatif.other", changes=list(question.changes)),
    )
    heading, shown = "", list[Row]()
    for row in rows:
        name, dot, community = row.figure.name.partition(".")
        card = question.card.by_id.get(community)
        under = card.name.get(words.lang) if card else words("campaign.whatif.all")
        if under != heading:
            heading = under
            shown.append(((soft(under),), *[""] * 4))
        of = f"  {words(f'campaign.figure.{name}_last' if dot else f'campaign.figure.{name}')}"
        change = NONE if row.change.estimate is None else signed(row.change.estimate)
        values, margin = (decimal(row.was), decimal(row.other)), decimal(row.figure.smallest)
        shown.append(figure_row(words, row, of, values, (change, interval(words, row, signed)), margin))
    print_figures(words, title, words("campaign.whatif.head"), shown, notes)
