"""The command ``sandbox diffuse``: a country of one's own, played by the rules alone."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from sandbox.content.skeletons import skeleton
from sandbox.diffusion.result_folder import MANIFEST, kept
from sandbox.errors import InputError
from tests.cli.conftest import Cli
from tests.content.folders import write

SMALL = ("--districts", 100, "--periods", 12, "--sessions", 1, "--seeds", "1-3")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    text = skeleton("network", "two_coasts").replace("central_rule: null", "central_rule: 4")
    text = text.replace("turns: null", "turns: 2")
    write(tmp_path / "own", "network", "two_coasts", text)
    return tmp_path / "own"


def test_a_country_is_played_shown_and_kept(cli: Cli, own: Path) -> None:
    told = cli("new", "network", "two_coasts", "--content", own.parent / "other").out
    assert f"sandbox diffuse run two_coasts --content {own.parent / 'other'}" in told
    command = ("diffuse", "run", "two_coasts", "--content", own, *SMALL)
    done = cli(*command, "--each")
    assert done.code == 0, done.err
    assert "Two coasts (two_coasts): 100 places, countries played: 3" in done.out
    assert "The centre makes it a rule in period 4." in done.out
    assert "This is a model's world" in done.out
    told = " ".join(done.out.split())
    assert "It is no evidence about real places." in told
    assert "it still counts where a leader has taken it along since, so it may lie above" in told
    assert told.partition("Result: ")[2].split()[1] == "Report:", "no time, which would leave out that of the deck"
    assert "learning" in done.out.partition("Change at the end")[2].lower()
    assert "How the reform came to places, and from where (one country)" in done.out

    found = json.loads(cli(*command, "--without", "learning,coercion", "--central-rule", "none", "--json").out)
    assert (found["without"], found["central_rule"], found["seeds"]) == (["coercion", "learning"], None, [1, 2, 3])
    form = found["arms"][0]["form"]
    assert len(form["middle"]) == 13
    assert all(low <= middle <= high for low, middle, high in zip(*form.values(), strict=True))
    spread = kept(Path(found["folder"]))
    assert (spread.plan.country.districts, spread.plan.country.pilots.count) == (100, 1), "10 of 2,000 on the card"
    assert set(spread.districts.mechanism.tolist()).isdisjoint({0, 1})

    card = own / "prompts" / "networks" / "two_coasts.yaml"
    card.write_text(card.read_text("utf-8").replace("sessions: 20,", "sessions: 1,").replace("s: 40", "s: 12"), "utf-8")
    hangs = cli("diffuse", "sensitivity", "two_coasts", "--content", own, "--districts", 100, "--seeds", "1", "-q",
                "--set", "learning.rate=3")  # fmt: skip
    assert (hangs.code, "Learning: rate a" in hangs.out) == (0, True), hangs.err

    # The same again is not played again; a torn result is.
    again = json.loads(cli(*command, "--without", "learning,coercion", "--central-rule", "none", "--json").out)
    assert again["seconds"] == round(found["seconds"], 3)
    assert again["arms"] == found["arms"]
    (Path(found["folder"]) / MANIFEST).write_text("{", "utf-8")
    redone = cli(*command, "--without", "learning,coercion", "--central-rule", "none", "--json")
    assert "The country is played again." in redone.err
    assert json.loads(redone.out)["arms"] == found["arms"]


def test_a_result_is_named_by_last_by_its_name_or_by_its_path(cli: Cli, own: Path) -> None:
    place = ("--content", own)
    none = cli("diffuse", "report", "last", *place)
    assert none.code == 2
    assert "unknown result 'last'" in none.err
    assert "one is made with: sandbox diffuse run NETWORK" in none.err
    first = Path(cli("diffuse", "run", "two_coasts", *place, *SMALL, "--quiet").out.strip())
    second = Path(cli("diffuse", "run", "two_coasts", *place, *SMALL, "--central-rule", "none", "--quiet").out.strip())
    assert cli("diffuse", "report", "last", *place).out.strip() == str(second / "report.html")
    for ref in (first.name[:-2], first):
        assert cli("diffuse", "report", ref, *place).out.strip() == str(first / "report.html")
    assert "sandbox diffuse run two_coasts --districts 100" in (first / "report.html").read_text(encoding="utf-8")
    assert "fits 2 results" in cli("diffuse", "report", "two_coasts", *place).err
    torn = cli("diffuse", "report", own, *place)
    assert (torn.code, "sandbox diffuse run NETWORK --to DIR makes one" in torn.err) == (2, True)
    assert "sandbox diffuse run NETWORK" in " ".join(cli("diffuse", "--help").out.split())


def test_a_median_lies_within_its_bracket_as_both_are_shown(cli: Cli, own: Path) -> None:
    done = cli("diffuse", "run", "two_coasts", "--content", own, "--districts", 2000, *SMALL[2:])
    cells = re.findall(r"([\d.]+)% \(([\d.]+)–([\d.]+)\)", done.out)
    assert any("." in middle for middle, _, _ in cells)
    assert [cell for cell in cells if not float(cell[1]) <= float(cell[0]) <= float(cell[2])] == []


def test_what_cannot_be_is_refused(cli: Cli, own: Path) -> None:
    here = ("--content", str(own))
    for arguments, said in {
        ("diffuse", "run", "nowhere"): "the other networks are campaigns (four_villages, ",
        ("diffuse", "run", "two_coasts", *here, "--periods", "0"): "--periods",
        ("diffuse", "run", "two_coasts", *here, "--central-rule", "0"): "'0' is no period",
        ("diffuse", "run", "two_coasts", *here, "--central-rule", "41"): "period 41 is after the last, 40",
        ("diffuse", "run", "two_coasts", *here, "--without", "luck"): "unknown mechanism 'luck'",
        ("diffuse", "run", "two_coasts", *here, "--seeds", "3-1"): "--seeds: '3-1'",
        ("diffuse", "run", "two_coasts", *here, "--districts", "9999999"): "5000000",
        ("diffuse", "run", "two_coasts", *here, "--set", "learning.rat=3"): "Did you mean learning.rate",
        (
            "diffuse",
            "run",
            "two_coasts",
            *here,
            "--set",
            "foo.bar=1",
        ): "--set foo.bar=1: unknown rule or rate 'foo.bar'",
        ("diffuse", "run", "two_coasts", *here, "--set", "line=2"): "--set line=2: must be 1.0 or less",
        ("diffuse", "run", "two_coasts", *here, "--set", "absorption.share=1"): "--set absorption.on=true",
        ("diffuse", "run", "two_coasts", *here, "--set", "learning.on=false", "--without", "learning"): "--without",
    }.items():
        done = cli(*arguments)
        assert done.code == 2, arguments
        assert said in done.err.replace("\n", " "), done.err


def test_a_fault_in_a_card_is_named_with_file_line_and_field(cli: Cli, own: Path) -> None:
    path = own / "prompts" / "networks" / "two_coasts.yaml"
    text = path.read_text("utf-8")
    for old, new, said in (
        ("within: province, ", "within: district, ", "levels.1.within: 'city' lies within 'district'"),
        ("origin: north", "origin: moon", "there is no region 'moon'"),
        ("periods: 40", "periods: 0", "periods: must be 1 or more"),
        ("city: chengdu", "city: atlantis", "unknown city 'atlantis'"),
    ):
        path.write_text(text.replace(old, new), "utf-8")
        done = cli("validate", own)
        assert (done.code, f"{path}:" in done.err, said in done.err) == (2, True, True), done.err


def test_what_is_doubtful_in_a_card_is_said_when_it_is_checked_and_when_it_is_played(cli: Cli, own: Path) -> None:
    path = own / "prompts" / "networks" / "two_coasts.yaml"
    text = path.read_text("utf-8").replace("haicang, share: 0.5", "haicang, share: 0.9")
    path.write_text(text.replace("count: 10,", "count: 0,").replace("central_rule: 4", "central_rule: null"), "utf-8")
    shares = "warning: regions.0.kinds: these shares sum to 1.8 and are taken as 0.5, 0.5"
    told = cli("validate", own)
    for said in (shares, "warning: pilots.count: no place begins, and no order comes from above", "warnings: 2"):
        assert said in told.out
    assert f"{path}:{text[: text.index('kinds:')].count(chr(10)) + 1}: " in told.out
    assert shares in cli("validate", path).out
    played = cli("diffuse", "run", "two_coasts", "--content", own, *SMALL)
    assert (played.code, shares in played.err) == (0, True), played.err
    assert "no place begins" in played.err
    ordered = cli("diffuse", "run", "two_coasts", "--content", own, *SMALL, "--central-rule", "4")
    assert "no place begins" not in ordered.err


def test_a_country_is_taken_out_as_tables(cli: Cli, own: Path, tmp_path: Path) -> None:
    made = cli("new", "network", "mapped", "--tables", "--content", own)
    assert [Path(line).name for line in made.out.split()[:3]] == ["mapped.yaml", "mapped_places.csv", "mapped_ties.csv"]
    card = Path(made.out.split()[0])
    card.write_text(card.read_text("utf-8").replace("turns: null", "turns: 2"), "utf-8")
    few = ("--content", own, "--periods", 12, "--sessions", 1, "--seeds", "1-3")
    sized = cli("diffuse", "run", "mapped", *few, "--districts", 300)
    assert (sized.code, "mapped has the 48 places of its table" in sized.err) == (2, True)
    ran = cli("diffuse", "run", "mapped", *few)
    folder = Path(re.search(r"example (\S+) c01", " ".join(ran.out.split()))[1])  # type: ignore[index]
    assert cli("diffuse", "example", "last", "3", "--content", own).err.startswith("sandbox: there is no place '3'")
    other = cli("diffuse", "export", "last", "--to", tmp_path / "tables", "--content", own, "--seeds", "3-4")
    assert (other.code, "the result has no seed 4; allowed: 1, 2, 3" in other.err) == (2, True)
    done = cli("diffuse", "export", "last", "--to", tmp_path / "tables", "--content", own, "--seeds", "2-3")
    assert done.code == 0, done.err
    assert str(folder) in done.err.replace("\n", ""), "it says which one last was"
    names = {"curves.csv", "places.csv", "place_periods.csv", "ties.csv", "codebook.md"}
    assert {Path(line).name for line in done.out.split()} == names
    assert len((tmp_path / "tables" / "place_periods.csv").read_text("utf-8").splitlines()) == 1 + 48 * 12 * 2
    for line in ("2,c01,County 1,joint_production,haicang,true,north,Province 1,District 1.1,", "3,c02,c10,0.5"):
        assert line in "".join((tmp_path / "tables" / name).read_text("utf-8") for name in ("places.csv", "ties.csv"))
    sessions = cli("export", folder.name, "--to", tmp_path / "none")
    assert sessions.code == 2
    assert f"sandbox diffuse export {folder.name} --to DIR" in " ".join(sessions.err.split())


def test_what_would_change_nothing_is_refused(cli: Cli, own: Path) -> None:
    path = own / "prompts" / "networks" / "two_coasts.yaml"
    text = path.read_text("utf-8").replace("central_rule: 4", "central_rule: null")
    path.write_text(re.sub(r"coercion: \{on: true", "coercion: {on: false", text), "utf-8")
    for asked, why in (
        (("--central-rule", 9), "orders, and these are off here"),
        (("--without", "coercion"), "--without coercion: it is off in this country anyway"),
        (("--without", "learning", "--set", "learning.rate=3"), "its mechanism is left out by --without"),
    ):
        done = cli("diffuse", "run", "two_coasts", "--content", own, *SMALL, *asked)
        assert (done.code, why in " ".join(done.err.split())) == (2, True), done.err


def test_the_report_says_the_whole_command(cli: Cli, own: Path) -> None:
    rule = "joint_production:aggregation.quorum=1"
    command = ("diffuse", "run", "two_coasts", "--content", own, *SMALL[:-1], "1,3", "--set", rule,
               "--set", "learning.rate=3")  # fmt: skip
    first = cli(*command, "--each", "--quiet").out.strip()
    page = Path(cli("diffuse", "report", first, "--content", own, "--format", "md").out.strip()).read_text("utf-8")
    again = re.search(r"sandbox diffuse run [^\n|]*", page.replace("\\", ""))
    assert again is not None
    for part in (
        "--districts 100",
        "--seeds 1,3",
        "--sessions 1",
        f"--set {rule}",
        "--set learning.rate=3",
        "--each",
        str(own),
    ):
        assert part in again[0]
    assert "rules changed: Joint production: Quorum – at least 1 cast; rates changed: Learning: rate a period 3" in page
    arguments = shlex.split(again[0].strip(" `*"))[1:]
    again_played = json.loads(cli(*arguments, "--quiet", "--json").out)
    assert again_played["folder"] == first, "the same result, by the command of the report"
    assert again_played["changes"] == [rule, "learning.rate=3"]


def test_a_country_that_was_played_is_named_whatever_keeps_it_from_being_told(
    cli: Cli, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise InputError("cannot be told")

    monkeypatch.setattr("sandbox.report.pages.diffusion.diffusion_in_short", fails)
    done = cli("diffuse", "run", "two_coasts", "--content", own, *SMALL)
    assert (done.code, "cannot be told" in done.err) == (2, True)
    folder = Path(done.out.strip().removeprefix("Result: "))
    assert (folder / MANIFEST).is_file()


def test_whoever_takes_one_thing_for_another_is_told_which_it_is(cli: Cli, own: Path) -> None:
    for arguments, why in {
        ("diffuse", "run", "three_estates"): "three_estates is a campaign: sandbox campaign run three_estates",
        ("campaign", "run", "two_coasts", "--content", own): "two_coasts is a country: sandbox diffuse run two_coasts",
    }.items():
        done = cli(*arguments)
        assert (done.code, why in " ".join(done.err.split())) == (2, True), done.err


def test_whoever_stops_the_sessions_of_a_deck_is_told_how_it_goes_on(
    cli: Cli, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sandbox.diffusion.decks.dealt.deal", stopped)
    done = cli("diffuse", "run", "two_coasts", "--content", own, *SMALL)
    assert (done.code, "are kept, and the same command goes on" in " ".join(done.err.split())) == (130, True)
