"""A page in another language than its table: the program speaks the page's; what is said stands as it was said."""

from __future__ import annotations

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.content.folders import LIBRARY
from tests.web.light import light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, make_table
from tests.web.test_votes import cast, decided, shown_in, to_the_vote

_OTHER: dict[Lang, Lang] = {"en": "zh", "zh": "en"}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_vote_is_asked_and_told_in_the_language_of_the_page(server: WebServer, lang: Lang) -> None:
    own, words, other = _OTHER[lang], Words(_OTHER[lang]), Words(lang)
    table = make_table(server, (MAYOR, "Bo"), (PARENT, "Li"), (TENANT, "Anna"), lang=lang, turns=8,
                       stages=("public_engagement",), turned=True)  # fmt: skip
    case = LIBRARY.scenario("four_oclock_school")
    options = [option for each in case.decisions for option in each.options.values()]
    questions = [each.question for each in case.decisions]
    async with (
        light(f"{table.desk}?lang={own}") as desk, light(table.seats[MAYOR]) as bo, light(table.seats[PARENT]) as li,
        light(f"{table.seats[TENANT]}?lang={own}") as anna, light(f"{table.projector}?lang={own}") as wall,
    ):  # fmt: skip
        await begin(desk)
        for page, key in ((anna, "table.other_lang"), (wall, "table.other_lang_watched")):
            await page.wait("data-other-lang")
            assert page.shows(words(key))
        await to_the_vote(bo, li, anna)
        await wall.wait("data-motion")
        buttons = [anna.elements[key]["props"]["label"] for key in anna.all("data-act")]
        assert {words("vote.yes"), words("vote.no")} <= {*buttons}
        asked = next(key for key, each in anna.walk() if each.get("props", {}).get("aria-label") == words("vote.title"))
        for told in (shown_in(anna, asked), shown_in(wall, wall.find("data-motion"))):
            whole = "\n".join(told)
            assert [each for each in [*options, *questions] if each.get(own) in told], "in the words of the page"
            assert not [each for each in [*options, *questions] if each.get(lang) in told]
            assert other("motion.terms") not in told
            assert LIBRARY.persona(MAYOR).name.get(own) not in whole, "by the names that are heard at the table"
        put = wall.all("data-motion")[wall.find("data-motion")]
        for page in (bo, li, anna):
            await page.click("data-act", "support")
        await decided(server, put)
        ballots = [vote for vote in cast(server) if vote["about"] == put]
        assert len(ballots) > 2
        for page in (desk, anna, wall):
            await page.until(lambda page=page: page.shows(words("decision.for")))  # type: ignore[misc]
            assert not page.shows(f"{other('decision.for')} "), "in its language alone"
