"""Help and notes in Chinese, for whoever has a Chinese terminal or asks for it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from rich.cells import cell_len
from typer.main import get_command

import sandbox
from sandbox.cli.app import app
from sandbox.errors import InputError
from sandbox.settings import Settings, language
from tests.cli.conftest import Cli, speak
from tests.cli.test_help import commands

SOURCE = Path(sandbox.__file__).parent / "cli"
SENTENCES: Mapping[str, str] = yaml.safe_load((SOURCE / "help_zh.yaml").read_text(encoding="utf-8"))


def test_each_sentence_of_help_has_its_chinese() -> None:
    said: set[str | None] = {"Show this message and exit."}
    for _, command in commands(get_command(app)):
        said |= {command.help, command.epilog, *(getattr(each, "help", None) for each in command.params)}
    missing = said - {None, ""} - set(SENTENCES)
    assert not missing


def test_no_chinese_stands_for_a_sentence_that_is_gone() -> None:
    code = " ".join(re.sub(r'"\s*\n\s*f?"', "", file.read_text(encoding="utf-8")) for file in SOURCE.glob("*.py"))
    known = {each for _, command in commands(get_command(app)) for each in (command.help, command.epilog)}
    known |= {getattr(each, "help", None) for _, command in commands(get_command(app)) for each in command.params}
    assert [each for each in SENTENCES if each not in known and each not in code] == ["Show this message and exit."]


def sentences(code: ast.AST) -> Iterator[tuple[ast.Constant | ast.JoinedStr, str]]:
    """Yield each text of a module that is no docstring and no help, with what it is in English, without commands."""
    for node in ast.iter_child_nodes(code):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "{}".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
            if re.search(r"[a-z]{2,}(?: [a-z]{2,}){2,}", re.sub(r"\bsandbox( [a-z]+)+", "", text)):
                yield node, text
        helps = isinstance(node, ast.keyword) and node.arg in ("help", "epilog")
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        named = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "language"
        if not (helps or docstring or named):
            yield from sentences(node)


def test_each_sentence_that_a_command_prints_has_its_chinese() -> None:
    missing = [
        f"{file.name}:{node.lineno}: {text}"
        for file in sorted(SOURCE.glob("*.py"))
        for node, text in sentences(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr) or text not in SENTENCES
    ]
    assert missing == []


def test_both_languages_fill_in_the_same() -> None:
    for english, chinese in SENTENCES.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese)), english
        assert set(re.findall(r"--[a-z-]+|SANDBOX_[A-Z_]+", english)) <= set(
            re.findall(r"--[a-z-]+|SANDBOX_[A-Z_]+", chinese)
        ), english


def test_a_chinese_terminal_reads_chinese_and_plays_in_chinese() -> None:
    environment = {
        "LANG": "zh_CN.UTF-8", "PYTHONPATH": str(SOURCE.parents[1]), "PYTHONIOENCODING": "utf-8", "COLUMNS": "80",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "run", "--help"],
        env=environment, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert "演一场，在终端里逐句显示" in done.stdout
    assert "[默认：zh]" in done.stdout, "the language that is played in"
    assert max(map(cell_len, done.stdout.splitlines())) <= 80
    assert "…" not in done.stdout
    assert not re.search(r"\[OPTIONS\]|<str>| DIR |; \d", done.stdout)
    assert "[默认：1；1<=x<=9]" in done.stdout.replace("\n", "").replace(" ", "")


def test_what_is_refused_is_told_in_chinese(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, "zh")
    refused = cli("show", "scenario", "nowhere")
    assert (refused.code, "没有案例“nowhere”" in refused.err) == (2, True)
    refused = cli("diffuse", "deck", "no_estates")
    assert (refused.code, "没有全国推演“no_estates”。" in refused.err) == (2, True)
    assert "自上而下（from_the_top）。" in refused.err
    assert "多社区演练，用 sandbox campaign run 来演：四个安置小区（four_villages）、" in refused.err
    assert "学习（learning）" in cli("diffuse", "run", "from_below", "--without", "learnin").err
    refused = cli("new", "scenario", "夜市", "--content", "own")
    assert refused.err.startswith("sandbox: 夜市不能作编号")


def test_the_language_is_that_of_the_caller() -> None:
    cases: list[tuple[Mapping[str, str], str]] = [
        ({}, "en"), ({"LANG": "C.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"), ({"SANDBOX_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"SANDBOX_LANG": "zh"}, "zh"),
    ]  # fmt: skip
    for environment, lang in cases:
        assert language(environment) == lang
        assert Settings.from_environment(environment).lang == lang


def test_another_language_is_refused() -> None:
    with pytest.raises(InputError, match="SANDBOX_LANG: 'fr' is not allowed; allowed: en, zh"):
        language({"SANDBOX_LANG": "fr"})
