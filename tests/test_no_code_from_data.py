"""Nothing that comes from a file, a store, a log, a model or a person is ever run: not unpickled, not evaluated."""

from __future__ import annotations

import ast
import dataclasses
import os
import pickletools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.experiment.playing.player import Job
from sandbox.experiment.playing.run import Terms
from sandbox.experiment.store.store import Store
from tests.experiment.playing import begun, short_runs

SANDBOX = Path(__file__).parents[1] / "sandbox"
UNPICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "jsonpickle"}
RUNS = {"eval", "exec", "__import__", "execfile"}
# Whatever else would make objects of what it reads, or hand it to a shell.
METHODS = {
    "unsafe_load", "full_load", "load_all", "read_pickle", "to_pickle", "system", "popen", "run_path", "run_module",
    "create_subprocess_shell", "literal_eval",
}  # fmt: skip


STARTS = {"subprocess", "multiprocessing", "create_subprocess_exec", "ray"}
# A module in which none of these stands has nothing of what is looked for.
WORDS = re.compile(
    rf"\b({'|'.join(sorted({*UNPICKLES, *RUNS, *METHODS, *STARTS, 'shell'}))})\b"
    r"|(?<![\w.])compile\(|\byaml\.load\b|\b(np|numpy)\.(load|save)"
)
PIECES = (*UNPICKLES, *RUNS, *METHODS, *STARTS, "shell", "compile(", ".load", ".save")  # found sooner than words

Nodes = tuple[ast.AST, ...]


@cache
def sources() -> dict[Path, Nodes]:
    """Return the nodes of each module in which there may be something, read once."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(SANDBOX.rglob("*.py"))}
    looked_at = {path for path, text in texts.items() if any(piece in text for piece in PIECES) and WORDS.search(text)}
    return {path: nodes_of(text) if path in looked_at else () for path, text in texts.items()}


def nodes_of(code: str) -> Nodes:
    wanted = (ast.Call, ast.Import, ast.ImportFrom)
    return tuple(node for node in ast.walk(ast.parse(code)) if isinstance(node, wanted))


def calls(nodes: Nodes) -> Iterator[tuple[str, str, ast.Call]]:
    """Yield each call: of what, by which name, and the call."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield "", node.func.id, node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            yield of.id if isinstance(of, ast.Name) else "(…)", node.func.attr, node


def imported(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def faults(nodes: Nodes) -> Iterator[str]:
    yield from (f"imports {name}" for name in imported(nodes) if name.split(".")[0] in UNPICKLES)
    for of, name, call in calls(nodes):
        named = [each for each in call.keywords if each.arg in ("allow_pickle", "shell")]
        given = {each.arg: ast.unparse(each.value) for each in named}
        if (not of and name in {*RUNS, "compile"}) or name in METHODS or (of == "yaml" and name == "load"):
            yield f"{call.lineno}: {of}.{name}"
        arrays = of in ("np", "numpy") and name in ("load", "save", "savez", "savez_compressed")
        if arrays and given.get("allow_pickle") != "False":
            yield f"{call.lineno}: {name} without allow_pickle=False"
        if given.get("shell", "False") != "False":
            yield f"{call.lineno}: a shell"


def test_no_module_unpickles_or_evaluates_anything() -> None:
    assert {str(path): known for path, nodes in sources().items() if (known := list(faults(nodes)))} == {}


def test_the_check_sees_what_it_looks_for() -> None:
    cases: list[str] = [
        "import pickle",
        "from cloudpickle import loads",
        "eval('1')",
        "yaml.load(x)",
        "np.load(x)",
        "f(shell=True)",
    ]
    for code in cases:
        assert list(faults(nodes_of(code)))


def test_only_a_cluster_knows_ray_and_few_places_start_processes() -> None:
    by_name = {path.relative_to(SANDBOX).as_posix(): nodes for path, nodes in sources().items()}
    knows = {name for name, nodes in by_name.items() if "ray" in set(imported(nodes))}
    assert knows == {"experiment/playing/cluster.py"}
    starts = {
        module
        for module, nodes in by_name.items()
        if {"subprocess", "multiprocessing"} & {name.split(".")[0] for name in imported(nodes)}
        or any(name == "create_subprocess_exec" for _, name, _ in calls(nodes))
    }
    assert starts == {"experiment/playing/by_rules.py", "diffusion/pool.py", "web/country/countries.py"}


def leaves(value: Any) -> Iterator[object]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = vars(value)
    elif hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(key)
            yield from leaves(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def test_a_worker_is_handed_plain_values_and_nothing_that_was_read(tmp_path: Path) -> None:
    from ray import cloudpickle

    with begun(tmp_path / "s.sqlite") as store:
        specs = tuple(run.spec for run in short_runs())
        job = Job(
            store.database.url, store.name, {"m": "http://127.0.0.1"}, specs, Terms(concurrency=1, content=tmp_path)
        )
    assert {type(leaf) for leaf in leaves(job)} <= {str, int, float, bool, type(None), type(tmp_path)}
    sent = pickletools.genops(cloudpickle.dumps(job))
    named = [str(argument) for opcode, argument, _ in sent if "UNICODE" in opcode.name]
    modules = {name for name in named if name.startswith("sandbox.")}
    assert modules <= {
        "sandbox.experiment.playing.player", "sandbox.experiment.playing.run", "sandbox.game.spec", "sandbox.llm.usage",
        "sandbox.experiment.playing.pace",
        "sandbox.game.pulse",
    }  # fmt: skip
    assert not any("function" in name or "lambda" in name for name in named), "no code goes to a worker by value"


def test_a_store_that_holds_a_pickle_runs_nothing(tmp_path: Path) -> None:
    import pickle
    import sqlite3

    class Bomb:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    path = tmp_path / "s.sqlite"
    begun(path).close()
    with sqlite3.connect(path) as connection:
        run = connection.execute("SELECT id FROM runs").fetchone()[0]
        connection.execute("INSERT INTO events VALUES (?, 1, 1, ?)", (run, pickle.dumps(Bomb())))
    connection.close()
    with Store(path, "small", make=False) as store, pytest.raises(Exception, match="are damaged"):
        store.events(run)
    assert not (tmp_path / "ran").exists()
