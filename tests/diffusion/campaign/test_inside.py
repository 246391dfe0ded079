"""What a host can tell of its own place beside its papers: what it heard of the year, and who was against."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.diffusion.campaign.inside import inside
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec, Start
from sandbox.game.starting import briefing
from sandbox.game.state import first_state
from tests.content.folders import LIBRARY
from tests.game.making import decision, line


@pytest.mark.parametrize(("lang", "most"), [("en", 950), ("zh", 420)])
def test_a_host_can_say_what_a_year_cost_who_was_against_and_how_it_was_done(lang: Lang, most: int) -> None:
    spec = SessionSpec(
        scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
        lang=lang, style="free", model="m", start=Start(year=2),
    )  # fmt: skip
    game = Game(spec, LIBRARY)
    facts = {fact.id: fact.text.get(lang) for fact in game.scenario.years}
    news: list[Any] = [
        {"id": f"review:{name}", "stage": "review", "turn": 0, "text": facts[name], "to": to}
        for name, to in (("y2_tree", []), ("y2_fee", [game.chair]), ("y2_rooms", ["landlord"]))
    ]
    against = {"en": "For an empty room I pay nothing.", "zh": "空房的钱我不交。"}[lang]
    report = {"en": "We counted each month.", "zh": "我们月月点收。"}[lang]
    denial = {"en": "I was at work whenever hands were counted.", "zh": "数手的时候我都在上班。"}[lang]
    missed = {"en": "Half of it; we met before supper.", "zh": "开会开在饭前，只办了一半。"}[lang]
    said = [
        {**line(5, "landlord", "object", says=against, about="L001"), "vote": True},
        {**line(40, "migrant_tenant", "object", says=denial, about="L006"), "stage": "review"},
        {**line(41, game.chair, "part", says=missed), "stage": "review"},
        *({**line(number, game.chair, "keep", says=report), "stage": "review"} for number in range(6, 40)),
    ]
    for each in said:
        each["visible_to"] = list(game.positions)
    state = first_state(game)
    taken = decision({"payer": "bridge"}, votes={"landlord": False, "self_gov": True, "migrant_tenant": True})
    opened: Any = {**state, "desk": {**state["desk"], "news": news}, "decisions": [taken], "lines": said}
    told = inside(Session(game, opened, []))
    assert told[0] == facts["y2_fee"], "figures of what was settled first"
    assert not {facts["y2_tree"], facts["y2_rooms"]} & {*told}, "of that all are told, and of that it has not heard"
    assert missed in told[1], "what the host itself reported as not kept, before others"
    assert denial in told[2]
    assert game.name("landlord") in told[3]
    assert against in told[3]
    assert report in told[4]
    assert sum(map(len, told)) <= most
    visited: Any = {"name": "Shi", "role": "x", "place": "Liuyuan West", "year": 2, "inside": told}
    host = Game(spec.model_copy(update={"start": Start.model_validate({"year": 3, "host": visited})}), LIBRARY)
    assert all(text in briefing(host, host.scenario.tour.host) for text in told)
