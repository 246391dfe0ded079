"""Counts what the cards of cases are made of: who chairs, how officials answer, which options win, who pays, voices.

Run ``python -m tests.content_counts`` for all cases, or name some. Sessions are drawn from the rules, and played
directed with the cards' own words, so no model is needed. ``--voices mayor,grid_master`` prints lines to read.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from sandbox.content.cards import OFFICIALS
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.content.seat_card import Point
from sandbox.game.game import Game
from sandbox.game.play import Choose, RandomChoice, play
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State
from sandbox.record.line import Turn
from sandbox.scoring.audit.audited import replaced
from sandbox.session.points import is_aside, point_of, turn_of

PLAYED = (("rules", 200), ("directed", 60))
HEAD = [
    "case", "seats", "points", "officials evade", "off the record", "concede / refuse", "hard courses",
    "bundles: apart at most", "papers", "government alone pays", "most frequent option: drawn", "played",
    "voice known: en / zh",
]  # fmt: skip
YIELDING = ("answer", "concede", "support", "decide")
GIVING = ("answer", "concede", "promise", "support", "decide")
PROPS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(tea|chairs?|pens?|drawers?|kettles?|hats?|scissors|weather|umbrellas?|shoes?|soup)\b", re.I),
    "zh": re.compile(r"茶|椅|笔|抽屉|水壶|帽子|剪刀|天气|伞|鞋|汤"),
}


def card_words(game: Game, state: State) -> Turn:
    """Choose the point that the floor asks for, in the card's own words; where there is none, a turn that is drawn."""
    floor = state["floor"]
    if floor is None:
        raise ValueError("nobody has the floor")
    point = point_of(game, state, floor)
    if point is None:
        return RandomChoice(game.templates)(game, state)
    aside = is_aside(game, state, floor)
    return turn_of(point, point.says.get(game.spec.lang), aside=aside)


def chairs(library: Library, case: Scenario) -> dict[str, str]:
    """Return who chairs a case under each model."""
    return {model: Game(_spec(case, model), library).chair for model in case.governance}


def evades(case: Scenario, point: Point) -> bool:
    """Return whether a point refuses, passes a matter on, or meets a question with something else than an answer."""
    asked = {other.id for seat in case.seats for other in seat.points if other.act == "ask"}
    replies = bool(asked.intersection(point.replies_to)) and point.act not in GIVING
    return replies or point.act in ("refuse", "defer", "escalate")


def official_points(library: Library, case: Scenario) -> list[Point]:
    """Return the points of officials, those of a host aside."""
    seats = (seat for seat in case.seats if library.persona(seat.persona).kind in OFFICIALS)
    return [point for seat in seats for point in seat.points if point.act != "decide"]


def winners(library: Library, case: Scenario, sessions: int, style: str) -> dict[str, Counter[str]]:
    """Return how often each option of each question was bound, over sessions under all models in turn."""
    bound: dict[str, Counter[str]] = defaultdict(Counter)
    choose: Choose = (
        card_words if style == "directed" else RandomChoice(Game(_spec(case, "command"), library).templates)
    )
    games = [Game(_spec(case, model, style), library) for model in case.governance]
    for seed in range(sessions):
        state = play(games[seed % len(games)].twin(seed=seed), choose)
        for decision in state["decisions"]:
            for question, option in decision["terms"].items() if decision["carried"] else ():
                bound[question][option] += 1
    return bound


def payer_points(case: Scenario) -> Iterator[tuple[str, ...]]:
    """Yield who pays by each point that names an option on the payer."""
    payers = {each.id: each.options for each in case.decisions if each.topic == "payer"}
    for seat in case.seats:
        for point in seat.points:
            for question, option in point.terms.items():
                if question in payers:
                    yield payers[question][option].paid_by


