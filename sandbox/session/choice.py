"""The models that a session uses: the embedded engine, or endpoints that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from sandbox.content.words import fault, refusal, said
from sandbox.errors import NoModelError
from sandbox.game.spec import CARDS, Players, PlayStyle, SessionSpec
from sandbox.llm.calls import Endpoint
from sandbox.llm.embedded import MODEL_NAME
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import BudgetAccount
from sandbox.session.context import profile_of
from sandbox.session.runner import Models
from sandbox.settings import Place, Settings, endpoint_in

NO_JUDGE = "none"
RULES_ONLY = "none"
EMBEDDED = "embedded"
_NEAR = 0.75  # similarity from which a name counts as a misspelling; no OpenAI model is that similar


@dataclass(frozen=True)
class ModelChoice:
    """The models that settings and options name, before anything is started.

    Args:
        model: the model that plays; None for the embedded engine, `RULES_ONLY` or `CARDS` for no model.
        judge: the models that judge, separated by commas; None for the model that plays, `NO_JUDGE` for none. The
            embedded engine judges only if it is named.
        style: the style of play.
        own: the name of the embedded engine's model.
        by_seat: names of other models, by the seat that each plays.
    """

    model: str | None
    judge: str | None
    style: PlayStyle
    own: str
    by_seat: Mapping[str, str] = field(default_factory=dict)

    @property
    def embedded(self) -> str:
        """Name of the embedded engine's model if the engine is needed, else empty."""
        return self.own if self.model is None or self.own in self.by_seat.values() else ""

    @property
    def speaker_name(self) -> str:
        """Name of the model that plays, for the log."""
        return self.model or self.own

    @property
    def silent(self) -> bool:
        """Whether no model plays: acts are drawn from the rules, or the cards speak."""
        return self.model in (RULES_ONLY, CARDS)

    @property
    def players(self) -> Players:
        """Who plays, and who judges."""
        return Players(self.style, self.speaker_name, self.judge_name)

    @property
    def in_turn(self) -> bool:
        """Whether many sessions are best played one after the other.

        The embedded engine keeps the prompt of only one session; if sessions alternate it reads each prompt anew, which
        takes several times as long.
        """
        return bool(self.embedded)

    @property
    def judge_name(self) -> str | None:
        """Names of the models that judge, for the log; None for none."""
        return None if self.judge == NO_JUDGE else self.judge or self.speaker_name

    @property
    def judges(self) -> tuple[str, ...]:
        """The models that judge."""
        return tuple(self.judge_name.split(",")) if self.judge_name else ()

    @property
    def remote(self) -> tuple[str, ...]:
        """The models that are called at an endpoint."""
        return tuple(dict.fromkeys(name for name in (*self.playing, *self.judges) if name != self.embedded))

    @property
    def playing(self) -> tuple[str, ...]:
        """The models that play."""
        return () if self.silent else (self.speaker_name, *self.by_seat.values())

    def seating(self, models: Mapping[str, str]) -> ModelChoice:
        """Return the choice in which some seats have models of their own, by seat.

        Raises:
            InputError: no model plays the other seats, or the name given for a seat is no model.
        """
        for seat, name in models.items():
            if self.silent:
                raise refusal("model_choice.seat_silent", model=self.model, seat=seat, own=name)
            if name in (RULES_ONLY, CARDS):
                raise refusal("model_choice.seat_no_model", model=name, seat=seat)
        named = {seat: self.own if name == EMBEDDED else name for seat, name in models.items()}
        return replace(self, by_seat={seat: name for seat, name in named.items() if name != self.speaker_name})


def choose(settings: Settings, model: str | None, judge: str | None) -> ModelChoice:
    """Return the models that settings and options mean.

    Args:
        settings: the environment's settings.
        model: ``--model``; it overrides ``SANDBOX_MODEL``. `EMBEDDED` means the embedded engine.
        judge: ``--judge-model``; several are separated by commas.

    Raises:
        InputError: an endpoint is set but no model is named; a judge is named twice, or `NO_JUDGE` beside others; or
            the embedded engine is to judge but not to play.
    """
    own = settings.gguf.stem if settings.gguf else MODEL_NAME
    wanted = model or settings.model
    wanted = own if wanted == EMBEDDED else wanted
    if judge is not None:
        names = _judges(judge, own)
        if EMBEDDED in map(str.strip, judge.split(",")) and wanted not in (None, own):
            raise refusal("model_choice.embedded_judge")
        judge = ",".join(names)
    if wanted in (RULES_ONLY, CARDS):  # a judge is asked for only where one is named
        style: PlayStyle = "rules" if wanted == RULES_ONLY else "directed"
        return ModelChoice(wanted, judge if judge not in (None, own) else NO_JUDGE, style, own)
    named = wanted if wanted != own else None
    if wanted is None and settings.base_url is not None:
        raise refusal("model_choice.no_model")
    style = settings.turn_style or ("free" if named else "directed")
    # The embedded model cannot be trusted as a judge; the calibration shipped with the program shows it.
    return ModelChoice(named, judge or (None if named else NO_JUDGE), style, own)


def choose_on(
    settings: Settings, spec: SessionSpec, model: str | None, judge: str | None, models: Mapping[str, str] | None = None
) -> ModelChoice:
    """Return the models with which a session goes on: its own, unless others are named.

    A seat that has a model of its own keeps it if a model plays the other seats. ``model``, ``judge`` and, by seat,
    ``models`` replace those of the session.

    Raises:
        InputError: as `choose` and `ModelChoice.seating`.
    """
    same_judge = None if spec.judge_model == spec.model and model else spec.judge_model or NO_JUDGE
    choice = choose(settings, model or (None if spec.player == "agent" else spec.model), judge or same_judge)
    choice = replace(choice, style=spec.style) if choice.speaker_name == spec.model else choice
    return choice.seating({**({} if choice.silent else spec.models), **(models or {})})


