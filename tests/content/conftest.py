"""The shipped library, read once."""

from __future__ import annotations

import pytest

from sandbox.content.library import Library
from tests.content.folders import LIBRARY


@pytest.fixture(scope="session")
def library() -> Library:
    return LIBRARY
