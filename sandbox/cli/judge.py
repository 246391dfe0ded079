"""Commands that say how far a judge may be trusted: calibrate, card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast, get_args

from typer import Option

from sandbox.cli import options, values
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.translation import translated, why
from sandbox.errors import InputError
from sandbox.settings import Settings

if TYPE_CHECKING:
    from sandbox.scoring.probes import ProbeName


app = Commands()
judge = Commands(name="judge", help="How far a judge may be trusted.", no_args_is_help=True)
app.add_typer(judge)
_FORMATS = ("table", "html", "md", "docx")
_NONE = "none"

JudgesModel = Annotated[
    str | None,
    Option(help="Model that judges, or embedded (default: SANDBOX_MODEL, or else embedded); several with commas."),
]


@judge.command()
def calibrate(
    *,
    model: JudgesModel = None,
    judge_samples: options.JudgeSamples = 1,
    criterion: Annotated[
        list[str] | None,
        Option(help="Id of a criterion, as in: sandbox show rubric core (more than once; default: all)."),
    ] = None,
    lang: Annotated[list[str] | None, Option(help="Language: en or zh (default: both).")] = None,
    split: Annotated[str, Option(help="Part of the gold set: test; development, for work on prompts; all.")] = "test",
    probe: Annotated[
        list[str] | None,
        Option(
            help="Also ask dialogues whose form is changed and whose meaning is kept: order, names, verbosity, "
            "politeness, formatting, injection, language; or none (more than once; default: all)."
        ),
    ] = None,
    limit: Annotated[int | None, Option(min=1, help="At most so many items a criterion, for a first look.")] = None,
    rubric: Annotated[str, Option(help="Whose criteria; see: sandbox list rubric")] = "core",
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Put dialogues with known levels to a judge and keep how far it agrees; answers on record are used."""
    from sandbox.cli.calibrations import as_values, put_to, show_card
    from sandbox.content.language import LANGUAGES
    from sandbox.report.document.html import to_html
    from sandbox.report.pages.judge_card import judge_card
    from sandbox.scoring.calibration import judged_criteria, schedule_of
    from sandbox.scoring.standing import JudgeFolder, Part
    from sandbox.session.choice import EMBEDDED, NO_JUDGE, choose_judges

    library = places.library
    of, probes = library.rubric(library.id_of("rubric", rubric)), _probes(probe)
    values.check("--split", "part", [split], get_args(Part))
    values.check("--lang", "language", lang or (), LANGUAGES)
    part, langs = cast("Part", split), [each for each in LANGUAGES if not lang or each in lang]
    if model == NO_JUDGE:
        raise InputError(translated("--model: there is nothing to calibrate without a judge; name a model"))
    _ = means.limits  # a budget that cannot be kept to is refused first
    criteria = judged_criteria(of, criterion or ())
    schedules = [schedule_of(entry, code, library, part, probes, limit) for entry in criteria for code in langs]
    choice = choose_judges(means.settings, model or means.settings.model)
    if choice.judge == NO_JUDGE:  # by default the embedded engine judges nobody, but it can be measured
        choice = choose_judges(means.settings, EMBEDDED)
    folder = JudgeFolder.of(places.runs, ", ".join(choice.judges), judge_samples)
    models = means.models(choice, as_json, judge_samples)
    calibration = put_to(models, folder, schedules, of, part, library, as_json)
    folder.write(folder.card, to_html(judge_card(calibration, library, langs[0])))
    if as_json:
        echo_json(as_values(folder, calibration, library))
        return
    show_card(calibration, library, langs[0])
    echo(str(folder.card))


@judge.command()
def card(
    *,
    model: JudgesModel = None,
    judge_samples: Annotated[int | None, Option(help="Votes of each model (default: whatever was calibrated).")] = None,
    lang: Annotated[options.Lang, options.language("Language of the card: en or zh.")] = options.LANG,
    form: Annotated[str, Option("--format", help="table; or html, md, docx: a file beside the calibration.")] = "table",
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Show what was found of a judge, of all judges without --model, and what of it has expired."""
    from sandbox.cli.calibrations import as_values, calibrations, shipped_dict, shipped_lines, show_card
    from sandbox.cli.console import Console
    from sandbox.cli.report_files import write_document
    from sandbox.llm.embedded import MODEL_NAME
    from sandbox.report.pages.judge_card import judge_card
    from sandbox.scoring.standing import JudgeFolder
    from sandbox.session.choice import choose_judges

    values.check("--format", "format", [form], _FORMATS)
    library = places.library
    name = ", ".join(choose_judges(Settings.from_environment(), model).judges) if model else None
    comes = form == "table" and name in (None, MODEL_NAME)  # with the program: what was found of the embedded model
    try:
        known = calibrations(places.runs, name, judge_samples)
    except InputError as error:
        if not comes:
            raise
        known = []
        if name is None:
            echo(f"sandbox: {why(error)}", err=True)
    comes = comes and not known
    if as_json:
        own = [as_values(folder, calibration, library) for folder, calibration in known]
        echo_json(own + ([shipped_dict()] if comes else []))
        return
    if comes:
        for text in shipped_lines(library, lang):
            Console().print(text, markup=False, highlight=False)
    for _, calibration in known:
        if form == "table":
            show_card(calibration, library, lang)
        else:
            folder = JudgeFolder.of(places.runs, calibration.judge, calibration.samples)
            folder.make()
            write_document(folder, folder.card.with_suffix(""), judge_card(calibration, library, lang), [form])


def _probes(names: list[str] | None) -> list[ProbeName]:
    from sandbox.scoring.probes import PROBES

    values.check("--probe", "probe", names or (), (*PROBES, _NONE))
    if names and _NONE in names and len(names) > 1:
        raise InputError(translated("--probe: '{name}' stands alone", name=_NONE))
    return [probe for probe in PROBES if not names or probe in names]