def choose_judges(settings: Settings, judges: str | None) -> ModelChoice:
    """Return the models if nobody plays and only judges are called; the first judge stands as the player.

    ``judges`` are separated by commas; None for the model of the settings, or for none with the embedded engine.

    Raises:
        InputError: as `choose`; or an endpoint is set, but no model that could judge.
    """
    if not (judges or settings.model) and settings.base_url is not None:
        raise refusal("model_choice.no_judge_named", none=NO_JUDGE)
    return choose(settings, judges.split(",")[0].strip() if judges else None, judges)


def check_callable(choice: ModelChoice, settings: Settings) -> None:
    """Check that there is an endpoint for each model of a choice.

    If the user set an address, any name is accepted: only the server knows its models.

    Raises:
        NoModelError: neither address nor key is set, or the named endpoint's key is not. With a key alone, also if a
            name looks like a misspelt name of a model of this program or of an endpoint.
    """
    for name in choice.remote:
        asked = endpoint_of(name, settings)
        if asked.base_url:
            continue
        meant = _meant(name, settings)
        if asked.api_key and not meant:
            continue
        raise fault(
            NoModelError, "model_choice.uncallable", model=name, own=[CARDS, RULES_ONLY, EMBEDDED],
            why=said("model_choice.not_openai" if asked.api_key else "model_choice.no_endpoint"),
            near=said("unknown.near", names=meant) if meant else "",
        )  # fmt: skip


def models_of(
    choice: ModelChoice,
    settings: Settings,
    endpoints: Endpoints,
    account: BudgetAccount,
    progress: Callable[[str, int, int], None],
    samples: int = 1,
) -> Models:
    """Return the models; the embedded engine is started if it is needed.

    Sessions share the endpoints, which keep the embedded engine as well, and the account. ``progress`` is called with
    the task, bytes done and bytes in all; ``samples`` is the number of votes of each judge on a criterion.

    Raises:
        InputError: the account's budget is in money, and the prices of a model are not known.
        NoModelError: there is no endpoint for a model, or the embedded engine is not installed.
        EndpointError: the embedded engine did not start.
    """
    check_callable(choice, settings)
    account.budget.check(dict.fromkeys((*choice.playing, *choice.judges)))
    embedded = endpoints.embedded(settings.gguf, settings.cache, progress) if choice.embedded else None

    def endpoint(name: str) -> Endpoint:
        return embedded if embedded and name == choice.embedded else endpoint_of(name, settings)

    speakers, judges = {name: endpoint(name) for name in choice.playing}, tuple(map(endpoint, choice.judges))
    speaker = speakers.pop(choice.speaker_name, None)
    return Models(speaker, judges, profile_of(choice.style), endpoints, account, samples=samples, others=speakers)


def _meant(name: str, settings: Settings) -> list[str]:
    """Return the name that a misspelt name may mean: a model of this program, or a model at a named endpoint."""
    start, _, there = name.partition("/")
    if there:
        return [f"{near}/{there}" for near in get_close_matches(start, settings.endpoints, n=1, cutoff=_NEAR)]
    return get_close_matches(name.lower(), (CARDS, RULES_ONLY, EMBEDDED, MODEL_NAME), n=1, cutoff=_NEAR)


def place_of(model: str, settings: Settings) -> Place:
    """Return the place at which a model answers, by its full name."""
    endpoint = endpoint_in(model, settings.endpoints)
    return settings.endpoints[endpoint] if endpoint else settings.place


def endpoint_of(model: str, settings: Settings) -> Endpoint:
    """Return the endpoint of a model, by its full name; raises `NoModelError` if its key is not set."""
    place, endpoint = place_of(model, settings), endpoint_in(model, settings.endpoints)
    if place.lacks_key:
        raise fault(NoModelError, "model_choice.no_key", model=model, endpoint=endpoint)
    return Endpoint(
        model, place.base_url, place.api_key, settings.timeout, settings.deadline, settings.answer_tokens, endpoint
    )  # fmt: skip


def models_of_spec(
    spec: SessionSpec,
    settings: Settings,
    endpoints: Endpoints,
    account: BudgetAccount,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    *,
    judge_later: bool = False,
) -> Models:
    """Return the models that the spec of a session names; arguments and errors are as in `models_of`.

    With ``judge_later``, judges are left out.
    """
    choice = choice_for(settings, spec)
    choice = replace(choice, judge=NO_JUDGE) if judge_later else choice
    return models_of(choice, settings, endpoints, account, progress, spec.judge_samples)


def choice_for(settings: Settings, spec: SessionSpec) -> ModelChoice:
    """Return the choice of models that a session's spec names, with no player if agents play; raises as `choose`."""
    playing = RULES_ONLY if spec.player == "agent" else spec.model
    choice = choose(settings, playing, spec.judge_model or NO_JUDGE)
    return replace(choice, style=spec.style).seating(spec.models)


def _judges(listed: str, own: str) -> list[str]:
    names = [own if name.strip() == EMBEDDED else name.strip() for name in listed.split(",")]
    if CARDS in names:
        raise refusal("model_choice.cards_judge", cards=CARDS)
    if not all(names) or len(set(names)) < len(names) or (NO_JUDGE in names and len(names) > 1):
        raise refusal("model_choice.judges", judges=listed)
    return names
