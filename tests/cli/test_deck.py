"""``sandbox diffuse deck`` and ``example``, and an experiment whose sessions are countries, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Cli
from tests.content.folders import shipped, write
from tests.diffusion.countries import little

WORLD = "This is a model’s world"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A country of sixty districts and two kinds, with a session of each cell."""
    folder = tmp_path / "content"
    little(folder)
    card = folder / "prompts" / "networks" / "little.yaml"
    card.write_text(card.read_text("utf-8").replace("sessions: 2", "sessions: 1"), "utf-8")
    return folder


def answer(done: Any) -> Any:
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_deck_is_played_once_and_says_what_its_cells_come_to(cli: Cli, content: Path) -> None:
    first = answer(cli("diffuse", "deck", "little", "--content", content, "--processes", 1, "--json"))
    assert (first["network"], first["sessions"], first["played"]) == ("little", 20, 20)
    assert [cell["sessions"] for cell in first["cells"]] == [1] * 20
    assert {cell["form"] for cell in first["cells"] if cell["governance"] == "command"} == {1.0}
    again = answer(cli("diffuse", "deck", "little", "--content", content, "--json"))
    assert (again["played"], again["digest"], again["cells"]) == (0, first["digest"], first["cells"])
    for lang, said in (("en", WORLD), ("zh", "这是模型里的世界")):
        shown = cli("diffuse", "deck", "little", "--content", content, "--lang", lang)
        assert shown.code == 0
        assert said in "".join(shown.out.split("\n")).replace("│", "")


def test_a_narrow_terminal_shows_whole_names_and_says_what_it_leaves_out(
    cli: Cli, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("diffuse", "deck", "little", "--content", content, "--processes", 1)
    monkeypatch.setenv("COLUMNS", "80")
    narrow = cli(*asked).out
    for whole in ("Training", "already", "Sessions", "Substance"):
        assert whole in narrow
    assert "Plan as handed" not in narrow.partition("In 130 columns")[0]
    assert "In 130 columns or more the table also shows: H, P, Burden" in " ".join(narrow.split())
    monkeypatch.setenv("COLUMNS", "140")
    wide = cli(*asked).out
    assert "versions" in wide.lower()
    assert "columns or more" not in wide


def test_how_far_a_country_moves_with_fewer_sessions(cli: Cli, content: Path) -> None:
    sized = answer(
        cli("diffuse", "deck", "little", "--content", content, "--sessions", 2, "--processes", 1, "--size", "--json")
    )
    assert [size["share"] for size in sized["sizes"]] == [0.125, 0.25, 0.5]
    assert [size["sessions"] for size in sized["sizes"]] == [1.0, 1.0, 1.0]
    assert all(size["course"] >= 0 for size in sized["sizes"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("littel",), "unknown country 'littel'. Did you mean little?"),
        (("little", "--sessions", "0"), "--sessions"),
        (("little", "--scenario", "clean_upp"), "Did you mean clean_up?"),
        (("little", "--set", "aggregation.vetoes=[]"), "as in command:RULE=VALUE): --set aggregation.vetoes=[]"),
        (("little", "--by-model", "1", "--channel", "orders", "--model", "none"), "unknown channel 'orders'"),
        (("little", "--by-model", "1", "--model", "cards"), "none and cards are no models"),
    ],
)
def test_bad_input_is_named(cli: Cli, content: Path, options: tuple[str, ...], said: str) -> None:
    done = cli("diffuse", "deck", *options, "--content", content, "--processes", 1)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_district_opens_the_session_of_its_last_meeting(cli: Cli, content: Path, tmp_path: Path) -> None:
    played = answer(cli("diffuse", "run", "little", "--content", content, "--processes", 1, "--json"))
    folder = played["folder"]
    met = next(
        shown
        for district in range(60)
        if (shown := answer(cli("diffuse", "example", folder, district, "--content", content, "--json")))["session"]
    )
    assert met["model"] is None
    session = cli("show", "session", met["session"], "--content", content)
    assert session.code == 0
    assert session.out.startswith("# Brooms and property fees")
    outside = cli("diffuse", "example", folder, 60, "--content", content)
    assert (outside.code, "the last is 59" in outside.err) == (2, True)
    nothing = cli("diffuse", "example", tmp_path, 0, "--content", content)
    assert (nothing.code, str(tmp_path) in nothing.err) == (2, True)
    write(
        content,
        "governance",
        "joint_production",
        shipped("governance", "joint_production").replace("quorum: 3", "quorum: 2"),
    )
    other = cli("diffuse", "example", folder, met["district"], "--content", content)
    assert (other.code, "Play the country again" in other.err) == (2, True)


def design(**changes: Any) -> str:
    made = {
        "id": "carried", "title": {"en": "Carried", "zh": "推开"}, "question": {"en": "How?", "zh": "怎么推？"},
        "arms": "without", "base": "nothing",
        "factors": {"network": ["little"], "without": ["nothing", "coercion", "learning"], "districts": [40]},
        "replicates": 3, "seed": 3, "null_arm": False,
        "hypotheses": [
            {"id": "h1", "outcome": "spread_form", "arm": "coercion", "direction": "lower", "smallest": 0.1,
             "primary": True},
        ],
    }  # fmt: skip
    return yaml.safe_dump({**made, **changes}, allow_unicode=True)


