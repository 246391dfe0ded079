"""Cards filled in as a form: written as their schema has it, checked as their text is, and nothing typed is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import httpx2
import pytest
from nicegui import Client
from nicegui.page import page as nicegui_page
from playwright.async_api import Page, expect
from pydantic import BaseModel, Field

from sandbox.content.card_files import FOLDERS, ContentKind
from sandbox.content.cards import Card, Source, Text
from sandbox.content.decision_card import Option
from sandbox.content.governance import (
    Governance,
    Position,
)
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.pack_card import Pack
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Scenario
from sandbox.content.skeletons import example
from sandbox.content.words import Words
from sandbox.content.yaml_source import parse_yaml
from sandbox.game.spec import CARDS
from sandbox.web.cards.card_choices import choices_of, new_items
from sandbox.web.cards.card_fields import At, FormContext
from sandbox.web.cards.card_groups import FieldGroup
from sandbox.web.cards.own_cards import KINDS
from tests.content.folders import LIBRARY
from tests.content.folders import write as write_card
from tests.web.conftest import AWAY
from tests.web.light import LightPage, light
from tests.web.served import Person, WebServer, browser
from tests.web.test_pages import check

FILLED = {
    "name": "吴小兰", "role": "早点摊主", "manner": "嘴快心热", "voice.sentences": "短，快。",
    "voice.phrases.0": "咱们快点", "voice.phrases.1": "这钱谁出？", "voice.never": "你从不说自己挣多少。",
    "voice.refuses": "你说：“不成。”",
    "voice.dodges": "你就去翻锅。", "interests.0": "摊子能继续摆", "constraints.0": "每天四点起床", "fears.0": "被赶走",
    "moves.0": "找老主顾说情", "authority": "自己的摊位", "opening_line": "咱们快点说。",
    "non_negotiable": "摊子要有地方摆",
}  # fmt: skip


# Small cases of the facilitator's own: the form of a shipped one has twenty times as many fields.
ASKED = "谁说上了话？谁只听到个结果？"
CASES = {
    "bench": (f'{ASKED}"}}', f'{ASKED}", stages: [application]}}'),
    "tin": (
        '    briefing: {en: "The group',
        '    never_accepts: {place: gate, payer: district}\n    briefing: {en: "The group',
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app, in which the cards speak."""
    folder = tmp_path_factory.mktemp("forms")
    for name, (old, new) in CASES.items():
        text = example("scenario", name)
        assert old in text
        write_card(folder / "runs" / "content", "scenario", name, text.replace(old, new))
    with WebServer(folder, "--model", CARDS, rooms=AWAY) as running:
        yield running


def file_of(server: WebServer, name: str, kind: str = "personas") -> Path:
    return server.runs / "content" / kind / f"{name}.yaml"


@asynccontextmanager
async def copied(server: WebServer, card: str, lang: str = "en") -> AsyncIterator[tuple[LightPage, str]]:
    """Make a copy of a card, and open it as a form; with the page comes the copy's id."""
    async with light(f"{server.link}/c/{card}?lang={lang}") as page:
        await page.click("data-copy")
        await page.until(lambda: bool(page.opened))
        assert "/form" in page.opened[0]
        name = page.opened[0].split("/")[-2]
        await page.open(f"{server.origin}{page.opened[0]}")
        yield page, name


async def write(page: LightPage, path: str, text: str) -> None:
    await page.do(await page.wait("data-text", path), "update:", text)


async def pick(page: LightPage, path: str, label: str) -> None:
    await page.choose(await page.wait("data-pick", path), label)


async def keep(page: LightPage, outcome: str = "kept") -> None:
    """Keep what is filled in, and wait until the page says what came of it."""
    before = page.find("data-outcome")
    await page.click("data-keep")
    await page.until(lambda: page.find("data-outcome") not in ("", before))
    assert page.all("data-outcome")[page.find("data-outcome")] == outcome


def beside(page: LightPage, path: str) -> str:
    """Return the message that stands beside a text."""
    return str(page.elements[page.find("data-text", path)]["props"].get("error-message") or "")


def value(page: LightPage, path: str) -> str:
    return str(page.elements[page.find("data-text", path)]["props"].get("value"))


