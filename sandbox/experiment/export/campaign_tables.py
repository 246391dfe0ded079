"""A campaign as tables: lessons of communities from each other, postings of officials, and rankings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.diffusion.campaign.past import seen_elsewhere
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.experiment.export.sheets import Row

TABLES: Mapping[str, Mapping[str, str]] = {
    "lessons": {
        "campaign": "s", "round": "i", "community": "s", "from_community": "s", "came_by": "s", "source": "s",
        "lesson": "s", "question": "s", "told_of": "i", "asked": "b", "had_before": "b", "taken_over": "b",
    },
    "transfers": {
        "campaign": "s", "after_round": "i", "official": "s", "from_community": "s", "from_seat": "s",
        "to_community": "s", "to_seat": "s", "why_moved": "s", "agenda": "s",
    },
    "ranks": {"campaign": "s", "round": "i", "community": "s", "rank": "i", "h": "f", "p": "f", "brought": "s"},
}  # fmt: skip
"""The columns of each table, each with its kind: s text, i whole number, b yes or no, f number."""


def tables_of(name: str, state: CampaignState) -> dict[str, list[Row]]:
    """Return the rows of a campaign in each of `TABLES`; ``name`` is its id."""
    made = {"lessons": _lessons(state), "transfers": _transfers(state), "ranks": _ranks(state)}
    return {
        table: [{**dict.fromkeys(TABLES[table]), "campaign": name, **row} for row in rows]
        for table, rows in made.items()
    }  # fmt: skip


def _lessons(state: CampaignState) -> Iterator[Row]:
    taken = {seen.lesson: seen.taken for seen in seen_elsewhere(state)}
    for each in state.learned:
        row: Row = {
            "round": each.seen_in, "community": each.community, "from_community": each.origin or None,
            "came_by": each.channel, "source": each.source, "lesson": each.says, "question": each.about or None,
            "told_of": each.year if each.origin else None, "asked": each.asked,
        }  # fmt: skip
        if each.origin and state.result(each.seen_in, each.community) is not None:
            row |= {"had_before": each not in taken, "taken_over": taken.get(each, False)}
        yield row


def _transfers(state: CampaignState) -> Iterator[Row]:
    for after, moves in state.transfers.items():
        for move in moves:
            left, to = move["of"] or (None, None), move["to"] or (None, None)
            yield {
                "after_round": after, "official": move["name"][state.settings["lang"]], "from_community": left[0],
                "from_seat": left[1], "to_community": to[0], "to_seat": to[1], "why_moved": move["why"],
                "agenda": move["agenda"] or None,
            }  # fmt: skip


def _ranks(state: CampaignState) -> Iterator[Row]:
    for round, ranking in state.rankings.items():
        ranks = state.places(round)
        for each in ranking:
            yield {"round": round, **each, "rank": ranks[each["community"]]}