def hard_courses(case: Scenario) -> list[tuple[str, ...]]:
    """Return the courses in which nobody gives way, by their points: three replies or more that end in a refusal.

    A course goes on as long as points reply to one another, at least two seats have a part in it, and its last point
    refuses, passes the matter on, or meets a question with something else than an answer. Of courses with the same end
    the longest counts.
    """
    owners = {point.id: seat.persona for seat in case.seats for point in seat.points}
    hard = {point.id: point for seat in case.seats for point in seat.points if point.act not in YIELDING}

    def longest(point: Point, seen: tuple[str, ...]) -> tuple[str, ...]:
        before = [hard[reply] for reply in point.replies_to if reply in hard and reply not in seen]
        return (*max((longest(other, (*seen, other.id)) for other in before), key=len, default=()), point.id)

    courses = [longest(point, (point.id,)) for point in hard.values() if evades(case, point)]
    return [course for course in courses if len(course) >= 3 and len({owners[point] for point in course}) > 1]


def bundles(case: Scenario) -> dict[str, tuple[int, int]]:
    """Return for each proposal that settles two questions or more how many points back and how many attack it."""
    replies = [point for seat in case.seats for point in seat.points]
    made = [point.id for point in replies if point.act == "propose" and len(point.terms) > 1]
    return {
        name: (
            sum(point.act == "support" and name in point.replies_to for point in replies),
            sum(point.act in ("object", "refuse") and name in point.replies_to for point in replies),
        )
        for name in made
    }


def unpayable(library: Library, case: Scenario) -> list[str]:
    """Return the questions that have fewer than two options under a model."""
    games = {model: Game(_spec(case, model), library) for model in case.governance}
    return [
        f"{question}: {model}"
        for model, game in games.items()
        for question, payable in game.offered.items()
        if len(payable) < 2
    ]