def near(page: LightPage, path: str) -> str:
    """Return all texts of the field at a path."""
    inside = page.walk(page.find("data-field", path))
    return "\n".join(str(element.get("text") or "") for _, element in inside)


async def test_a_persona_is_made_by_a_form_in_one_language_and_sits_at_a_table(server: WebServer) -> None:
    async with light(f"{server.link}/c?lang=zh") as page:
        await page.click("data-new", "persona")
        await page.until(lambda: bool(page.opened))
        await page.open(f"{server.origin}{page.opened[0]}")
        assert file_of(server, "my_persona").exists() is False
        name = page.elements[page.find("data-text", "name.zh")]["props"]
        assert (name["value"], name["placeholder"]) == ("", "例如：吴岚")
        await keep(page, "kept_begun")
        assert beside(page, "name.zh") == "不能空着"
        assert "至少要有2项" in near(page, "voice.phrases")
        await page.open(f"{server.link}/c?lang=zh")
        assert page.shows(Words("zh")("card_form.unnamed")), "what was begun is found again"
        await page.open(f"{server.link}/c/persona/my_persona/form?lang=zh")
        for path, text in FILLED.items():
            await write(page, f"{path}.zh", text)
        await keep(page, "kept_begun")
        words = Words("zh")
        assert page.find("data-fault", "kind"), "what kind of person it is nobody chooses for the facilitator"
        await pick(page, "kind", words("card_form.persona.kind.is.resident"))
        await keep(page)
        named = words("cards.editing", title="吴小兰 · 早点摊主")
        assert page.shows(named), "its page has its name as soon as it is kept"
        text = file_of(server, "my_persona").read_text(encoding="utf-8")
        assert "# What this seat may promise by itself.\nauthority:" in text
        made = Library.load(server.runs / "content").persona("my_persona")
        assert (made.name.zh, made.name.en, made.kind, made.private) == ("吴小兰", "吴小兰", "resident", ())
        assert [phrase.zh for phrase in made.voice.phrases] == ["咱们快点", "这钱谁出？"]

        await page.open(f"{server.link}?lang=zh")
        await page.choose(await page.wait("data-cast-seat", "local_parent"), "吴小兰 · 早点摊主（您的）")
        await page.until(lambda: page.shows("吴小兰 · 早点摊主"))
        await page.click("data-open")
        await page.until(lambda: bool(page.opened[1:]))
        await page.open(f"{server.origin}{page.opened[-1]}")
        await page.until(lambda: page.shows("吴小兰 · 早点摊主"))
        seat = "\n".join(str(one.get("text") or "") for _, one in page.walk(page.find("data-seat", "local_parent")))
        assert "照卡片发言" in seat
        assert "AI" not in page.texts.replace(words("disclosure.none"), ""), "no model speaks here"
        await page.click("data-start")
        await page.click("data-without")
        await page.until(lambda: bool(page.lines()))
        (log,) = server.runs.glob("*/events.jsonl")
        spec = json.loads(log.read_text(encoding="utf-8").splitlines()[0])["payload"]["spec"]
        assert spec["personas"] == {"local_parent": "my_persona"}
        await page.open(f"{server.link}/c/persona/my_persona?lang=zh")
        await page.click("data-delete")
        await page.press("删除")
        await page.until(lambda: bool(page.notices))
        assert "有会场用着它" in page.notices[0]


