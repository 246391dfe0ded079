"""Options shared by several commands, singly and in groups, and the values of the groups."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from typer import Argument, Option

from sandbox.cli import values
from sandbox.cli.translation import LANG, said, translated
from sandbox.content.named import id_of
from sandbox.errors import InputError
from sandbox.settings import Settings, content_folder

if TYPE_CHECKING:
    from sandbox.content.language import Lang
    from sandbox.content.library import Library
    from sandbox.game.spec import SessionSpec
    from sandbox.llm.usage import Budget as Limits
    from sandbox.record.folder import LogFolder
    from sandbox.session.choice import ModelChoice
    from sandbox.session.runner import Models
else:
    Lang = str  # help need not know the schema

__all__ = ["LANG", "Lang"]

ResultT = TypeVar("ResultT")
_SHOWCASES = ("showcase", "showcase_en", "showcase_zh")

Formats = Annotated[
    list[str] | None,
    Option("--format", help="html, md, docx; with commas between, or more than once (default: html)."),
]
TableFormats = Annotated[
    list[str] | None, Option("--format", help="csv, parquet; with commas between, or more than once (default: csv).")
]
TablesTo = Annotated[Path, Option("--to", metavar="DIR", help="Folder of the tables; files in it are replaced.")]
RulesInAll = Annotated[
    list[str] | None, Option("--set", help="Change a rule in all models: aggregation.veto=[] (more than once).")
]
RulesByModel = Annotated[
    list[str] | None,
    Option(
        "--set",
        help="Change a rule in all models, or in one: aggregation.veto=[], "
        "one_core_multiple_actors:aggregation.veto=[] (more than once).",
    ),
]
RulesOrRates = Annotated[
    list[str] | None,
    Option(
        "--set",
        help="Change a rule of meetings, in all governance models or in one (MODEL:RULE=VALUE, as "
        "one_core_multiple_actors:aggregation.veto=[]), or a rate: learning.rate=3, line=0.4 (more than once).",
    ),
]
Processes = Annotated[
    int | None, Option(min=1, max=1_000, help="Processes that play the deck's sessions (default: one a core).")
]
Content = Annotated[
    Path | None,
    Option(
        help="Your own content folder; its files take the place of shipped ones (default: SANDBOX_CONTENT).",
        callback=lambda folder: folder or content_folder(),
    ),
]
Session = Annotated[
    str,
    Argument(
        metavar="ID", help="Session id, its beginning, its path, last (the one begun last), showcase or showcase_zh."
    ),
]
Speed = Annotated[
    float | None,
    Option(
        help="Words a second (characters in Chinese); 0 shows everything at once (default: 0, but a reading pace for "
        "showcase on a terminal).",
        callback=values.checked_speed,
    ),
]
Out = Annotated[Path | None, Option(help="Folder of sessions (default: runs, or SANDBOX_RUNS).")]
Json = Annotated[bool, Option("--json", help="Print the result as JSON.")]
Explain = Annotated[bool, Option("--explain", help="Also print how verdicts and intervals are worked out.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Print only where the results are.")]
Model = Annotated[
    str | None,
    Option(
        help="Model at your endpoint, or ENDPOINT/MODEL at one of SANDBOX_ENDPOINTS, or embedded (default: "
        "SANDBOX_MODEL, or else embedded); none: the rules alone; cards: the cards alone, word for word, offline and "
        "at once."
    ),
]
AnotherModel = Annotated[
    str | None,
    Option(
        help="Another model that goes on from here, or embedded; none: the rules alone; cards: the cards alone "
        "(default: the one it has)."
    ),
]
ModelOf = Annotated[
    list[str] | None,
    Option(
        "--model-of",
        help="Give a seat another model than the others: migrant_tenant=NAME, or embedded (more than once).",
    ),
]
ContinuedBy = Annotated[
    str | None,
    Option(help="Model that plays them, or embedded; cards: the cards alone (default: none, the rules alone)."),
]
JudgeModel = Annotated[
    str | None,
    Option(
        help="Model that judges (default: the one that plays, but never the embedded one, which cannot be relied on); "
        "several with commas between, each at the endpoint that its name begins with; none: no judge; embedded: that "
        "one all the same."
    ),
]
JudgeSamples = Annotated[int, Option(help="Votes of each judge on a criterion; the median counts.", min=1, max=9)]
Gguf = Annotated[Path | None, Option(help="Another GGUF file for the embedded engine.")]
MaxTokens = Annotated[
    int | None,
    Option(
        help="Budget in tokens of all that the command plays, or of all sessions of an experiment together; of serve, "
        "of each session. A call that might exceed it is not made."
    ),
]
Budget = Annotated[
    float | None,
    Option(
        help="The same in money; needs the prices of each model: SANDBOX_PRICE_INPUT and SANDBOX_PRICE_OUTPUT, or "
        "those in the file of SANDBOX_ENDPOINTS."
    ),
]


def language(text: str) -> Any:
    """Return a language option with a help text."""

    def known(lang: str | None) -> str | None:
        values.check("--lang", "language", [lang] if lang else (), ("en", "zh"))
        return lang

    return Option(help=text, callback=known)


ToldLang = Annotated[
    Lang | None,
    language(
        "Language of all that was not said there, en or zh; the names of its files say so (default: the session's)."
    ),
]
CodebookLang = Annotated[Lang, language("Language of the codebook: en, or zh, which is named codebook.zh.md.")]


def showcase(ref: str, lang: Lang | None) -> tuple[bool, str]:
    """Return whether a name is that of a shipped showcase, and the name of the one in a language.

    ``lang`` is None if none was asked for.
    """
    return ref in _SHOWCASES, f"showcase_{lang}" if ref == "showcase" and lang not in (None, LANG) else ref


@dataclass(frozen=True)
class Output:
    """The options of commands that play on the amount and form of output."""

    as_json: Json = False
    quiet: Quiet = False

    @property
    def silent(self) -> bool:
        """Whether no progress is shown."""
        return self.quiet or self.as_json


@dataclass(frozen=True)
class Case:
    """The options of a new session: case, rules and models."""

    scenario: Annotated[str, Option(help="The case; see: sandbox list scenario")] = "four_oclock_school"
    governance: Annotated[
        str,
        Option(
            help="The governance model (default: the city's, or the case's own; that is joint_production where this "
            "fits and the case names no other)."
        ),
    ] = ""
    changes: Annotated[
        list[str] | None,
        Option(
            "--set",
            help="Change one rule, for example: aggregation.veto=[] (more than once); what there is: sandbox show "
            "governance ID --yaml",
        ),
    ] = None
    city: Annotated[str, Option(help="Add the setting of a city; see: sandbox list city")] = ""
    rubric: Annotated[str, Option(help="What the outcome is scored by; see: sandbox list rubric")] = "core"
    lang: Annotated[str, Option(help="Language of the session: en or zh.")] = LANG
    stages: Annotated[
        str, Option(help="Stages, with commas between (default: those of the case, else all but review).")
    ] = ""
    turns: Annotated[
        int | None, Option(help="Lines of discussion a stage, 1 to 500, before its vote (default: each stage's own).")
    ] = None
    personas: Annotated[
        list[str] | None,
        Option(
            "--cast",
            help="Give a seat to another persona of its kind: ngo_director=young_social_worker (more than once).",
        ),
    ] = None
    wording: Annotated[str, Option(help="Wording of the prompts: as_is, plain, or one of your own.")] = "as_is"
    temperature: Annotated[
        float | None,
        Option(help="Temperature of a model's turns, 0 to 1.5 (default: 0.8; 0.4 where it only words them)."),
    ] = None
    seed: Annotated[int, Option(help="Random seed: the same one draws the same.")] = 1
    model: Model = None
    models: ModelOf = None
    judge_model: JudgeModel = None
    judge_samples: JudgeSamples = 1

    def choice(self, settings: Settings, library: Library) -> ModelChoice:
        """Return the chosen models; raises `InputError` as `choose` and `ModelChoice.seating`."""
        from sandbox.session.choice import choose

        scenario = library.id_of("scenario", self.scenario)
        return choose(settings, self.model, self.judge_model).seating(models_by_seat(self.models, library, scenario))

    def spec(self, choice: ModelChoice, library: Library, persons: tuple[str, ...] = ()) -> SessionSpec:
        """Return the spec of the session; raises `InputError` for an option that is not allowed."""
        from pydantic import ValidationError

        from sandbox.content.changes import completed, same_rules, with_changes
        from sandbox.content.faults import field_of, finding, short
        from sandbox.game.spec import SessionSpec

        scenario, city, rubric, governance = (
            library.id_of(kind, getattr(self, kind)) if getattr(self, kind) else ""
            for kind in ("scenario", "city", "rubric", "governance")
        )
        governance = governance or (library.city(city).governance if city else "")
        governance = governance or library.scenario(scenario).own_governance
        changes = tuple(self.changes or ())
        if self.temperature is not None and choice.silent:
            idle = "--temperature: with --model {model} no model is asked for a turn, at whatever temperature"
            raise InputError(translated(idle, model=choice.speaker_name))
        if governance in library.cards["governance"]:  # whether there is one is looked at with all else
            card = library.governance(governance)
            changes = completed(card, changes)
            changes = () if same_rules(with_changes(card, changes), card) else changes
        cast = values.pairs("--cast", self.personas or ())
        seats = _seats(library, scenario) if cast or persons else []
        wanted = {
            **vars(self), "scenario": scenario, "city": city, "rubric": rubric, "governance": governance,
            "changes": changes, "persons": tuple(id_of(seat, seats) for seat in persons),
            "stages": tuple(library.id_of("stage", each) for each in values.parts(self.stages)),
            "personas": {id_of(seat, seats): library.id_of("persona", other) for seat, other in cast.items()},
            "style": choice.style, "model": choice.speaker_name, "models": dict(choice.by_seat),
            "judge_model": choice.judge_name,
        }  # fmt: skip
        try:
            return SessionSpec.model_validate(wanted)
        except ValidationError as error:
            first = error.errors()[0]
            value, why = said(short(first["input"])), said(finding(first))
            why = why if value in why else translated("'{value}' is not allowed: {why}", value=value, why=why)
            raise InputError(f"--{field_of(first).replace('_', '-')}: {why}") from error


def models_by_seat(texts: list[str] | None, library: Library, scenario: str) -> dict[str, str]:
    """Return the models of ``--model-of``, by seat; raises `InputError` if the case has no such seat."""
    named = values.pairs("--model-of", texts or ())
    seats = _seats(library, scenario) if named else []
    by_seat = {id_of(seat, seats): model for seat, model in named.items()}
    if seats:  # whether there is such a case is told elsewhere
        values.check("--model-of", "seat", by_seat, seats)
    return by_seat


def _seats(library: Library, scenario: str) -> list[str]:
    """Return the seats of a case with their names; empty if there is no such case, which is reported elsewhere."""
    known = scenario in library.cards["scenario"]
    seats = {seat.persona for seat in library.scenario(scenario).seats} if known else set()
    return [each for each in library.named("persona") if each in seats]


@dataclass(frozen=True)
class Means:
    """The options of commands that call models: endpoint and limits."""

    gguf: Gguf = None
    max_tokens: MaxTokens = None
    budget: Budget = None

    @cached_property
    def settings(self) -> Settings:
        """The environment's settings, with the GGUF file of the option if there is one."""
        settings = Settings.from_environment()
        return replace(settings, gguf=self.gguf) if self.gguf else settings

    @cached_property
    def limits(self) -> Limits:
        """The budget; raises `InputError` if it cannot be enforced."""
        from sandbox.llm.usage import Budget

        default, others = self.settings.place, self.settings.endpoints
        return Budget(
            self.max_tokens, self.budget, default.price_input, default.price_output,
            {name: Budget(None, None, place.price_input, place.price_output).prices for name, place in others.items()},
        )  # fmt: skip

    def kept_for(self, folder: LogFolder) -> Means:
        """Return the means of a session or campaign: with the options' budget, which is stored, else the stored one.

        Raises:
            SandboxError: the stored budget cannot be read or written.
        """
        bounds = folder.bounds(max_tokens=self.max_tokens, budget=self.budget)
        tokens = bounds["max_tokens"]
        return replace(self, max_tokens=None if tokens is None else int(tokens), budget=bounds["budget"])

    def models(self, choice: ModelChoice, quiet: bool = False, samples: int = 1) -> Models:
        """Return the models of a choice; the start of the embedded engine shows its progress, unless ``quiet``."""
        from sandbox.cli.progress import LoadProgress
        from sandbox.llm.endpoints import Endpoints
        from sandbox.llm.usage import BudgetAccount
        from sandbox.session.choice import models_of

        account = BudgetAccount(self.limits)
        with LoadProgress(quiet) as progress:
            return models_of(choice, self.settings, Endpoints(), account, progress, samples)


def awaited(models: Models, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Return the result of work with models, and close their connections.

    Raises:
        KeyboardInterrupt: it was interrupted.
    """
    from sandbox.cli.waiting import result_of

    return result_of(models.endpoints.during(work))
