"""Words, numbers, overlap, scripts and talk of assistants, in both languages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.cards import Act, Text
from sandbox.content.language import Lang
from sandbox.game.language.gist import clauses, gist
from sandbox.game.language.quantities import (
    counted_numbers,
    figures_of,
    named_numbers,
    numbers,
    quantities,
    spoken_numbers,
)
from sandbox.game.language.wording import (
    any_similar,
    assistant_talk,
    content_words,
    coverage,
    foreign_share,
    ngrams,
    other_language,
    overlap,
    says_again,
    sentences,
    similar,
    takes_up,
    words,
)


def test_numbers() -> None:
    cases: list[tuple[str, set[str]]] = [
        ("no figures at all", set()),
        ("400 households in 20-storey blocks", {"400", "20"}),
        ("1,200 yuan and 1,234,567 more", {"1200", "1234567"}),
        ("either 3,4 or 5", {"3", "4", "5"}),
        ("7:30, or 2.5 hours.", {"7:30", "2.5"}),
        ("从2008年起敲了2个月的门", {"2008", "2"}),
        ("晚上７点，１２个", {"7", "12"}),
        ("F11", {"11"}),
        ("区里给8万元，一年13.2万", {"80000", "132000"}),
        ("80,000 yuan, 2.62 million people, 3 millionaires", {"80000", "2620000", "3"}),
    ]
    for text, found in cases:
        assert numbers(text) == found


def test_words_of_both_scripts() -> None:
    assert list(words("Don't wait: 7点下班")) == ["don't", "wait", "7", "点", "下", "班"]


def test_content_words() -> None:
    assert content_words("The key is with the cadre", "en") == {"key", "cadre"}
    assert content_words("村委会", "zh") == {"村委", "委会"}


def test_coverage() -> None:
    cases: list[tuple[str, str, float]] = [
        ("the hall is empty", "An empty hall!", 1.0),
        ("the hall is empty", "The hall.", 0.5),
        ("the hall is empty", "Nothing.", 0.0),
        ("it is what it is", "", 0.0),
        ("it is", "", 1.0),
        ("礼堂", "礼堂空着", 1.0),
        ("礼堂", "教堂", 0.5),
    ]
    for point, text, share in cases:
        assert coverage(point, text) == share


def test_overlap_is_the_share_of_ngrams_said_before() -> None:
    assert overlap("one two three four five", ["zero one two three four"]) == 0.5
    assert overlap("one two three four five", ["two three four five", "One, two; three: four"]) == 1.0
    assert overlap("one two three four five", []) == 0.0
    assert overlap("one two three", ["one two three"]) == 0.0
    assert overlap("礼堂空着没人用", ["礼堂空着呢"]) == 0.25


def test_similar_texts() -> None:
    assert similar("Who pays?", "WHO PAYS?") == 1.0
    assert similar("abcd", "wxyz") == 0.0
    assert any_similar("Who pays for it?", ["Nobody.", "Who pays for this?"], 0.8)
    assert not any_similar("Who pays for it?", ["Nobody."], 0.8)
    assert not any_similar("Who pays for it?", [], 0.8)


def test_foreign_share() -> None:
    cases: list[tuple[str, Lang, float]] = [
        ("Only English", "en", 0.0),
        ("全是中文", "zh", 0.0),
        ("全是中文", "en", 1.0),
        ("Only English", "zh", 1.0),
        ("ab中文", "en", 0.5),
        ("abc中", "zh", 0.75),
        ("1, 2, 3!", "en", 0.0),
        ("", "zh", 0.0),
    ]
    for text, lang, share in cases:
        assert foreign_share(text, lang) == share


def test_talk_of_assistants_is_heard() -> None:
    cases: list[str] = [
        "As an AI, I cannot vote.",
        "I am a large language model.",
        "How can I help you today?",
        "Great question! The hall is empty.",
        "In conclusion, we need money.",
        "I'm sorry, but I can't comply with your request. The lamps went on.",
        "作为一个人工智能，我不能投票。",
        "很高兴为您服务。",
        "综上所述，要先签合同。",
        "抱歉，我无法满足您的请求。",
    ]
    for text in cases:
        assert assistant_talk(text)


def test_talk_of_people_is_none_of_assistants() -> None:
    cases: list[str] = [
        "As a mother I ask who pays.",
        "Who helps me?",
        "作为租客，我问谁出钱。",
        "我来帮你。",
        "I can't help with the rent.",
        "",
    ]
    for text in cases:
        assert not assistant_talk(text)


@given(text=st.text(st.characters(exclude_categories=["Cs"])), other=st.text(st.characters(exclude_categories=["Cs"])))
def test_shares_stay_between_nothing_and_all(text: str, other: str) -> None:
    for share in (overlap(text, [other]), similar(text, other), coverage(text, other), foreign_share(text, "en")):
        assert 0 <= share <= 1
    assert overlap(text, [text]) == (1.0 if ngrams(text) else 0.0)
    assert coverage(text, text) == 1.0
    assert all(figure.isascii() for figure in numbers(text))


def test_quantities() -> None:
    cases: list[tuple[str, Lang, list[tuple[str, str]]]] = [
        ("100 to 200 households, and 1,500 more", "en", [("100", "household"), ("200", "household"), ("1500", "")]),
        ("30 a room, 90,000 a year, 5 in a room", "en", [("30", ""), ("90000", ""), ("5", "")]),
        ("a 20-storey block, from 2008 on", "en", [("20", "storey"), ("2008", "")]),
        ("between 3 and 4. The plant lets me out at 7.", "en", [("3", ""), ("4", ""), ("7", "")]),
        (
            "we are 4 for 3 evenings, the 80,000 is for 1 year, past 7 that my workers wait",
            "en",
            [("4", ""), ("3", "evening"), ("80000", ""), ("1", "year"), ("7", "")],
        ),
        ("about 50% of 2 classes, 1 glass", "en", [("50", "%"), ("2", "classe"), ("1", "glass")]),
        ("5万多户，8万元", "zh", [("50000", "户"), ("80000", "元")]),
        ("100到200户，400多户，18个月", "zh", [("100", "户"), ("200", "户"), ("400", "户"), ("18", "个月")]),
        (
            "２０层，2008年，3年多，约50%，一共7",
            "zh",
            [("20", "层"), ("2008", ""), ("3", "年"), ("50", "%"), ("7", "")],
        ),
        (
            "敲了两个月的门，第四晚来了12户、三家厂，一个没剩",
            "zh",
            [("2", "个月"), ("4", ""), ("12", "户"), ("3", "家")],
        ),
        ("挪了二十六个，关了七个，一百一十户", "zh", [("26", ""), ("7", ""), ("110", "户")]),
    ]
    for text, lang, found in cases:
        assert list(quantities(text, lang)) == found
        assert {number for number, _ in found} == counted_numbers(text)


def test_other_language() -> None:
    cases: list[tuple[str, Lang, bool]] = [
        ("We open the hall.", "en", False), ("We open the 大厅.", "en", True), ("", "en", False),
        ("礼堂以后归NGO用，钥匙两边都有。", "zh", False), ("We open it.", "zh", True), ("9:30", "zh", False),
    ]  # fmt: skip
    for text, lang, foreign in cases:
        assert other_language(text, lang) is foreign


def test_a_title_before_a_name_ends_no_sentence() -> None:
    assert sentences("Not here, Mrs. He; Dr. Lu did. Ms. Luo too.") == [
        "Not here, Mrs. He; Dr. Lu did.",
        "Ms. Luo too.",
    ]
    assert sentences("Is it their room... or the village's? Wait... I can try.") == [
        "Is it their room... or the village's?", "Wait...", "I can try.",
    ]  # fmt: skip


def test_a_gist_keeps_whole_sentences_in_their_order_and_marks_gaps() -> None:
    text = "We opened in May. The key was lost for 5 months. Who would say so? I will pay the wages on the tenth."
    assert gist(text, 200) == text
    assert gist(text, len(text) - 4) == text, "of which a few words would be left out"
    assert gist(text, 70) == "… The key was lost for 5 months. … I will pay the wages on the tenth.", "with figures"
    assert gist(text, 60, act="answer") == "We opened in May. The key was lost for 5 months. …"
    assert (
        gist(text, 80, "the key for 5 months")
        == "… The key was lost for 5 months. … I will pay the wages on the tenth."
    )
    assert gist("Who pays? Nobody knows.", 12, act="ask") == "Who pays? …"
    promise = "The branch has met. The log you'll have every week. Who pays I can't settle by telephone."
    assert gist(promise, 50, act="promise") == "… The log you'll have every week. …"
    assert gist(promise, 50) == "… Who pays I can't settle by telephone."
    refusal = "The sums are fine. It's on the stairs that I'm asked, by people who got no seat; so no."
    assert gist(refusal, 42, act="object") == "… by people who got no seat; so no."
    assert gist("会开过了。台账我来报，每周五。谁出钱说不清。", 16, act="promise") == "… 台账我来报，每周五。 …"
    assert gist("五月开的门。钥匙丢了5个月。谁会说呢？工钱十号发。", 18) == "… 钥匙丢了5个月。… 工钱十号发。"
    assert gist("A sentence that is far too long for it. Short one here.", 5) == "… Short one here."
    whole = "We met. I will carry the log up to whoever cannot come down. So much for that."
    assert gist(whole, 40, act="promise") == "… I will carry the log up to whoever cannot come down. …", (
        "not cut at its point"
    )
    question = "Since March there have been stools and 2 workers, so say it: what do these children do until 7?"
    assert clauses(question, 60, "ask") == "… so say it: what do these children do until 7?"


def test_a_gist_keeps_no_bare_word_and_nothing_that_leans_on_what_is_left_out() -> None:
    cases: list[tuple[Act, int, str, str]] = [
        (
            "object", 110,
            "No. In your six weeks the children go on sitting alone, and six of them sit at my table already. "
            "I shall not have us four called the answer either. And Jinfu, the Mayor asked you when the village meets.",
            "No. In your six weeks the children go on sitting alone, and six of them sit at my table already. …",
        ),
        (
            "support", 120,
            "Mayor, one worker is alone with 38 children, because the other is showing a coach round. I won't have "
            "ours called out like that. If there is no next name on your list, who pays that place? I still can't.",
            "Mayor, one worker is alone with 38 children, because the other is showing a coach round. …",
        ),
        (
            "answer", 60,
            "Six o'clock, mostly. It's when the plant still works. I met them there and never sent one to you.",
            "Six o'clock, mostly. It's when the plant still works. …",
        ),
        (
            "object", 30,
            "不认。孩子六个礼拜还是一个人坐着，六个已经坐我桌边了。还有，老黄，您问开会哪天。",
            "不认。孩子六个礼拜还是一个人坐着，六个已经坐我桌边了。 …",
        ),
        (
            "support", 26,
            "一个人看三十八个孩子，另一个领着人参观去了。单子上没下一个名字，谁补这个位？我还是交不起。",
            "一个人看三十八个孩子，另一个领着人参观去了。 …",
        ),
    ]  # fmt: skip
    for act, longest, text, left in cases:
        assert gist(text, longest, act=act) == left


def test_a_gist_tells_what_is_wanted_and_where_that_is_told_beside_it_the_ground() -> None:
    cases: list[tuple[int, str, str, str, str]] = [
        (
            70, "I was on those stairs for two hours last night. The guard walks round the back row as well by March.",
            "The guard walks round the back row", "The guard walks round", "on those stairs",
        ),
        (24, "昨晚我在那个楼道站了两个钟头，灯都不亮。保安三月起后排也要走到。", "保安后排也要走到", "保安", "楼道"),
    ]  # fmt: skip
    for longest, text, demand, with_it, without in cases:
        assert with_it in gist(text, longest, demand, "support")
        assert without in gist(text, longest, "", "support", beside=demand)


def test_figures_in_chinese_words_are_figures() -> None:
    cases: list[tuple[str, set[str]]] = [
        ("三百一十户交费", {"310"}), ("六十二个车位，一个月八十", {"62", "80"}), ("差七万八", {"78000"}),
        ("一百零五", {"105"}), ("三千五", {"3500"}), ("十三万二", {"132000"}), ("一万零三百", {"10300"}),
        ("两千", {"2000"}), ("礼拜天八点半，七个人，一间一间", set()),
    ]  # fmt: skip
    for text, figures in cases:
        assert spoken_numbers(text) == figures


def test_numbers_that_are_said_are_read_from_digits_and_from_words() -> None:
    cases: list[tuple[str, set[str], set[str]]] = [
        ("两个居民先动手，后来七个人", {"2", "7"}, {"2", "7"}),
        ("2名保安，一名保洁", {"2", "1"}, {"2"}),
        ("1名保洁，一名保安", {"1"}, {"1"}),
        ("第四晚登记，六十二个车位，13.2万元", {"4", "62", "132000"}, {"4", "62", "132000"}),
        ("一个劲地看一看，十分清楚，第二", {"1"}, set()),
        ("三分之一的户交费，照片占三分", {"3"}, {"3"}),
        ("Two guards, 1 cleaner", {"1"}, {"1"}),
    ]
    for text, named, counted in cases:
        assert named_numbers(text) == named
        assert counted_numbers(text) == counted


def test_a_matter_is_spoken_of_and_its_figures_are_kept_in_digits_and_in_words_alike() -> None:
    assert takes_up("保安两个，加一个保洁，收310户", "册子上2名保安，另外还有310户", "zh")
    assert says_again("2个保安守大门，一共310户交费", "两个保安守大门，一共310户交费", "zh")
    text = Text(en="2 guards and 1 cleaner, 30 yuan", zh="两个保安，一个保洁，30元")
    assert figures_of(text, "zh") == figures_of(text, "en") == {"2", "1", "30"}
    assert figures_of(Text(en="two guards", zh="两个保安"), "zh") == set()


@given(st.text("一二三四五六七八九两十百千万零〇", max_size=30))
def test_any_row_of_chinese_numerals_is_a_number_or_none(text: str) -> None:
    assert all(figure.isdecimal() for figure in spoken_numbers(text))
