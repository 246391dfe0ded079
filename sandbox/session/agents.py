"""Agents of one's own, in Python: which seats they play, and under which names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.content.plain import plain
from sandbox.content.words import refusal
from sandbox.errors import UnknownError
from sandbox.game.spec import CARDS, SessionSpec, together

if TYPE_CHECKING:
    from sandbox.session.agent_view import AgentView

_LONGEST_NAME = 80
_TAKEN = (CARDS, "none", "embedded")

Answered = Mapping[str, Any] | Awaitable[Mapping[str, Any]]
Ask = Callable[["AgentView"], Answered]


class Acting(Protocol):
    """An agent that is an object: its method ``act`` gets what a function would.

    A method ``pulse``, where it has one, gets a `PulseView` and returns trust, conviction and burden.
    """

    def act(self, view: AgentView, /) -> Answered:
        """Return the turn of the seat."""


Agent = Ask | Acting


def agent_name(agent: Agent) -> str:
    """Return the name of an agent: its own ``name``, else that of the function, or of the object's class."""
    named = getattr(agent, "name", None) or getattr(agent, "__name__", None)
    return named if isinstance(named, str) else type(agent).__name__


@dataclass(frozen=True)
class Agents:
    """The agents of a session.

    Args:
        by_seat: each by the seat that it plays.
        names: the name of each by that seat.
    """

    by_seat: Mapping[str, Agent] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """All names in one."""
        return together(self.names.values())

    @classmethod
    def of(cls, agent: Agent | Mapping[str, Agent], name: str, seats: Sequence[str], known: Sequence[str]) -> Agents:
        """Return what an argument comes to.

        Args:
            agent: one agent, or several by seat.
            name: the name of the one agent; empty for its own.
            seats: the seats that one agent plays.
            known: all seats.

        Raises:
            InputError: it is no agent, a seat does not exist, or a name cannot stand for an agent.
        """
        by_seat = dict(agent) if isinstance(agent, Mapping) else dict.fromkeys(seats, agent)
        if strange := [seat for seat in by_seat if seat not in known]:
            raise UnknownError("seat", str(strange[0]), known)
        if not by_seat or (name and isinstance(agent, Mapping)):
            raise refusal("agent.no_seats" if not by_seat else "agent.own_names")
        names = {seat: " ".join(plain(name or agent_name(each)).split()) for seat, each in by_seat.items()}
        for seat, each in by_seat.items():
            if isinstance(each, type):
                raise refusal("agent.a_class", name=each.__name__)
            if not callable(each) and not callable(getattr(each, "act", None)):
                raise refusal("agent.no_agent", method="act", kind=type(each).__name__)
            if not 0 < len(names[seat]) <= _LONGEST_NAME or names[seat] in _TAKEN:
                raise refusal("agent.name", name=names[seat][:_LONGEST_NAME], most=_LONGEST_NAME, taken=_TAKEN)
        return cls(by_seat, names)


def check_agents(spec: SessionSpec, agents: Mapping[str, Agent], session: str) -> None:
    """Check that there is an agent for each seat that one plays.

    Raises:
        InputError: there is none, as on the command line, which has no agents.
    """
    if missing := [seat for seat in spec.agents if seat not in agents]:
        names = list(dict.fromkeys(spec.agents[seat] for seat in missing))
        raise refusal("agent.needed", session=session, names=names, seats=missing, other=CARDS)
