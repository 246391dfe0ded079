"""Files of a content folder that nothing reads are told, and what is read of it is listed first."""

from __future__ import annotations

from pathlib import Path

from sandbox.content.library import Library
from sandbox.content.skeletons import example, skeleton, with_tables
from sandbox.content.unread import own_files, unread
from sandbox.content.words import Words
from tests.cli.conftest import Cli, cli
from tests.content.folders import LIBRARY, write

__all__ = ["cli"]
TURN = "prompts/templates/en/turn_free.md"
SHIPPED = (LIBRARY.roots[0] / TURN).read_text(encoding="utf-8")


def put(root: Path, place: str, text: str = "x") -> Path:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def beside_a_case(root: Path) -> None:
    write(root, "scenario", "bench", example("scenario", "bench"))


def test_a_file_that_nothing_reads_is_told_with_the_place_that_is_near(tmp_path: Path) -> None:
    beside_a_case(tmp_path)
    for place, near in (
        ("prompts/templates/en/turn_fre.md", TURN),
        ("prompts/templates/turn_free.md", ""),
        ("prompts/templates/en/wordings/turn_free.md", TURN.replace("turn", "wordings/turn")),
        ("scenarios/yard.yaml", "prompts/scenarios/yard.yaml"),
        ("persona/shopkeeper.yaml", "personas/shopkeeper.yaml"),
        ("prompts/persona/shopkeeper.yaml", "personas/shopkeeper.yaml"),
        ("prompts/scenarios/old/yard.yaml", ""),
        ("prompts/scenarios/yard.txt", ""),
        ("prompts/yard.yaml", ""),
        ("prompt/scenarios/yard.yaml", "prompts/scenarios/yard.yaml"),
        ("yard.yaml", ""),
        ("prompts/gold/heard/en.yaml", ""),
        ("prompts/experiments/gone.lock", ""),
    ):
        path = put(tmp_path, place)
        (told,) = unread(Library.load(tmp_path))
        assert told.startswith(f"{path}:1: warning: nothing reads this file, so it changes nothing"), place
        if near and "wordings" not in place:
            assert told.endswith(f"; did you mean {near}?")
        assert "没有什么读这个文件" in Words("zh").problem(told)
        path.unlink()


def test_what_is_read_and_what_is_no_content_is_left_alone(tmp_path: Path) -> None:
    beside_a_case(tmp_path)
    for place, text in (
        (TURN, SHIPPED),
        ("prompts/templates/en/wordings/curt/turn_free.md", SHIPPED),
        ("prompts/words/en.yaml", "mark: {vote_for: aye}"),
        ("README.md", "mine"),
        ("prompts/README.md", "mine"),
        ("prompts/.DS_Store", ""),
        (".venv/lib/scenarios/x.yaml", ""),
        ("notes/yard.md", "a note"),
        ("runs/a/content/prompts/scenarios/x.yaml", ""),
        ("data/table.csv", ""),
    ):
        put(tmp_path, place, text)
    country, tables = with_tables("mine")
    for name, text in {"mine.yaml": country, **tables}.items():
        put(tmp_path, f"prompts/networks/{name}", text)
    assert list(unread(Library.load(tmp_path))) == []


def test_a_template_that_another_includes_is_read(tmp_path: Path) -> None:
    put(tmp_path, TURN, SHIPPED + "{% include 'own_part.md' %}")
    put(tmp_path, TURN.replace("turn_free", "own_part"), "More.")
    assert list(unread(Library.load(tmp_path))) == []


def test_the_shipped_content_has_no_file_that_nothing_reads(tmp_path: Path) -> None:
    for folder in ("prompts", "personas"):
        (tmp_path / folder).symlink_to(LIBRARY.roots[0] / folder)
    copy = Library(LIBRARY.cards, (LIBRARY.roots[0], tmp_path), LIBRARY.files)
    assert list(unread(copy)) == []


def test_what_is_of_ones_own_is_listed_first(cli: Cli, tmp_path: Path) -> None:
    beside_a_case(tmp_path)
    write(tmp_path, "persona", "shopkeeper", skeleton("persona", "shopkeeper"))
    put(tmp_path, TURN, SHIPPED)
    put(tmp_path, "prompts/templates/en/turn_fre.md", SHIPPED)
    assert own_files(Library.load(tmp_path)) == {
        "persona": ("shopkeeper",), "scenario": ("bench",), "templates": ("en/turn_free",),
    }  # fmt: skip
    first, *rest = cli("validate", tmp_path).out.splitlines()
    assert first == "of yours: persona shopkeeper; scenario bench; templates en/turn_free"
    assert rest[-1] == "warnings: 1"
    assert own_files(LIBRARY) == {}
