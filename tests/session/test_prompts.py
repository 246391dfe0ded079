"""What a model reads before a free turn, over the lines of the shipped sessions: all of it once, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.skeletons import example
from sandbox.game.floor.last_word import LAST_WORD
from sandbox.game.fold import Fold
from sandbox.game.game import Game
from sandbox.game.language.quantities import named_numbers, numbers
from sandbox.game.language.wording import takes_up
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.play import RandomChoice, play
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State
from sandbox.game.view import open_facts, seat_view
from sandbox.record.events import Event
from sandbox.record.line import Turn
from sandbox.record.log import read_events
from sandbox.session.opening import game_of
from sandbox.session.prompts import told_to_all, turn_messages
from sandbox.session.schema import turn_schema
from tests.content.folders import LIBRARY
from tests.session.support import spec_of

STAGE = "public_engagement"
OWN = Text(en="The plots stay.", zh="菜地留着。")
CASSETTES = Path(__file__).parents[2] / "cassettes"


@cache
def prompts(lang: Lang) -> tuple[tuple[Game, State, str], ...]:
    """Return the prompt before each line of a showcase, in English each third, with where the session stood."""
    events = read_events(CASSETTES / f"showcase_{lang}" / "events.jsonl")
    game = game_of(events, Library.load())
    return tuple(_prompts(game, Fold(game), events, 1 if lang == "zh" else 3))


def _prompts(game: Game, fold: Fold, events: Sequence[Event], each: int) -> Iterator[tuple[Game, State, str]]:
    for event in events:
        floor = fold.state["floor"] if event.kind == "line" else None
        if floor is not None and len(fold.state["lines"]) % each == 0:
            messages = turn_messages(game, fold.state, floor, None)
            yield game, fold.state, "\n".join(message["content"] for message in messages)
        fold.add(event)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_all_seats_are_told_opens_the_first_prompt(lang: Lang) -> None:
    game, _, prompt = prompts(lang)[0]
    assert prompt.startswith(told_to_all(game))


def test_no_line_stands_twice_in_a_prompt() -> None:
    votes = 0
    for game, state, prompt in prompts("zh"):
        votes += (state["floor"] or {"why": ""})["why"] == "votes"
        stage, seat = game.stages[state["stage"]].id, (state["floor"] or {"seat": ""})["seat"]
        for line in state["lines"]:
            if line["stage"] == stage and seat in line["visible_to"]:
                open_vote = line["vote"] and line["about"] not in {each["motion"] for each in state["decisions"]}
                others_hand = open_vote and (state["floor"] or {"why": ""})["why"] == "votes"
                assert prompt.count(line["says"]) == (not others_hand), line["id"]
    assert votes, "all hands go up at once: nobody is told how the others vote"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_plans_are_told_in_one_place(lang: Lang) -> None:
    heading = {"en": "sections of its own", "zh": "项里自己改了"}[lang]
    minutes = [state["minutes"] for _, state, _ in prompts(lang)]
    assert any(heading in entry["text"] for entry in minutes[-1]), "minutes that people read have them"
    assert not [prompt for _, _, prompt in prompts(lang) if heading in prompt]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_host_told_is_told_once(lang: Lang) -> None:
    again = {"en": "The host of the tour told:", "zh": "参观时接待的人说过："}[lang]
    deciding = [
        (game, prompt) for game, state, prompt in prompts(lang) if "decides" in game.stages[state["stage"]].abilities
    ]
    assert deciding
    for game, prompt in deciding:
        hidden = [fact.text.get(lang) for fact in game.scenario.facts if fact.id in game.scenario.tour.hidden]
        assert any(takes_up(prompt, text, lang) for text in hidden), "the minutes of the tour hold it"
        apart = prompt.partition(again)[2].partition("\n")[0]
        others = [part for part in prompt.splitlines() if part not in (apart, again + apart) and "⟦" not in part]
        for text in hidden:
            whole = [part for part in others if takes_up(part, text, lang) and numbers(text) <= named_numbers(part)]
            assert not whole or text not in apart


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_decides_is_told_all_facts_of_the_place(lang: Lang) -> None:
    for game, state, prompt in prompts(lang):
        if "decides" in game.stages[state["stage"]].abilities:
            own = [fact.text.get(lang) for fact in open_facts(game) if not fact.of_elsewhere]
            assert own
            assert all(text in prompt for text in own)


@pytest.mark.parametrize("source", ["", "    source: our interviews 2025\n", "    source: {inferred: [text]}\n"])
def test_a_fact_of_a_case_of_ones_own_is_told_wherever_it_comes_from(source: str, tmp_path: Path) -> None:
    fact = '{en: "The yard has 6 blocks and 1 tree.", zh: "院里有6栋楼、1棵树。"}\n'
    card = example("scenario", "bench")
    assert fact in card
    scenarios = tmp_path / "prompts" / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "bench.yaml").write_text(card.replace(fact, fact + source), encoding="utf-8")
    library = Library.load(tmp_path)
    game = Game(SessionSpec(scenario="bench", governance="joint_production", seed=1), library)
    draw, deciding = RandomChoice(game.templates), []

    def choose(game: Game, state: State) -> Turn:
        floor = state["floor"]
        assert floor is not None
        if "decides" in game.stages[state["stage"]].abilities:
            deciding.append("\n".join(message["content"] for message in turn_messages(game, state, floor, None)))
        return draw(game, state)

    play(game, choose)
    assert deciding
    assert all("The yard has 6 blocks and 1 tree." in prompt for prompt in deciding)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_the_paper_tells_of_other_places_is_told_with_the_point_that_carries_it(lang: Lang) -> None:
    told = 0
    for game, state, prompt in prompts(lang):
        seat = (state["floor"] or {"seat": ""})["seat"]
        carried = {fact for point in game.seats[seat].points for fact in point.facts if point.says.get(lang) in prompt}
        for fact in game.scenario.facts:
            if fact.of_elsewhere and fact.id not in game.scenario.tour.hidden:
                assert (fact.text.get(lang) in prompt) == (fact.id in carried), (seat, fact.id)
                told += fact.id in carried
    assert told


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_motion_hangs_on_is_left_to_the_table(lang: Lang) -> None:
    """Minutes of earlier stages do not say again what stands with a motion, nor who was there where all still are."""
    for game, state, prompt in prompts(lang):
        floor = state["floor"]
        if floor is None or game.personas[floor["seat"]].kind == "host":
            continue  # whoever shows a place reads conditions with the lines, and no motions
        last_word = floor["why"] == LAST_WORD  # which names what it is about
        view = seat_view(game, state, floor["seat"])
        tabled = [view.motion, *view.next_motions] if view.motion else view.proposals
        parts = [
            part
            for item in state["ledger"]
            if item.kind == "proposal" and item.terms
            for part in hangs_on(item.condition)
        ]
        for part in parts:
            motions = max(1, sum(part in hangs_on(item.condition) for item in tabled))
            stage = state["lines"][-1]["stage"]
            said = (
                part in (line["promises"], line.get("refuses"), "" if line["stage"] == stage else line["condition"])
                for line in state["lines"]
            )  # where a person of an earlier stage asked for it, and others do again, or promise it in its words
            assert prompt.count(part) <= motions + (len(part) < 12) + last_word + sum(said), part


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_votes_is_told_the_plans_and_what_follows_a_rejection(lang: Lang) -> None:
    voting = [
        (state, prompt) for _, state, prompt in prompts(lang) if (state["floor"] or {"why": ""})["why"] == "votes"
    ]
    assert voting
    follows = {"en": "If it is rejected, ", "zh": "没通过的话，"}[lang]
    plan = {"en": "Plan of the ", "zh": "的方案："}[lang]
    assert all(follows in prompt and plan in prompt for _, prompt in voting)


def test_a_condition_that_lies_on_no_table_stands_with_its_line() -> None:
    """Support of a promise on a condition makes no motion: whoever speaks next must read it all the same."""
    game, state, _ = next(row for row in prompts("en") if len(row[1]["lines"]) > 40)
    line = {**state["lines"][-1], "act": "support", "condition": "the elders have met first", "id": "L900", "terms": {}}
    after: State = {**state, "lines": [*state["lines"], line], "turn": state["turn"] + 1}  # type: ignore[list-item]
    told = turn_messages(game, after, state["floor"], None)[1]["content"]  # type: ignore[arg-type]
    assert "On condition: ⟦the elders have met first⟧" in told
    before = turn_messages(game, state, state["floor"], None)[1]["content"]  # type: ignore[arg-type]
    said, table = before.split("# Said in this stage")[1].split("# On the table")
    assert "On condition" in table
    assert "On condition" not in said, "on the table alone"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_motion_that_may_be_put_is_told_whole_in_one_place(lang: Lang) -> None:
    whole = 0
    for game, state, prompt in prompts(lang):
        view = seat_view(game, state, (state["floor"] or {"seat": ""})["seat"])
        rows = [row[2:6] for row in prompt.splitlines() if row.startswith("- L0")]
        assert view.last_word is None or set(rows) <= set(view.put_in_turn), "nothing else can be put any more"
        for item in view.proposals:
            if item.line in rows:
                row = next(row for row in prompt.splitlines() if row.startswith(f"- {item.line}"))
                assert all(option in row for _, option in game.in_words(item.terms))
                assert all(f"⟦{part}⟧" in row for part in hangs_on(item.condition))
                whole += 1
    assert whole


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_long_a_condition_or_promise_may_be_is_told_as_the_schema_has_it(lang: Lang) -> None:
    game, state, prompt = prompts(lang)[0]
    floor = state["floor"]
    assert floor is not None
    most = turn_schema(game, state, floor, None)["properties"]["condition"]["maxLength"]
    told = {"en": f"at most {most} characters", "zh": f"最多{most}字"}[lang]
    assert told in prompt


def test_promises_of_earlier_stages_are_told_in_their_words_where_promises_stand_and_there_alone() -> None:
    told = 0
    for _, state, prompt in prompts("zh"):
        row = next((row for row in prompt.splitlines() if row.startswith("没收回的承诺")), "")
        for line in state["lines"]:
            to = line.get("promised_to", ["all"])
            given = f"{line['id']} {line['seat']}" + (f"（为{'、'.join(to)}）⟦" if to != ["all"] else "⟦")
            if line["promises"] and line["stage"] != "public_engagement" and given in row:
                assert f"{given}{line['promises']}⟧" in row
                own = line["seat"] == (state["floor"] or {"seat": ""})["seat"]
                assert own or f"承诺：{line['promises']}）" not in prompt, "of others only the latest stand in the list"
                told += 1
    assert told


def test_a_secret_that_the_briefing_tells_is_not_told_again() -> None:
    own = [prompt for _, state, prompt in prompts("en") if (state["floor"] or {"seat": ""})["seat"] == "migrant_tenant"]
    assert own
    assert all(prompt.split("# You")[1].count("with a key round his neck") == 1 for prompt in own)


@pytest.mark.parametrize(("lang", "most"), [("en", 17_800), ("zh", 5_500)])
def test_prompts_stay_within_bounds(lang: Lang, most: int) -> None:
    lengths = [len(prompt) for _, _, prompt in prompts(lang)]
    assert sum(lengths) / len(lengths) < most
    assert max(lengths) < 1.6 * most


@pytest.mark.parametrize(("lang", "needed"), [("en", "More than half of the votes cast"), ("zh", "过半数赞成就通过")])
def test_whoever_decides_is_told_what_carries_a_motion(lang: Lang, needed: str) -> None:
    deciding = [prompt for game, state, prompt in prompts(lang) if "decides" in game.stages[state["stage"]].abilities]
    assert all(needed in prompt for prompt in deciding)


def told(lang: Lang, wording: str, voters: str) -> tuple[str, dict[str, str]]:
    """Return the first prompt of a session where officials hold a veto, and that of each seat that is asked to vote."""
    changes = (f"aggregation.voters={voters}", "aggregation.veto=official")
    spec = spec_of(lang=lang, wording=wording, changes=changes, stages=("application", STAGE), turns=2)
    game, first, ballots = Game(spec, LIBRARY), list[str](), dict[str, str]()
    game.personas["mayor"] = game.personas["mayor"].model_copy(update={"non_negotiable": OWN})
    draw = RandomChoice(game.templates)

    def choose(game: Game, state: State) -> Turn:
        floor = state["floor"]
        assert floor is not None
        if not first or floor["why"] == "votes":
            prompt = turn_messages(game, state, floor, None)[-1]["content"]
            first.append(prompt)
            if floor["why"] == "votes":
                ballots.setdefault(floor["seat"], prompt)
        return draw(game, state)

    play(game, choose)
    return first[0], ballots


@pytest.mark.parametrize(
    ("lang", "wording", "scene", "stops"),
    [
        ("en", "as_is", "{} may stop it without having a vote", "You have no vote, but a veto"),
        ("en", "plain", "{} may stop it without having a vote", "Yours is a veto and no vote"),
        ("zh", "as_is", "{}没有表决权，但可以否决", "你没有表决权，但有否决权"),
        ("zh", "plain", "{}没有表决权，但可以否决", "你这一票不计数，但能否决"),
    ],
)
def test_who_may_only_stop_a_motion_is_told_apart_from_who_votes(
    lang: Lang, wording: str, scene: str, stops: str
) -> None:
    ahead, ballots = told(lang, wording, "chair,frontline,resident")
    official = "mayor"
    assert official in ballots
    summary = LIBRARY.governance(spec_of().governance).summary.get(lang)
    assert summary not in ahead + "".join(ballots.values()), "the rules are others than that sentence says"
    assert {"en": ", changed in places\n", "zh": "（有几条改过）\n"}[lang] in ahead, "and no empty line in its place"
    assert all(game.governance.summary.get(lang) in prompt for game, _, prompt in prompts(lang))
    for seat, prompt in ballots.items():
        assert scene.format(official) in prompt
        assert (stops in prompt) == (seat == official)
    own = OWN.get(lang)
    assert own in ballots[official]
    assert own + {"en": ".", "zh": "。"}[lang] not in ballots[official], "a stop that the card has is enough"
    assert scene.split("{}")[1][:8] in ahead
    voting, with_vote = told(lang, wording, "chair,official,frontline,resident")
    assert voting != ahead
    assert all(scene.format(official) not in prompt and stops not in prompt for prompt in with_vote.values())
