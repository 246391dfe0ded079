"""The models of an endpoint, in words."""

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
    """Return in words how an endpoint answers a request for its models, and these; that takes no tokens.

    Args:
        name: the full name of a model at the endpoint, which need not exist.
        settings: the settings with the endpoint.
        quiet: whether to print nothing on the wait.

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
    """Return in words the models of an endpoint that does not know a model; empty for other errors, or without any."""
    if isinstance(error, AbsentError):
        with suppress(SandboxError):
            told, models = models_listed(name, settings, quiet=True)
            return told if models else ""
    return ""
