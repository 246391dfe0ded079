"""Commands about content and set-up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.cells import cell_len

import sandbox
from sandbox import __version__
from sandbox.content.card_files import FOLDERS, shipped_root
from sandbox.content.library import Library
from sandbox.content.rubric import MeasureName
from sandbox.content.skeletons import example
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.session.graph import drawing
from tests.cli.conftest import Cli, Served, speak
from tests.content.folders import LIBRARY, line_of
from tests.stub_endpoint import Received, StubEndpoint, StubReply, completion, error

KINDS = ("persona", "scenario", "stage", "governance", "city", "pack", "rubric", "experiment")


def test_the_version(cli: Cli) -> None:
    said = cli("--version").out
    version, what = said.splitlines()
    assert re.fullmatch(rf"governance-sandbox {re.escape(__version__)} \(code [0-9a-f]{{10}}\)", version)
    assert what.endswith("no commit"), "nobody looks the digits up in the repository"
    assert cli("--version").out == said, "the same code says the same"


def test_list_and_show_every_kind(cli: Cli) -> None:
    counts = {row["id"]: int(row["what"]) for row in json.loads(cli("list", "--json").out)}
    assert counts == {kind: len(cards) for kind, cards in Library.load().cards.items()}
    for kind in KINDS:
        ids = set(Library.load().cards[kind])  # type: ignore[index]
        rows = json.loads(cli("list", kind, "--json").out)
        assert {row["id"] for row in rows} == ids
        assert [line.split()[0] for line in cli("list", kind).out.splitlines()] == [row["id"] for row in rows]
        assert json.loads(cli("show", kind, min(ids), "--json").out)["id"] == min(ids)
        assert f"id: {min(ids)}" in cli("show", kind, min(ids), "--yaml").out
    assert "罗梅" in cli("show", "persona", "migrant_tenant", "--lang", "zh").out


def test_a_country_is_shown_with_how_it_spreads_and_listed_apart_from_campaigns(cli: Cli) -> None:
    shown = " ".join(cli("show", "network", "from_below").out.split())
    assert "learning (learning.rate=1.5)" in shown
    assert "taking up from below (absorption.share=0.3)" in shown
    assert "catch_up" not in shown, "it is off"
    listed = dict(line.split(maxsplit=1) for line in cli("list", "networks").out.splitlines())
    assert listed["from_below"].endswith("– country")
    assert listed["three_estates"].endswith("– campaign")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_card_is_shown_on_one_screen(cli: Cli, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    library = Library.load()
    for kind in KINDS:
        for one in sorted(library.cards[kind])[:2]:  # type: ignore[index]
            done = cli("show", kind, one, "--lang", lang)
            lines = done.out.splitlines()
            assert (done.code, len(lines) <= 60) == (0, True), (kind, one, len(lines))
            assert f"sandbox show {kind} {one} --yaml" in done.out
            assert max(cell_len(line) for line in lines) <= 80
            assert "…" not in done.out


def test_a_case_is_shown_with_what_a_teacher_needs_of_it(cli: Cli) -> None:
    done = cli("show", "case", "clean_up")
    card = Library.load().scenario("clean_up")
    shown = " ".join(done.out.split())
    assert shown.startswith(f"{card.title.en} {card.question.en} {card.background.en}")
    for decision in card.decisions:
        assert decision.question.en in shown
        assert all(f"• {option.en}" in shown for option in decision.options.values())
    assert "pays once, through its tenant (nobody here can promise it)" in shown
    assert "put to an owners' meeting (whose promise counts: property manager)" in shown
    assert "Luo Mei · migrant tenant" in shown
    asked = " ".join(cli("show", "rubric", "core").out.split())
    assert all(f"{each.name.en}: {each.question.en}" in asked for each in Library.load().rubric("core").criteria)
    assert f"Facts {len(card.facts)} " in shown
    assert "sandbox show scenario clean_up --pack" in shown
    assert "sandbox run --scenario clean_up --model cards" in shown
    assert len(done.out.splitlines()) <= 40
    assert cli("show", "scenario", "clean_up", "--yaml").out.count("\n") > 1_000


def test_stages_arrivals_and_campaigns_are_told_in_words(cli: Cli) -> None:
    def shown(kind: str, card: str, lang: str = "en") -> str:
        return " ".join(cli("show", kind, card, "--lang", lang).out.split())

    assert "柳园东区：扫帚和物业费" in shown("campaign", "three_estates", "zh")
    review = shown("stage", "review")
    assert review.startswith("A year later What was promised and decided falls due.")
    assert "Ends early when all that fell due was reported on" in review
    assert "sandbox run --stages public_engagement,review --model cards" in review, "what falls due is decided before"
    assert "讨论几句 8 提前结束的条件 疑虑得到了回答" in shown("stage", "training", "zh")
    tour, posted = shown("arrival", "catch_up"), shown("arrival", "posting", "zh")
    assert "a channel by which the reform comes to a place Stages Application; Learning tour; Public" in tour
    assert "leaders: conviction +1 officials: conviction −1, burden +1 frontline staff: burden +1" in tour
    assert "60% of it word for word; lost on the way: money, success" in tour
    assert "调来的人 郝长林（外市一个试过这项改革的区）" in posted
    assert "领导：认同度 +2" in posted


def test_the_file_that_is_shown_is_a_card_to_copy_from_in_both_languages(cli: Cli, tmp_path: Path) -> None:
    for kind in ("persona", "governance"):
        shipped, card = Library.load(), next(iter(LIBRARY.cards[kind]))
        folder = tmp_path / "mine" / FOLDERS[kind][0]
        folder.mkdir(parents=True)
        (folder / f"{card}.yaml").write_text(cli("show", kind, card, "--yaml", "--lang", "zh").out, encoding="utf-8")
        copied = Library.load(tmp_path / "mine")
        assert copied.cards[kind][card] == shipped.cards[kind][card]


def test_cards_that_are_begun_one_after_the_other_can_be_told_apart(cli: Cli, tmp_path: Path) -> None:
    mine = ("--content", tmp_path / "mine")
    for card in ("tea", "rice"):
        for kind in ("persona", "scenario", "city"):
            assert cli("new", kind, card, *mine).code == 0
    assert "called the same" not in cli("validate", tmp_path / "mine").out
    assert "Wu Lan (tea)" in cli("show", "persona", "tea", *mine).out
    assert "吴岚（rice）" in cli("show", "persona", "rice", "--lang", "zh", *mine).out


def test_outcomes_can_be_looked_up_with_what_they_count_and_need(cli: Cli) -> None:
    rows = {row["id"]: row["what"] for row in json.loads(cli("list", "outcomes", "--json").out)}
    assert set(rows) == set(OUTCOMES)
    assert "settles · share, from 0 to 1 · works by the rules alone" in rows["questions_settled"]
    assert rows["questions_settled"].endswith("a measure of rubrics as well")
    assert rows["plan_sections_own"].endswith("1 less the measure of a rubric: plan_sections_copied")
    assert "needs words, so not with --model none" in rows["facts_told"]
    assert rows["trust_change"].endswith("levels up or down, from −4 to 4 · works by the rules alone")
    assert "number, from 0 without bound" in rows["lines"]
    assert "level, from 1 to 5 · needs a judge" in rows["judged_trust"]
    assert "none where no option is decided" in rows["counted_inclusion"]
    assert "比例，0至1" in cli("list", "outcome", "--lang", "zh").out
    assert cli("show", "outcome", "decided").out.startswith("Decided (decided)\n\nWhat it counts  1 where a motion")
    assert "比例" in json.loads(cli("show", "outcome", "decided", "--lang", "zh", "--json").out)["unit"]
    measures = {row["id"]: row["what"] for row in json.loads(cli("list", "measures", "--json").out)}
    assert set(measures) == set(get_args(MeasureName))
    assert measures["turn_share_residents"].endswith("spoken by residents. · an outcome of experiments as well")
    assert measures["plan_sections_copied"].endswith("1 less the outcome: plan_sections_own")
    assert "也是实验的结果" in cli("show", "measure", "facts_told", "--lang", "zh").out
    assert "What it counts  a number that code of your own gave each session" in cli("show", "outcome", "own_share").out
    wrong = cli("show", "outcome", "decide")
    assert (wrong.code, "unknown outcome 'decide'. Did you mean decided" in wrong.err) == (2, True)


def test_a_faulty_experiment_stops_no_command_about_another(cli: Cli, tmp_path: Path) -> None:
    assert cli("new", "experiment", "mine", "--content", tmp_path).code == 0
    folder = tmp_path / "prompts" / "experiments"
    (folder / "c.yaml").write_text((folder / "mine.yaml").read_text("utf-8").replace("id: mine", "id: c"), "utf-8")
    said = "id: 'c' is no id; use 2 to 48 small letters, digits and underscores, a letter first"
    fault = f"{folder / 'c.yaml'}:2: {said}"
    assert cli("experiment", "lock", "mine", "--content", tmp_path).code == 0
    assert cli("rules", "--content", tmp_path, "--governance", "command").code == 0
    listed = json.loads(cli("list", "experiment", "--json", "--content", tmp_path).out)
    rows = {row["id"]: row["what"] for row in listed}
    assert (rows["c"], rows["mine"]) == (fault, "Who is heard (mine) / 谁被听见（mine）")
    for command in (("experiment", "plan", "c", "--content", tmp_path), ("validate", tmp_path)):
        done = cli(*command)
        assert (done.code, done.err) == (2, f"sandbox: {fault}\n")


def test_content_of_the_users_own_wins(cli: Cli, tmp_path: Path) -> None:
    personas = tmp_path / "mine" / "personas"
    personas.mkdir(parents=True)
    shipped = Library.load().files[("persona", "mayor")].read_text(encoding="utf-8")
    (personas / "mayor.yaml").write_text(shipped.replace("kind: leader", "kind: expert"), encoding="utf-8")
    out = cli("show", "persona", "mayor", "--content", tmp_path / "mine", "--yaml").out
    assert "kind: expert" in out
    assert str(personas / "mayor.yaml") in out
    done = cli("validate", personas / "mayor.yaml")
    assert (done.code, done.out) == (0, f"{personas / 'mayor.yaml'}: valid persona 'mayor'\n")


def test_validate_counts_what_is_valid(cli: Cli) -> None:
    done = cli("validate", "--strict")
    assert done.code == 0
    *cards_told, templates_told, gold_told, words_told = done.out.splitlines()
    assert cards_told == [f"{kind}: {len(cards)} valid" for kind, cards in Library.load().cards.items()]
    assert templates_told == "templates: 40 valid"
    assert gold_told.startswith("gold items: ")
    assert words_told.endswith(" valid in each language"), "and no warning"


def test_validate_tells_of_what_is_doubtful_and_counts_it(cli: Cli, tmp_path: Path) -> None:
    assert cli("new", "scenario", "bench", "--content", tmp_path).code == 0
    path = tmp_path / "prompts" / "scenarios" / "bench.yaml"
    text = example("scenario", "bench").replace("It went 2 years", "It went 3 years").replace("turn: 3,", "turn: 99,")
    path.write_text(text.replace("persona: grid_master", "persona: elder").replace("to: grid_master", "to: elder"))
    done = cli("validate", tmp_path)
    assert (done.code, done.err) == (0, "")
    *_, templates, _, words, alone, late, figure, count = done.out.splitlines()
    assert templates == "templates: 40 valid", "as without a folder"
    assert words.startswith("words: ")
    assert figure.startswith(f"{path}:{line_of(text, 'mayor_l1')}: warning: seats.0.points.1.says.en: figures that ")
    assert figure.endswith("in no text of the case: 3; the point carries F2")
    assert ": warning: injects.0.turn: never arrives: public_engagement has 12 lines at most" in late
    only = "only mayor takes part in training, application, learning_tour"
    assert alone.endswith(f": warning: governance: under command {only}"), "the worst comes first"
    assert count == "warnings: 3"
    assert cli("validate", path).out.splitlines()[1:] == [figure, "warnings: 1"]
    assert cli("validate", path, "--strict").code == 2
    # What stops a case comes first.
    path.write_text(path.read_text("utf-8").replace("replies_to: [group_l1], ", ""))
    stopped = cli("validate", tmp_path)
    assert (stopped.code, stopped.out) == (2, "")
    assert "the host of the tour tells a hidden fact only in a reply" in stopped.err.splitlines()[0]
    assert any(line.endswith("of the case: 3; the point carries F2") for line in stopped.err.splitlines()[1:])


def test_a_run_says_who_will_be_alone(cli: Cli, tmp_path: Path) -> None:
    said = "在“命令式管理”下，只有沈玉兰参加“培训”、“落地方案”、“参观学习”，那里没有别人可谈。"
    cli("new", "scenario", "bench", "--content", tmp_path)
    path = tmp_path / "prompts" / "scenarios" / "bench.yaml"
    text = example("scenario", "bench").replace("persona: grid_master", "persona: elder")
    path.write_text(text.replace("to: grid_master", "to: elder"))
    played = ("run", "--content", tmp_path, "--scenario", "bench", "--model", "none", "--turns", 1, "--lang", "zh")
    assert said in cli(*played, "--governance", "command").out.replace("\n", " ")
    assert said not in cli(*played, "--governance", "joint_production").out.replace("\n", " ")


def test_a_card_in_one_language_is_told_what_to_write_and_nothing_else(cli: Cli, tmp_path: Path) -> None:
    assert cli("new", "scenario", "bench", "--content", tmp_path).code == 0
    path = tmp_path / "prompts" / "scenarios" / "bench.yaml"
    text = path.read_text("utf-8")
    assert "or write one plain text in quotes for both languages" in text
    path.write_text(re.sub(r',? zh: "[^"]*"', "", text), "utf-8")
    told = cli("validate", tmp_path).err.splitlines()
    hint = "is missing; write it, or write one plain text for both languages"
    assert told[0] == f"sandbox: {path}:{line_of(text, 'title:')}: title.zh: {hint}"
    assert [line for line in told if f".zh: {hint}" not in line] == []  # no list is too short besides
    path.write_text(re.sub("^title:.*$", "title: 2026", text, flags=re.MULTILINE), "utf-8")
    said = "title: expected {en: …, zh: …}, or write one plain text in quotes for both languages; found 2026"
    assert cli("validate", tmp_path).err == f"sandbox: {path}:{line_of(text, 'title:')}: {said}\n"
    path.write_text(re.sub("^title:.*$", 'title: "2026"', text, flags=re.MULTILINE), "utf-8")
    assert cli("validate", tmp_path).code == 0


def test_validate_names_what_a_wording_shows_otherwise(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "prompts" / "templates" / "en" / "wordings"
    shipped = shipped_root() / "prompts" / "templates" / "en" / "turn_directed.md"
    text = shipped.read_text(encoding="utf-8")
    for name, file, said in (
        ("terse", "turn_directed", text.replace("{{ place }}", "{{ lines }}")),
        ("odd", "judge", text), ("odd", "turn_direct", text), ("as_is", "turn_directed", text),
    ):  # fmt: skip
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"{file}.md").write_text(said, encoding="utf-8")
    done = cli("validate", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert f"{folder}/terse/turn_directed.md:1: must show what 'turn_directed' shows; leaves out: place" in done.err
    assert f"{folder}/terse/turn_directed.md:1: must show what 'turn_directed' shows; has besides: lines" in done.err
    assert (
        f"{folder}/odd/judge.md:1: a wording cannot replace 'judge'; allowed: examples_directed, interview" in done.err
    )
    assert f"{folder}/odd/turn_direct.md:1: a wording cannot replace 'turn_direct'" in done.err
    assert f"{folder}/as_is:1: 'as_is' names the templates as they are" in done.err
    unused = cli("run", "--model", "none", "--content", tmp_path, "--wording", "terse", "--quiet")
    assert (unused.code, "leaves out: place" in unused.err) == (2, True)


def test_validate_names_what_a_template_may_not_do_or_cannot_show(cli: Cli, tmp_path: Path) -> None:
    for lang, name, text in (
        ("en", "minutes", "Minutes\n{{ cycler.__init__.__globals__.os.popen('id').read() }}"),
        ("zh", "judge", "{{ lipsum }}\n{{ titel }}"),
    ):
        folder = tmp_path / "prompts" / "templates" / lang
        folder.mkdir(parents=True)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    done = cli("validate", tmp_path)
    assert (done.code, done.out) == (2, "")
    folder = tmp_path / "prompts" / "templates"
    assert f"{folder}/en/minutes.md:2: the attribute '__init__' is not allowed" in done.err
    assert f"{folder}/zh/judge.md:1: unknown value 'lipsum'. " in done.err
    assert f"{folder}/zh/judge.md:2: unknown value 'titel'. Did you mean title" in done.err


def test_kinds_may_be_named_in_the_plural(cli: Cli) -> None:
    for kind, plural, card in (("persona", "personas", "mayor"), ("city", "cities", "haicang")):
        assert cli("list", plural, "--json") == cli("list", kind, "--json")
        assert cli("show", plural, card) == cli("show", kind, card)
    assert cli("list", "sessions").out == "no sessions yet: sandbox run\n"
    done = cli("list", "citys")
    assert done.code == 2
    assert "unknown kind 'citys'. Did you mean city" in done.err


def test_graph_is_the_drawing_of_the_session_graph(cli: Cli) -> None:
    done = cli("graph")
    assert done.out == drawing().rstrip() + "\n"
    for node in ("brief", "speak", "await_person", "minutes", "close"):
        assert f"{node}(" in done.out


def test_doctor_finds_all_in_order(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with StubEndpoint([completion('{"word": "ready"}')]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("doctor")
        assert done.code == 0
        assert [line.split(":")[0] for line in done.out.splitlines()] == ["ok   content", "ok   sessions", "ok   model"]
        assert f"stub at {stub.base_url} answers (ready)" in done.out
        assert "it may be silent for 120 s (SANDBOX_TIMEOUT) and take 300 s for a call (SANDBOX_DEADLINE)" in done.out
        assert "sk-secret-key" not in done.out
        checks = json.loads(cli("doctor", "--json").out)
    assert [(check["what"], check["ok"]) for check in checks] == [
        ("content", True),
        ("sessions", True),
        ("model", True),
    ]
    assert not (tmp_path / "runs").exists()
    assert served.model.requests == []


def test_doctor_says_whether_a_schema_holds_what_the_model_answers(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_MODEL", "stub")

    def told(refused: Callable[[dict[str, Any]], object]) -> str:
        def reply(request: Received) -> StubReply:
            faulty = refused(request.body["response_format"])
            return error(400, "Invalid schema for response_format") if faulty else completion('{"word": "ready"}')

        with StubEndpoint(reply) as stub:
            monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
            return cli("doctor").out

    assert "its answers are held by a JSON schema;" in told(lambda _: False)
    strict = told(lambda shape: len(shape["json_schema"]["schema"]["required"]) < 2)
    assert "held by a closed JSON schema, in which each property is required;" in strict
    assert "held by no JSON schema, which it refuses, but asked for in JSON mode" in told(
        lambda shape: "json_schema" in shape
    )


def test_doctor_names_everything_that_fails(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del served
    with StubEndpoint([error(401, "bad key")]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("doctor", "--content", tmp_path / "nowhere", "--out", "/dev/null/x")
        assert done.code == 3
        assert [line.split(":")[0] for line in done.out.splitlines()] == ["FAIL content", "FAIL sessions", "FAIL model"]
        assert "OPENAI_API_KEY" in done.out
        assert "sk-secret-key" not in done.out
        checks = json.loads(cli("doctor", "--json", "--out", "/dev/null/x").out)
    assert [check["ok"] for check in checks] == [True, False, False]


def test_doctor_shows_no_password_and_how_long_it_waits(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_MODEL", "stub")
    monkeypatch.setenv("SANDBOX_TIMEOUT", "7.5")
    with StubEndpoint([completion('{"word": "ready"}')]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url.replace("http://", "http://me:hunter2-hunter2@"))
        done = cli("doctor")
    assert done.code == 0
    assert f"at {stub.base_url} answers" in done.out
    assert "silent for 7.5 s (SANDBOX_TIMEOUT) and take 18.75 s for a call" in done.out
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:hunter2-hunter2@127.0.0.1:99999/v1?api-key=hunter3-hunter3")
    broken = cli("doctor")
    assert "cannot use the address 'http://127.0.0.1:99999/v1'" in broken.out
    assert "hunter" not in done.out + broken.out


def test_a_pack_is_written_in_the_formats_asked_for(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        "show", "scenario", "clean_up", "--pack", "--format", "html,md,docx", "--lang", "zh", "--to", tmp_path / "p"
    )
    assert (done.code, done.err) == (0, "")
    assert {path.name for path in (tmp_path / "p").iterdir()} == {
        f"clean_up_pack_zh.{form}" for form in ("html", "md", "docx")
    }
    assert done.out.split() == [str(tmp_path / "p" / f"clean_up_pack_zh.{form}") for form in ("html", "md", "docx")]
    assert "角色卡" in (tmp_path / "p" / "clean_up_pack_zh.html").read_text(encoding="utf-8")


def test_a_pack_has_the_role_card_of_whoever_takes_the_seat(cli: Cli, tmp_path: Path) -> None:
    given = ("--cast", "landlord=elder", "--to", tmp_path)
    assert cli("show", "scenario", "clean_up", "--pack", "--format", "md", *given).code == 0
    text = (tmp_path / "clean_up_pack_en.md").read_text(encoding="utf-8")
    library = Library.load()
    elder, landlord = library.persona("elder"), library.persona("landlord")
    assert f"{elder.name.en} ({elder.role.en}) sits in the seat of {landlord.name.en} ({landlord.role.en})." in text
    assert elder.non_negotiable.en in text
    assert landlord.non_negotiable.en not in text


def test_what_cannot_be_printed_is_said(cli: Cli) -> None:
    cases: list[tuple[tuple[str, ...], str]] = [
        (("persona", "mayor", "--pack"), "--pack: only a scenario has a facilitator's pack, not a persona"),
        (("scenario", "clean_upp", "--pack"), "Did you mean clean_up"),
        (("scenario", "clean_up", "--pack", "--format", "pdf"), "--format: unknown format 'pdf'"),
        (("scenario", "clean_up", "--pack", "--governance", "comand"), "Did you mean command"),
        (("scenario", "clean_up", "--format", "md"), "--format goes with --pack alone"),
        (("scenario", "clean_up", "--governance", "command"), "--governance goes with --pack alone"),
        (("scenario", "clean_up", "--cast", "mayor=landlord"), "--cast goes with --pack alone"),
        (("scenario", "clean_up", "--pack", "--cast", "elder"), "--cast"),
    ]
    for arguments, said in cases:
        done = cli("show", *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.err


def test_a_pack_is_begun_beside_a_scenario_of_ones_own(cli: Cli, tmp_path: Path) -> None:
    mine = ("--content", tmp_path)
    alone = cli("new", "pack", "my_case", *mine)
    assert (alone.code, "first sandbox new scenario my_case" in alone.err) == (2, True)
    assert cli("new", "scenario", "my_case", *mine).code == 0
    assert (
        "no facilitator's pack; write one: sandbox new pack my_case"
        in cli("show", "scenario", "my_case", "--pack", *mine).err
    )
    case = tmp_path / "prompts" / "scenarios" / "my_case.yaml"
    case.write_text(case.read_text(encoding="utf-8").replace("Is it done?", "What is done with “A | B”?"))
    assert cli("new", "pack", "my_case", *mine).code == 0
    assert cli("validate", tmp_path).code == 0
    assert cli("show", "scenario", "my_case", "--pack", "--format", "md", "--to", tmp_path, *mine).code == 0
    printed = (tmp_path / "my_case_pack_en.md").read_text(encoding="utf-8")
    assert "| What is done with “A / B”? |  |  |  |  |" in printed, "its papers are those of the case"
    assert "**Problem**: It has been asked for." in printed


def test_the_test_of_own_content_shown_passes_and_rules_that_are_there_are_no_change(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for card in (("scenario", "bench"), ("governance", "my_rules")):
        assert cli("new", *card, "--content", "mine").code == 0
    shown = (Path(__file__).parents[2] / "prompts" / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(# mine/.*?)^```", shown, re.DOTALL | re.MULTILINE)
    made: dict[str, Any] = {}
    exec(code, made)
    tests = [test for name, test in made.items() if name.startswith("test_")]
    for test in tests:
        test(tmp_path / "played")
    assert len(tests) == 2
    voters = Library.load(Path("mine")).governance("my_rules").rules.aggregation.voters
    changes = [f"aggregation.voters={','.join(voters)}"]
    played = sandbox.run("bench", "my_rules", changes=changes, content="mine", model="cards", turns=1)
    assert played.played.spec.changes == ()


def test_a_new_case_says_how_it_is_played_at_once_and_can_be(cli: Cli, tmp_path: Path) -> None:
    done = cli("new", "scenario", "bench", "--content", tmp_path / "mine")
    *_, last = done.out.splitlines()
    command = f"sandbox run --content {tmp_path / 'mine'} --scenario bench --model cards"
    assert last == f"play it: {command}"
    assert cli(*command.split()[1:], "--quiet", "--turns", 2, "--stages", "public_engagement").code == 0


def test_a_case_is_a_scenario(cli: Cli) -> None:
    for word in ("case", "cases", "scenario", "scenarios"):
        assert cli("list", word).out == cli("list", "scenario").out
        assert cli("show", word, "clean_up").code == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_cards_of_ones_own_that_are_not_asked_for_are_said_to_be_there(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    speak(monkeypatch, lang)
    monkeypatch.chdir(tmp_path)
    for kind, name in (("persona", "shopkeeper"), ("scenario", "yard"), ("experiment", "study")):
        assert cli("new", kind, name).code == 0
    for command, kinds, name in (
        (("show", "persona", "shopkeeper"), "persona 人物", "shopkeeper"),
        (("run", "--scenario", "yard", "--model", "none"), "scenario 案例", "yard"),
        (("rules", "--scenario", "yard"), "scenario 案例", "yard"),
        (("experiment", "plan", "study", "--model", "none"), "experiment 实验", "study"),
    ):
        done = cli(*command)
        assert done.code == 2
        kind = kinds.split()[lang == "zh"]
        said = f"{kind} {name} 在 content/ 里" if lang == "zh" else f"{kind} {name} is in content/"
        assert re.search(rf"{said}(:|：) ?--content content\n", done.err), done.err
    assert "--content" not in cli("show", "persona", "nobody_at_all").err


def test_a_setting_names_the_content_of_ones_own(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_CONTENT", str(tmp_path / "mine"))
    assert cli("new", "scenario", "yard").out.startswith(str(tmp_path / "mine" / "prompts" / "scenarios" / "yard.yaml"))
    assert cli("show", "scenario", "yard").code == 0
    played = cli("run", "--scenario", "yard", "--model", "none", "--quiet")
    assert played.code == 0
    assert cli("new", "scenario", "square", "--content", tmp_path / "other").code == 0
    assert cli("show", "scenario", "square", "--content", tmp_path / "other").code == 0
    assert cli("show", "scenario", "square").code == 2
    monkeypatch.setenv("SANDBOX_CONTENT", str(tmp_path / "nowhere"))
    assert "nowhere" in cli("show", "scenario", "clean_up").err


def test_a_design_named_by_its_path_is_read_with_the_content_beside_it(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for kind, name in (("scenario", "yard"), ("experiment", "study")):
        assert cli("new", kind, name, "--content", "mine").code == 0
    path = Path("mine/prompts/experiments/study.yaml")
    text = re.sub(r"scenario: \[.*\]", "scenario: [yard]", path.read_text("utf-8"))
    path.write_text(text.replace("replicates: 4", "replicates: 1"), "utf-8")
    assert "[yard]" in text
    done = cli("experiment", "run", path, "--model", "none")
    assert done.code == 0, done.err
    assert f"sandbox experiment report {path}\n" in done.out, "the command needs no --content"
    for named in ((path,), ("study", "--content", "mine")):
        assert cli("experiment", "status", *named).code == 0
