"""What a community saw of others, and what of it it decided itself afterwards (PL)."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.diffusion.campaign.state import CampaignState, Learned


@dataclass(frozen=True)
class Seen:
    """What a community saw of another.

    Args:
        lesson: what, when, from whom and how.
        taken: whether the community decided the same in the round in which it could, and not in the one before.
    """

    lesson: Learned
    taken: bool


def seen_elsewhere(state: CampaignState) -> list[Seen]:
    """Return what each community saw of others, but for what it had decided itself in the round before.

    What is shown on a tour may be decided in the same round; what an official brings along comes after the round.
    """
    seen = []
    for lesson in state.learned:
        decided_in = lesson.round + (lesson.channel == "posting")
        if lesson.origin and lesson.says not in _settled(state, decided_in - 1, lesson.community):
            seen.append(Seen(lesson, lesson.says in _settled(state, decided_in, lesson.community)))
    return seen


def _settled(state: CampaignState, round: int, community: str) -> tuple[str, ...]:
    result = state.result(round, community)
    return result.settled if result else ()
