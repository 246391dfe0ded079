"""Sockets are blocked except loopback, and the environment's keys and endpoints are out of reach."""

from __future__ import annotations

import gc
import os
import re
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import pytest_asyncio
from _pytest.logging import LogCaptureHandler, caplog_handler_key, catching_logs
from _pytest.unraisableexception import gc_collect_iterations_key
from filelock import FileLock
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.entropy import deterministic_PRNG
from pytest_socket import socket_allow_hosts

from tests.copies import copy_workers, roomy
from tests.recordings import open_once

# Tests start dozens of processes, each of which would compile everything anew where nothing compiled is kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
os.environ["SANDBOX_LANG"] = "en"  # whatever this machine's language is
for _setting in (
    "SANDBOX_MODEL",
    "OPENAI_BASE_URL",
    "OPENAI_API_KEY",
    "SANDBOX_ENDPOINTS",
    "SANDBOX_GGUF",
    "SANDBOX_TIMEOUT",
    "SANDBOX_DEADLINE",
    "SANDBOX_ANSWER_TOKENS",
    "SANDBOX_RUNS",
    "SANDBOX_CONTENT",
    "SANDBOX_CACHE",
    "SANDBOX_PRICE_INPUT",
    "SANDBOX_PRICE_OUTPUT",
    "SANDBOX_REQUESTS_PER_MINUTE",
    "SANDBOX_TOKENS_PER_MINUTE",
    "SANDBOX_TURN_STYLE",
):
    os.environ.pop(_setting, None)
# Processes of tests share the cores; threads of one that wait for each other spin.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# To search for garbage takes 6 % of a run; what it would find is half a gigabyte in each process, and goes with it.
gc.disable()
# A busy machine is slow, not wrong. Tests that need more examples say so.
settings.register_profile("suite", max_examples=5, deadline=None)
settings.load_profile("suite")
# Each process would read all code of the project for constants to draw from, which takes seconds the first time.
providers._get_local_constants = lambda: providers._local_constants
open_once()
socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)  # once, and not around each test
_ROOT = Path(__file__).parents[1]
_OF_SOME_TESTS = (
    "alembic.command", "igraph", "matplotlib.backends.backend_pdf", "sklearn.feature_extraction.text",
    "sklearn.linear_model",
)  # fmt: skip
_SERVING = pytest.StashKey[object]()
_PLAYED_AGAIN = r"\bzh\b|_zh\b|chinese|\[stub\]|en-1366|1280-en|paper|\d-360-en|\[dark\]|\[another player\]|size1-"


@pytest.hookimpl(optionalhook=True)
@roomy
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[object]) -> None:
    """Import the tests once for all processes of a run, which are copies of this one."""
    if not hasattr(os, "fork"):
        return
    named = {config.invocation_params.dir / name.split("::")[0] for name in config.args}
    files = sorted({file for path in named for file in (path.rglob("test_*.py") if path.is_dir() else [path])})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if any(file.parent.name == "web" for file in files):
            with suppress(ImportError):  # without the web extra
                _begin_serving(config)
        for file in files:
            with suppress(Exception, pytest.skip.Exception):  # it is told when the tests are collected
                import_module(".".join(file.relative_to(_ROOT).with_suffix("").parts))
        if len(files) > 100:
            with suppress(Exception):  # as is what is faulty in a card or a template
                _read_ahead()
    gc.freeze()
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    copy_workers(len(specs))
    capture.resume_global_capture()


def _read_ahead() -> None:
    """Read and compile what each process of a whole run would by itself: cards, templates, pages and statistics."""
    from sandbox.content.templates import check_templates
    from tests.content.folders import LIBRARY
    from tests.report.conftest import make_session
    from tests.report.reader import render

    LIBRARY.check()
    check_templates(LIBRARY.roots)
    render(make_session())
    for module in _OF_SOME_TESTS:
        import_module(module)


def _begin_serving(config: pytest.Config) -> None:
    """Let the process that servers are copies of load while the tests are imported, and not while they are at work."""
    from tests.web import serving

    manager: Any = config.pluginmanager.getplugin("dsession")
    os.environ["PYTEST_XDIST_TESTRUNUID"] = manager.nodemanager.testrunuid
    config.stash[_SERVING] = serving._loaded()  # it ends when nobody holds on to it any more
    serving._loaded.cache_clear()


