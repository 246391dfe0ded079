"""What is wrong with a line that a model has worded after a point."""

from __future__ import annotations

from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.session.turns import fault_in
from tests.content.folders import LIBRARY

POINT = "str_t1"  # it names 2 residents and a group of 7, in Chinese in words


def test_a_chinese_wording_keeps_the_figures_of_its_point_in_digits_or_in_words() -> None:
    cases: list[tuple[str, str, str]] = [
        ("两个居民", "七个人", ""), ("2个居民", "7个人", ""), ("几个居民", "七个人", "loses a number"),
        ("两个居民", "7个人，花了45天", "invents a number"),
    ]  # fmt: skip
    for residents, group, fault in cases:
        game = Game(SessionSpec(scenario="clean_up", governance="command", lang="zh"), LIBRARY)
        seat, point = game.scenario.point_by_id[POINT]
        says = point.says.zh.replace("两个居民", residents).replace("七个人", group)
        assert fault_in(game, says, seat, point, [], 200) == fault


def test_whoever_speaks_freely_may_tell_strangers_its_post_and_does_not_open_with_its_name() -> None:
    game = Game(SessionSpec(scenario="clean_up", governance="command", lang="zh"), LIBRARY)
    for says, fault in (
        ("老邱，我是房东，别的不看。", ""),
        (f"{game.name('landlord')}说一句。", "speaks of itself by name"),
    ):
        assert fault_in(game, says, "landlord", None, [], 200) == fault