async def test_one_text_is_changed_in_its_line_what_is_typed_stays_and_the_text_is_the_other_view(
    server: WebServer,
) -> None:
    async with copied(server, "persona/landlord") as (page, name):
        path = file_of(server, name)
        old = path.read_text(encoding="utf-8").replace("interests:\n", "# mine: rent, rent, rent\ninterests:\n")
        path.write_text(old, encoding="utf-8")
        await page.open(f"{server.link}/c/persona/{name}/form?lang=en")
        path.write_text(f"{old}# theirs\n", encoding="utf-8")
        await write(page, "manner.zh", "乐呵，坐不住")
        await page.click("data-keep")
        await page.until(lambda: page.shows("changed by somebody else"))
        assert path.read_text(encoding="utf-8") == f"{old}# theirs\n"
        assert page.faults == [], "it is not drawn anew"
        path.write_text(old, encoding="utf-8")
        await keep(page)
        new = path.read_text(encoding="utf-8")
        manner = next(line for line in old.splitlines() if line.startswith("manner:"))
        was = LIBRARY.persona("landlord").manner.zh
        assert new == old.replace(manner, manner.replace(was, "乐呵，坐不住"))
        await write(page, "role.en", "landlord of a small yard")
        await page.click("data-as-text")
        await page.until(lambda: bool(page.opened[1:]))
        assert page.opened[-1].split("?")[0].endswith(f"/persona/{name}/edit")
        await page.open(f"{server.origin}{page.opened[-1]}")
        text = str(page.elements[page.find("data-text")]["text"])
        assert f'role: {{en: "landlord of a small yard", zh: "{LIBRARY.persona("landlord").role.zh}"}}' in text
        assert page.find("data-draft"), "it is not kept as the card yet"
        bad = text.replace("\ninterests:", "\ninterests: rent\nx:").encode()
        path.with_suffix(".draft").write_bytes(bad)
        await page.open(f"{server.link}/c/persona/{name}/form?lang=en")
        assert page.find("data-unfit"), "a list that is a text is for the other view"
        assert path.with_suffix(".draft").read_bytes() == bad


async def test_what_is_wrong_stands_beside_its_field_as_the_check_of_the_text_says_it(server: WebServer) -> None:
    lang: Lang = "zh"
    async with copied(server, "persona/elder", lang) as (page, name):
        held, words = file_of(server, name).read_text(encoding="utf-8"), Words(lang)
        await write(page, "name.en", "")
        await write(page, "fears.0.en", "")
        await write(page, "fears.0.zh", "")
        await page.click("data-remove", "voice.phrases.0")
        await page.until(lambda: not page.find("data-remove", "voice.phrases.0"))
        await page.do(page.find("data-text", "voice.phrases.1.zh"), "update:", "新的一句")
        await keep(page, "kept_draft")
        draft = file_of(server, name).with_suffix(".draft").read_text(encoding="utf-8")
        assert file_of(server, name).read_text(encoding="utf-8") == held, "what is played stays"
        route = f"{server.link}/c/persona/{name}/text?what=check&lang={lang}"
        faults = {one["loc"]: one["says"] for one in httpx2.post(route, content=draft.encode()).json()["faults"]}
        assert set(faults) == {"name.en", "fears"}
        assert beside(page, "name.en") == faults["name.en"]
        assert faults["fears"] in near(page, "fears")
        assert page.shows(words("cards.faults", count=2))
        assert page.shows(words("card_form.persona.fears"))
        await page.open(f"{server.link}/c/persona/{name}/form?lang={lang}")
        assert page.find("data-draft")
        assert (value(page, "name.en"), value(page, "voice.phrases.0.zh")) == ("", "新的一句")
        await write(page, "name.en", "Ma Xiuying")
        await write(page, "fears.0.en", "to be alone")
        await write(page, "fears.0.zh", "一个人")
        await keep(page)
        assert not file_of(server, name).with_suffix(".draft").exists()
        assert beside(page, "name.en") == ""