def pytest_collection(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        session.config.stash[gc_collect_iterations_key] = 0  # it would search for seconds at its end, and nobody hears
        _tell_less(session.config)


def _tell_less(config: pytest.Config) -> None:
    """Let one process of several say of a test what came of it, and not that it begins and was made ready.

    To say it, and to hear it, takes a quarter of what pytest takes for a test. With ``--durations`` all is said.
    """
    (teller,) = (plugin for plugin in config.pluginmanager.get_plugins() if hasattr(plugin, "sendevent"))
    tell = teller.sendevent

    def tell_what_is_read(name: str, **what: Any) -> None:
        if name != "logstart" and "outcome" in what.get("data", {"outcome": ""}):
            tell(name, **what)

    teller.sendevent = tell_what_is_read


@pytest.hookimpl(tryfirst=True)
def pytest_report_to_serializable(
    config: pytest.Config, report: pytest.CollectReport | pytest.TestReport
) -> dict[str, Any] | None:
    """Leave nothing of a step about which `_tell_less` says nothing."""
    about = isinstance(report, pytest.TestReport) and report.when != "call" and report.passed
    return {} if about and hasattr(config, "workerinput") and config.getoption("durations") is None else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what shares a server, lest another process take half of it over and start one of its own.

    Mark as long what the browser plays again, in Chinese, wider or otherwise, and what pages without one, reports,
    commands, sessions, experiments, campaigns and the game play again in the other language, which is drawn by the
    test's name: CI has fifteen minutes. Who shares a browser shares its loop.
    """
    items.sort(key=lambda item: ("/web/" not in item.nodeid, "[postgresql" not in item.nodeid))
    languages: dict[str, list[pytest.Item]] = {}
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.fixturenames.insert(0, lent_browser.__name__)  # type: ignore[attr-defined]
            if re.search(_PLAYED_AGAIN, item.name):
                item.add_marker(pytest.mark.long)
        elif re.match("tests/(web|report|cli|session|game|experiment|diffusion)/", item.nodeid):
            languages.setdefault(re.sub(r"(?<=[\[-])(en|zh)(?=[\]-])", "", item.nodeid), []).append(item)
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for name, tests in (languages | cases).items():
        if len(tests) == 2 and _in_other_words(*tests) and not any(test.get_closest_marker("long") for test in tests):
            tests[crc32(name.encode()) % 2].add_marker(pytest.mark.long)


def _in_other_words(*tests: pytest.Item) -> bool:
    """Return whether two cases of a test differ in their language alone, and in what is said in it."""
    one, other = (re.search(r"(?<=[\[-])(en|zh)(?=[\]-])", test.nodeid) for test in tests)
    given, said = (getattr(test, "callspec").params for test in tests)  # noqa: B009
    return bool(one and other and one[0] != other[0]) and all(
        value in (said[name], one and one[0]) or _in_chinese(value) != _in_chinese(said[name])
        for name, value in given.items()
    )


def _in_chinese(value: object) -> bool:
    return isinstance(value, str) and bool(re.search("[\u4e00-\u9fff]", value))


def pytest_collection_finish() -> None:
    if "numba" in sys.modules:
        _compile_in_turn()
    gc.freeze()  # where a test, or pytest at its end, searches all the same, it need not look at what stays
    with deterministic_PRNG():
        pass  # Hypothesis searches once, and later there is much to search through


def _compile_in_turn() -> None:
    """Let one process compile a loop while the others wait to read it: all loops take seconds."""
    from numba.core import config
    from numba.core.dispatcher import Dispatcher

    from sandbox.diffusion.compiled import Cores  # it says where what is compiled is kept

    Cores.most = 1
    turn, compiled = FileLock(Path(vars(config)["CACHE_DIR"]) / ".lock"), Dispatcher.compile

    def compile_or_read(loop: Any, signature: Any) -> Any:
        with turn:
            return compiled(loop, signature)

    pytest.MonkeyPatch().setattr(Dispatcher, "compile", compile_or_read)


@pytest.fixture
def caplog(request: pytest.FixtureRequest) -> Iterator[pytest.LogCaptureFixture]:
    """Hear what is logged where a test asks for it: pytest goes through all loggers six times in every test."""
    with catching_logs(LogCaptureHandler()) as handler:
        request.node.stash[caplog_handler_key] = handler
        caplog = pytest.LogCaptureFixture(request.node, _ispytest=True)
        yield caplog
        caplog._finalize()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lent_browser() -> AsyncIterator[None]:
    """Close the browser that the tests of this process have shared."""
    yield
    await sys.modules["tests.web.served"].close_browser()
