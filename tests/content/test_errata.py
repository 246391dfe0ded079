"""Figures and labels of the source paper that cannot be right: none of them stands in any shipped text."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from sandbox.content.card_files import FOLDERS, shipped_root
from sandbox.content.library import Library
from sandbox.content.scenario_card import City, Scenario

_ROOT = shipped_root()
_PACKAGE = Path(__file__).resolve().parents[2] / "sandbox"
_FOLDERS = [
    *(_ROOT / folder for folder, _ in FOLDERS.values()),
    _ROOT / "prompts" / "templates" / "en",
    _ROOT / "prompts" / "templates" / "zh",
    _PACKAGE / "content" / "skeletons",
    _PACKAGE / "content" / "words",
]
FILES = sorted(path for folder in _FOLDERS for path in folder.iterdir() if path.is_file())


_FIGURE = r"(?<![\d.,])"


def millions(figure: str) -> str:
    """Return a pattern for a figure in millions as English and Chinese write it: 33.2 million, 3,320万, 33,200,000."""
    value = Decimal(figure)
    full = f"{int(value * 1_000_000):,}".replace(",", ",?")
    wan = f"{value * 100:,f}".rstrip("0").rstrip(".") if "." in f"{value * 100:f}" else f"{value * 100:,f}"
    wan = re.escape(wan).replace(",", ",?")
    yi = re.escape(f"{value / 100:f}".rstrip("0").rstrip("."))
    plain = re.escape(figure.lstrip("0") if value < 1 else figure)
    english = rf"0?{plain}(?:\s*(?:million|mln|百万)|m\b)|{full}(?![\d,]*\d)"
    chinese = rf"{wan}\s*(?:万|余万|多万)|{yi}\s*亿"
    return rf"{_FIGURE}(?:{english}|{chinese})"


_WRONG: dict[str, str] = {
    "residents of Haicang in 2015": millions("33.2"),
    "migrants of Haicang in 2014": millions("27.3"),
    "floating people of Xinyang": millions("10"),
    "floating people of a year, from": millions("16.5"),
    "floating people of a year, to": millions("21"),
    "a range of floating people": r"16\.5\s*(?:-|–|to|至|到)\s*21\s*(?:million|百万)|"
    r"1,?650\s*(?:-|–|至|到)\s*2,?100\s*万",
    "migrants of Xinyang": millions("17.6"),
    "migrants of Xinyang, corrected": _FIGURE + r"(?:176,?000\b|17\.6\s*万)",
    "growth of Chengdu": millions("120.59"),
    "growth of Chengdu, bare": r"120\.59",
    "the unit of a table": r"CNY\s*10,?000",
    "a city called a district": r"Xiamen District|厦门区",
    "five years of growth": r"fastest[^.\n]{0,40}\bfive years|五年[^。\n]{0,10}增长最快",
    "temporary people in 2012": r"300,?000 (?:temporary|floating|migrants)|"
    r"(?:流动|暂住|外来)人口[^。\n]{0,6}(?:30\s*万|300,?000)",
    "floating people in 2012": r"180,?000 (?:people|floating|migrants)|"
    r"(?:流动|暂住|外来)人口[^。\n]{0,6}(?:18\s*万|180,?000)",
    "registered people of Guiyang": millions("3.74"),
    "people of Guiyang outside of farming": millions("1.98"),
    "farmers of Guiyang": millions("1.94"),
    "net inflow of Guiyang": millions("0.746"),
    "net inflow of Guiyang, recomputed": millions("0.96"),
    "share of Haicang's migrants": r"百分之八十二|82(?<!\d82)\s*[%％]",
    "length of stay": r"\b12\s*%[^.\n。]{0,80}\b29\s*%[^.\n。]{0,80}\b59\s*%",
    "migrants who lose land": r"(?:four|4) million migrants|4,?000,?000 migrants|"
    r"400\s*万[^。\n]{0,8}(?:流动|外来|移民)|"
    r"migrants (?:who )?(?:lose|lost|losing) (?:their |the )?land",
    "migrants who sign early": r"migrants (?:who )?sign(?:ed|ing)? early|early[- ]signing migrants|"
    r"(?:先|早|提前)签(?:约|字)?的(?:外来|流动|移民)",
    "houses": r"70,?000\s+(?:houses|homes|flats|apartments)|(?:70,?000|7\s*万)\s*(?:套|栋|间)",
    "a neighbourhood that is another city": r"Longyan\b|龙岩",
    "a city called a province": r"Guiyang[^.\n]{0,10}\bprovince\b|province of Guiyang|贵阳省",
    "the end of detention": r"abolish\w*[^.\n]{0,60}\b2005\b|2005\b[^.\n]{0,60}aboli|detention[^.\n]{0,60}\b2005\b|"
    r"2005\s*年?[^。\n]{0,20}(?:废除|废止|取消)|(?:废除|废止|取消)[^。\n]{0,20}2005|收容[^。\n]{0,20}2005",
    "a misspelt name of a model": r"diazo",
    "a misspelt name of a city": r"Taichang",
    "a party called a congress": r"Communist(?: Party)? Congress|Congress of (?:the )?Communist",
    "a figure that is missing": r"Figure 1\b|图\s*1(?!\d)",
    "a feature that is garbled": r"resist(?:s|ing)? social organi[sz]ations|抵制社会组织",
}


_EXAMPLES = [
    ("residents of Haicang in 2015", "33.2 million people"),
    ("residents of Haicang in 2015", "33.2m people"),
    ("residents of Haicang in 2015", "常住人口3,320万"),
    ("residents of Haicang in 2015", "常住人口3320万"),
    ("residents of Haicang in 2015", "33,200,000 residents"),
    ("residents of Haicang in 2015", "33200000 residents"),
    ("migrants of Haicang in 2014", "a floating population of 27.3 million"),
    ("floating people of Xinyang", "10 million floating people"),
    ("floating people of a year, from", "每年1650万"),
    ("floating people of a year, to", "每年2100万"),
    ("a range of floating people", "16.5-21 million"),
    ("migrants of Xinyang", "17.6 million migrants"),
    ("migrants of Xinyang, corrected", "176,000 migrants"),
    ("growth of Chengdu", "120.59 million"),
    ("growth of Chengdu, bare", "120.59 square metres"),
    ("the unit of a table", "in CNY10,000"),
    ("a city called a district", "Xiamen District"),
    ("five years of growth", "the fastest growth in the past five years"),
    ("temporary people in 2012", "300,000 temporary residents"),
    ("floating people in 2012", "180,000 floating people"),
    ("registered people of Guiyang", "3.74 million"),
    ("people of Guiyang outside of farming", "1.98 million"),
    ("farmers of Guiyang", "194万"),
    ("net inflow of Guiyang", "0.746 million"),
    ("net inflow of Guiyang", ".746 million"),
    ("net inflow of Guiyang", "746,000 people"),
    ("net inflow of Guiyang, recomputed", "96万"),
    ("share of Haicang's migrants", "82% of the residents"),
    ("length of stay", "12% up to a year, 29% up to four years and 59% longer"),
    ("migrants who lose land", "four million migrants"),
    ("migrants who sign early", "migrants who sign early"),
    ("houses", "70,000 houses"),
    ("a neighbourhood that is another city", "in Longyan Neighborhood"),
    ("a city called a province", "Guiyang Province"),
    ("the end of detention", "the system was abolished in 2005"),
    ("a misspelt name of a model", "gongtong diazo"),
    ("a misspelt name of a city", "Taichang"),
    ("a party called a congress", "the Communist Party Congress of China"),
    ("a figure that is missing", "see Figure 1"),
    ("a feature that is garbled", "bodies resisting social organisations"),
]


def errors_in(text: str) -> set[str]:
    """Return the known errors that a text repeats."""
    small = text.lower()
    figures = "\n".join(small[figure.start() : figure.end() + 16] for figure in re.finditer(r"[\d.,]*\d[\d.,]*", small))
    looked = {what: figures if pattern.startswith(_FIGURE) else small for what, pattern in _WRONG.items()}
    return {what for what, where in looked.items() if re.search(_WRONG[what].lower(), where)}


def test_a_shipped_file_repeats_no_known_error() -> None:
    assert errors_in("\n\n".join(path.read_text(encoding="utf-8") for path in FILES)) == set()


def test_all_kinds_of_shipped_text_are_looked_at() -> None:
    folders = {path.parent.name for path in FILES}
    assert folders >= {
        "personas", "scenarios", "governance", "cities", "stages", "rubrics", "en", "zh", "skeletons", "words",
    }  # fmt: skip
    assert len(FILES) > 75


def test_the_pattern_of_each_known_error_finds_it() -> None:
    assert [(what, wrong) for what, wrong in _EXAMPLES if what not in errors_in(wrong)] == []
    assert {what for what, _ in _EXAMPLES} == set(_WRONG)


def test_a_right_figure_is_not_taken_for_a_wrong_one() -> None:
    for right in (
        "In 2012 the district counted 344,925 people, of whom 207,900 were floating population.",
        "107,126 of 122,691 people were floating population.",
        "By the end of 2014 the city had about 4,700,000 people; 110,000 lived there.",
        "2010年，外来人口约2,620,000人；170,000人，约120,000人。",
        "A room stood idle for 3 years; 10 m or 10 metres, 21 lamps, F10, 2005 households.",
        "A place at Taicang; gongtong dizao.",
    ):
        assert errors_in(right) == set(), right


def test_totals_of_the_campaign_are_told_as_reported_by_the_district(library: Library) -> None:
    cards = [*library.cards["scenario"].values(), *library.cards["city"].values()]
    facts = [fact for card in cards if isinstance(card, Scenario | City) for fact in card.facts]
    totals = [fact.text for fact in facts if re.search("12,260|11,330|2,360", fact.text.en)]
    assert len(totals) > 1
    assert [text.en for text in totals if not re.search("report|official count", text.en, re.IGNORECASE)] == []
    assert [text.zh for text in totals if not re.search("公布|上报|自报|通报|报告|官方", text.zh)] == []
