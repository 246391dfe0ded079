"""A spread in words of one language: names of places, periods and mechanisms, and shares as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandbox.content.changes import changed_in, changes_in
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.content.words import Words
from sandbox.diffusion.deck import Kind
from sandbox.diffusion.decks.rows import Variants
from sandbox.diffusion.spread import MANY_SEEDS, Band, Spread, SpreadArm, band_cuts
from sandbox.game.spec import SessionSpec
from sandbox.report.figures import percent
from sandbox.report.pages.parts import PageWords
from sandbox.report.rule_words import rules_swapped

HALF = 0.5
"""The share of places at which half of them have the reform."""


class SpreadReader(PageWords):
    """The words for the report of a spread.

    ``named`` is the folder that names the result in commands; empty if the report is read in the browser.
    """

    def __init__(self, spread: Spread, library: Library, lang: Lang, named: str) -> None:
        self.spread, self.country, self.named = spread, spread.plan.country, named
        super().__init__("spread_page", library, lang)

    def how(self, key: str, button: str = "") -> str:
        """Return how to get what is missing: by a command or, in the browser, the page and the button."""
        if self.named:
            return self.say(key, named=self.named)
        return self.say(f"{key}_here", page=self.label("country.title"), button=self.label(button) if button else "")

    @property
    def plan(self) -> SpreadArm:
        """The arm that was planned."""
        return self.spread.arms[0]

    @property
    def on(self) -> tuple[Mechanism, ...]:
        """The mechanisms at work."""
        return self.spread.plan.on

    @property
    def lede(self) -> str:
        """What the card says of the country, and a note if it was played with other settings."""
        about = self.country.about.get(self.lang)
        plan = self.spread.plan
        otherwise = plan.without or plan.changes or (self.card_at_hand and self.setting())
        return self.label("gap").join((about, self.say("otherwise"))) if otherwise else about

    @property
    def card_at_hand(self) -> Country | None:
        """The country's card in the current content; None if there is none."""
        card = self.library.cards["network"].get(self.country.id)
        return card if isinstance(card, Country) else None

    @property
    def times(self) -> tuple[str, ...]:
        """The periods as labels of an axis; 0 is before the first."""
        return tuple(map(str, range(self.country.periods + 1)))

    def mechanism(self, name: Mechanism) -> str:
        """Return the name of a mechanism with a capital letter."""
        text = self.label.of("diffusion.mechanism", name)
        return text[:1].upper() + text[1:]

    def version(self, code: int) -> str:
        """Return the case and the terms for which a version stands."""
        case, terms = Variants(self.library, self.country.deck.scenarios).terms(code)
        if not terms:
            return self.say("version.none")
        scenario = self.library.scenario(case)
        settled = self.label("semi").join(
            decision.options[terms[decision.id]].get(self.lang)
            for decision in scenario.decisions
            if decision.id in terms
        )
        return self.say("version", case=self.card("scenario", case), terms=settled)

    def case_of(self, codes: NDArray[np.uint16]) -> NDArray[np.int64]:
        """Return the index of each version's case in the deck; -1 if nothing was settled."""
        scenarios = self.country.deck.scenarios
        variants, known = Variants(self.library, scenarios), np.unique(codes, return_inverse=True)
        cases = [scenarios.index(case) if (case := variants.terms(int(code))[0]) else -1 for code in known[0]]
        return np.array(cases, np.int64)[known[1]]

    def kind(self, kind: Kind) -> str:
        """Return the name of a kind of place: its governance model, and the city whose driver it has."""
        governance, city = self.card("governance", kind.governance), self.card("city", kind.city)
        return self.label("deck.kind", governance=governance, city=city)

    def place(self, number: int) -> str:
        """Return the name of a place with the number or id by which commands know it."""
        if own := self.country.own:
            name, known = own.names[number], own.ids[number]
            return name if name == known else self.say("with_id", name=name, id=known)
        return self._named(-1, f"{number}")

    def called(self, number: int) -> str:
        """Return how commands and tables name a place: by its number, or by its id in a table of places."""
        return self.country.own.ids[number] if self.country.own else str(number)

    def city(self, number: int) -> str:
        """Return the name of a place of the second lowest level."""
        if self.country.own and (name := self.country.own.offices[number]):
            return name
        return self._named(-2, f"{number + 1:,}")

    def cities(self, first: int, last: int) -> str:
        """Return the name of a range of places of the second lowest level."""
        if first == last:
            return self.city(first)
        if self.country.own:
            return self.say("between", first=self.city(first), last=self.city(last))
        return self.say("to", first=self.city(first), last=f"{last + 1:,}")

    def level(self, place: int) -> str:
        """Return the name of a level."""
        return self.country.levels[place].name.get(self.lang)

    def _named(self, level: int, number: str) -> str:
        name = self.level(level)
        return self.say("place", level=name[:1].upper() + name[1:], number=number)

    def province(self, number: int) -> str:
        """Return the name of a place of the highest level, with its region if there are several."""
        regions, own = self.country.regions, self.country.own
        if own and not own.provinces[number]:
            return regions[own.province_region[number]].name.get(self.lang)
        name = own.provinces[number] if own else self._named(0, f"{number + 1:,}")
        if len(regions) < 2:
            return name
        region = regions[int(self.spread.network.region[number])].name.get(self.lang)
        return self.say("of_region", name=name, region=region)

    def where(self, number: int) -> str:
        """Return where a place lies: its city, if there is such a level, and its province."""
        network = self.spread.network
        names = [self.province(int(network.province[number]))]
        if len(self.country.levels) > 2:
            names.insert(0, self.city(int(network.city[number])))
        return self.label.join(names)

    @property
    def world(self) -> str:
        """The text that says what kind of world is shown."""
        return self.say("world.own" if self.country.own else "world")

    @property
    def pilots(self) -> int:
        """The number of pilot places: as on the card, but no more than their region has."""
        pilots, network = self.country.pilots, self.spread.network
        if pilots.region is None or (self.country.own and self.country.own.pilot):
            return pilots.count
        number = [region.id for region in self.country.regions].index(pilots.region)
        return min(pilots.count, int(np.count_nonzero(network.region[network.province] == number)))

    def band_ends(self, seeds: int) -> str:
        """Return between which ends a band over so many seeds lies."""
        return ends_told(self.label, seeds)

    @property
    def pilots_told(self) -> str:
        """How many places are pilots, and how many of them ever adopt in form, with a band over seeds."""
        began = [int(course.pilots.sum()) for course in self.plan.courses]
        low, middle, high = (f"{number:,.0f}" for number in np.quantile(began, band_cuts(len(began))))
        told = middle + ("" if low == high else self.label.paren(f"{low}–{high}"))
        return self.say("facts.pilots_of", count=f"{self.pilots:,}", began=told)

    @property
    def pilots_failed(self) -> list[str]:
        """Why some pilots never adopt in form, as a list of one text; an empty list if all do."""
        all_began = all(int(course.pilots.sum()) == self.pilots for course in self.plan.courses)
        return [] if all_began else [self.say("facts.pilots_failed")]

    @property
    def fewer_pilots(self) -> str:
        """A note if the region has fewer places than the card has pilots; otherwise empty."""
        pilots = self.country.pilots
        if self.pilots == pilots.count:
            return ""
        names = {region.id: region.name.get(self.lang) for region in self.country.regions}
        values = {"count": f"{pilots.count:,}", "begin": f"{self.pilots:,}", "region": names[pilots.region or ""]}
        return self.say("fewer_pilots", **values)

    def period(self, number: int) -> str:
        """Return the name of a period; 0 is before the first."""
        return self.say("period", number=number) if number else self.say("before")

    def share(self, band: Band, at: int) -> str:
        """Return a share in a period, with its band over seeds if that has any width."""
        low, middle, high = (float(part[at]) for part in band)
        least, most = percent(low), percent(high)
        return percent(middle) + ("" if least == most else self.label.paren(f"{least}–{most}".replace("%", "")))

    def ends(self) -> tuple[str, str, str]:
        """Return the shares at the end: in form, in substance, and in substance after the first meeting alone."""
        form, substance, at_once = (self.share(self.plan.band(name), -1) for name in ("form", "substance", "at_once"))
        return form, substance, at_once

    @property
    def players(self) -> dict[str, str]:
        """The numbers of sessions in the deck that were played by the rules alone and by a model."""
        by_model = self.spread.by_model
        return {"by_rules": f"{int(self.spread.deck_sizes.sum()) - by_model:,}", "by_model": f"{by_model:,}"}

    def met(self, arm: SpreadArm) -> str:
        """Return the mean number of meetings that a place held."""
        return f"{np.mean([course.meetings.sum() for course in arm.courses]) / self.country.districts:.1f}"

    @property
    def axis(self) -> str:
        """The caption of an axis of periods, which says what a period stands for."""
        return self.say("axis", what=self.country.period.get(self.lang))

    def _rules(self, changes: Sequence[str]) -> list[str]:
        """Return in words what changed rules say, for all models or for one; the changes as written if none differs."""
        deck, texts = self.country.deck, dict[tuple[str, str], str]()
        for model in dict.fromkeys(model for model, _ in self.country.within_region()):
            own = changes_in(model, deck.changes)
            spec = SessionSpec(scenario=deck.scenarios[0], governance=model, lang=self.lang, changes=own)
            for name in ("", model):
                within = changes_in(model, [change for change in changes if changed_in(change) == name])
                texts |= {
                    (name, rule.path): (self.card("governance", name) + self.label("colon") if name else "")
                    + f"{rule.name}{self.label('dash')}{rule.now or self.label('none')}"
                    for rule in rules_swapped(spec, self.library, within)
                }
        return list(texts.values()) or list(changes)

    def setting(self) -> str:
        """Return in one line what differs from the card; empty if nothing does."""
        plan, card, parts = self.spread.plan, self.card_at_hand, list[str]()
        if plan.without:
            parts.append(self.say("setting.without", names=self.label.join(map(self.mechanism, plan.without))))
        if plan.central_rule is not None and (card is None or card.central_rule != plan.central_rule):
            parts.append(self.say("setting.rule", period=plan.central_rule))
        elif self.country.central_rule is None and card and card.central_rule is not None:
            parts.append(self.say("setting.no_rule"))
        if card and card.deck.sessions != self.country.deck.sessions:
            parts.append(self.say("setting.sessions", sessions=self.country.deck.sessions))
        if plan.rules:
            parts.append(self.say("setting.changes", changes=self.label("semi").join(self._rules(plan.rules))))
        if rates := [change for change in plan.changes if change not in plan.rules]:
            named = (f"{rate_named(self, path.strip())} {value.strip()}" for path, _, value in
                    (change.partition("=") for change in rates))  # fmt: skip
            parts.append(self.say("setting.rates", changes=self.label.join(named)))
        return self.label("semi").join(parts)


def rate_named(words: PageWords, path: str) -> str:
    """Return the name of a rate by its path in the card; the path itself if there is no word for it."""
    group, _, rate = path.rpartition(".")
    if group not in MECHANISMS:
        return words.say(f"rates.{path}") if f"spread_page.rates.{path}" in words.label else path
    name = words.label.of("diffusion.mechanism", group)
    known = words.say(f"rate.{rate}") if f"spread_page.rate.{rate}" in words.label else rate
    return words.label("colon").join((name[:1].upper() + name[1:], known))


def ends_told(label: Words, seeds: int) -> str:
    """Return between which ends a band over so many seeds lies."""
    return label(f"spread_page.ends.{'middle' if seeds >= MANY_SEEDS else 'whole'}")


def half_at(arm: SpreadArm, name: str) -> tuple[float, int]:
    """Return the median period in which half the places have adopted, and the number of seeds in which that happens."""
    reached = [np.flatnonzero(getattr(course, name) >= HALF) for course in arm.courses]
    periods = [int(each[0]) for each in reached if len(each)]
    return (float(np.median(periods)) if periods else float("nan")), len(periods)
