"""Cards, seats and acts go by their names on the command line, in either language, as well as by their ids."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from sandbox.content.cards import Text
from sandbox.content.named import Named, id_of
from sandbox.content.words import Words, said
from tests.cli.conftest import Cli, speak


@pytest.fixture
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, "zh")


def test_a_name_shows_what_its_id_shows(cli: Cli) -> None:
    cases: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        (("show", "scenario", "扫帚和物业费"), ("show", "scenario", "clean_up")),
        (("show", "案例", "Brooms and property fees"), ("show", "scenario", "clean_up")),
        (("show", "persona", "罗梅"), ("show", "persona", "migrant_tenant")),
        (("show", "persona", "外来租客"), ("show", "persona", "migrant_tenant")),
        (("list", "治理模式"), ("list", "governance")),
        (("list", "多社区演练"), ("list", "campaign")),
        (("rules", "--scenario", "扫帚和物业费", "--governance", "共同缔造,command"),
         ("rules", "--scenario", "clean_up", "--governance", "joint_production,command")),
        (("show", "network", "同级之间"), ("show", "network", "between_peers")),
    ]  # fmt: skip
    for by_name, by_id in cases:
        named, known = cli(*by_name), cli(*by_id)
        assert (named.code, named.out) == (known.code, known.out)
    assert cli("experiment", "plan", "谁说了算（短场）", "--model", "none").code == 0


def test_a_session_is_set_up_by_names_and_keeps_ids(cli: Cli) -> None:
    asked = ("run", "--scenario", "扫帚和物业费", "--governance", "共同缔造", "--city", "成都", "--rubric", "核心标准")
    done = cli(*asked, "--stages", "居民参与", "--cast", "罗梅=苏静雯", "--turns", 9, "--model", "none", "--json")
    assert done.code == 0, done.err
    path = json.loads(done.out)["path"]
    log = (Path(path) / "events.jsonl").read_text(encoding="utf-8")
    spec = json.loads(log.partition("\n")[0])["payload"]["spec"]
    kept = {name: spec[name] for name in ("scenario", "governance", "city", "rubric", "stages", "personas")}
    assert kept == {
        "scenario": "clean_up", "governance": "joint_production", "city": "chengdu", "rubric": "core",
        "stages": ["public_engagement"], "personas": {"migrant_tenant": "migrant_skilled"},
    }  # fmt: skip
    assert cli("debrief", path, "--seat", "苏静雯").out.rstrip().endswith("debrief-migrant_tenant.html")


def test_a_what_if_takes_an_act_and_whom_it_is_to_by_name(cli: Cli) -> None:
    asked = ("whatif", "showcase_zh", "--at", "L012", "--runs", 2, "--json")
    named = json.loads(cli(*asked, "--act", "提问", "--to", "罗梅").out)
    known = json.loads(cli(*asked, "--act", "ask", "--to", "migrant_tenant").out)
    assert named == known
    assert (named["other"]["act"], named["other"]["to"]) == ("ask", "migrant_tenant")


@pytest.mark.usefixtures("in_chinese")
def test_in_chinese_a_refusal_lists_names_before_ids(cli: Cli) -> None:
    for asked, told in (
        (("show", "scenario", "没有的案例"), "扫帚和物业费（clean_up）"),
        (("run", "--governance", "没有的模式"), "共同缔造（joint_production）"),
        (("list", "没有的东西"), "案例（scenario）"),
        (("debrief", "showcase_zh", "--seat", "没有的人"), "罗梅 · 外来租客（migrant_tenant）"),
        (("whatif", "showcase_zh", "--at", "L012", "--act", "没有的动作"), "规则允许：说明（inform）、提问（ask）"),
        (("campaign", "run", "没有的演练"), "四个安置小区（four_villages）"),
    ):
        refused = cli(*asked)
        assert (refused.code, told in refused.err) == (2, True), refused.err
    assert cli("list", "scenario").out.splitlines()[1].split(maxsplit=1) == [
        "clean_up", "扫帚和物业费 / Brooms and property fees",
    ]  # fmt: skip


def test_in_english_a_refusal_lists_ids_alone(cli: Cli) -> None:
    assert ", clean_up, courtyards," in cli("show", "scenario", "nowhere").err
    assert "clean_up                " in cli("list", "scenario").out
    assert "Brooms and property fees / 扫帚和物业费" in cli("list", "scenario").out


def test_a_name_that_two_have_means_neither() -> None:
    same = [Named("first", Text(en="Luo Mei", zh="罗梅")), Named("second", Text(en="Luo Mei", zh="小罗"))]
    assert id_of("小罗", same) == "second"
    assert id_of("luo mei", same) == "luo mei"
    assert id_of("first", same) == "first"


def test_a_refusal_keeps_its_names_on_its_way_from_another_process() -> None:
    refused = pickle.loads(
        pickle.dumps(said("option.at", option="--seat", why=Named("first", Text(en="Luo Mei", zh="罗梅"))))
    )
    assert "罗梅（first）" in Words("zh").said(refused)