async def test_a_case_is_worded_anew_with_facts_events_and_a_point_and_all_the_rest_stays(server: WebServer) -> None:
    path, words = file_of(server, "bench", "prompts/scenarios"), Words("en")
    old = path.read_text(encoding="utf-8")

    def case() -> Scenario:
        return Library.load(server.runs / "content").scenario("bench")

    was, form = case(), f"{server.link}/c/scenario/bench/form"
    assert httpx2.get(f"{server.link}x/c/scenario/bench/form").status_code == 404, "it is shown to nobody else"
    assert httpx2.get(f"{form}/nobody").status_code == 404
    async with light(f"{form}?lang=en") as page:
        await write(page, "title.en", "My own estate")
        await write(page, "discussion.0.en", "What became of the ceremony?")
        await page.click("data-more", "facts")
        await write(page, "facts.3.text.en", "The lane has 3 lamps.")
        await write(page, "facts.3.text.zh", "巷子里有3盏灯。")
        await page.click("data-more", "injects")
        await write(page, "injects.1.text.en", "The lamps go out.")
        await write(page, "injects.1.text.zh", "灯灭了。")
        await keep(page, "kept_draft")
        assert words("content.missing") in near(page, "injects.1.turn"), "when it comes is not filled in"
        await page.do(page.find("data-number", "injects.1.turn"), "update:", 2)
        await pick(page, "injects.1.stage", LIBRARY.stage("training").name.en)
        await page.do(page.find("data-pick", "injects.1.to"), "update:", [{"value": 0, "label": ""}])
        await keep(page)
        await page.click("data-remove", "facts.2")
        await page.until(lambda: not page.find("data-remove", "facts.2"))
        await page.click("data-check")
        await page.until(lambda: any("points" in place for place in page.all("data-fault").values()))
        assert page.find("data-outcome"), "somebody speaks of the fact that is gone"
        await page.open(f"{form}/grid_master?lang=en")
        await write(page, "vote.support.en", "I'm for it.")
        await page.click("data-more", "points")
        new = f"points.{len(was.seats[1].points)}"
        await write(page, f"{new}.says.en", "Who counts the storeys?")
        await write(page, f"{new}.says.zh", "谁来数楼层？")
        await keep(page, "kept_draft")
        assert "is missing" in near(page, f"{new}.act")
        await page.do(page.find("data-pick", f"{new}.stages"), "update:", [{"value": 0, "label": "Training"}])
        await pick(page, f"{new}.act", "Ask")
        await pick(page, f"{new}.to", "Luo Mei · migrant tenant")
        await keep(page)
        made, text = case(), path.read_text(encoding="utf-8")
        seat, fact, event = made.seats[1], made.facts[-1], made.injects[-1]
        point = seat.points[-1]
        assert (point.id, point.act, point.to, point.says.en) == (
            "grid_master_1", "ask", "migrant_tenant", "Who counts the storeys?",
        )  # fmt: skip
        assert (made.title.en, seat.vote.support.en) == ("My own estate", "I'm for it.")
        first, second = made.discussion
        assert (first.en, first.stages) == ("What became of the ceremony?", ("application",)), "when it is asked stays"
        assert second == was.discussion[1]
        assert (fact.id, fact.text.en, fact.source.inferred) == ("F4", "The lane has 3 lamps.", ("text",))
        assert (event.stage, event.turn, event.text.zh, event.to) == ("training", 2, "灯灭了。", ("mayor",))
        assert (made.facts[:-1], made.injects[:-1]) == (was.facts, was.injects)
        assert len(set(old.splitlines()) - set(text.splitlines())) == 3, "the rest stays"
        await page.click("data-remove", new)
        await keep(page)
        assert "Who counts the storeys?" not in path.read_text(encoding="utf-8")


