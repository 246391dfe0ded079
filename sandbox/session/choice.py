"""Which models a session uses: the embedded engine, or an endpoint that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from sandbox.content.words import fault, refusal, said
from sandbox.errors import NoModelError
from sandbox.game.spec import CARDS, Players, PlayStyle, SessionSpec
from sandbox.llm.calls import Endpoint
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import BudgetAccount
from sandbox.llm.weights import MODEL_NAME
from sandbox.session.context import profile_of
from sandbox.session.runner import Models
from sandbox.settings import Settings

NO_JUDGE = "none"
RULES_ONLY = "none"
EMBEDDED = "embedded"
_NEAR = 0.75  # likeness at which a name is one slip away from a word; no model of OpenAI's is so named


@dataclass(frozen=True)
class ModelChoice:
    """What the settings and options come to, before anything is started.

    Args:
        model: the model that plays; None for the embedded engine, `RULES_ONLY` or `CARDS` for no model.
        judge: the models that judge, with commas between; None for the one that plays, `NO_JUDGE` for nobody. The
            embedded engine judges only where it is named.
        style: the turn style.
        embedded: name of the embedded engine's model where that is needed, else empty.
    """

    model: str | None
    judge: str | None
    style: PlayStyle
    embedded: str

    @property
    def speaker_name(self) -> str:
        """Name of the model that plays, for the log."""
        return self.model or self.embedded

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

        The embedded engine keeps what it has read of one session alone; where several take turns it reads each prompt
        anew, which takes several times as long.
        """
        return self.model is None

    @property
    def judge_name(self) -> str | None:
        """Names of the models that judge, for the log; None for nobody."""
        return None if self.judge == NO_JUDGE else self.judge or self.speaker_name

    @property
    def judges(self) -> tuple[str, ...]:
        """The models that judge."""
        return tuple(self.judge_name.split(",")) if self.judge_name else ()

    @property
    def remote(self) -> tuple[str, ...]:
        """The models that an endpoint is asked for."""
        speaker = () if self.silent or self.embedded else (self.speaker_name,)
        return *speaker, *(name for name in self.judges if name not in (*speaker, self.embedded))


def choose(settings: Settings, model: str | None, judge: str | None) -> ModelChoice:
    """Return which models are meant.

    Args:
        settings: the environment's settings.
        model: ``--model``; it wins over ``SANDBOX_MODEL``. `EMBEDDED` means the embedded engine.
        judge: ``--judge-model``; several with commas between.

    Raises:
        InputError: an endpoint is set, but no model is named; a judge is named twice, or beside nobody; or
            the embedded engine is to judge and not to play.
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
        return ModelChoice(wanted, judge if judge not in (None, own) else NO_JUDGE, style, "")
    named = wanted if wanted != own else None
    if wanted is None and settings.base_url is not None:
        raise refusal("model_choice.no_model")
    style = settings.turn_style or ("free" if named else "directed")
    # The embedded model is no judge that can be trusted: its calibration ships with the program.
    return ModelChoice(named, judge or (None if named else NO_JUDGE), style, "" if named else own)


def choose_on(settings: Settings, spec: SessionSpec, model: str | None, judge: str | None) -> ModelChoice:
    """Return which models are meant to go on with a session: those that it has, where no others are named.

    Args:
        settings: the environment's settings.
        spec: the spec of the session.
        model: another model that plays.
        judge: other models that judge.

    Raises:
        InputError: as `choose`.
    """
    same_judge = None if spec.judge_model == spec.model and model else spec.judge_model or NO_JUDGE
    choice = choose(settings, model or (None if spec.player == "agent" else spec.model), judge or same_judge)
    return replace(choice, style=spec.style) if choice.speaker_name == spec.model else choice


def choose_judges(settings: Settings, judges: str | None) -> ModelChoice:
    """Return which models are meant where nobody plays and judges alone are called: the first takes the player's place.

    Args:
        settings: the environment's settings.
        judges: the models, with commas between; None for the one that the settings name, which is nobody where that
            would be the embedded engine.

    Raises:
        InputError: as `choose`.
    """
    return choose(settings, judges.split(",")[0].strip() if judges else None, judges)


def check_callable(choice: ModelChoice, settings: Settings) -> None:
    """Check that there is an endpoint for the models of a choice.

    At an address of their own people name models as they like, so that only it can say whether there is one.

    Args:
        choice: what is meant.
        settings: address and key.

    Raises:
        NoModelError: neither address nor key is set; or the key alone, and a name is that of a model of this program
            with a slip in it.
    """
    speaker = choice.speaker_name
    for name in choice.remote:
        asked = settings if name == speaker and not choice.silent else settings.judging
        if asked.base_url:
            continue
        meant = get_close_matches(name.lower(), (CARDS, RULES_ONLY, EMBEDDED, MODEL_NAME), n=1, cutoff=_NEAR)
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
    """Return the models; the embedded engine is started when it is needed.

    Args:
        choice: what is meant.
        settings: addresses, keys, and how long they may take.
        endpoints: the connections, which sessions share; they keep the embedded engine as well.
        account: what the sessions that share a budget spend.
        progress: called with what is done, bytes done and bytes in all.
        samples: votes that each judge gives on a criterion.

    Raises:
        NoModelError: there is no endpoint for a model, or the embedded engine is not installed.
        EndpointError: it did not start.
    """
    check_callable(choice, settings)

    def remote(model: str, at: Settings) -> Endpoint:
        return Endpoint(model, at.base_url, at.api_key, at.timeout, at.deadline, at.answer_tokens)

    embedded = endpoints.embedded(settings.gguf, settings.cache, progress) if choice.embedded else None
    speaker = embedded or remote(choice.speaker_name, settings)
    judges = tuple(
        embedded if embedded and name == choice.speaker_name else remote(name, settings.judging)
        for name in choice.judges
    )
    return Models(
        None if choice.silent else speaker, judges, profile_of(choice.style), endpoints, account, samples=samples
    )


def models_of_spec(
    spec: SessionSpec,
    settings: Settings,
    endpoints: Endpoints,
    account: BudgetAccount,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    *,
    judge_later: bool = False,
) -> Models:
    """Return the models that the spec of a session names; arguments and errors are those of `models_of`.

    With ``judge_later``, judges are left out.
    """
    judge = NO_JUDGE if judge_later else spec.judge_model or NO_JUDGE
    choice = replace(choose(settings, spec.model, judge), style=spec.style)
    return models_of(choice, settings, endpoints, account, progress, spec.judge_samples)


def _judges(listed: str, own: str) -> list[str]:
    names = [own if name.strip() == EMBEDDED else name.strip() for name in listed.split(",")]
    if CARDS in names:
        raise refusal("model_choice.cards_judge", cards=CARDS)
    if not all(names) or len(set(names)) < len(names) or (NO_JUDGE in names and len(names) > 1):
        raise refusal("model_choice.judges", judges=listed)
    return names
