"""A campaign in short, two sentences a year: who came first and by how little, who moved, what was copied or failed."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.fates import Fate
from sandbox.diffusion.campaign.past import seen_elsewhere, settled_there
from sandbox.diffusion.campaign.state import CampaignState, Learned
from sandbox.game.wording import similar
from sandbox.report.campaign_words import kept_told, transfer_text
from sandbox.report.figures import decimal

_ALIKE = 0.75  # from here on two wordings are of the same matter
_FINEST = 3  # decimals of H: those to which it is ranked


class CampaignStory:
    """Tells the years of a campaign in a language; without one in that in which it was played."""

    def __init__(self, state: CampaignState, library: Library, lang: Lang | None = None) -> None:
        self._state, self._library = state, library
        self._say = Words(lang or state.settings["lang"], library.roots)

    def year(self, round: int) -> tuple[str, str]:
        """Return a year that is over in two sentences: the ranking with who moved; what was copied and what failed."""
        say = self._say
        moves = [
            transfer_text(move, self._state.card, self._library, say) for move in self._state.transfers.get(round, ())
        ]
        ranked = say("semi").join([self._ranked(round), *moves])
        came = say("semi").join([*self._copied(round), self._failed(round)])
        ranked, came = (say("campaign.story.sentence", text=text[0].upper() + text[1:]) for text in (ranked, came))
        return ranked, came

    def _place(self, community: str) -> str:
        return self._state.card.by_id[community].name.get(self._say.lang)

    def _ranked(self, round: int) -> str:
        say, ranking = self._say, self._state.rankings[round]
        numbers, h = self._state.places(round), {each["community"]: each["h"] or 0.0 for each in ranking}
        first = [each for each, number in numbers.items() if number == 1]
        behind = [each for each in numbers if each not in first]
        names = say("campaign.story.and").join(map(self._place, first))
        best = decimal(h[first[0]], _FINEST)
        if not behind:
            return say("campaign.story.level", h=best)
        gap = decimal(h[first[0]] - h[behind[0]], _FINEST)
        last = [each for each, number in numbers.items() if number == max(numbers.values())]
        told = say(
            "campaign.story.shared" if len(first) > 1 else "campaign.story.first",
            first=names, h=best, gap=gap, second=self._place(behind[0]),
        )  # fmt: skip
        brings = self._state.card.ranking.last.get(say.lang)
        lost = say("campaign.story.last", last=say("campaign.story.and").join(map(self._place, last)), brings=brings)
        return told + say("semi") + lost

    def _copied(self, round: int) -> Iterator[str]:
        say, seen_first = self._say, dict[tuple[str, str], Learned]()
        for seen in seen_elsewhere(self._state):
            if seen.taken and seen.lesson.seen_in == round:
                seen_first.setdefault((seen.lesson.community, seen.lesson.about), seen.lesson)
        settled = dict[tuple[str, str], list[str]]()
        for lesson in seen_first.values():
            what = say("campaign.story.decided", text=settled_there(self._state, lesson))
            settled.setdefault((lesson.community, lesson.origin), []).append(what)
        for (community, origin), told in settled.items():
            yield say("campaign.story.copied", place=self._place(community), origin=self._place(origin), what=told)

    def _fates(self, round: int) -> list[tuple[str, Fate]]:
        results = ((each, self._state.result(round, each)) for each in self._state.communities)
        return [(each, fate) for each, result in results if result for fate in result.fates if fate.became]

    def _failed(self, round: int) -> str:
        """Return what several communities had settled and none kept, else what fails anew, else how much was kept."""
        say, fates, before = self._say, self._fates(round), self._fates(round - 1)
        broken = [(place, fate) for place, fate in fates if fate.became == "broken"]
        for _, fate in broken:
            same = [(where, other) for where, other in fates if _alike(fate, other)]
            where = dict.fromkeys(self._place(at) for at, other in same if other.became == "broken")
            if len(where) > 1 and not any(other.became == "kept" for _, other in same):
                return say("campaign.story.nobody", what=self._matter(fate), places=list(where))
        for place, fate in broken:
            if any(place == at and other.became == "broken" and _alike(fate, other) for at, other in before):
                return say("campaign.story.again", what=self._matter(fate), place=self._place(place))
        results = [result for each in self._state.communities if (result := self._state.result(round, each))]
        return kept_told("story.kept", results, say)

    def _matter(self, fate: Fate) -> str:
        return self._say("campaign.story.decided", text=fate.says) if fate.about else fate.says


def _alike(fate: Fate, other: Fate) -> bool:
    return fate.about == other.about and similar(fate.says, other.says) >= _ALIKE
