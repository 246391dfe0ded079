"""Governance Sandbox: role-play sessions of a governance reform under rules that the program enforces.

In Python ``sandbox.run(…)`` plays a session, with a model or an agent of one's own; ``sandbox.resume(ID)`` goes on with
one, ``sandbox.load("last")`` opens one, and ``sandbox.score("last")`` scores one anew. All return a `Session`.
``sandbox.sessions()`` gives a row a session, and ``sandbox.open_experiment(ID)`` an `Experiment` with its tables and
effects, which ``sandbox.study(ID)`` plays. ``sandbox.run_country(ID)`` plays a country through which a reform spreads;
``sandbox.load_country("last")`` opens one.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.api import (
        AgentView,
        BudgetReachedError,
        EndpointError,
        Experiment,
        InputError,
        PulseView,
        SandboxError,
        Session,
        load,
        load_country,
        open_experiment,
        resume,
        run,
        run_country,
        score,
        sessions,
        study,
    )

__all__ = [
    "AgentView", "BudgetReachedError", "EndpointError", "Experiment", "InputError", "PulseView", "SandboxError",
    "Session", "__version__", "load", "load_country", "open_experiment", "resume", "run", "run_country", "score",
    "sessions", "study",
]  # fmt: skip

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Return what is offered to Python, which is imported when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sandbox import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(__all__)
