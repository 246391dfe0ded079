"""The checks of ``sandbox doctor`` and ``sandbox validate``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cli import options
from sandbox.cli.folders import Folders
from sandbox.cli.listed import models_listed, others_there
from sandbox.cli.printing import echo
from sandbox.cli.progress import waiting
from sandbox.cli.translation import translated, why
from sandbox.content.campaign_card import Campaign
from sandbox.content.card_files import FOLDERS, ContentKind, read_card
from sandbox.content.country_doubts import country_doubts
from sandbox.content.gold import check_gold, gold_criteria, gold_items
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.scenario_card import Scenario
from sandbox.content.templates import check_templates
from sandbox.content.unread import own_files, unread
from sandbox.content.words import check_words
from sandbox.content.yaml_source import Loc, read_yaml
from sandbox.diffusion.campaign.check import campaign_faults
from sandbox.errors import ContentError, Problem, Said, SandboxError
from sandbox.experiment.planning.design import check_design
from sandbox.game.checks.begun import still_of_the_example
from sandbox.game.checks.figures import figures_from_nowhere
from sandbox.game.checks.warnings import gathered, unplayable, warnings
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.structured import Mode
from sandbox.llm.usage import Meter
from sandbox.session.choice import ModelChoice, choose
from sandbox.session.runner import Models
from sandbox.settings import Settings

_HELD: dict[Mode, str] = {
    "json_schema": "its answers are held by a JSON schema",
    "closed_schema": "its answers are held by a closed JSON schema, in which each property is required",
    "json_object": "its answers are held by no JSON schema, which it refuses, but asked for in JSON mode: code refuses "
    "what the rules do not allow, and asks again",
    "prompt": "its answers are held by no JSON schema, which it refuses, but asked for in words alone: code refuses "
    "what the rules do not allow, and asks again",
}
_HASTY = 2  # attempts where nothing answers, or only that it is busy: somebody waits to hear so


@dataclass(frozen=True)
class Check:
    """A check: its subject, its finding, whether it passed, and the exit code if not."""

    what: str
    found: str
    ok: bool
    exit_code: int = 0


def examine(model: str | None, means: options.Means, places: Folders, quiet: bool) -> Iterator[Check]:
    """Check content, the folder of sessions, the model and all named endpoints; asks the model for one word."""
    settings = means.settings  # a fault in these stops everything
    with waiting("reading the content", quiet):
        content = _content(places)
    yield content
    yield _folder(places.out or settings.runs)
    yield _model(means, model, quiet)
    for name in settings.endpoints:
        yield _endpoint(name, settings, quiet)


def _content(places: Folders) -> Check:
    try:
        library = places.library
        library.check()
    except SandboxError as error:
        return Check("content", why(error), False, error.exit_code)
    counts = translated(", ").join(
        translated("{count} {kind}", count=len(cards), kind=translated(kind)) for kind, cards in library.cards.items()
    )
    roots = ", ".join(map(str, library.roots))
    return Check("content", translated("{counts} from {folders}", counts=counts, folders=roots), True)


def _folder(runs: Path) -> Check:
    nearest = next(path for path in (runs.absolute(), *runs.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return Check("sessions", translated("{folder} can be written", folder=runs), True)
    except OSError as error:
        return Check("sessions", f"{runs}: {error.strerror or error}", False, 2)


def _model(means: options.Means, model: str | None, quiet: bool) -> Check:
    try:
        if not (model or means.settings.model) and means.settings.base_url:
            return _unnamed(means, quiet)
        choice = choose(means.settings, model, None)
        if choice.silent:
            by_rules, by_cards = "acts are drawn from what the rules allow", "personas say their cards"
            how = translated(by_rules if choice.style == "rules" else by_cards)
            return Check("model", translated("{model}: {how}", model=choice.speaker_name, how=how), True)
        if choice.embedded and not quiet:
            echo(
                translated("starting the embedded engine, which takes some seconds; without it: --model none"), err=True
            )
        models = means.models(choice, quiet)
        assert models.speaker is not None
        with waiting(translated("asking {model} for one word", model=choice.speaker_name), quiet):
            word, other, mode = options.awaited(models, _one_word(models))
    except SandboxError as error:
        others = others_there(error, model or means.settings.model or "", means.settings)
        return Check("model", translated("; ").join(filter(None, (why(error), others))), False, error.exit_code)
    where = translated("embedded engine") if choice.embedded else models.speaker.where
    named = translated(", and says that {model} did", model=other) if other else ""
    report = translated(
        "{model} at {where} answers ({word}){named}; {held}; turns are {style}; {patience}", model=choice.speaker_name,
        where=where, word=word, named=named, held=translated(_HELD[mode]), style=choice.style,
        patience=_patience(models, choice),
    )  # fmt: skip
    return Check("model", report, True)


def _unnamed(means: options.Means, quiet: bool) -> Check:
    """Check an endpoint without a named model: list its models and, if it has only one, try it."""
    answers, models = models_listed("", means.settings, quiet)
    told = translated("{answers}; name one with --model or SANDBOX_MODEL", answers=answers)
    tried = [_model(means, models[0], quiet).found] if len(models) == 1 else []
    return Check("model", translated("; ").join([told, *tried]), False, 2)


def _endpoint(name: str, settings: Settings, quiet: bool) -> Check:
    """Check a named endpoint by asking for its list of models, which takes no tokens."""
    what = translated("endpoint {name}", name=name)
    try:
        answers, _ = models_listed(f"{name}/MODEL", settings, quiet)
    except SandboxError as error:
        return Check(what, why(error), False, error.exit_code)
    place = settings.endpoints[name]
    price = translated("no prices")
    if place.price_input is not None and place.price_output is not None:
        prices = "prices: {read} and {written} for a million tokens read and written"
        price = translated(prices, read=f"{place.price_input:g}", written=f"{place.price_output:g}")
    found = translated("{answers}; a model there: {name}/MODEL; {price}", answers=answers, name=name, price=price)
    return Check(what, found, True)


def _patience(models: Models, choice: ModelChoice) -> str:
    """Return in words the model's limits of time and length, with their settings."""
    assert models.speaker is not None
    names = "SANDBOX_TIMEOUT", "SANDBOX_DEADLINE", "SANDBOX_ANSWER_TOKENS"
    silence, whole, room = ("" if choice.embedded else f" ({name})" for name in names)
    least = translated("at least {count}", count=models.speaker.room) if models.speaker.room else ""
    return translated(
        "it may be silent for {seconds} s{silence} and take {patience} s for a call{whole}; tokens for an answer: "
        "{least}{room}",
        seconds=f"{models.speaker.timeout:g}", silence=silence, patience=f"{models.speaker.patience:g}", whole=whole,
        least=least or translated("as many as each question gives"), room=room,
    )  # fmt: skip


