"""What lasts from one year to the next, and which events of a year fit what they strike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.wording import takes_up
from sandbox.game.ledger.entries import Account, Item
from sandbox.game.review.aftermath import aftermath, with_news
from sandbox.game.review.due import fall_due
from sandbox.game.review.lasting import in_place_of, lasts
from sandbox.game.review.standing import instead_of, of_questions, replaced_by
from sandbox.game.spec import Guest, Rank, SessionSpec, Standing, Start
from sandbox.game.starting import briefing, since, stands_since
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import open_stage
from sandbox.game.table import spoken
from sandbox.record.line import DecisionTaken
from sandbox.session.prompts import turn_messages
from tests.content.folders import LIBRARY
from tests.game.making import line

STANDS = "the company asks for each yes at its counter and keeps that list itself"


def _estate(**changes: Any) -> Game:
    spec: dict[str, Any] = {
        "stages": ("learning_tour", "public_engagement", "review"), "style": "free", "model": "m", **changes,
    }  # fmt: skip
    return Game(SessionSpec(scenario="clean_up", governance="joint_production", **spec), LIBRARY)


def _taken(condition: str) -> DecisionTaken:
    return {
        "id": "D-public_engagement", "stage": "public_engagement", "motion": "L090", "procedure": "majority",
        "by": "body", "votes": {}, "abstained": [], "vetoed_by": [], "fallen": [], "carried": True, "terms": {},
        "condition": condition, "unbound": {}, "payer": [], "budget": [], "payer_agreed": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "text", "goes_on"),
    [
        ("en", "the residents' group counts each month's fees at the gate before any is spent", True),
        ("en", "the street makes no list of refusers, not even by block and number", True),
        ("en", "the company keeps the gate manned until the late shift is home", True),
        ("en", "the residents' group names the new place, then the company moves the bins", False),
        ("en", "the company puts the use of the parking income to the owners within the 12 months", False),
        ("en", "The cleaner clears the bins from the tenants' stairs before half past eight at night", True),
        ("en", "The cleaner clears the bins by the last house on the same evening round", True),
        ("en", "The company counts the fee before the neighbours at the gate, after half past eight", True),
        ("en", "The group asks at the door before the neighbours sit down", False),
        ("en", "Each of the 9 stairs settles by the end of the month where its things go", False),
        ("en", "The street opens the shed within a month of getting the payers' names", False),
        ("en", "The group holds a meeting once a month", True),
        ("en", "The street enters no tenant on a list without telling her first who reads it", True),
        ("en", "The street hangs a lamp in the back row, on common ground, by the third month", False),
        ("en", "The community asks every organisation that can sign, and reads out the answers by month six", False),
        ("zh", "物业公司评比前贴一回交了费的户", False),
        ("zh", "小组半年开一次会", True),
        ("zh", "物业对一次交满一年的户少收一个月", True),
        ("en", "The company bills a month less to households that pay for a year at once", True),
        ("en", "Cai Amu raises no rent for a year because of guard or fee", False),
        ("en", "The group hangs up the sums each month for 12 months", False),
        ("en", "The landlords raise no rent this year", False),
        ("en", "Cai Amu says aloud that for another year no rent goes up", False),
        ("en", "The company employs those whom the group picks, as long as its contract runs", False),
        ("en", "The community puts it to the owners' vote that the parking pays from month thirteen", False),
        ("en", "The group puts every rise of the fee to the vote", True),
        ("zh", "物业公司合同期内贴收支", False),
        ("zh", "蔡阿木一年内不为交费涨房租", False),
        ("zh", "物业公司12个月内每月贴收支", False),
        ("zh", "房东今年不涨房租", False),
        ("zh", "街道头一年不收车棚的电费", False),
        ("zh", "街道等物业合同到期再让新单位接大门", False),
        ("zh", "签合同的单位晚上八点半以前把桶收走", True),
        ("zh", "街道把两家报价一并交业主大会，投选一家", False),
        ("zh", "物业公司每月在大门贴出62个车位的收支", True),
        ("zh", "街道不让网格员另记不交费的户", True),
        ("zh", "街道和社区8万用完前开成业主大会，定下一年谁出", False),
        ("zh", "社区问过后排下夜班那几家，再答应幼儿园借巷子", False),
        ("zh", "社区把两个数报街道，街道核过再贴", True),
        ("zh", "街道收费以前写明每月验收签字的人是谁", False),
        ("zh", "物业公司给小组挑的人签合同、上保险", False),
        ("en", "The street fits a meter to the shed and opens it", False),
        ("en", "The street pays the company for clearing the rubble out of the 80,000", False),
        ("en", "The property company moves the bins away from the last house", False),
        ("en", "The street takes the company's people off the campaign", False),
        ("en", "The street asks head office in writing to release the parking account", False),
        ("en", "The street fits new lamps on a stair each month", True),
        ("en", "The cleaner moves the bins away from the stairs at nine o'clock", True),
        ("en", "The property company writes and hangs up the sheet of who has paid, not the grid master", True),
        ("zh", "街道给车棚装上电表、开锁", False),
        ("zh", "街道定一处停电动车、放纸箱的地方", False),
        ("zh", "高砚青去把星期五的大巴改期", False),
        ("zh", "市里把110户的期限推到已签合同核完以后", False),
        ("zh", "小组雇的人每晚八点前把桶挪到门口", True),
        ("zh", "社区把到场的人写全，组外的租客也写进台账", True),
        ("en", "The community finds on each of the two full stairs someone who sees to it", False),
        ("en", "The street hangs a lamp in the back row by the third month", False),
        ("zh", "蔡阿木先把后排楼道灯修亮", False),
        ("zh", "物业七月前排出大门夜班，排到8万用完为止", False),
        ("zh", "街道派人看住挪出的桶，推回来的当天再挪走", True),
        ("en", "The secretary puts the parking as payer on the owners' invitation", False),
        ("en", "The landlord says aloud that for a third year no rent goes up", False),
    ],
)
def test_what_is_done_once_does_not_last(lang: Lang, text: str, goes_on: bool) -> None:
    assert lasts(text, lang) == goes_on


@pytest.mark.parametrize(
    ("now", "falls_due"), [("", True), ("the street posts its sums", True), (f"{STANDS} too", False)]
)
def test_a_condition_of_an_earlier_year_falls_due_again_until_a_decision_has_another_in_its_place(
    now: str, falls_due: bool
) -> None:
    start = Start(year=2, standing=(Standing(says=STANDS, by="migrant_tenant", year=1),))
    game = _estate(start=start)
    assert bool(in_place_of(STANDS, [now], "en")) != falls_due
    due = fall_due(game, (), [_taken(now)], game.present("review"), ())
    standing = [item for item in due if item.says == STANDS]
    assert bool(standing) == falls_due
    for item in standing:
        assert item.account
        assert (item.account.owner, *item.account.concerned) == ("property_manager", "migrant_tenant")


@pytest.mark.parametrize(
    ("lang", "stands", "now"),
    [
        (
            "en",
            "The property company has one of its guards at the gate until half past eight at night",
            "The property company counts the fee at the gate each month after half past eight at night",
        ),
        ("zh", "物业公司让一名保安在大门口守到晚上八点半", "物业公司每月晚上八点半以后在大门口当着邻居点收的费"),
    ],
)
def test_a_condition_of_the_same_doer_at_the_same_hour_takes_no_other_conditions_place(
    lang: Lang, stands: str, now: str
) -> None:
    assert in_place_of(stands, [now], lang) == ""
    assert in_place_of(stands, [now, stands], lang) == stands


def test_a_condition_that_says_it_is_done_no_longer_ends_one_that_stands() -> None:
    cases: tuple[tuple[Lang, str, str, str], ...] = (
        (
            "en", "The company tells the community each month which households have paid",
            "The company no longer tells the community who has paid", "The company no longer sweeps the lane",
        ),
        ("zh", "社区每月报一次住户不交费的原因，不写名字", "社区不再报住户不交费的原因", "社区不再收祠堂的钥匙"),
    )  # fmt: skip
    for lang, stands, ends, other in cases:
        assert in_place_of(stands, [other, ends], lang) == ends


@pytest.mark.parametrize(
    ("lang", "stands", "now", "gives_way"),
    [
        (
            "en",
            "The property company counts the fee at the gate before the neighbours each month",
            "The property company counts the fee at the gate each month after half past eight at night",
            False,
        ),
        (
            "en",
            "The residents' group counts the fee in front of the neighbours every month",
            "The residents' group reads out at the count the monthly fee that would cover the work alone",
            False,
        ),
        (
            "en",
            "The property company collects from the tenant of each let room, and nothing for an empty one",
            "The property company asks no more than 30 yuan a month from a let room while this runs",
            False,
        ),
        (
            "en",
            "The property company counts the fee at the gate each month",
            "The residents' group counts the fee at the gate each month",
            False,
        ),
        (
            "en",
            "The property company counts the fee at the gate each month",
            "The property company counts the fee at the gate before the neighbours each month and posts it",
            True,
        ),
        ("zh", "街道把8万每月花了多少、给谁写在大门上", "街道按月拨差额，哪月拖了写上大门", False),
        ("zh", "物业公司每月当着邻居点收的费", "物业公司每月点收的费", False),
        ("zh", "物业公司每月点收的费", "物业公司每月当着邻居点收的费", True),
        ("zh", "街道从8万元里给三个顶岗退休师傅算工钱", "街道从8万元里头一笔结清三位师傅工钱", True),
        ("zh", "物业每月底把62个车位收支总数贴大门", "物业先贴62个车位收支总数，再报大会续约", False),
        ("zh", "物业每月底把62个车位收支总数贴大门", "物业每月贴清扫的收支总数", False),
    ],
)
def test_a_condition_gives_way_only_to_one_of_the_same_doer_that_says_at_least_as_much(
    lang: Lang, stands: str, now: str, gives_way: bool
) -> None:
    game = _estate(lang=lang, start=Start(year=2, standing=(Standing(says=stands, by="landlord", year=1),)))
    due = fall_due(game, (), [_taken(now)], game.present("review"), ())
    assert (stands in [item.says for item in due if item.account and not item.account.within]) != gives_way


@pytest.mark.parametrize(("lang", "told"), [("en", f"{STANDS} (since year 1)"), ("zh", f"{STANDS}（第1年起）")])
def test_next_years_papers_say_which_conditions_stand_on(lang: str, told: str) -> None:
    start = Start(year=2, standing=(Standing(says=STANDS, by="migrant_tenant", year=1),))
    papers = since(_estate(start=start, lang=lang), "public_engagement")
    assert told in [text for _, texts in papers for text in texts]


@pytest.mark.parametrize(("stage", "told"), [("public_engagement", True), ("review", False)])
def test_what_was_shown_on_the_tour_is_at_hand_where_it_is_decided_and_not_in_the_review(
    stage: str, told: bool
) -> None:
    guest = Guest(name="Shi Mingtao", role="director", place="Liuyuan West", shown=("a list at the gate",), year=1)
    papers = since(_estate(start=Start(year=2, host=guest)), stage)
    assert any("a list at the gate" in text for _, texts in papers for text in texts) == told


def test_a_host_remembers_what_visitors_of_earlier_years_were_told() -> None:
    told = "in year 2 those of Liuyuan West were told, as they asked: the top-up never came"
    guest = Guest(
        name="Qiu Kaiming", role="speaker", place="Back Lane", hidden=("The top-up came.",), year=2, told=(told,)
    )
    game = _estate(start=Start(year=3, host=guest))
    assert told in briefing(game, game.scenario.tour.host)


def _struck(game: Game, *items: Item) -> dict[str, set[str]]:
    """Return which events strike or save an entry, over many seeds."""
    struck: dict[str, set[str]] = {item.line: set() for item in items}
    for seed in range(120):
        twin = game.twin(seed=seed)
        state: State = {**first_state(twin), "stage": list(twin.stage_names).index("review")}
        stage, ledger = twin.stages[state["stage"]], tuple(items)
        for news in aftermath(twin, state, stage, ledger):
            for entry in news["strikes"]:
                struck[entry].add(news["id"].partition(":")[2])
            ledger = with_news(stage, ledger, news)
        for item in ledger:
            assert item.account
            if {"place_let"} & set(item.account.harmed):
                assert "smaller_but_theirs" not in item.account.saved, "the sign hangs, and there is none"
    return struck


def test_events_strike_only_what_their_words_fit() -> None:
    game = _estate()
    room = game.present("review")

    def made(name: str, says: str, terms: dict[str, str] | None = None, owner: str = "grid_master") -> Item:
        kind: Any = "term" if terms else "promise"
        return Item(
            name,
            "public_engagement",
            kind,
            owner,
            says,
            terms or {},
            "open",
            room,
            account=Account(owner),
        )

    once = made("L005", "I knock at the back row before the fee is asked.")
    month = made("L006", "I knock at the back row every month.")
    paper = made("L007", "I sign the contract before Friday.", owner="street_director")
    sheet = made("L009", "I write the money of the month on a sheet every month.", owner="self_gov")
    reply = made("L008", "I pass on the reply of head office.")
    lost, refused = (Account("grid_master", harmed=(event,)) for event in ("next_campaign", "owners_meeting"))
    struck_before = (3, "company", lost), (4, "rota", lost), (5, "rota", refused)
    company, rota, voted = (replace(made(f"T{number}", "", {"workers": who}), account=account)
                            for number, who, account in struck_before)  # fmt: skip
    struck = _struck(
        game, once, month, paper, made("T1", "", {"gate_list": "paid"}), made("T2", "", {"workers": "hired"}),
        reply, company, rota,
    )  # fmt: skip
    struck |= _struck(game, voted, sheet, made("T6", "", {"workers": "company"}), made("T7", "", {"gate_list": "sums"}))
    for place, comes in ((1, True), (3, False)):
        ranked = _estate(start=Start(year=2, rank=Rank(place=place, of=3)))
        visited = "visited_to_death" in _struck(ranked, made("T2", "", {"workers": "hired"}))["T2"]
        assert visited == comes, "nobody visits the last of three as a model"
    assert "worn_out" in struck["L006"]
    assert "worn_out" not in struck["L005"] | struck["L007"], "what is done once is not put off from week to week"
    assert "worn_out" not in struck["L008"], "nor is what nobody said would be done again and again"
    assert "visited_to_death" not in struck["T1"], "a list is not done in the hours of work"
    assert "smaller_but_theirs" in struck["T4"] - struck["T3"], "what a company does is not the residents' own"
    assert "pensioners_carry" in struck["T4"] - struck["T3"], "nor do pensioners carry for nothing what a company does"
    assert not struck["T5"], "what the owners voted down no event of the year makes good"
    assert "worn_out" not in struck["T6"], "nobody carries alone what a company is paid for"
    quarter, turns = made("L010", "I walk round each quarter."), made("T8", "", {"workers": "rota"})
    struck |= _struck(game, quarter) | _struck(game, turns)
    assert "next_campaign" in struck["L010"]
    assert "next_campaign" in struck["T8"] - struck["T6"] - struck["T7"], (
        "a campaign takes no company's hands, nor rules"
    )
    assert not {"hired_away", "visited_to_death"} & struck["T6"], "no single post falls vacant where a company has it"
    payment = made("L011", "I sign for the 80,000 as top-up, each quarter put in on its first day.")
    aside = replace(quarter, line="L012", terms={"workers": "hired"}, account=Account("grid_master", apart=True))
    assert "next_campaign" not in _struck(game, payment)["L011"], "which takes hands and no money"
    assert "hired_away" not in _struck(game, aside)["L012"], "what is promised beside an option is not the option"
    assert "offices_merged" not in struck["L009"], "neighbours have no offices to merge"
    assert "offices_merged" in struck["L007"]
    assert "offices_merged" not in struck["L005"], "no file of it is lost"
    assert "patron_posted" not in _struck(game, paper)["L007"], "what is done once is done before a leader goes"
    assert "place_let" not in struck["T1"], "a list has no room that could be let"
    assert "hired_away" in struck["T2"]
    assert "next_campaign" not in struck["T2"], "no campaign takes hands that residents have hired"
    assert "hired_away" not in struck["L005"] | struck["L006"], "whoever promised it sits at the table"
    without = _estate(start=Start(unfit_events=("worn_out", "offices_merged")))
    for events in _struck(without, once, month, paper).values():
        assert not {"worn_out", "offices_merged"} & events


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_has_been_spoken_is_the_same_whether_looked_up_or_held_against_each_line(lang: Lang) -> None:
    game = _estate(lang=lang)
    points = [point for seat in LIBRARY.scenario("clean_up").seats for point in seat.points]
    said = [point.says.get(lang) for point in points[::7]]
    said.append({"en": "62 places at 80 yuan.", "zh": "62个车位，每个80元。"}[lang])
    lines = [line(number, "grid_master", "inform", says=text) for number, text in enumerate(said, start=1)]
    held = [p for p in points if any(takes_up(each["says"], p.says.get(lang), lang) for each in lines)]
    assert spoken(game, points, lines) == held
    assert len(lines) - 1 <= len(held) < len(points)


@pytest.mark.parametrize(
    ("lang", "standing", "terms", "now", "settled", "instead"),
    [
        ("zh", "物业公司每月守大门20天", {}, "物业公司每月守大门26天", {}, "物业公司每月守大门26天"),
        ("zh", "街道每月付守门的工钱", {}, "物业公司每月付守门的工钱", {}, ""),
        ("zh", "区里的专项经费用完为止，每月贴大门", {"payer": "district"}, "", {"payer": "fees"}, "住户交物业费"),
        ("zh", "区里的专项经费用完为止，每月贴大门", {"payer": "district"}, "", {"payer": "district"}, ""),
        ("zh", "物业公司每月守大门20天", {}, "社区每月贴出交费户数", {"payer": "fees"}, ""),
        ("en", "the company mans the gate 20 days each month", {}, "the company mans the gate 26 days each month", {},
         "the company mans the gate 26 days each month"),
        ("en", "the district's earmarked money is told at the gate until it is spent", {"payer": "district"}, "",
         {"payer": "fees"}, "the households, 30 yuan"),
    ],
)  # fmt: skip
def test_a_newer_decision_on_the_same_takes_the_place_of_an_older_condition_and_the_papers_say_so(
    lang: Lang, standing: str, terms: dict[str, str], now: str, settled: dict[str, str], instead: str
) -> None:
    start = Start(year=2, standing=(Standing(says=standing, by="migrant_tenant", year=1, terms=terms),))
    game = _estate(start=start, lang=lang)
    taken: DecisionTaken = {**_taken(now), "terms": settled}
    assert replaced_by(game, (), start.standing[0], [taken]).startswith(instead)
    due = fall_due(game, (), [taken], game.present("review"), ())
    assert (standing in [item.says for item in due]) == (not instead), "and it does not fall due beside the newer"
    place = list(game.stage_names).index("review")
    state = apply(first_state(game), {"stage": place, "decisions": [taken]})
    state = apply(state, open_stage(game, state))
    assert state["floor"] is not None
    read = turn_messages(game, state, state["floor"], None)[-1]["content"]
    mark = {"en": "No longer in force", "zh": "不再算数的"}[lang]
    assert (mark in read) == bool(instead)
    if instead and now:
        told = stands_since(game.words, Standing(says=now, year=2, instead=instead_of(game, (), now, [taken])))
        assert standing in told


def test_a_condition_remembers_the_option_of_which_it_speaks() -> None:
    game = _estate()
    terms = {"payer": "district", "workers": "rota"}
    assert of_questions(game, "the district's earmarked money is told monthly until it is spent", terms) == {
        "payer": "district"
    }
    assert of_questions(game, "the community hangs up a lamp", terms) == {}
    writes = "the residents' group writes the list at the gate itself"
    assert of_questions(game, writes, {"gate_list": "paid"}) == {"gate_list": "paid"}
    stands = Standing(says=writes, year=1, terms={"gate_list": "paid"})
    now = {option: replaced_by(game, (), stands, [_taken("") | {"terms": {"gate_list": option}}])
           for option in ("paid", "unpaid", "sums")}  # fmt: skip
    assert now == {"paid": "", "unpaid": "", "sums": "the sums alone, no households"}, "then nobody writes a list"
    zh, hired = _estate(lang="zh"), {"workers": "hired"}
    hours = "自治小组挑的人每天守门到晚上八点半以后"
    assert of_questions(zh, hours, hired) == {}, "the gate's hours stand on, whoever mans it next"


@pytest.mark.parametrize(
    ("lang", "first", "newer"),
    [
        ("en", "came to 132,000 yuan", "in the second year it brought in 82,000"),
        ("zh", "13.2万元", "第二年物业费收了8.2万元"),
    ],
)
def test_a_later_figure_stands_beside_that_of_the_first_year_where_the_table_has_had_it(
    lang: Lang, first: str, newer: str
) -> None:
    for had, told in ((("review:y2_fee",), True), ((), False)):
        game = _estate(lang=lang, start=Start(year=3, had=had))
        (wages,) = (fact.text.get(lang) for fact in game.scenario.facts if fact.id == "F20")
        assert first in wages
        assert (newer in wages) == told
