"""Commands about rules and content of one's own: rules, new, --set, --city, --model none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from sandbox.content.library import Library
from sandbox.record.log import read_events
from tests.cli.conftest import Cli, only_session

MODELS = sorted(Library.load().cards["governance"])
NOBODY = ("run", "--model", "none", "--turns", 4)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_rules_are_a_block_for_each_model_that_fits_the_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = cli("rules", "--lang", lang)
    assert max(cell_len(line) for line in done.out.splitlines()) <= 80
    assert "…" not in done.out
    assert "|" not in done.out
    rules = [line for line in done.out.splitlines() if line.endswith("──")]
    assert len(rules) == len(MODELS) + 1
    if lang == "en":
        text = " ".join(done.out.split())
        assert "Joint production ─" in text
        assert "who decides The district mayor (chair) decides." in text
        assert "migrant tenant not in: training, application, learning tour. never: propose, decide," in text
        *_, terms = done.out.split("What the terms mean")
        for term in ("not in", "never", "no vote", "no plan", "no platform"):
            assert [line for line in terms.splitlines() if line.startswith(term)]
        assert "whether the money comes before the work or after it" in " ".join(terms.split())


def test_the_rules_come_as_a_page_too(cli: Cli, tmp_path: Path) -> None:
    done = cli("rules", "--format", "html", "--to", tmp_path)
    path = tmp_path / "rules_four_oclock_school_en.html"
    assert done.out.splitlines() == [str(path)]
    page = path.read_text(encoding="utf-8")
    for text in ("What the rules make impossible", "Three-social interaction", "What the terms mean", "no plan"):
        assert text in page
    assert "Allowed: docx, html, md" in cli("rules", "--format", "pdf").err


@pytest.mark.parametrize(
    ("lang", "name", "option"),
    [
        ("en", "options left out, as nobody may pay for them", "the plants, by headcount (the developer pays)"),
        ("zh", "没人能出钱、因而不能选的", "厂里出，按人头摊（开发商出钱）"),
    ],
)
def test_options_of_the_case_that_nobody_may_pay_for_are_named(cli: Cli, lang: str, name: str, option: str) -> None:
    models = "government_community_interaction,one_core_multiple_actors"
    asked = ("rules", "--scenario", "plant_gate", "--lang", lang, "--format", "md")
    (row,) = [line for line in cli(*asked, "--governance", models).out.splitlines() if name in line]
    assert row.count(option) == 2
    developer = ("--governance", "command", "--set", "payoff.budgets.developer={en: a levy, zh: 摊派}")
    assert option not in cli(*asked, *developer).out


def test_the_rules_table_names_what_a_model_makes_impossible(cli: Cli) -> None:
    done = cli("rules", "--governance", "command,joint_production", "--format", "md")
    head, rule, *rows = done.out.splitlines()
    assert head == "|  | Command | Joint production |"
    assert set(rule) == {"|", "-", " "}
    cells = {row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]] for row in rows}
    assert "not in: training, application, learning tour" in cells["migrant tenant"][0]
    assert "propose" in cells["migrant tenant"][0]
    assert "never: decide, delegate" in cells["migrant tenant"][1]
    assert cells["**who decides**"][0] == "The district mayor (chair) decides."
    assert "quorum: 3" in cells["**who decides**"][1]


def test_the_rules_table_speaks_chinese_and_json(cli: Cli) -> None:
    assert "不能：" in cli("rules", "--lang", "zh").out
    assert "models are named by --governance command" in cli("rules", "command").err
    found = json.loads(cli("rules", "--json").out)
    assert sorted(found) == MODELS
    tenant = next(one for one in found["command"] if one["seat"] == "migrant_tenant")
    assert (tenant["votes"], tenant["platform"]) == (False, False)
    assert "training" in tenant["shut_out"]


def test_rules_that_were_inferred_are_marked_wherever_they_are_told(cli: Cli) -> None:
    table = cli("rules", "--governance", "command,joint_production", "--format", "md").out
    decides, bound, pays, _, inferred, *_ = table.splitlines()[2:]
    assert [cell.strip().endswith("(inferred)") for cell in decides.split("|")[2:4]] == [False, True]
    assert all(cell.strip().endswith("(inferred)") for row in (bound, pays) for cell in row.split("|")[2:4])
    assert "how the body decides" in inferred.split("|")[3]
    assert "how the body decides" not in inferred.split("|")[2]
    for lang, words in {"en": "how the body decides", "zh": "怎么决定"}.items():
        assert words in " ".join(cli("show", "governance", "joint_production", "--lang", lang).out.split())
        assert words in " ".join(cli("rules", "--governance", "joint_production", "--lang", lang).out.split())


def test_a_changed_rule_shows_in_the_table(cli: Cli) -> None:
    plain = cli("rules", "--governance", "one_core_multiple_actors").out
    changed = cli("rules", "--governance", "one_core_multiple_actors", "--set", "aggregation.veto=[]").out
    assert "Consent needed: community Party organisation." in plain
    assert "Consent needed" not in changed


def test_a_session_without_a_model_needs_no_endpoint_and_says_so(cli: Cli, tmp_path: Path) -> None:
    done = cli(*NOBODY)
    assert (done.code, done.err) == (0, "")
    folder = only_session(tmp_path)
    events = read_events(folder / "events.jsonl")
    assert {event.kind for event in events} >= {"session", "stage", "pulse", "line", "plan", "minutes", "assessment"}
    assert not [event for event in events if event.kind == "call"]
    assert "No model spoke: the acts of personas were drawn at random" in (folder / "report.html").read_text(
        encoding="utf-8"
    )
    assert cli("doctor", "--model", "none").code == 0
    assert "Assessment from above (H)" in done.out


def test_the_effective_rules_are_in_the_log(cli: Cli, tmp_path: Path) -> None:
    wanted = "boundary.training.positions=chair,resident"
    assert cli(*NOBODY, "--governance", "command", "--set", wanted, "--set", "payoff.default=government").code == 0
    folder = only_session(tmp_path)
    opening = read_events(folder / "events.jsonl")[0].payload
    assert opening["rules"]["boundary"]["training"] == {"positions": ["chair", "resident"], "source": "set"}
    assert opening["rules"]["payoff"]["source"] == "set"
    assert opening["spec"]["changes"] == [wanted, "payoff.default=government"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert wanted in page


def test_a_change_that_does_not_fit_is_named(cli: Cli, tmp_path: Path) -> None:
    cases: list[tuple[str, str]] = [
        ("aggregation.procedure=lottery", "Allowed: chair_after_hearing, chair_decides, consensus, majority"),
        ("agregation.veto=[]", "Did you mean aggregation, information?"),
        ("choice.resident.acts=[inform, shout]", "unknown value 'shout'"),
        ("boundary.trainning.positions=[chair]", "Did you mean training?"),
        ("aggregation.voters=[nobody]", "unknown position 'nobody'"),
        ("floor=2020-13-45", "not YAML"),
        ("nothing", "expected rule.path=value"),
    ]  # fmt: skip
    for change, named in cases:
        done = cli(*NOBODY, "--set", change)
        assert done.code == 2
        assert named in done.err
        assert not (tmp_path / "runs").exists()


def test_a_city_brings_its_own_model(cli: Cli, tmp_path: Path) -> None:
    assert cli(*NOBODY, "--city", "guiyang").code == 0
    folder = only_session(tmp_path)
    spec = read_events(folder / "events.jsonl")[0].payload["spec"]
    assert (spec["city"], spec["governance"]) == ("guiyang", "one_core_multiple_actors")
    assert "Guiyang" in (folder / "report.html").read_text(encoding="utf-8")
    done = cli(*NOBODY, "--city", "guijang")
    assert done.code == 2
    assert "Did you mean guiyang," in done.err


def test_a_new_card_is_valid_and_plays_at_once_and_is_never_overwritten(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    for kind in ("persona", "scenario", "governance", "city"):
        done = cli("new", kind, "my_own", "--content", mine)
        assert done.code == 0
        assert ("only models that play free read its setting" in done.out) is (kind == "city")
        path = Path(done.out.splitlines()[0])
        assert cli("show", kind, "my_own", "--content", mine).code == 0
        before = path.read_bytes()
        again = cli("new", kind, "my_own", "--content", mine)
        assert again.code == 2
        assert "exists already; nothing was changed" in again.err
        assert path.read_bytes() == before
    valid = cli("validate", mine)
    assert (valid.code, valid.out.splitlines()[0]) == (
        0, "of yours: persona my_own; governance my_own; city my_own; scenario my_own",
    )  # fmt: skip
    for played in (("--scenario", "my_own", "--governance", "my_own"), ("--scenario", "clean_up", "--city", "my_own")):
        done = cli(*NOBODY, "--content", mine, *played)
        assert (done.code, done.err) == (0, "")


def test_a_card_that_cannot_be_made_is_named(cli: Cli, tmp_path: Path) -> None:
    cases: list[tuple[tuple[str, ...], str]] = [
        (("new", "stage", "x1"), "begin with a copy of one that is shipped: sandbox show stage ID --yaml"),
        (("new", "persona", "mayor"), "is shipped already"),
        (("new", "persona", "Bad-Id"), "is no id: use 2 to 48 small letters"),
        (("new", "persona", "all"), "a word of the program's own"),
    ]  # fmt: skip
    for arguments, named in cases:
        done = cli(*arguments, "--content", tmp_path / "mine")
        assert done.code == 2
        assert named in done.err
        assert not list(tmp_path.rglob("*.yaml"))


def test_a_scenario_that_a_model_cannot_play_is_named(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert cli("new", "scenario", "bench", "--content", mine).code == 0
    path = mine / "prompts" / "scenarios" / "bench.yaml"
    text = path.read_text(encoding="utf-8").replace("paid_by: [government]", "paid_by: [developer]")
    path.write_text(text.replace("paid_by: [government, residents]", "paid_by: [developer]"), encoding="utf-8")
    done = cli("validate", mine)
    assert done.code == 2
    line = next(number for number, row in enumerate(path.read_text().splitlines(), 1) if row.startswith("governance:"))
    assert f"{path}:{line}: governance: cannot be played under 'command': decision 'payer'" in done.err
    assert "there only government" in done.err


def test_rules_under_which_nothing_can_be_decided_are_told_before_play(cli: Cli) -> None:
    cases: list[tuple[object, ...]] = [
        (*NOBODY,),
        (*NOBODY, "--seeds", "1"),
        ("rules", "--governance", "joint_production"),
    ]
    for command in cases:
        told = "Under “Joint production” nothing can be decided: the quorum is 40, and 7 may vote at most."
        out = cli(*command, "--set", "aggregation.quorum=40").out
        assert told in out
        assert out.index(told) < len(out) / 4
        if command[0] == "rules":
            assert "nothing can be decided" not in cli(*command, "--set", "aggregation.quorum=4").out