async def test_a_case_of_ones_own_is_begun_and_gets_questions_and_seats(server: WebServer) -> None:
    words = Words("zh")
    async with light(f"{server.link}/c?lang=zh") as page:
        await page.click("data-new", "scenario")
        await page.wait("data-title")
        await page.click("data-make")
        await page.until(lambda: page.shows(words("card_form.new_case.untitled")) or bool(page.notices))
        await page.do(page.find("data-title"), "update:", "装不装电梯")
        await page.click("data-make")
        await page.until(lambda: bool(page.opened))
        await page.open(f"{server.origin}{page.opened[0]}")
        path = file_of(server, "my_case", "prompts/scenarios")

        def case() -> Scenario:
            return Library.load(server.runs / "content").scenario("my_case")

        assert (case().title.zh, case().decisions[0].question.en) == ("装不装电梯", "办不办？"), "in one language"
        was = path.read_text(encoding="utf-8")
        await page.click("data-more", "decisions")
        await write(page, "decisions.2.question.zh", "一楼怎么补？")
        for place, text in enumerate(("补钱", "换隔音窗")):
            await page.click("data-more", "decisions.2.options")
            await write(page, f"decisions.2.options.{place}.zh", text)
        await pick(page, "decisions.2.topic", words("topic.payer"))
        await page.do(page.find("data-pick", "decisions.2.remit"), "update:", [{"value": 0, "label": ""}])
        await keep(page, "kept_draft")
        assert page.all("data-fault")[page.find("data-fault")].startswith("decisions.2.options.option_")
        await pick(page, "decisions.2.topic", words("topic.terms"))
        await pick(page, "default_governance", LIBRARY.governance("command").name.zh)
        await keep(page)
        new = case().decisions[-1]
        told = {name: option.zh for name, option in new.options.items()}
        assert (new.id, new.topic, new.remit, told) == (
            "decision_1", "terms", ("mayor",), {"option_1": "补钱", "option_2": "换隔音窗"},
        )  # fmt: skip
        assert case().own_governance == "command"
        lost = set(was.splitlines()) - set(path.read_text(encoding="utf-8").splitlines())
        assert lost == {"default_governance: joint_production"}, "the rest stays"

        async def again() -> None:
            await page.until(lambda: len(page.opened) == 1)
            await page.open(f"{server.origin}{page.opened.pop()}")

        page.opened.clear()
        await page.click("data-arrow_downward", "mayor")
        await again()
        await page.choose(page.find("data-new-seat"), LIBRARY.persona("elder").title.zh)
        await page.click("data-add-seat")
        await again()
        for field in ("briefing", "vote.support", "vote.object"):
            await write(page, f"{field}.zh", "六楼下不来。")
        await keep(page)
        seats = ["grid_master", "mayor", "self_gov", "migrant_tenant", "elder"]
        assert [seat.persona for seat in case().seats] == seats
        await page.open(f"{server.link}/c/scenario/my_case/form?lang=zh")
        await page.click("data-close", "grid_master")
        await page.wait("data-remove-seat")
        asked = "他们说“我们”，租房的算不算？"
        assert page.shows(f"{LIBRARY.persona('migrant_tenant').role.zh}：{asked}"), "who speaks to that seat is named"
        await page.click("data-remove-seat")
        await again()
        await keep(page)
        assert [seat.persona for seat in case().seats] == seats[1:]
        assert [point.to for seat in case().seats for point in seat.points if point.says.zh == asked] == [None]


async def test_what_a_seat_never_accepts_is_shown_and_chosen(server: WebServer) -> None:
    words, box = Words("zh"), "never_accepts.place"
    async with light(f"{server.link}/c/scenario/tin/form/self_gov?lang=zh") as page:
        chosen = page.elements[await page.wait("data-pick", box)]["props"]
        held = next(one for one in chosen["options"] if one["value"] == chosen["model-value"]["value"])
        assert (chosen["label"], held["label"]) == ("放在哪儿？", "大门口")

        def kept() -> dict[str, str]:
            return Library.load(server.runs / "content").scenario("tin").seats[2].never_accepts

        await pick(page, box, words("card_form.scenarioseat.never_accepts.none"))
        await keep(page)
        assert kept() == {"payer": "district"}
        await pick(page, box, "树荫下")
        await keep(page, "kept_draft")
        assert "shade" in near(page, "never_accepts"), "it proposes that itself"
        await pick(page, box, "大门口")
        await keep(page)
        assert kept() == {"place": "gate", "payer": "district"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("c/persona/elder/form", 404), ("c/governance/command/form", 404), ("c/scenario/clean_up/form/landlord", 404),
        ("c/persona/../form", 404), ("c/persona/nobody/form", 404), ("c/persona/a%2fb/form", 404),
    ],
)  # fmt: skip
def test_only_cards_of_ones_own_have_a_form(server: WebServer, path: str, status: int) -> None:
    assert httpx2.get(f"{server.link}/{path}").status_code == status


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """Go through the models of a card whose fields a form names."""
    for inner in get_args(kind):
        yield from models_in(inner)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and not issubclass(kind, (Source, Text)):
        yield kind
        for field in kind.model_fields.values():
            yield from models_in(field.annotation)


