"""What templates were compiled to is found by the next process, and never where it no longer fits."""

from __future__ import annotations

import sys
from pathlib import Path

import jinja2
import pytest

from sandbox.content.compiled_templates import CompiledTemplates
from sandbox.report.document import html

SHIPPED, NAME = Path(html.__file__).parent, "strip.html.j2"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which Python keeps what it compiles from now on."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the templates that are compiled from now on."""
    names: list[str] = []
    compile_ = jinja2.Environment.compile

    def counted(self: jinja2.Environment, source: str, name: str, filename: str) -> object:
        names.append(name)
        return compile_(self, source, name, filename)

    monkeypatch.setattr(jinja2.Environment, "compile", counted)
    return names


def process(folder: Path = SHIPPED, *made_by: Path) -> jinja2.Environment:
    """Return the environment of a process that has compiled nothing yet."""
    cache = CompiledTemplates(*map(str, made_by))
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), bytecode_cache=cache, autoescape=True)


def files(folder: Path) -> list[Path]:
    """Return the files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_template_that_comes_with_the_program_is_compiled_once(kept: Path, compiled: list[str]) -> None:
    first, second = process().get_template(NAME), process().get_template(NAME)
    assert compiled == [NAME]
    assert len(files(kept)) == 1
    assert dir(first.module) == dir(second.module)


@pytest.mark.parametrize("damage", [b"", b"\0" * 200, None])
def test_what_is_damaged_is_compiled_anew(kept: Path, compiled: list[str], damage: bytes | None) -> None:
    process().get_template(NAME)
    file = files(kept)[0]
    whole = file.read_bytes()
    for size in (20, 40, len(whole) // 2) if damage is None else (0,):
        file.write_bytes(whole[:size] if damage is None else damage)
        assert "strip" in dir(process().get_template(NAME).module)
        assert file.read_bytes() == whole
    assert len(compiled) == (4 if damage is None else 2)


def test_what_compiles_templates_counts_as_well(kept: Path, compiled: list[str], tmp_path: Path) -> None:
    maker = tmp_path / "maker.py"
    maker.write_text("trim = True\n", encoding="utf-8")
    process(SHIPPED, maker).get_template(NAME)
    maker.write_text("trim = False\n", encoding="utf-8")
    process(SHIPPED, maker).get_template(NAME)
    assert compiled == [NAME, NAME]
    assert len(files(kept)) == 1


def test_a_template_of_the_users_own_is_kept_nowhere(kept: Path, compiled: list[str], tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("{{ 1 + 1 }}", encoding="utf-8")
    assert [process(tmp_path).get_template("own.md").render() for _ in range(2)] == ["2", "2"]
    assert compiled == ["own.md", "own.md"]
    assert not files(kept)


def test_where_nothing_may_be_kept_each_process_compiles(
    kept: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write_text("a file where a folder would have to be", encoding="utf-8")
    assert "strip" in dir(process().get_template(NAME).module)
    kept.unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert "strip" in dir(process().get_template(NAME).module)
    assert compiled == [NAME, NAME]
    assert not kept.exists()