def test_an_experiment_over_countries_is_planned_played_and_reported(cli: Cli, content: Path, tmp_path: Path) -> None:
    write(content, "experiment", "carried", design())
    own = ("carried", "--content", content)
    planned = answer(cli("experiment", "plan", *own, "--json"))
    assert (planned["sessions"], planned["blocks"], planned["calls"]["high"]) == (9, 3, 0)
    assert planned["power"][0]["planned"] is None
    shown = " ".join(cli("experiment", "plan", *own).out.split())
    assert "a plan tries out no countries" in shown
    assert "the same command with --pilot " in shown
    assert "networks" in shown
    assert "scenario" not in shown
    assert "simulated experiments" not in shown, "where there is no figure, nothing is said of figures"
    networks = {"network": ["little", "between_peers"], "districts": [60]}
    hypothesis = {"id": "h1", "outcome": "spread_form", "arm": "between_peers", "direction": "higher", "smallest": 0.1,
                  "primary": True}  # fmt: skip
    both = {"arms": "network", "base": "little", "factors": networks, "hypotheses": [hypothesis]}
    write(content, "experiment", "both", design(id="both", **both))
    compared = " ".join(cli("experiment", "plan", "both", "--content", content).out.split())
    assert "the networks are what is compared, and none is drawn from many" in compared
    assert {said in compared for said in ("× 2 ┃ networks", "within, between", "fewer than 6")} == {False}
    tried = answer(cli("experiment", "plan", *own, "--pilot", 9, "--json"))
    assert (tried["power"][0]["basis"], tried["power"][0]["pairs"]) == ("pilot", 3)
    run = answer(cli("experiment", "run", *own, "--processes", 1, "--json"))
    assert [(arm["arm"], arm["states"]["done"]) for arm in run["arms"]] == [
        ("nothing", 3), ("coercion", 3), ("learning", 3),
    ]  # fmt: skip
    assert answer(cli("experiment", "status", *own, "--json"))["arms"] == run["arms"]
    report = answer(cli("experiment", "report", *own, "--format", "md", "--json"))
    assert report["effects"]["tested"][0]["hypothesis"]["outcome"] == "spread_form"
    page = Path(*report["paths"]).read_text("utf-8")
    for said in (
        "no orders and training",
        "a country of a model’s world",
        "a deck of such sessions of its own",
        "Adopted in form",
    ):
        assert said in page
    assert cli("experiment", "export", "carried", "--to", tmp_path / "tables", "--content", content).code == 0
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {"sessions.csv", "curves.csv", "codebook.md"}
    curves = (tmp_path / "tables" / "curves.csv").read_text("utf-8").splitlines()
    assert len(curves) == 1 + 9 * 13, "a row a country and period, and that before the first"
    rows = (tmp_path / "tables" / "sessions.csv").read_text("utf-8").splitlines()
    assert {"spread_form", "questions_settled"} & {*rows[0].split(",")} == {"spread_form"}
    assert len(rows) == 10
    assert "cell_without" in rows[0]
    assert "spread_equality" in rows[0]
    ended = [dict(zip(rows[0].split(","), row.split(","), strict=True)) for row in rows[1:]]
    assert not [name for name in ended[0] if not any(row[name] for row in ended)], "no column is empty"
    last = {row.split(",")[0]: row.split(",")[2] for row in curves if row.split(",")[1] == "12"}
    assert {row["session"]: float(row["spread_form"]) for row in ended} == pytest.approx(
        {name: float(share) for name, share in last.items()}, abs=1e-5
    )
    assert all(0 <= float(row["spread_at_once"]) <= float(row["spread_form"]) for row in ended)
    assert any(0 < float(row["spread_at_once"]) < float(row["spread_form"]) for row in ended)
    assert all(float(row["spread_meetings"]) >= float(row["spread_form"]) for row in ended)
    assert {measured["outcome"] for measured in report["effects"]["others"]} >= {"spread_at_once", "spread_meetings"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"factors": {"network": ["little"], "without": ["nothing", "learning"], "lang": ["en"]}},
            "no factor of countries",
        ),
        ({"factors": {"network": ["littel"], "without": ["nothing", "coercion"]}}, "Did you mean little?"),
        ({"factors": {"network": ["little"], "without": ["nothing", "lerning"]}}, "learning"),
        (
            {"factors": {"scenario": ["clean_up"], "governance": ["command"], "without": ["nothing", "learning"]}},
            "is of countries; name them under network",
        ),
        ({"judge": "somebody"}, "nobody judges a country"),
        (
            {"arms": "rules", "base": "as_is", "hypotheses": [],
             "factors": {"network": ["little"], "rules": {"as_is": [], "same": ["learning.rate=1.5"]}}},
            "are the same where the rules alone play",
        ),
        (
            {"hypotheses": [{"id": "h1", "outcome": "decided", "arm": "learning", "direction": "lower", "smallest": 0.1,
                             "primary": True}]},
            "'decided' is measured of sessions, not of countries",
        ),
    ],
)  # fmt: skip
def test_a_faulty_design_of_countries_is_named(cli: Cli, content: Path, changes: dict[str, Any], said: str) -> None:
    path = write(content, "experiment", "carried", design(**changes))
    done = cli("experiment", "plan", "carried", "--content", content)
    assert done.code == 2
    assert f"{path}:" in done.err
    assert said in done.err
