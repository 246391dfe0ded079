"""The file of endpoints: a name each, under which a model is called as ``name/model``."""

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
    """Return what refuses a text that does not fit a pattern, in the words of a key."""

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
        address: where it answers; it may hold a password.
        key: the environment variable that holds its key, never the key; None where it needs none.
        price_input: money per million prompt tokens.
        price_output: money per million completion tokens.
        requests_per_minute: requests that an experiment makes to one of its models at most.
        tokens_per_minute: tokens that they may take, longest answers counted.
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
        ContentError: with every fault in it, none of which repeats what the file holds: that may be a key.
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
