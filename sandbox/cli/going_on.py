"""Messages that work can be resumed, and by which command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING

from sandbox.cli import options
from sandbox.cli.folders import Folders
from sandbox.cli.printing import echo
from sandbox.cli.translation import translated
from sandbox.errors import BudgetReachedError, InterruptedSessionError, SandboxError
from sandbox.settings import Settings, content_folder, endpoint_in

if TYPE_CHECKING:
    from sandbox.game.spec import SessionSpec
    from sandbox.llm.usage import Budget, Usage
    from sandbox.record.events import Event


def all_kept(command: str = "") -> str:
    """Return the message that finished work is stored, and the command that goes on: by default the same one."""
    if not command:
        return translated("what is done is kept; go on with the same command")
    return translated("what is done is kept; go on with: {command}", command=command)


@contextmanager
def going_on(hint: str) -> Iterator[None]:
    """Add to errors raised within the context how to go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(translated("interrupted; {hint}", hint=hint)) from error
    except BudgetReachedError as error:
        more = with_more(error, hint)
        error.hint = translated("{more} (it counts all that was spent, by earlier runs too)", more=more)
        raise
    except SandboxError as error:
        error.hint = hint
        raise


@contextmanager
def nothing_begun() -> Iterator[None]:
    """Add to an interruption within the context that there is nothing to go on with."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(translated("interrupted; nothing was begun")) from error


def with_more(error: BudgetReachedError, command: str) -> str:
    """Return a command that goes on with a larger budget than the one reached."""
    option = "--budget" if error.in_money else "--max-tokens"
    return re.sub(rf" {option} \S+", "", command) + f" {option} MORE"


def spent(events: Iterable[Event], limits: Budget) -> Usage:
    """Return the usage of a log's calls, at the prices of a budget."""
    from sandbox.llm.usage import Usage

    calls = (event.payload for event in events if event.kind == "call")
    return sum((limits.priced(Usage(**call["usage"]), call["model"]) for call in calls), Usage())


def say_left(events: Iterable[Event], means: options.Means, named: options.Means) -> None:
    """Print the rest of a stored budget after the calls of a log."""
    limits = means.limits
    used = spent(events, limits)
    told = "the budget of before goes on: {option} {most}, of which {left} is left; {option} MORE names another"
    if limits.max_tokens is not None and named.max_tokens is None:
        left = max(0, limits.max_tokens - used.total)
        echo(translated(told, option="--max-tokens", most=limits.max_tokens, left=left), err=True)
    if limits.money is not None and named.budget is None:
        money = f"{max(0.0, limits.money - limits.counted(used)):.4f}"
        echo(translated(told, option="--budget", most=limits.money, left=money), err=True)


def other_model(spec: SessionSpec) -> str | None:
    """Return the model with which a session can go on here if its own is missing: the cards without an endpoint."""
    from sandbox.game.spec import CARDS
    from sandbox.session.choice import EMBEDDED, choose

    settings = Settings.from_environment()
    own = choose(settings, EMBEDDED, "none").speaker_name
    here = spec.model in (own, settings.model) or endpoint_in(spec.model, settings.endpoints)
    if spec.style == "rules" or spec.by_cards or here:
        return None
    nothing_set_up = settings.base_url is None and settings.api_key is None
    return settings.model or (CARDS if nothing_set_up else None)


def cap_options(means: options.Means, places: Folders) -> str:
    """Return the options that another run needs for the same cap and folders."""
    values = {"--gguf": means.gguf, "--max-tokens": means.max_tokens, "--budget": means.budget}
    return as_options(values) + folder_options(places)


def folder_options(places: Folders) -> str:
    """Return the options that another command needs for the same folders."""
    own = places.out and places.out.resolve() != Settings.from_environment().runs.resolve()
    return content_option(places) + as_options({"--out": places.out if own else None})


def content_option(places: Folders) -> str:
    """Return the option that another command needs for the same content."""
    implied = places.implied or places.content == content_folder()
    return as_options({"--content": None if implied else places.content})


def as_options(values: Mapping[str, object]) -> str:
    """Return options as typed: repeated for several values, switches only if on, none without a value."""
    several = ((name, value if isinstance(value, list) else [value]) for name, value in values.items())
    given = ((name, value) for name, group in several for value in group if value is not None and value is not False)
    return "".join(f" {name}" if value is True else f" {name} {quote(str(value))}" for name, value in given)
