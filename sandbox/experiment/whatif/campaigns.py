"""What-if of a campaign: plays two arms from a round to the end with the same seeds, and compares their figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.content.campaign_card import Campaign
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.diffusion.campaign.branch import branch_campaign, changed_card, check_round
from sandbox.diffusion.campaign.events import Settings
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.plans import same_options, similarity
from sandbox.diffusion.campaign.run import Play, run_campaign
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.experiment.whatif.whatif import Figure, FigureComparison, check_runs, compared
from sandbox.game.review.inspection import mean

Arm = Literal["was", "other"]
ARMS: tuple[Arm, ...] = ("was", "other")
_OF_ALL = ("h", "p", "form", "substance")


@dataclass(frozen=True)
class CampaignQuestion:
    """A question: what if a rule had been another from a round on?

    Args:
        folder: the campaign.
        round: the first round of both arms, from 1.
        changes: the changes in the other arm.
        settings: settings of both arms; their seed is not used.
        library: the content.

    Raises:
        InputError: nothing is changed, the changes do not fit, or the campaign does not reach that round.
    """

    folder: CampaignFolder
    round: int
    changes: tuple[str, ...]
    settings: Settings
    library: Library

    def __post_init__(self) -> None:
        if not self.changes:
            raise refusal("campaign.refused.unchanged")
        changed_card(check_round(self.folder, self.round), self.changes, self.library)

    @property
    def card(self) -> Campaign:
        """The campaign's card."""
        return Campaign.model_validate(self.folder.read()[0].payload["card"])

    def arm(self, arm: Arm, seed: int) -> CampaignFolder:
        """Return the folder of a continuation, below the campaign's; both arms of a pair have the same seed."""
        same = {**self.settings, "seed": 0}
        key = json.dumps([self.round, list(self.changes), same], sort_keys=True)
        place = self.folder.path / "whatif" / hashlib.sha256(key.encode()).hexdigest()[:12]
        return CampaignFolder(place / f"{arm}_{seed}")


def campaign_figures(card: Campaign) -> tuple[Figure, ...]:
    """Return the figures compared: means over all communities and rounds, then of each community in the last round.

    The smallest difference that matters is taken to be ten points of a share, or one lesson.
    """
    figures = [Figure(name, False, 0.1) for name in (*_OF_ALL, "alike", "same")]
    figures.append(Figure("lessons", False, 1.0))
    figures += [Figure(f"{name}.{community}", False, 0.1) for community in card.by_id for name in ("h", "substance")]
    return tuple(figures)


def figures_of_campaign(state: CampaignState, first: int) -> Mapping[str, float | None]:
    """Return all figures of a campaign from the round ``first`` on; None for what cannot be measured."""
    last = len(state.card.rounds)
    played = [
        result
        for round in range(first, last + 1)
        for community in state.communities
        if (result := state.result(round, community)) is not None
    ]
    values: dict[str, float | None] = {name: mean([getattr(each, name) for each in played]) for name in _OF_ALL}
    known = state.card.communities
    pairs = [(a.id, b.id) for n, a in enumerate(known) for b in known[n + 1 :] if a.scenario == b.scenario]
    values["alike"] = mean([similarity(state.own(last, a), state.own(last, b)) for a, b in pairs])
    ended = {each: state.result(last, each) for each in state.communities}
    both = [(ended[a], ended[b]) for a, b in pairs]
    values["same"] = mean([same_options(left.terms, right.terms) for left, right in both if left and right])
    values["lessons"] = float(sum(bool(each.origin) and each.seen_in >= first for each in state.learned))
    for community in state.communities:
        result = ended[community]
        values[f"h.{community}"] = result.h if result else None
        values[f"substance.{community}"] = result.substance if result else None
    return values


async def play_arms(
    question: CampaignQuestion, times: int, play: Play, on_played: Callable[[], None] = lambda: None
) -> list[FigureComparison]:
    """Play both arms from the seeds 1 to ``times`` and compare all figures; finished continuations are read again.

    ``on_played`` is called after each continuation.

    Raises:
        InputError: ``times`` is out of range.
        StorageError: a continuation cannot be written.
        EndpointError: a model's endpoint failed; another call goes on.
        BudgetReachedError: the budget is used up; another call goes on.
    """
    check_runs(times)
    rows: dict[Arm, list[Mapping[str, float | None]]] = {"was": [], "other": []}
    for seed in range(1, times + 1):
        for arm in ARMS:
            folder = question.arm(arm, seed)
            if not folder.events.is_file():
                changes = question.changes if arm == "other" else ()
                branch_campaign(
                    question.folder, question.round, question.library, changes, seed, folder.path, question.settings
                )
            with folder.log() as log:
                state = await run_campaign(folder, log, question.library, play)
            rows[arm].append(figures_of_campaign(state, question.round))
            on_played()
    return compared(campaign_figures(question.card), [(rows["was"], rows["other"])])[0]
