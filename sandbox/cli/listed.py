"""Which models an endpoint has, in words."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sandbox.cli.progress import waiting
from sandbox.cli.translation import translated
from sandbox.errors import SandboxError
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.failures import AbsentError
from sandbox.session.choice import endpoint_of
from sandbox.settings import Settings

_NAMED = 5


def models_listed(name: str, settings: Settings, quiet: bool) -> tuple[str, list[str]]:
    """Return how an endpoint answers when it is asked for its models, and these; that takes no token.

    Args:
        name: the full name of a model at the endpoint, whether it is there or not.
        settings: where the endpoint is.
        quiet: whether nothing is said of the wait.

    Raises:
        EndpointError: it does not answer, or refuses.
    """
    endpoints, endpoint = Endpoints(), endpoint_of(name, settings)
    with waiting(translated("asking {name} which models it has", name=endpoint.name or endpoint.where), quiet):
        models = asyncio.run(endpoints.during(endpoints.listed(endpoint))) or []
    told = translated("lists no models")
    if models:
        names = ", ".join(models[:_NAMED]) + (" …" if len(models) > _NAMED else "")
        told = translated("lists {count} models ({names})", count=len(models), names=names)
    return translated("{where} answers and {listed}", where=endpoint.where, listed=told), models


def others_there(error: SandboxError, name: str, settings: Settings) -> str:
    """Return which models an endpoint has that knew no model of a name; empty of any other error, or with none."""
    if isinstance(error, AbsentError):
        with suppress(SandboxError):
            told, models = models_listed(name, settings, quiet=True)
            return told if models else ""
    return ""