def in_words() -> Iterator[tuple[type[BaseModel], str]]:
    hidden = {"id", "source", "persona", "seats", "registered", "unless", "settled"}
    for model in {model for kind in KINDS for model in models_in(FOLDERS[kind][1])}:
        yield from ((model, name) for name in model.model_fields if name not in hidden)
    yield from ((Option, name) for name in ("text", "paid_by", "fund"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_field_is_named_in_plain_words(lang: Lang) -> None:
    words = Words(lang)
    assert [f"{model.__name__}.{name}" for model, name in in_words()
            if f"card_form.{model.__name__.lower()}.{name}" not in words] == []  # fmt: skip
    kinds = get_args(Persona.model_fields["kind"].annotation)
    assert [kind for kind in kinds if f"card_form.persona.kind.is.{kind}" not in words] == []


@pytest.mark.parametrize(
    ("kind", "card", "changes"),
    [
        ("governance", "joint_production", {
            "rules.aggregation.quorum": "2/3", "rules.aggregation.veto": ["chair"], "rules.scope.decisions": ["payer"],
            "rules.boundary.training.positions": [], "rules.payoff.budgets.developer.en": "fees",
        }),
        ("city", "haicang", {"governance": "command"}),
        ("pack", "clean_up", {"timing.1.stage": "application", "questions.students.0.en": "Who paid?"}),
    ],
)  # fmt: skip
def test_rules_cities_and_packs_are_filled_in_by_choosing_what_they_name(
    kind: ContentKind, card: str, changes: dict[str, Any]
) -> None:
    old = parse_yaml(LIBRARY.files[kind, card].read_text(encoding="utf-8"))[0]
    words = Words("en")
    with Client(nicegui_page("/none"), request=None):
        form = FormContext(words, ["en", "zh"], choices_of(LIBRARY, old, words), new_items(old, ""), lambda *_: None)
        group = FieldGroup(At(form, "", "", old=old), FOLDERS[kind][1], bare=True)
        assert group.value() == old, "what is not touched stays as it is"
        for path, new in changes.items():
            group.put(path.split("."), new)
        made = FOLDERS[kind][1].model_validate(group.value())
        if isinstance(made, Governance):
            rules = made.rules
            assert (rules.aggregation.quorum, rules.aggregation.veto) == ("2/3", ("chair",))
            assert (rules.scope.decisions, "training" in rules.boundary) == (("payer",), False)
            assert "developer" in rules.payoff.budgets
            group.put(
                ["rules", "scope", "decisions"], ["payer", "provider", "eligibility", "terms", "reporting", "voice"]
            )
            group.put(["rules", "position", "9", "name", "en"], "elders")
            group.put(["rules", "position", "9", "kinds"], ["resident"])
            rewritten = group.value()["rules"]
            assert rewritten["scope"]["decisions"] == "all"
            new = [*rewritten["position"].values()][-1]
            assert (new["kinds"], new.get("source")) == (["resident"], None), "whoever adds it has no paper"
            named = form.options(Position, "personas")
            assert named
            assert named["mayor"] == LIBRARY.title("persona", "mayor").en
        elif isinstance(made, Pack):
            assert (made.timing[1].stage, made.questions["students"][0].en) == ("application", "Who paid?")
        else:
            assert getattr(made, "governance", "") == "command"


class Neighbour(Card):
    """A card that no page knows."""

    shoe_size: int = Field(ge=20, le=60)
    likes: tuple[Text, ...] = ()
    mood: Literal["good", "bad"] = "good"
    pets: bool = False
    secret: dict[str, int] = Field(default_factory=dict)


async def test_a_field_that_a_schema_gets_is_in_the_form_without_a_page_for_it() -> None:
    def nothing(*_: Any) -> None:
        return None

    with Client(nicegui_page("/none"), request=None):
        form = FormContext(Words("en"), ["en", "zh"], nothing, lambda _: {"id": "new"}, nothing)
        old = {"shoe_size": 41, "likes": [{"en": "tea", "zh": "茶"}], "secret": {"a": 1}, "strange": 2}
        group = FieldGroup(At(form, "", "", old=old), Neighbour, bare=True)
        assert group.value() == old, "what it does not show goes through it"
        for path, new in (("likes.1.en", "dogs"), ("likes.1.zh", "狗"), ("mood", "bad"), ("pets", True), ("pets.x", 1),
                            ("shoe_size", 99), ("likes.0", False), ("likes.x", "y"), ("mood", "ugly")):  # fmt: skip
            group.put(path.split("."), new)
        assert group.value() == {
            "shoe_size": 99, "likes": [{"en": "dogs", "zh": "狗"}], "mood": "bad", "pets": True, "secret": {"a": 1},
            "strange": 2,
        }  # fmt: skip
        assert group.spot(["likes", "0", "zh"]).title == "likes 2 · 中文"
        assert group.spot(["secret", "a"]).title == ""


async def typed(page: Page, path: str, text: str) -> None:
    await page.fill(f'textarea[data-text="{path}"]', text)


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "width"), [("en", 1366), ("zh", 390)])
async def test_what_is_typed_outlives_the_page_and_the_form_fits_and_is_accessible(
    server: WebServer, lang: Lang, width: int
) -> None:
    scheme: Literal["light", "dark"] = "light" if lang == "en" else "dark"
    faults: list[str] = []
    async with browser() as chromium:
        context = await chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 844})
        desk = Person(await context.new_page())
        page = desk.page
        await desk.go(f"{server.link}/c?lang={lang}")
        await page.click("[data-new=persona]")
        await page.wait_for_url("**/form*")
        name = page.url.split("/")[-2]
        await desk.alive()
        other = "zh" if lang == "en" else "en"
        await expect(page.locator(f'textarea[data-text="name.{other}"]')).to_be_hidden()
        await typed(page, f"name.{lang}", "Bo <b>Bo</b>")
        await page.click('[data-more="interests"]')
        await typed(page, f"interests.1.{lang}", "to be heard")
        await page.click('[data-remove="interests.0"]')
        await page.wait_for_function("'interests.0' in draft.read(cardForm.key).parts")
        await page.reload()
        await desk.alive()
        await expect(page.locator("[data-typed=back]")).to_be_visible()
        await expect(page.locator(f'textarea[data-text="name.{lang}"]')).to_have_value("Bo <b>Bo</b>")
        await expect(page.locator(f'textarea[data-text="interests.1.{lang}"]')).to_have_value("to be heard")
        await expect(page.locator('[data-field="interests.0"]')).to_have_count(0)
        faults += await check(page, "form")
        await page.click("[data-keep]")
        await expect(page.locator("[data-outcome=kept_begun]")).to_be_visible()
        role = page.locator('[data-field="role"]')
        await expect(role).to_contain_text(Words(lang)("content.bound.empty"))
        await expect(page.locator("[data-typed]")).to_have_count(0)
        faults += await check(page, "form, faults")
        await page.reload()
        await desk.alive()
        await expect(page.locator(f'textarea[data-text="name.{lang}"]')).to_have_value("Bo <b>Bo</b>")
        await typed(page, f"manner.{lang}", "typed before")
        draft = file_of(server, name).with_suffix(".draft")
        draft.write_text(draft.read_text(encoding="utf-8") + "# theirs\n", encoding="utf-8")
        await page.reload()
        await desk.alive()
        await expect(page.locator("[data-typed=before]")).to_contain_text("typed before")
        await expect(page.locator(f'textarea[data-text="manner.{lang}"]')).to_have_value("")
        await page.click("[data-use-typed]")
        await expect(page.locator(f'textarea[data-text="manner.{lang}"]')).to_have_value("typed before")
        await page.locator("[data-langs] .q-radio").first.click()
        await expect(page.locator(f'textarea[data-text="role.{other}"]')).to_be_visible()
        faults += await check(page, "form, both languages")
        await desk.go(f"{server.link}/c/scenario/courtyards?lang={lang}")
        await page.click("[data-copy]")
        await page.wait_for_url("**/form*")
        await desk.alive()
        assert await page.evaluate("document.documentElement.scrollHeight") < 1500, "the first look shows the parts"
        faults += await check(page, "case")
        await page.locator("[data-part=seats]").click()
        await page.locator("[data-part=decisions]").click()
        await page.locator('[data-field="decisions.0"]').click()
        await expect(page.locator('[data-pick="decisions.0.remit"]')).to_be_visible()
        faults += await check(page, "case, unfolded")
        await page.locator("[data-seat]").first.click()
        await page.wait_for_url("**/form/*")
        await desk.alive()
        await page.locator(".card-part").first.click()
        await expect(page.locator('[data-field="points.0.says"]')).to_be_visible()
        faults += await check(page, "seat")
        assert desk.faults == []
    assert faults == []