def voices(library: Library, cases: Sequence[Scenario], lang: Lang) -> tuple[dict[str, float], float]:
    """Return by case how often a classifier knows who has a point, names masked, and how often chance would.

    It learns from the points of the other stages of the case. Character n-grams (TF-IDF) and logistic regression.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    shares: dict[str, float] = {}
    chance = []
    analyzer, grams = ("char", (1, 3)) if lang == "zh" else ("char_wb", (2, 5))
    for case in cases:
        rows = [
            (point.stages[0], seat.persona, _masked(library, case, point.says.get(lang), lang))
            for seat in case.seats
            if library.persona(seat.persona).kind != "host"
            for point in seat.points
            if point.act != "decide"
        ]
        right = 0
        for stage in {stage for stage, _, _ in rows}:
            known, asked = [row for row in rows if row[0] != stage], [row for row in rows if row[0] == stage]
            learn, model = (
                TfidfVectorizer(analyzer=analyzer, ngram_range=grams, sublinear_tf=True),
                LogisticRegression(C=10.0, max_iter=1000),
            )
            model.fit(learn.fit_transform([row[2] for row in known]), [row[1] for row in known])
            guesses = model.predict(learn.transform([row[2] for row in asked]))
            right += sum(guess == row[1] for guess, row in zip(guesses, asked, strict=True))
        shares[case.id] = right / len(rows)
        chance.append(1 / len({seat for _, seat, _ in rows}))
    return shares, sum(chance) / len(chance)


def standing(library: Library, case: Scenario) -> list[str]:
    """Return what can be counted of a case without playing it, as cells of a table."""
    points, payers = official_points(library, case), list(payer_points(case))
    acts = Counter(point.act for seat in case.seats for point in seat.points)
    return [
        case.id,
        str(len(case.seats)),
        str(acts.total()),
        _share(sum(evades(case, point) for point in points), len(points)),
        _share(sum(point.privately is not None for point in points), len(points)),
        f"{acts['concede']} / {acts['refuse']}",
        str(len(hard_courses(case))),
        str(max(abs(backs - attacks) for backs, attacks in bundles(case).values())),
        str(len(library.pack(case.id).documents)),
        _share(payers.count(("government",)), len(payers)),
    ]


def table(library: Library, cases: Sequence[Scenario]) -> list[str]:
    """Return the counts of cases as the lines of a table in Markdown."""
    heard = [voices(library, cases, lang)[0] for lang in LANGUAGES]
    rows = [
        [
            *standing(library, case),
            *(f"{_most(winners(library, case, sessions, style)):.0%}" for style, sessions in PLAYED),
            " / ".join(f"{shares[case.id]:.0%}" for shares in heard),
        ]
        for case in cases
    ]
    return [f"| {' | '.join(row)} |" for row in (HEAD, ["---"] * len(HEAD), *rows)]


def beside(library: Library, cases: Sequence[Scenario], personas: Sequence[str], lang: Lang) -> Iterator[str]:
    """Yield ten lines of each of some personas, from all their cases in turn."""
    for persona in personas:
        seats = [seat for case in cases for seat in case.seats if seat.persona == persona]
        rounds = (point for turn in zip_longest(*(seat.points for seat in seats)) for point in turn if point)
        card = library.persona(persona)
        yield f"## {card.name.get(lang)} ({card.role.get(lang)})"
        yield from (f"- {point.says.get(lang)}" for point in islice(rounds, 10))


def _most(bound: dict[str, Counter[str]]) -> float:
    return max(options.most_common(1)[0][1] / options.total() for options in bound.values() if options.total() > 4)


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="*", help="cases, by id; without any, all")
    parser.add_argument("--table", action="store_true", help="as the table in the README of the tests")
    parser.add_argument("--voices", metavar="PERSONAS", help="ten lines of each of these, with commas between")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="of the lines")
    arguments = parser.parse_args()
    names = arguments.cases
    library = Library.load()
    if arguments.voices:
        cases = [library.scenario(name) for name in names or library.cards["scenario"]]
        _print("\n".join(beside(library, cases, arguments.voices.split(","), arguments.lang)))
        return
    if arguments.table:
        _print("\n".join(table(library, [library.scenario(name) for name in names or library.cards["scenario"]])))
        return
    cases = [library.scenario(name) for name in names or library.cards["scenario"]]
    heard = {lang: voices(library, cases, lang) for lang in LANGUAGES}
    acts: Counter[str] = Counter()
    for case in cases:
        _print(f"## {case.id}: {len(case.seats)} seats, {sum(len(seat.points) for seat in case.seats)} points")
        _print("chairs: " + ", ".join(f"{model} {seat}" for model, seat in chairs(library, case).items()))
        acts.update(own := Counter(point.act for seat in case.seats for point in seat.points))
        points = official_points(library, case)
        _print(
            f"officials: {_share(sum(evades(case, point) for point in points), len(points))} of {len(points)} points "
            f"evade (wanted 30%), {_share(sum(point.privately is not None for point in points), len(points))} "
            f"have words off the record (50%); {own['concede']} concessions, {own['refuse']} refusals"
        )
        for style, sessions in PLAYED:
            for question, options in winners(library, case, sessions, style).items():
                option, times = options.most_common(1)[0]
                mark = "  TOO OFTEN" if times > 0.7 * options.total() and options.total() > 4 else ""
                _print(f"{style}: {question} {option} {_share(times, options.total())} of {options.total()}{mark}")
        payers = list(payer_points(case))
        alone = payers.count(("government",))
        _print(f"government alone pays: {_share(alone, len(payers))} of {len(payers)} (under 40%)")
        _print(f"fewer than two options: {', '.join(unpayable(library, case)) or 'nowhere'}")
        _print(f"facts of the platform: {sum(fact.platform for fact in case.facts)} (two or more)")
        for lang in LANGUAGES:
            texts = [point.says.get(lang) for seat in case.seats for point in seat.points]
            props = sum(bool(PROPS[lang].search(text)) for text in texts)
            _print(
                f"{lang}: points with a prop {_share(props, len(texts))}; voice known {heard[lang][0][case.id]:.0%} "
                f"(wanted 50%)"
            )
    _print("## all")
    _print(", ".join(f"{act} {times}" for act, times in acts.most_common()))
    for lang in LANGUAGES:
        shares, chance = heard[lang]
        _print(f"{lang}: voice known {sum(shares.values()) / len(shares):.0%} (chance {chance:.0%}, wanted 50%)")


def _spec(case: Scenario, model: str, style: str = "rules") -> SessionSpec:
    played = "none" if style == "rules" else "card"
    return SessionSpec(scenario=case.id, governance=model, style=style, model=played)


def _masked(library: Library, case: Scenario, text: str, lang: Lang) -> str:
    cards = [library.persona(seat.persona) for seat in case.seats]
    names = {name for card in cards for name in (card.name.get(lang), card.role.get(lang), *card.name.en.split())}
    return replaced(text, dict.fromkeys(names, "□"), lang)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
