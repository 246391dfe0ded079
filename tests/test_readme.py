"""The READMEs say what the program does: commands, options, links, tables, figures and code in them are checked."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from typer.main import get_command

import sandbox
from sandbox.cli.app import app
from sandbox.content.aftermath import Aftermath, Body, YearFact
from sandbox.content.decision_card import Decision, Option
from sandbox.content.experiment_card import Design
from sandbox.content.governance import (
    Aggregation,
    Boundary,
    Choice,
    Governance,
    Information,
    Payoff,
    Position,
    Procedure,
    Rules,
    Scope,
)
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.pack_card import Crossing, Document, Moment, Pack, Slot
from sandbox.content.persona_card import Persona, Voice
from sandbox.content.scenario_card import City, Comment, Fact, Inject, Scenario, TalkQuestion, Task, Tour
from sandbox.content.seat_card import CardPoint, ScenarioSeat, StartingPulse, VoteReasons
from sandbox.content.stage_card import Stage
from sandbox.content.words import Words
from sandbox.game.floor.directed import Bar
from sandbox.game.floor.policy import Why
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.record.events import SCHEMA, EventKind
from sandbox.record.folder import SessionFolder
from sandbox.report.document.markdown import table_to_markdown
from sandbox.report.pages.cards import limits_table
from sandbox.scoring.audit.playing import play_measures
from sandbox.session.graph import drawing
from sandbox.session.opening import open_session
from sandbox.settings import Settings
from tests import content_counts
from tests.cassette import FOLDER, RULES_ONLY, SPECS
from tests.cli.conftest import Cli, cli, only_session
from tests.experiment.making import saved
from tests.experiment.playing import SHORT as STUDY

__all__ = ["cli"]

SHOWN = ("joint_production_en", "command_en", "joint_production_zh")
ROOT = Path(__file__).resolve().parents[1]
PLACES = (
    ".", ".readme", ".readme/cases", ".readme/commands", "prompts", "prompts/gold", "prompts/governance", "sandbox",
    "sandbox/cli", "sandbox/experiment", "sandbox/scoring", "sandbox/web", "sandbox/diffusion",
    "sandbox/diffusion/decks",
    "cassettes", "tests", "tests/attack", "tests/benchmarks",
)  # fmt: skip
READMES = {place: (ROOT / place / "README.md").read_text(encoding="utf-8") for place in PLACES}
FIRST, CONTENT, CODE, COMMAND_PAGE, RECORDED, TESTS = (
    READMES[place] for place in (".", "prompts", "sandbox", "sandbox/cli", "cassettes", "tests")
)
_FIELDS: tuple[type[BaseModel], ...] = (
    Persona, Voice, City, Scenario, ScenarioSeat, StartingPulse, VoteReasons, Fact, Decision, Option, Tour, Task,
    Inject, CardPoint, Comment, TalkQuestion, Body, YearFact, Pack, Slot, Moment, Document, Crossing, Stage, Aftermath,
    Governance, Rules, Position, Boundary, Choice, Aggregation, Information, Payoff, Scope, Design,
)  # fmt: skip
COMMANDS: Any = get_command(app)
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`", re.DOTALL)


def test_no_readme_is_left_out() -> None:
    tracked = set()
    for folder, inside, files in os.walk(ROOT):
        inside[:] = [name for name in inside if not name.startswith(".") and name not in ("runs", "node_modules")]
        tracked |= {Path(folder).relative_to(ROOT)} if "README.md" in files else set()
    chinese = {Path(place) for place in PLACES if place.startswith(".readme")}
    assert tracked | chinese == {Path(place) for place in PLACES}


def blocks(text: str, lang: str) -> list[str]:
    """Return the code blocks of a language."""
    return [body for name, body in _BLOCK.findall(text) if name == lang]


def spans(text: str) -> list[str]:
    """Return what stands in backquotes outside of code blocks, each on one line."""
    return [" ".join(one.split()).replace(r"\|", "|") for one in _SPAN.findall(_BLOCK.sub("", text))]


def shown_commands(text: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the commands shown in a README, as words, and whether they stand in a block, to be typed as they are."""
    for block in blocks(text, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            for command in line.split("&&"):
                words = shlex.split(command, comments=True)
                if words:
                    yield words, True
    for span in spans(text):
        if span.startswith(("sandbox ", "python -m ")):
            yield shlex.split(span), False


def path_of(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that words name, and the words that it gets."""
    command, rest = COMMANDS, words
    while hasattr(command, "commands"):
        assert rest, f"{words} names no command"
        assert rest[0] in command.commands, f"there is no command {' '.join(words)}"
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


def test_every_command_line_can_be_typed() -> None:
    for words, whole in dict.fromkeys(
        (tuple(words), whole) for text in READMES.values() for words, whole in shown_commands(text)
    ):
        name = words[0].removeprefix(".venv/bin/")
        if name == "sandbox":
            command, rest = path_of([*words[1:]])
            with pytest.raises(typer.Exit):
                command.make_context(name, [*rest, "--help"])
            if whole:
                command.make_context(name, rest)
        elif name == "python" and words[1] == "-m":
            _module_takes(words[2], words[3:])


def _module_takes(module: str, given: tuple[str, ...]) -> None:
    found = importlib.util.find_spec(module)
    if found is not None and found.submodule_search_locations:
        found = importlib.util.find_spec(f"{module}.__main__")
    assert found is not None, f"there is no module {module}"
    assert found.origin is not None
    text = Path(found.origin).read_text(encoding="utf-8")
    for word in given:
        assert not word.startswith("--") or f'"{word}"' in text, f"{module} does not take {word}"


def test_every_option_named_exists() -> None:
    known = {option for command in _all(COMMANDS) for one in command.params for option in one.opts}
    benchmarks = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for span in chain.from_iterable(map(spans, READMES.values())):
        if span.startswith("--"):
            for word in re.findall(r"--[a-z][a-z-]*", span):
                assert word in known or f'"{word}"' in benchmarks, f"{word} is no option"


def _all(command: Any) -> Iterator[Any]:
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from _all(one)


def test_the_options_of_run_are_all_there() -> None:
    row = next(line for line in COMMAND_PAGE.splitlines() if line.startswith("| `sandbox run` |"))
    known = {option for one in COMMANDS.commands["run"].params for option in one.opts if option.startswith("--")}
    assert set(re.findall(r"--[a-z-]+", row)) == known


def test_every_link_leads_somewhere() -> None:
    links = [(place, link) for place, text in READMES.items() for link in re.findall(r"\]\(([^)]+)\)", text)]
    for place, link in links:
        path, _, heading = link.partition("#")
        if re.match(r"https?:", link):
            continue
        target = (ROOT / place / path).resolve() if path else ROOT / place / "README.md"
        assert target.exists(), f"{place}: {link}"
        assert target.is_relative_to(ROOT)
        assert not heading or heading in headings(target.read_text(encoding="utf-8")), f"{place}: {link}"


def headings(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", _BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_no_path_of_a_machine_is_shown() -> None:
    pattern = r"(?<![\w.])/(?:home|root|tmp|usr|work|Users|mnt|opt|var)/|[A-Z]:\\"
    assert [place for place, text in READMES.items() if re.search(pattern, text)] == []


def test_the_first_page_is_short_and_has_small_pictures() -> None:
    assert len(FIRST.splitlines()) <= 200
    pictures = re.findall(r"!\[[^\]]+\]\((\.readme/[^)]+)\)", FIRST.split("\n## ")[0])
    assert pictures
    linked = re.findall(r"\]\((?:\.\./)*(\.readme/[\w.]+)\)", "".join(READMES.values()))
    most = {".html": 300_000}  # a report is opened by itself, and no picture of the page
    assert all((ROOT / shown).stat().st_size < most.get(Path(shown).suffix, 200_000) for shown in linked)
    assert {path.name for path in (ROOT / ".readme").iterdir() if path.is_file()} == {
        Path(shown).name for shown in linked
    }


@pytest.mark.parametrize("place", [".", ".readme"])
def test_a_what_if_begins_as_the_first_pages_show(cli: Cli, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.chdir(ROOT)
    asked = re.findall(r"^(sandbox whatif .*)\n((?:#   .*\n)+)", READMES[place], re.MULTILINE)
    assert asked
    for command, told in asked:
        done = cli(*shlex.split(command, comments=True)[1:])
        begin = " ".join(line.removeprefix("#   ") for line in told.splitlines())
        assert begin.replace(" ", "") in "".join(done.out.split()), done.out


def test_the_drawing_is_the_graph() -> None:
    (shown,) = blocks(CODE, "mermaid")
    assert shown.strip() == drawing().strip()


def test_both_commands_stand_on_the_first_screen_and_in_ci() -> None:
    first = FIRST.split("\n## ")[0]
    assert ".venv/bin/pip install -e '.[local]' && .venv/bin/sandbox run" in first
    assert ".venv/bin/pip install -e '.[dev]' && .venv/bin/pytest" in first
    for wanted in ("pytest", "sandbox run"):
        assert re.search(rf"^python3 -m venv .venv && .*{wanted}", FIRST, re.MULTILINE)
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_command_is_documented_and_no_other() -> None:
    for page in (COMMAND_PAGE, READMES[".readme/commands"]):
        rows = [line for line in page.splitlines() if line.startswith("| `sandbox ")]
        documented = {found for row in rows for found in re.findall(r"`sandbox ([a-z]+)", row.split(" | ")[0])}
        assert set(COMMANDS.commands) == documented


def test_every_variable_is_documented() -> None:
    named = set(re.findall(r"``([A-Z_]+)``", Settings.__doc__ or ""))
    assert len(named) == len(fields(Settings))
    for name in named:
        assert f"`{name}`" in COMMAND_PAGE
        assert f"`{name}`" in READMES[".readme/commands"]


def test_the_files_of_a_session_are_those_shown(cli: Cli, tmp_path: Path) -> None:
    told = FIRST.split("`runs/<id>/`")[1].split("\n\n")[0]
    assert cli("run", "--model", "none", "--stages", "training", "--turns", "4", "--quiet").code == 0
    found = {path.name for path in only_session(tmp_path).iterdir()} - {".lock"}
    assert found == set(re.findall(r"`(\w+\.\w+)`", told))


def test_the_table_of_rules_is_what_the_command_prints() -> None:
    shown = READMES["prompts/governance"].split("<!-- sandbox rules -->\n")[1].split("\n<!-- end -->")[0]
    library = Library.load()
    games = [
        Game(SessionSpec(scenario="four_oclock_school", governance=one), library)
        for one in library.scenario("four_oclock_school").governance
    ]
    assert shown == table_to_markdown(limits_table(games))


def test_the_counts_of_content_are_true() -> None:
    counts = {kind: len(cards) for kind, cards in Library.load().cards.items()}
    said = (
        f"{counts['scenario']} cases, {counts['persona']} personas, {counts['governance']} governance models, "
        f"{counts['city']} cities and {counts['stage']} stages"
    )
    assert said in " ".join(FIRST.split())


def test_the_counts_of_cases_are_true() -> None:
    table = TESTS.split("<!-- content counts -->")[1].split("<!-- end -->")[0].strip()
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert head == content_counts.HEAD
    library = Library.load()
    assert [row[0] for row in rows] == list(library.cards["scenario"])
    for row in rows:
        counted = content_counts.standing(library, library.scenario(row[0]))
        assert row[: len(counted)] == counted
        assert all(int(share.rstrip("%")) <= 70 for share in row[len(counted) : -1]), row
    for lang in range(len(LANGUAGES)):
        known = [int(row[-1].split("/")[lang].strip(" %")) for row in rows]
        assert sum(known) >= 50 * len(known)


def test_stages_and_templates_are_those_that_are_shipped() -> None:
    table = CONTENT.split("| shipped stage |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    shown = {row[0].strip("`"): tuple(re.findall(r"`(\w+)`", row[2])) for row in rows}
    assert shown == {stage.id: stage.abilities for stage in map(Library.load().stage, Library.load().cards["stage"])}
    table = CONTENT.split("| template |")[1].split("\n\n")[0]
    named = {name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert named == {path.stem for path in (ROOT / "prompts" / "templates" / "en").glob("*.md")}


def test_both_pages_on_content_name_every_field_of_the_cards_and_the_chinese_one_leaves_nothing_out() -> None:
    def named(text: str) -> set[str]:
        return {name for span in spans(text) for name in re.findall(r"[a-z_]+", span)}

    kept = {"id", "source", "en", "zh"}
    for place in ("prompts", ".readme/cases"):
        told = named(READMES[place]) | kept
        missing = {f"{card.__name__}.{name}" for card in _FIELDS for name in card.model_fields if name not in told}
        assert missing == set(), place
    rows = [
        line.split(" | ")[0] for line in CONTENT.split("\n## Files and folders\n")[1].splitlines() if line[:2] == "| "
    ]
    assert named("\n".join(rows)) <= named(READMES[".readme/cases"])


def test_the_kinds_of_events_are_all_there() -> None:
    table = CODE.split("| kind | what happened |")[1].split("\n\n")[0]
    named = [name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split(" | ")[0])]
    assert sorted(named) == sorted(get_args(EventKind))
    assert f"writes schema {SCHEMA} " in CODE


def test_the_reasons_for_a_floor_are_all_there_and_have_words() -> None:
    table = CODE.split("| `why` | the seat has the floor since |")[1].split("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == sorted(get_args(Why))
    assert [f"floor.{why}" for lang in LANGUAGES for why in get_args(Why) if f"floor.{why}" not in Words(lang)] == []
    assert [f"barred.{bar}" for lang in LANGUAGES for bar in get_args(Bar) if f"barred.{bar}" not in Words(lang)] == []


def test_what_cards_need_is_told_of_each_procedure() -> None:
    for place in ("prompts", ".readme/cases"):
        table = READMES[place].split("\n| `procedure` | ")[1].split("\n\n")[0]
        named = [name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split(" | ")[0])]
        assert sorted(named) == sorted(get_args(Procedure)), place


def test_the_map_names_modules_that_exist() -> None:
    table = CODE.split("| package | what |")[1].split("\n\n")[0]
    for line in table.splitlines()[2:]:
        package, what = line.strip("|").split(" | ")
        for folder in re.findall(r"`(\w+)/`", package):
            modules = {path.stem for path in (ROOT / "sandbox" / folder).rglob("*") if path.suffix in (".py", "")}
            loose = set(re.findall(r"`([a-z_]+)/?`", what)) - modules - {"run_session", "sandbox"}
            assert not loose, f"{folder}: {loose}"
    packages = {path.name for path in (ROOT / "sandbox").iterdir() if (path / "__init__.py").is_file()}
    assert packages == set(re.findall(r"^\| `(\w+)/`", table, re.MULTILINE))


def test_what_is_to_be_changed_exists() -> None:
    table = CODE.split("| for | change |")[1].split("\n\n")[0]
    paths = {path for path in re.findall(r"`([\w./*<>]+)`", table) if "/" in path}
    assert len(paths) > 20
    for path in paths:
        at = ROOT if path.startswith("prompts/") else ROOT / "sandbox"
        assert list(at.glob(path.replace("<id>", "*"))), path


def test_a_study_is_played_as_the_first_page_says_by_the_commands_of_the_tutorial(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study, tutorial = (
        FIRST.split("\n## For research\n")[1].split("\n- **")[0],
        CONTENT.split("**5. The experiment.**")[1].split("\n## ")[0],
    )
    played, same = ([words for words, whole in shown_commands(text) if whole] for text in (study, tutorial))
    assert len(same) == 7
    assert played[-6:] == same[-6:], "which are typed below"
    replicates = typed(cli, study.split("sandbox experiment lock")[0] + "```")
    planned = json.loads(cli(*played[-6][1:], "--json").out)
    assert planned["sessions"] == 4 * _FEW
    assert f"here {replicates} × 2 cases × 2 models = {4 * replicates}," in FIRST


def test_the_tutorial_can_be_typed_from_its_first_line_to_its_last(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    replicates = typed(cli, CONTENT.split("\n## Twenty minutes: a study of your own\n")[1].split("\n## ")[0])
    assert "counted_residents_heard" in (tmp_path / "session_tables" / "sessions.csv").read_text(encoding="utf-8")
    assert ",shopkeeper," in (tmp_path / "session_tables" / "seats.csv").read_text(encoding="utf-8")
    assert (tmp_path / "runs" / "study_report" / "report.html").is_file()
    assert by_arm(tmp_path / "study_tables") == {"command": 2 * _FEW, "my_rules": 2 * _FEW}
    assert f"{replicates} × 2 scenarios × 2 models = {4 * replicates}," in " ".join(CONTENT.split())


def by_arm(tables: Path) -> Counter[str]:
    """Count the finished sessions of each arm in exported tables, the rules alone left out."""
    with (tables / "sessions.csv").open(encoding="utf-8", newline="") as file:
        return Counter(
            row["arm"] for row in csv.DictReader(file) if row["null_arm"] == "false" and row["state"] == "done"
        )


_FEW = 1
_STEP = re.compile(_BLOCK.pattern + r"|In `([^`]+)`, write `([^`]+)` for `([^`]+)`", re.DOTALL | re.MULTILINE)


def typed(cli: Cli, text: str) -> int:
    """Do what a part of a README says, in this folder: save what begins with its path, change a card, give commands.

    Its study has a few replicates in the place of those that it says, which are returned.
    """
    study, replicates = Path("mine/prompts/experiments/study.yaml"), 0
    for lang, body, card, new, old in _STEP.findall(text):
        if card:
            before = Path(card).read_text(encoding="utf-8")
            assert old in before
            Path(card).write_text(before.replace(old, new), encoding="utf-8")
        elif lang == "yaml":
            path = Path(body.splitlines()[0].removeprefix("# "))
            path.parent.mkdir(exist_ok=True)
            path.write_text(body, encoding="utf-8")
        for line in body.splitlines() if lang == "bash" else [""]:
            name, *words = shlex.split(line, comments=True) or [""]
            if name == "sandbox":
                done = cli(*words)
                assert done.code == 0, (line, done.out, done.err)
            if study.is_file() and not replicates:
                head, said, tail = re.split(r"^replicates: (\d+)", study.read_text("utf-8"), flags=re.MULTILINE)
                replicates = int(said)
                study.write_text(f"{head}replicates: {_FEW}{tail}", encoding="utf-8")
    return replicates


def test_the_graph_shown_runs_as_it_is_printed_and_leaves_a_session(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(next(block for block in blocks(CODE, "python") if "AsyncSqliteSaver" in block), {})
    assert (tmp_path / "checkpoints.sqlite").stat().st_size > 10_000
    assert cli("report", "last", "--format", "md").code == 0
    (folder,) = SessionFolder.all(tmp_path / "runs")
    assert sandbox.load(folder.path).finished


def test_the_python_shown_runs_as_it_is_printed(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    alone, study, measure, agent, many = (block for block in blocks(CODE, "python") if "AsyncSqliteSaver" not in block)
    made: dict[str, Any] = {}
    exec(alone, made)
    assert made["again"].id == made["session"].id
    assert made["session"].finished
    assert made["levels"]
    assert set(made["trust"]) == {row["seat"] for row in made["session"].seats}
    assert "against" in made
    assert "kept" in made
    path, made = saved(tmp_path, **STUDY), {}
    assert cli("experiment", "run", path, "--model", "none", "-q").code == 0
    exec(study.replace("who_decides", str(path)), made)
    assert len(made["decided"]) == 2
    assert made["confirmed"] == []
    exec(measure.replace("who_decides", str(path)), made)
    assert len(made["shares"]) == 4
    assert made["mine"]
    made = {}
    exec(agent, made)
    assert [row["model"] for row in made["table"]] == ["first_act"] * 3
    assert {line["seat"] for line in made["beside"].lines if line["origin"] == "agent"} == {"mayor"}
    assert {(row["seat"], row["burden"]) for row in made["beside"].pulses if row["origin"] == "agent"} == {("mayor", 5)}
    made = {}
    exec(many, made)
    assert len(made["sessions"]) == 10
    assert len(SessionFolder.all(tmp_path / "runs")) == 15
    assert all(session.finished for session in made["sessions"])


def test_the_recorded_sessions_are_listed_with_their_lines() -> None:
    table = RECORDED.split("| folder | case, model, language |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    shown = {row[0].strip("`"): (int(row[2]), row[3]) for row in rows}
    found = {name: open_session(SessionFolder(FOLDER / name), Library.load()) for name in SPECS}
    assert shown == {
        name: (len(session.lines), "yes" if SPECS[name].judge_model else "no") for name, session in found.items()
    }
    assert all(name.startswith("rules_only_") for name in RULES_ONLY)


def test_the_measures_shown_are_those_of_the_recorded_sessions() -> None:
    for column, name in list(enumerate(SHOWN, start=2)):
        table = RECORDED.split("| measure | wanted |")[1].split("\n\n")[0]
        rows = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in table.splitlines()[2:]]
        shown = {row[0]: row[-3:][column - 2] for row in rows}
        found = play_measures(open_session(SessionFolder(FOLDER / name), Library.load()))
        assert shown == {
            "lines": str(found["lines"]),
            "pairs of lines more similar than 0.85, a seat's two votes aside": str(found["duplicates"]),
            "own-turn 4-gram overlap, worst seat": str(found["own_overlap_worst"]),
            "4-grams taken from the line before": str(found["adjacent_overlap"]),
            "distinct bigrams": str(found["distinct_2"]),
            "lines of assistant talk; in the other language": f"{found['assistant_talk']}; {found['other_language']}",
            "objections in each stage": ", ".join(str(count) for count in found["objections"].values()),
            "lines that carry a fact": str(round(found["fact_lines"], 3)),
            "invented numbers": str(len(found["invented_numbers"])),
            "lines in the card's own words": str(round(found["card_lines"], 3)),
        }
