"""What cannot be used is one message on standard error and an exit code, never a traceback."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox.record.folder import SessionFolder
from tests.at_hand import EndpointAtHand
from tests.cli.conftest import Cli, Served, only_session, played_once, speak
from tests.game.making import SCENARIO
from tests.stub_endpoint import Received, StubEndpoint, StubReply, completion, error, stall


def test_a_session_of_an_experiment_is_sought_in_its_store(cli: Cli) -> None:
    done = cli("report", "9c3200574a1753e1")
    assert done.code == 2
    assert "sandbox experiment export DESIGN --to DIR --logs" in " ".join(done.err.split())


def test_a_wrong_word_is_named(cli: Cli, served: Served, tmp_path: Path) -> None:
    cases: list[tuple[Sequence[str], str]] = [
    (["run", "--scenario", "four_oclock_scool"], "unknown scenario 'four_oclock_scool'. Did you mean four_oclock_"),
    (["run", "--governance", "comand"], "unknown governance 'comand'. Did you mean command?"),
    (["run", "--rubric", "cor"], "unknown rubric 'cor'. Did you mean core?"),
    (["run", "--stages", "training,learning_tuor"], "unknown stage 'learning_tuor'. Did you mean learning_tour?"),
    (["play", "--seat", "migrant"], "unknown seat 'migrant'. Did you mean migrant_tenant?"),
    (["play", "--seat", "emperor"], f"Allowed: {', '.join(sorted(seat.persona for seat in SCENARIO.seats))}."),
    (["play"], "--seat"),
    (["run", "--lang", "fr"], "Allowed: en, zh"),
    (["run", "--turns", "0"], "--turns: '0' is not allowed"),
    (["run", "--turns", "10000"], "--turns: '10000' is not allowed"),
    (["run", "--turns", "many"], "--turns"),
    (["run", "--seed", "-1"], "--seed: '-1' is not allowed"),
    (["run", "--seed", str(2**40)], "--seed"),
    (["run", "--max-tokens", "0"], "--max-tokens: 0 is not allowed"),
    (["run", "--max-tokens", "-5"], "--max-tokens: -5 is not allowed"),
    (["run", "--budget", "-1"], "--budget: -1.0 is not allowed"),
    (["run", "--budget", "nan"], "--budget: nan is not allowed"),
    (["run", "--budget", "1"], "set SANDBOX_PRICE_INPUT and SANDBOX_PRICE_OUTPUT"),
    (["run", "--content", "/nonexistent"], "content folder /nonexistent does not exist"),
    (["list", "person"], "unknown kind 'person'. Did you mean persona, experiment?"),
    (["show", "persona", "mayr"], "unknown persona 'mayr'. Did you mean mayor, employer?"),
    (["show", "persona", "mayor", "--lang", "de"], "--lang: unknown language 'de'"),
    (["show", "session", "last"], "unknown session 'last'"),
    (["validate", "/nonexistent"], "/nonexistent does not exist"),
    (["resume", "last"], "unknown session 'last'"),
    (["replay", "2026"], "unknown session '2026'"),
    (["score", "last"], "unknown session 'last'"),
    (["report", "last"], "unknown session 'last'"),
    (["report", "last", "--format", "pdf,htm"], "--format: unknown format 'pdf'"),
    (["report", "last", "--format", "htm"], "Did you mean html?"),
    (["replay", "last", "--speed", "-1"], "--speed: -1 is not allowed"),
    (["replay", "showcase", "--speed", "nan"], "--speed: nan is not allowed"),
    (["replay", "showcase", "--speed", "1e-300"], "--speed: 1e-300 is not allowed"),
    (["frobnicate"], "frobnicate"),
    (["run", "--frobnicate"], "--frobnicate"),
]  # fmt: skip
    for arguments, named in cases:
        done = cli(*arguments)
        assert (done.code, done.out) == (2, "")
        assert named in done.err
        assert served.model.requests == []
        assert not (tmp_path / "runs").exists(), "nothing is left behind"


def test_content_that_holds_nothing_is_named(cli: Cli, served: Served, tmp_path: Path) -> None:
    del served
    (tmp_path / "mine").mkdir()
    (tmp_path / "file").touch()
    assert "holds no content; expected files in" in cli("run", "--content", tmp_path / "mine").err
    assert "is no folder" in cli("validate", "--content", tmp_path / "file").err


@pytest.mark.parametrize(("text", "named"), [
    ("id: [\n\n}", "mayor.yaml:3: not valid YAML"), ("id: mayor\nkind: king\n", "mayor.yaml:2: kind"),
    ("", "mayor.yaml:1: expected a mapping"),
])  # fmt: skip
def test_malformed_content_is_named_with_its_line(
    cli: Cli, served: Served, tmp_path: Path, text: str, named: str
) -> None:
    del served
    personas = tmp_path / "mine" / "personas"
    personas.mkdir(parents=True)
    (personas / "mayor.yaml").write_text(text)
    for command in (["run", "--content"], ["list", "persona", "--content"], ["validate"]):
        done = cli(*command, tmp_path / "mine")
        assert (done.code, done.out) == (2, "")
        assert named in done.err


def test_a_wrong_setting_is_named(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[tuple[str, str, str]] = [
    ("SANDBOX_MODEL", "", "OPENAI_BASE_URL is set, but no model"),
    ("SANDBOX_TURN_STYLE", "wild", "SANDBOX_TURN_STYLE: 'wild' is not allowed; allowed: free, directed"),
    ("SANDBOX_PRICE_INPUT", "cheap", "SANDBOX_PRICE_INPUT: 'cheap' is not a price"),
    ("SANDBOX_PRICE_OUTPUT", "-1", "SANDBOX_PRICE_OUTPUT: '-1' is not a price"),
    ("SANDBOX_REQUESTS_PER_MINUTE", "0", "SANDBOX_REQUESTS_PER_MINUTE: '0' is not a rate; give a number above 0"),
    ("SANDBOX_TOKENS_PER_MINUTE", "many", "SANDBOX_TOKENS_PER_MINUTE: 'many' is not a rate"),
    ("SANDBOX_TIMEOUT", "soon", "SANDBOX_TIMEOUT: 'soon' is not a time; give a number of seconds above 0"),
    ("SANDBOX_TIMEOUT", "0", "SANDBOX_TIMEOUT: '0' is not a time"),
    ("SANDBOX_TIMEOUT", "inf", "SANDBOX_TIMEOUT: 'inf' is not a time"),
    ("SANDBOX_TIMEOUT", "nan", "SANDBOX_TIMEOUT: 'nan' is not a time"),
    ("SANDBOX_DEADLINE", "never", "SANDBOX_DEADLINE: 'never' is not a time; give a number of seconds above 0"),
    ("SANDBOX_ANSWER_TOKENS", "0", "SANDBOX_ANSWER_TOKENS: '0' is no number of tokens"),
    ("SANDBOX_ANSWER_TOKENS", "1.5", "give a whole number from 1 to 1000000"),
    ("SANDBOX_ANSWER_TOKENS", "9" * 5_000, f"SANDBOX_ANSWER_TOKENS: '{'9' * 60}' is no number of tokens"),
    ("SANDBOX_RUNS", "/dev/null", "/dev/null is no folder; name another with --out or SANDBOX_RUNS"),
]  # fmt: skip
    for name, value, named in cases:
        with monkeypatch.context() as setting:
            setting.setenv(name, value)
            done = cli("run")
        assert (done.code, done.out) == (2, "")
        assert named in done.err
        assert served.model.requests == []


@pytest.mark.parametrize("command", ["list session", "report last", "campaign list"])
def test_a_folder_of_sessions_that_is_a_file_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    place = tmp_path / "a_file"
    place.write_text("a letter to my aunt")
    monkeypatch.setenv("SANDBOX_RUNS", str(place))
    done = cli(*command.split())
    assert (done.code, done.out) == (2, "")
    assert f"{place} is no folder" in done.err


def test_an_address_with_half_a_character_is_named_in_plain_words(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1\udcff")
    done = cli("run", "--turns", "1", "--stages", "training")
    assert (done.code, "codec" in done.err) == (3, False)
    assert "OPENAI_BASE_URL: cannot use the address 'http://127.0.0.1:1/v1' (it holds characters" in done.err
    assert served.model.requests == []


def test_the_time_that_an_endpoint_has_can_be_set(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    del served
    monkeypatch.setenv("SANDBOX_TIMEOUT", "0.2")
    monkeypatch.setattr("sandbox.llm.gateway.LONGEST_WAIT", 0.01)
    with StubEndpoint([stall()]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("run", "--turns", 1)
    assert done.code == 3
    assert "no whole answer within the 0.5 s that a call may take (2.5 × SANDBOX_TIMEOUT)" in done.err
    monkeypatch.setenv("SANDBOX_DEADLINE", "30")
    with StubEndpoint([stall()]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        assert "no answer within 0.2 s" in cli("run", "--turns", 1).err


def test_an_endpoint_address_that_is_none_is_named(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    del served
    monkeypatch.setenv("OPENAI_BASE_URL", "not an address")
    done = cli("run")
    assert done.code in (2, 3)
    assert "not an address" in done.err
    assert cli("run", "--model", "none", "--turns", 1, "--stages", "training").code == 0
    monkeypatch.delenv("SANDBOX_MODEL")
    assert "with --judge-model none nobody judges" in cli("score", "last").err
    assert cli("score", "last", "--judge-model", "none").code == 0


REPLIES = {
    "401": (error(401, "bad key"), "OPENAI_API_KEY"),
    "prose": (completion("Certainly! Here is what the mayor would say."), "prose, not JSON"),
    "raw page": (StubReply(200, "<html>Sign in</html>", {"Content-Type": "text/html"}), "web page"),
}


@pytest.mark.parametrize("name", REPLIES)
def test_an_endpoint_that_fails_is_named_and_the_session_can_go_on(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reply, named = REPLIES[name]
    with StubEndpoint([reply]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("run", "--turns", 2, "--stages", "training")
    assert done.code == 3
    assert named in done.err
    assert "sk-secret-key" not in done.err + done.out
    identity = done.err.rsplit("go on with: sandbox resume ", 1)[1].split()[0]
    if name == "prose":
        monkeypatch.setenv("OPENAI_BASE_URL", served.url)
        assert cli("resume", identity).code == 0


def test_a_slip_in_the_name_of_a_model_leaves_nothing_behind(cli: Cli, tmp_path: Path) -> None:
    cases: list[tuple[object, ...]] = [
        ("run",), ("run", "--seeds", "1-3"), ("campaign", "run", "three_estates"), ("experiment", "run", "who_decides"),
        ("experiment", "plan", "who_decides", "--pilot", 2),
    ]  # fmt: skip
    for command in cases:
        done = cli(*command, "--model", "card")
        assert done.code == 2
        assert "Did you mean cards?" in done.err
        assert "OPENAI_API_KEY" in done.err
        assert "go on with" not in done.err
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_endpoint_that_is_not_there_is_named(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    monkeypatch.setattr("sandbox.llm.gateway.LONGEST_WAIT", 0.01)
    done = cli("run", "--turns", 1)
    assert done.code == 3
    assert f"127.0.0.1:{port}" in done.err
    assert "cannot be reached" in done.err
    assert "go on with: sandbox resume" in done.err
    assert served.model.requests == []


def test_a_token_budget_stops_the_session_and_a_bigger_one_goes_on(cli: Cli, served: Served) -> None:
    done = cli("run", "--turns", 3, "--stages", "training", "--max-tokens", 2000)
    assert done.code == 4
    told = re.search(r"token budget reached: (\d+) of 2000 tokens used, and the next call may take (\d+)", done.err)
    assert told
    used, more = map(int, told.groups())
    assert 0 < used <= 2000 < used + more
    assert len(served.model.requests) == used / 220
    identity = done.err.rsplit("sandbox resume ", 1)[1].split()[0]
    assert "lines · stopped" in cli("list", "session").out
    assert cli("resume", identity, "--max-tokens", 2000).code == 4
    assert len(served.model.requests) == used / 220
    assert cli("resume", identity, "--max-tokens", 100_000).code == 0
    assert served.model.repeated() == []


def test_a_money_budget_stops_the_session(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_PRICE_INPUT", "1000")
    monkeypatch.setenv("SANDBOX_PRICE_OUTPUT", "2000")
    done = cli("run", "--turns", 3, "--budget", "1.6")  # a call: 200 tokens in, 20 out: 0.24
    assert done.code == 4
    assert "money budget reached: 0.7200 of 1.6000 spent, and the next call may cost 0." in done.err
    assert len(served.model.requests) == 3


@pytest.mark.parametrize(
    "command",
    [
        ("report", "last"), ("debrief", "last"), ("replay", "last"), ("score", "last", "--judge-model", "none"),
        ("audit", "last"), ("branch", "last", "--at", "L002"), ("whatif", "last", "--at", "L002", "--act", "ask"),
        ("compare", "last", "last"), ("resume", "last"), ("show", "session", "last"),
    ],
)  # fmt: skip
def test_a_session_whose_content_is_elsewhere_asks_for_its_folder(
    cli: Cli,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = tmp_path / "mine"

    def play() -> None:
        own = ("--content", mine, "--scenario", "bench", "--governance", "own")
        assert cli("run", *own, "--model", "none", "--stages", "training", "--quiet").code == 0
        shutil.rmtree(only_session(tmp_path) / "content")  # earlier versions kept none

    for kind, name in (("scenario", "bench"), ("governance", "own")):
        assert cli("new", kind, name, "--content", mine).code == 0
    played_once("elsewhere", tmp_path, play, tmp_path_factory)
    done = cli(*command)
    assert done.code == 2
    (told,) = done.err.splitlines()
    assert re.fullmatch(
        "sandbox: the session was played with the (governance model own|scenario bench), which is not here; "
        "give its folder with --content FOLDER", told,
    )  # fmt: skip
    if command[0] == "report":
        assert cli(*command, "--content", mine).code == 0
        monkeypatch.chdir(tmp_path)
        assert cli(*command).err.endswith("give its folder with --content FOLDER, perhaps --content mine\n")
        other = tmp_path / "other"
        assert cli("new", "persona", "somebody", "--content", other).code == 0
        assert f", which is not in {other}; give its folder" in cli(*command, "--content", other).err


def test_a_session_that_could_not_begin_leaves_nothing_behind(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    done = cli("run", "--model", "embedded")
    assert done.code == 2
    assert "--model cards" in done.err
    assert not list((tmp_path / "runs").glob("*")), "last is the session before"


def test_cards_play_and_judge_nothing(cli: Cli) -> None:
    done = cli("run", "--model", "cards", "--judge-model", "cards")
    assert done.code == 2
    assert "'cards' is no model" in done.err


@pytest.mark.parametrize("command", [("run", "from_the_top"), ("facts",), ("report", "last"), ("picture", "last")])
def test_countries_without_the_lab_extra_are_told_in_one_line(
    cli: Cli, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *of: None if name == "numba" else found(name, *of))
    done = cli("diffuse", *command, *(("--to", "x.png") if command[0] == "picture" else ()))
    assert done.code == 2
    assert "need the lab extra" in done.err


WRONGLY_WRITTEN = {
    "no number": (("run", "--seed", "x"), "--seed: expected a whole number, found x", "--seed: 要写成整数，现在是x"),
    "too much": (("run", "--judge-samples", 99), "--judge-samples: must be 9 or less", "--judge-samples: 不能大于9"),
    "too little": (
        ("run", "--turns", 0), "--turns: '0' is not allowed: must be 1 or more", "--turns: 不能是“0”：不能小于1",
    ),
    "no option": (("run", "--scen", "x"), "there is no option --scen. Did you mean --scenario", "没有选项 --scen。"),
    "no language": (("validate", "--lang", "zh"), "there is no option --lang. Help and", "没有选项 --lang。帮助和提示"),
    "no command": (("rum",), "unknown command 'rum'. Did you mean run", "没有命令“rum”。是不是run"),
    "no command of a group": (("experiment", "rum"), "unknown command 'rum'. Did you mean run", "没有命令“rum”。"),
    "no argument": (("show", "persona"), "ID is missing", "缺少 ID"),
    "an id for a kind": (
        ("show", "migrant_tenant"), "migrant_tenant is a persona: sandbox show persona migrant_tenant",
        "migrant_tenant 属于 persona：sandbox show persona migrant_tenant",
    ),
    "a name for a kind": (
        ("show", "陈国栋"), "陈国栋 is a persona: sandbox show persona 陈国栋",
        "陈国栋 属于 persona：sandbox show persona 陈国栋",
    ),
    "a name of two words for a kind": (
        ("show", "Chen Guodong"), '"Chen Guodong" is a persona: sandbox show persona "Chen Guodong"',
        '"Chen Guodong" 属于 persona：sandbox show persona "Chen Guodong"',
    ),
    "a part of a name": (
        ("run", "--scenario", "扫帚"), "unknown scenario '扫帚'. Did you mean clean_up (扫帚和物业费)? Allowed",
        "没有案例“扫帚”。是不是扫帚和物业费（clean_up）？可选",
    ),
    "no kind": (
        ("show", "migrant_tenants"), "unknown kind 'migrant_tenants'. Allowed: arrival, campaign, city,", "没有种类"
    ),
    "no option that is needed": (("play",), "--seat is missing", "缺少 --seat"),
    "no line": (("whatif", "last"), "--at is missing: it names a line, as in --at L012", "缺少 --at：写哪一句，例如"),
    "no round": (
        ("campaign", "whatif", "last"), "--round is missing: it names a round, as in --round 2", "缺少 --round：写哪"
    ),
    "nothing that was played": (
        ("replay",), "ID is missing: what was played, by its id, or last, or showcase", "缺少 ID：写哪一场，编号"
    ),
    "no value": (("run", "--scenario"), "--scenario needs a value", "--scenario 后面要跟一个值"),
    "a value": (("run", "--json=1"), "--json takes no value", "--json 后面不跟值"),
    "no folder": (
        ("experiment", "export", "who_decides", "tables"), "--to is missing: it names the folder, as in --to tables",
        "缺少 --to：写到哪个文件夹，例如 --to tables",
    ),
    "a folder by itself": (
        ("experiment", "report", "who_decides", "here"), "nothing is expected at: here; a folder is named by --to here",
        "这里不该有：here；写到哪个文件夹用 --to here",
    ),
    "a model where none plays": (
        ("report", "last", "--model", "none"), "there is no option --model. Nothing is played here: leave it out",
        "没有选项 --model。这里什么也不演，去掉即可",
    ),
    "a model for a campaign that goes on": (
        ("campaign", "resume", "last", "--model", "cards"), "there is no option --model. A campaign goes on with the",
        "没有选项 --model。多社区演练用原来的模型接着演。要从某一年起换一个模型：sandbox campaign branch",
    ),
    "a round of a session": (
        ("whatif", "last", "--round", "2"), "there is no option --round. A session goes by lines: --at L012. A",
        "没有选项 --round。一场演练按句算：--at L012。多社区演练按轮次算：sandbox campaign whatif ID --round 2",
    ),
    "a line of a campaign": (
        ("campaign", "branch", "last", "--at", "L012"),
        "there is no option --at. A campaign goes by rounds: --round 2. A session goes by lines: sandbox branch ID",
        "没有选项 --at。多社区演练按轮次算：--round 2。单独一场按句算：sandbox branch ID --at L012",
    ),
    "a design for models": (
        ("experiment", "sensitivity", "command"), "nothing is expected at: command; models are named by --governance",
        "这里不该有：command；治理模式用 --governance",
    ),
    "a case": (
        ("run", "plant_gate"), "nothing is expected at: plant_gate; a case is named by --scenario plant_gate",
        "这里不该有：plant_gate；案例用 --scenario plant_gate 指明",
    ),
    "a paper": (
        ("minutes", "last"), "minutes is a paper of a session: sandbox report ID --format minutes",
        "minutes 是一场演练的一份材料：sandbox report ID --format minutes",
    ),
    "more": (("graph", "one", "two"), "nothing is expected at: one two", "这里不该有：one two"),
    "many models": (
        ("run", "--governance", "command,joint_production"), "--governance: several models, with commas between, go",
        "--governance：几种治理模式（用逗号隔开）只能与 --seeds 同用",
    ),
}  # fmt: skip


def test_a_command_that_is_written_wrongly_is_told_so_in_the_callers_language(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang in ("en", "zh"):
        speak(monkeypatch, lang)
        for command, english, chinese in WRONGLY_WRITTEN.values():
            done = cli(*command)
            assert (done.code, done.out) == (2, "")
            assert done.err.startswith(f"sandbox: {chinese if lang == 'zh' else english}"), done.err
            assert "Input should" not in done.err
            assert "Usage" not in done.err


def test_an_address_at_which_nobody_is_is_told_soon_and_in_few_words(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("OPENAI_BASE_URL", "http://127.0.0.1:9/v1"), ("SANDBOX_MODEL", "stub")):
        monkeypatch.setenv(name, value)
    done = cli("doctor")
    assert done.code == 3
    assert "gave up after 2 attempts" in done.out
    assert "is OPENAI_BASE_URL right? [Connection refused]" in done.out


def test_an_endpoint_that_is_busy_is_told_soon(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with EndpointAtHand(lambda _: error(429, "Rate limit reached")) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("doctor", "--model", "large")
    assert done.code == 3
    assert "gave up after 2 attempts" in done.out


def test_a_wrong_name_is_answered_with_the_models_that_are_there(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(request: Received) -> StubReply:
        listing = StubReply(body={"data": [{"id": "large"}, {"id": "small"}]})
        return listing if request.path.endswith("/models") else error(404, "no such model")

    with EndpointAtHand(reply) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        ran = cli("run", "--model", "lagre", "--turns", 1, "--stages", "training")
        checked = cli("doctor", "--model", "lagre")
    assert (ran.code, checked.code) == (3, 3)
    assert "answers and lists 2 models (large, small)" in ran.err
    assert ran.err.rstrip().endswith(" --model NAME"), "the same command would fail in the same way"
    assert "there is no model 'lagre'" in checked.out
    assert "answers and lists 2 models (large, small)" in checked.out


def test_a_start_of_which_nothing_came_is_not_the_last_session(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cli("run", "--turns", 1, "--stages", "training", "--model", "none").code == 0
    (played,) = SessionFolder.all(tmp_path / "runs")
    for reply in (error(401, "bad key"), StubReply(200, "<html>", {"Content-Type": "x"})):
        with StubEndpoint([reply]) as stub:
            monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
            assert cli("run", "--turns", 1, "--stages", "training").code == 3
    assert played.id in cli("report", "last").out
    listed = cli("list", "sessions").out
    assert (len(listed.splitlines()), "left out, as nothing came of them: 2" in listed) == (2, True)
    assert len(json.loads(cli("list", "sessions", "--json").out)) == 3
    monkeypatch.setenv("OPENAI_BASE_URL", served.url)
    resumed = cli("resume", "last", "--judge-model", "none")
    assert resumed.code == 0
    assert played.id not in resumed.out, "whoever mended the key goes on with what was begun last"
    assert played.id not in cli("report", "last").out
