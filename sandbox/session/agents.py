"""The user's own agents in Python: which seats they play, and under which names."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sandbox.content.plain import plain
from sandbox.content.words import refusal
from sandbox.errors import UnknownError
from sandbox.game.spec import CARDS, SessionSpec, together

if TYPE_CHECKING:
    from sandbox.session.agent_view import AgentView

_LONGEST_NAME, _LONGEST_VERSION = 80, 40
_VERSION = re.compile(rf"[\w.+-]{{1,{_LONGEST_VERSION}}}", re.ASCII)
_TAKEN = (CARDS, "none", "embedded")

Answered = Mapping[str, Any] | Awaitable[Mapping[str, Any]]
Ask = Callable[["AgentView"], Answered]


class Acting(Protocol):
    """An agent that is an object: its method ``act`` gets the same view as an agent that is a function.

    Its method ``pulse``, if it has one, gets a `PulseView` and returns trust, conviction and burden.
    """

    def act(self, view: AgentView, /) -> Answered:
        """Return the turn of the seat."""


Agent = Ask | Acting


def _name(agent: Agent) -> str:
    """Return the name of an agent: its own ``name``, else the name of the function or of the object's class."""
    named = getattr(agent, "name", None) or getattr(agent, "__name__", None)
    return named if isinstance(named, str) else type(agent).__name__


@dataclass(frozen=True)
class Agents:
    """The agents of a session."""

    by_seat: Mapping[str, Agent] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """All names joined into one."""
        return together(self.names.values())

    @classmethod
    def of(cls, agent: Agent | Mapping[str, Agent], name: str, seats: Sequence[str], known: Sequence[str]) -> Agents:
        """Return the agents that an argument describes.

        A single agent plays all ``seats`` under ``name``, or under its own name if that is empty; ``known`` are all
        seats.

        Raises:
            InputError: it is no agent, a seat does not exist, or a name cannot be used for an agent.
        """
        by_seat = dict(agent) if isinstance(agent, Mapping) else dict.fromkeys(seats, agent)
        if strange := [seat for seat in by_seat if seat not in known]:
            raise UnknownError("seat", str(strange[0]), known)
        if not by_seat or (name and isinstance(agent, Mapping)):
            raise refusal("agent.no_seats" if not by_seat else "agent.own_names")
        names = {seat: " ".join(plain(name or _name(each)).split()) for seat, each in by_seat.items()}
        for seat, each in by_seat.items():
            _check(each)
            if not 0 < len(names[seat]) <= _LONGEST_NAME or names[seat] in _TAKEN:
                raise refusal("agent.name", name=names[seat][:_LONGEST_NAME], most=_LONGEST_NAME, taken=_TAKEN)
        return cls(by_seat, names)


def _check(agent: object) -> None:
    if isinstance(agent, type):
        raise refusal("agent.a_class", name=agent.__name__)
    if not callable(agent) and not callable(getattr(agent, "act", None)):
        raise refusal("agent.no_agent", method="act", kind=type(agent).__name__)


def version_of(name: str, agent: Agent) -> str:
    """Return the version of an agent: its own ``version``, else a digest of its source.

    The source is that of the function or of the object's class, without what it calls. ``name`` is used in messages.

    Raises:
        InputError: it is no agent, has a version that cannot be part of a name, or has neither a version nor a source.
    """
    _check(agent)
    return code_version("agent", name, agent)


def code_version(kind: Literal["agent", "measure"], name: str, code: object) -> str:
    """Return the version of the user's own code: its ``version``, else a digest of its source.

    Arguments are as in `version_of`.

    Raises:
        InputError: it has a version that cannot be part of a name, or has neither a version nor a source.
    """
    own = getattr(code, "version", None)
    if own is not None:
        if not isinstance(own, str) or not _VERSION.fullmatch(own):
            raise refusal(f"own_code.version.{kind}", name=name, value=repr(own)[:_LONGEST_NAME], most=_LONGEST_VERSION)
        return own
    try:
        if isinstance(code, partial):  # whose source is Python's own
            raise OSError
        source = inspect.getsource(code if inspect.isroutine(code) else type(code))
    except (OSError, TypeError):
        raise refusal(f"own_code.no_source.{kind}", name=name) from None
    return hashlib.sha256(dedent(source).encode()).hexdigest()[:8]


def check_agents(spec: SessionSpec, agents: Mapping[str, Agent], session: str) -> None:
    """Check that every seat that an agent plays has its agent; raises `InputError` if one has none."""
    if missing := [seat for seat in spec.agents if seat not in agents]:
        names = list(dict.fromkeys(spec.agents[seat] for seat in missing))
        raise refusal("agent.needed", session=session, names=names, seats=missing, other=CARDS)
