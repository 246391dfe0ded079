"""The file of named endpoints, whose models are called ``name/model``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from sandbox.content.cards import Card
from sandbox.content.faults import causes, finding
from sandbox.content.words import said
from sandbox.content.yaml_source import read_yaml
from sandbox.errors import ContentError, Problem

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def _fitting(pattern: re.Pattern[str], key: str) -> AfterValidator:
    """Return a validator that refuses a text that does not fit a pattern, with the message of a key."""

    def check(text: str | None) -> str | None:
        if text and not pattern.fullmatch(text):
            raise PydanticCustomError("endpoint", "{message}", {"message": said(key)})
        return text

    return AfterValidator(check)


_Price = Annotated[float | None, Field(ge=0)]
_Rate = Annotated[float | None, Field(gt=0)]


class EndpointEntry(Card):
    """An endpoint of the file.

    Args:
        address: its address, which may contain a password.
        key: the environment variable with its key, never the key itself; None if it needs none.
        price_input: money per million prompt tokens.
        price_output: money per million completion tokens.
        requests_per_minute: most requests of an experiment to one of its models.
        tokens_per_minute: most tokens of these, counting the longest answers.
    """

    address: Annotated[str, _fitting(_ADDRESS, "endpoint_file.address"), Field(repr=False)]
    key: Annotated[str | None, _fitting(_VARIABLE, "endpoint_file.key"), Field(repr=False)] = None
    price_input: _Price = None
    price_output: _Price = None
    requests_per_minute: _Rate = None
    tokens_per_minute: _Rate = None


_FIELDS = (*EndpointEntry.model_fields, "api_key")


def read_endpoints(path: Path) -> dict[str, EndpointEntry]:
    """Return the endpoints of a file, by name.

    Raises:
        ContentError: with every fault, without quoting the file, since that may contain a key.
    """
    source, entries, problems = read_yaml(path), dict[str, EndpointEntry](), list[Problem]()
    for name, value in source.data.items():
        if not _NAME.fullmatch(name):
            problems.append(Problem(source.where((name,)), "", said("endpoint_file.name")))
            continue
        try:
            entries[name] = EndpointEntry.model_validate(value)
        except ValidationError as error:
            for fault in causes(error.errors(), _FIELDS):
                field = ".".join([name, *(part if part in _FIELDS else "…" for part in fault["loc"])])
                says = finding({**fault, "input": "…"}, _FIELDS)  # what stands there may be a key
                problems.append(Problem(source.where((name, *fault["loc"])), field, says))
    if problems:
        raise ContentError(problems)
    return entries
