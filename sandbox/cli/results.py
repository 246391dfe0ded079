"""Commands after a session: score, report, debrief, compare, export."""

from __future__ import annotations

from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Argument, Option

from sandbox.cli import options, values
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json, echo_paths
from sandbox.cli.translation import translated
from sandbox.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sandbox.cli.console import Console
    from sandbox.diffusion.campaign.folder import CampaignFolder
    from sandbox.diffusion.campaign.state import CampaignState
    from sandbox.experiment.export.sheets import Form
    from sandbox.game.session import Session
    from sandbox.record.folder import SessionFolder
    from sandbox.scoring.scorecard import Scorecard


app = Commands()
_TRANSCRIPT = "transcript"
_PAPERS = tuple(name + ending for name in ("handout", "points", "minutes") for ending in ("", ".docx"))
_COMPARED = ("decisions", "numbers", "assessments", "parting", "differences")


@app.command()
def score(
    session: options.Session,
    *,
    rubric: Annotated[
        str | None,
        Option(
            help="Score a copy of it by this rubric, of --content too, and with the judge's templates there; the "
            "session stays as it is, and nothing is played again."
        ),
    ] = None,
    judge_model: options.JudgeModel = None,
    judge_samples: options.JudgeSamples = 1,
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Score a session (again): rules count, and the judge that is set judges; answers on record are used."""
    from sandbox.cli.console import Console
    from sandbox.report.results import write_results
    from sandbox.session.choice import NO_JUDGE, choose_judges
    from sandbox.session.closing import by_rubric, judged_otherwise, rescore
    from sandbox.session.opening import open_session

    opened, folder = places.open(session)
    if rubric is not None:
        folder = by_rubric(folder, places.library.id_of("rubric", rubric), places.library, places.runs)
        opened = open_session(folder, places.library)
        echo(str(folder.path), err=as_json)
    elif judged_otherwise(folder, opened, places.library):
        own = "{session} is scored by the rubric and judge's words that it carries; for those of {folder} add {option}"
        option = f"--rubric {opened.spec.rubric}"
        echo(translated(own, session=folder.id, folder=places.content, option=option), err=True)
    choice = choose_judges(means.settings, judge_model)  # the judge alone is called, so it is chosen like a player
    if choice.judge != NO_JUDGE:
        models = means.models(choice, as_json, judge_samples)
        with folder.log() as log:
            opened = options.awaited(models, rescore(opened, log, models))
    card = write_results(opened, folder)
    if as_json:
        echo_json(card.as_dict())
    else:
        show_levels(Console(), opened, card)


@app.command()
def report(
    session: options.Session,
    *,
    formats: Annotated[
        list[str] | None,
        Option(
            "--format",
            help="html, md, docx: the report; transcript: transcript.md; handout, handout.docx: the hand-out for "
            "those who took part; points, points.docx: the facilitator's points to it; minutes, minutes.docx: minutes "
            "in the form of an office; with commas between, or more than once (default: html,transcript).",
        ),
    ] = None,
    lang: options.ToldLang = None,
    places: Folders,
) -> None:
    """Write the report and transcript of a session (again), finished or not; docx needs the web extra."""
    from sandbox.cli.report_files import told_in
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.handout import handout, points_page
    from sandbox.report.pages.minutes import minutes
    from sandbox.report.pages.session import session_report, transcript_markdown
    from sandbox.report.results import card_of

    forms = values.checked_formats(formats or ["html", _TRANSCRIPT], (*FORMATS, _TRANSCRIPT, *_PAPERS))
    opened, folder = places.open(options.showcase(session, lang)[1])
    report_of = cache(lambda: session_report(opened, card_of(opened, places.runs, null=True), lang))
    paper_of = cache(lambda name: {"handout": handout, "points": points_page, "minutes": minutes}[name](opened, lang))
    told = told_in(lang, opened.spec.lang)
    for form in forms:
        if form == _TRANSCRIPT:
            path = folder.transcript.with_suffix(f"{told}.md")
            folder.write(path, transcript_markdown(opened, lang))
        elif form in _PAPERS:
            name, _, kind = form.partition(".")
            path = folder.path / f"{name}{told}.{kind or 'html'}"
            folder.write(path, FORMATS[kind or "html"](paper_of(name)))
        else:
            path = folder.report.with_suffix(f"{told}.{form}")
            folder.write(path, FORMATS[form](report_of()))
        echo(str(path))


@app.command()
def debrief(
    session: options.Session,
    *,
    seat: Annotated[
        list[str] | None, Option(help="The seat that reads it (default: the facilitator; more than once).")
    ] = None,
    formats: options.Formats = None,
    explain: Annotated[
        bool,
        Option("--explain", help="In a seat's debrief: with the figures of what other acts led to when played on."),
    ] = False,
    lang: options.ToldLang = None,
    places: Folders,
) -> None:
    """Write the debrief of a session, finished or not, for the facilitator or for a seat."""
    from sandbox.cli.report_files import told_in, write_document
    from sandbox.report.pages.debrief import make_debrief
    from sandbox.report.results import card_of

    forms = values.forms(formats)
    opened, folder = places.open(options.showcase(session, lang)[1])
    seats = values.ids("--seat", "seat", seat or (), opened.game.named_seats)
    card = card_of(opened, places.runs, null=True)
    readers: list[str | None] = list(seats) or [None]
    for reader in dict.fromkeys(readers):
        name = f"debrief-{reader}" if reader else "debrief"
        document = make_debrief(opened, card, reader, explain=explain, lang=lang)
        write_document(folder, folder.path / f"{name}{told_in(lang, opened.spec.lang)}", document, forms)


@app.command()
def compare(
    first: options.Session,
    second: Annotated[str, Argument(metavar="OTHER", help="The other session, named likewise.")],
    formats: Annotated[
        list[str] | None,
        Option(
            "--format",
            help="Write the whole comparison beside the second: html, md, docx; with commas between, or more than "
            "once.",
        ),
    ] = None,
    *,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Hold two sessions of one case against each other: rules, where they part, decisions, H and P, pulses."""
    from sandbox.cli.blocks import show, show_sections
    from sandbox.cli.report_files import write_document
    from sandbox.report.document.compose import note
    from sandbox.report.pages.comparison import comparison_page
    from sandbox.report.side_by_side import SideBySide

    forms = values.forms(formats, "")
    (a, other), (b, folder) = places.open(first), places.open(second)
    if other.path == folder.path:
        raise InputError(translated("{session} is named twice; name two sessions to compare", session=folder.id))
    pair = SideBySide(a, b)
    if forms:
        path = folder.path / f"pair-with-{a.id or 'other'}"
        write_document(folder, path, comparison_page(pair), forms, err=as_json)
    if as_json:
        echo_json(pair.as_dict())
    elif not forms:
        words, page = a.game.words, comparison_page(pair)
        show(page.opening[0])
        show_sections(section for section in page.sections if section.anchor in _COMPARED)
        show(*(note(words(key)) for key in ("comparison.listed", "comparison.luck", "caution.cities")))


def show_results(
    session: Session, folder: SessionFolder, as_json: bool, console: Console, waited: Sequence[float] = ()
) -> None:
    """Write and show the results of a session: scorecard, red findings of its audit, tokens, path of the report.

    People with seats at the end see the judge's evidence only from lines that one of them heard, and nothing of the
    audit unless they heard all. ``waited`` has the seconds waited before each call that was made again.
    """
    from sandbox.cli.blocks import show
    from sandbox.experiment.judging.answers import Answers
    from sandbox.llm.usage import Meter, Usage
    from sandbox.record.events import CallMade
    from sandbox.report.audits import red_findings, red_flags
    from sandbox.report.document.compose import paragraph
    from sandbox.report.results import write_results
    from sandbox.scoring.audit.auditing import audit

    card = write_results(session, folder)
    meter = Meter()
    for event in session.events:
        if isinstance(event, CallMade):
            meter.add(event.seat, event.stage, Usage(**event.payload["usage"]))
    usage = meter.total
    if as_json:
        echo_json({
            "session": folder.id, "path": str(folder.path), "lines": len(session.lines),
            "decisions": session.decisions, "usage": usage.as_dict(), "usage_by": [
                {"seat": seat, "stage": stage, **used.as_dict()} for (seat, stage), used in meter.by_purpose.items()
            ], **card.as_dict(),
        })  # fmt: skip
        return
    seats = set(session.state["desk"]["persons"])
    heard = {line["id"] for line in session.lines if not seats.isdisjoint(line["visible_to"])}
    heard_all = not seats or len(heard) == len(session.lines)
    show_levels(console, session, card, None if heard_all else heard)
    words, unusable = session.game.words, Answers.in_log(session.events).unusable
    told = [
        words("usage.spent", calls=usage.calls, prompt=usage.prompt, cached=usage.cached, completion=usage.completion),
        *([words("usage.unusable", count=unusable)] if unusable else []),
        *([words("usage.waited", count=len(waited), seconds=f"{sum(waited):.0f}")] if waited else []),
    ]
    for flag in red_flags(red_findings(session, audit([session])), session.game, words) if heard_all else ():
        show(paragraph(flag), console=console)
    console.print(words("semi").join(told), style="dim")
    echo(str(folder.report))


def show_levels(console: Console, session: Session, card: Scorecard, heard: Collection[str] | None = None) -> None:
    """Print the levels of a session; if ``heard`` is given, with evidence from these lines alone."""
    from sandbox.cli.blocks import show
    from sandbox.report.pages.scores import levels_table
    from sandbox.report.reading import Reading

    show(levels_table(Reading(session), card, heard, short=True), console=console)


@app.command()
def export(
    sessions: Annotated[
        list[str],
        Argument(
            metavar="ID...",
            help="Sessions, each by id, its beginning, path, last or showcase; a campaign, or what run --seeds kept, "
            "for all of its sessions.",
        ),
    ],
    to: options.TablesTo,
    formats: options.TableFormats = None,
    lang: options.CodebookLang = options.LANG,
    *,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Write sessions as tables: a row a session, seat, line, decision, vote, promise, pulse, score and event."""
    from sandbox.cli.progress import waiting
    from sandbox.experiment.export.session_tables import export_sessions
    from sandbox.experiment.export.sheets import FORMATS

    forms = values.checked_formats(formats or ["csv"], FORMATS)
    with waiting("writing the tables", as_json):
        looked_up = [_opened(places, each) for each in sessions]  # each before anything is written
        opened, campaigns = zip(*looked_up, strict=True)
        paths, count = export_sessions(
            chain.from_iterable(opened), to, places.runs, [cast("Form", form) for form in forms], lang,
            dict(chain.from_iterable(each.items() for each in campaigns)),
        )  # fmt: skip
    if as_json:
        echo_json({"paths": [str(path) for path in paths], "sessions": count})
        return
    echo_paths(paths)
    if "last" in sessions:
        echo(translated("last was {session}", session=_last(places)), err=True)


def _last(places: Folders) -> str:
    """Return the session that ``last`` means or, if there are only campaigns, the campaign."""
    try:
        return places.find("last").id
    except InputError:
        return places.campaign("last").id


Opened = tuple["Session", str, "Mapping[str, Any]"]


def _opened(places: Folders, ref: str) -> tuple[Iterator[Opened], dict[str, CampaignState]]:
    """Return a session, those of a case from many seeds, or the begun ones of a campaign.

    Each is opened when it is iterated. Those of a campaign have their place, and the campaign is returned as well.
    """
    from sandbox.cli.deck import FOLDER
    from sandbox.content.files import is_file_name
    from sandbox.content.words import refusal
    from sandbox.diffusion.campaign.run import open_campaign
    from sandbox.experiment.store.store import store_path

    try:
        folder = places.find(ref)
    except InputError:
        if campaign := places.campaign_at(ref):
            return _of_campaign(places, campaign), {campaign.id: open_campaign(campaign, places.library)}
        if (seeds := _of_seeds(places, ref)) is not None:
            return seeds, {}
        named = is_file_name(ref)
        if (named and store_path(places.runs, ref).is_file()) or ref in places.library.cards["experiment"]:
            command = f"sandbox experiment export {ref} --to DIR"
            raise refusal("experiment.no_session", experiment=ref, command=command) from None
        if named and (places.runs / FOLDER / ref).is_dir():
            raise refusal("diffusion.elsewhere", name=ref, command=f"sandbox diffuse export {ref} --to DIR") from None
        raise
    return ((places.open(each)[0], folder.id, {}) for each in [ref]), {}


def _of_campaign(places: Folders, campaign: CampaignFolder) -> Iterator[Opened]:
    """Yield the sessions of a campaign that have begun, each with its place in it."""
    from sandbox.session.opening import open_session

    for event in campaign.read():
        own = campaign.session(event.payload["session"]) if event.kind == "start" else None
        if own is not None and own.has_begun:
            place = {"campaign": campaign.id, "round": event.round, "community": event.community}
            yield open_session(own, places.library), f"{campaign.id}/{own.id}", place


def _of_seeds(places: Folders, ref: str) -> Iterator[Opened] | None:
    """Return the sessions that ``run --seeds`` stored; None if there is no such store.

    ``ref`` is its path, that of the folder beside it, or its name.
    """
    from sandbox.content.files import is_file_name
    from sandbox.experiment.planning.seeds import PREFIX
    from sandbox.experiment.store.database import experiment_in
    from sandbox.experiment.store.store import Store, store_path
    from sandbox.game.session import Session
    from sandbox.session.opening import game_of

    path = Path(ref)
    if not ref.endswith(".sqlite"):
        path = store_path(places.runs if is_file_name(ref) else path.parent, path.name)
    name = experiment_in(path) if path.is_file() else ""

    def opened() -> Iterator[Opened]:
        with Store(path, name, make=False) as store:
            for row in store.rows():
                events = store.events(row["id"])
                alone = "_rules_alone" if row["null"] else ""
                session = Session.of(game_of(events, places.library), events)
                yield session, f"{name}/{row['arm']}_{row['seed']}{alone}", {}

    return opened() if name.startswith(PREFIX) else None