async def _one_word(models: Models) -> tuple[str, str, Mode]:
    """Return the word, the model that the endpoint says answered if it is another, and the mode of the request."""
    schema = {  # with a property that may be left out, as turns have them: strict endpoints refuse that
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["ready"]}, "note": {"type": "string", "maxLength": 200}},
        "required": ["word"],
        "additionalProperties": False,
    }
    gateway = models.speaking(Meter(), None)
    assert gateway is not None
    gateway.hasty = _HASTY
    call = Call(
        key="doctor", seat="doctor", stage="doctor", schema=schema, sampling=Sampling(0.0, 500), seed=1,
        messages=({"role": "user", "content": 'Answer with {"word": "ready"}.'},),
        parse=lambda answer: str(answer.get("word")),
    )  # fmt: skip
    word = (await gateway.ask(call)).value
    return word, gateway.connection.answering, gateway.connection.abilities.mode


def check_content(library: Library) -> tuple[list[str], Sequence[Problem]]:
    """Return the valid parts of content, one line each, and warnings.

    Raises:
        ContentError: something is faulty; it has every fault, and the warnings.
    """
    library.check()
    templates = check_templates(library.roots)
    doubts = gathered([*unread(library), *warnings(library)])
    if faults := list(_unfit(library)):
        raise ContentError([*faults, *doubts])
    criteria = gold_criteria(library)
    if faults := list(check_gold(library, criteria)):
        raise ContentError(faults)
    gold = sum(len(gold_items(library, criterion.id, lang)) for criterion in criteria for lang in LANGUAGES)
    numbers = {name: len(cards) for name, cards in library.cards.items()} | {"templates": templates, "gold items": gold}
    valid = [translated("{kind}: {count} valid", kind=translated(kind), count=count) for kind, count in numbers.items()]
    own = [f"{kind} {', '.join(ids)}" for kind, ids in own_files(library).items()]
    yours = [translated("of yours: {cards}", cards=translated("; ").join(own))] if own else []
    return [*yours, *valid, translated("words: {count} valid in each language", count=check_words())], doubts


def doubts_of(path: Path, kind: ContentKind) -> list[Problem]:
    """Return the warnings about the file of a case or a country that do not depend on what it is played with."""
    if kind not in ("scenario", "network"):
        return []
    card, source, doubts = read_card(path, kind), read_yaml(path), list[tuple[Loc, str, Said]]()
    if isinstance(card, Scenario):
        doubts += [*still_of_the_example(card), *figures_from_nowhere(card)]
    elif isinstance(card, Country):
        doubts += country_doubts(card)
    return [Problem(source.where(loc), field, says, "warning") for loc, field, says in doubts]


def _unfit(library: Library) -> Iterator[str]:
    """Yield faults of cases, experiments and campaigns beyond their own files, such as that they cannot be played.

    Shipped ones are skipped unless a user's own file replaces a shipped one.
    """
    own = {key: path for key, path in library.files.items() if library.owns(*key)}
    beside = own and not any(
        (library.roots[0] / FOLDERS[kind][0] / path.name).is_file() for (kind, _), path in own.items()
    )
    for kind, card in own if beside else library.files:
        if kind == "scenario":
            for loc, field, says in unplayable(library, card):
                yield Problem(library.where(kind, card, loc), field, says)
        elif kind == "experiment":
            try:
                check_design(library.experiment(card), library, library.files[kind, card])
            except ContentError as error:
                yield from error.problems
        elif kind == "network":
            network = library.network(card)
            yield from campaign_faults(network, library) if isinstance(network, Campaign) else ()
