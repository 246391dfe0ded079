"""The page on which a facilitator opens a campaign: which one, who sits where, who plays the others, how long."""

from __future__ import annotations

import random
from typing import Literal

from nicegui import ui

from sandbox.content.campaign_card import Campaign, Community
from sandbox.content.cards import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.limits import few_lines_in
from sandbox.web.campaigns import Campaigns, Plan
from sandbox.web.door import disclosure
from sandbox.web.frame import Slot, box, div, heading, page, refusal_line, refusals, soft
from sandbox.web.house import House
from sandbox.web.setup_form import MOST_SECONDS, CastChoice, by_cards_choice, seat_title, seats_for_people, whole

__all__ = ["CampaignForm"]

_MOST_MINUTES = 180
_MOST_TURNS = 500
_By = Literal["people", "model", "rules"]


class CampaignForm:
    """The page; what is chosen leads to the campaign's own page."""

    def __init__(self, house: House, campaigns: Campaigns, lang: Lang) -> None:
        self._house, self._campaigns, self._words = house, campaigns, house.words(lang)
        self._cards = {card.id: card for card in campaigns.cards()}
        words = self._words
        with page(words, words("rounds.new")):
            ui.link(words("home.title"), house.address(lang=lang))
        with div("wrap columns"):
            if not self._cards:
                soft(words("rounds.none"))
                return
            with box(words("rounds.choose")):
                names = {name: card.name.get(lang) for name, card in self._cards.items()}
                self._card = ui.radio(names, value=next(iter(names)), on_change=self._choose)
                self._card.props(f'aria-label="{words("rounds.choose")}" data-card')
                self._about = Slot()
                self._by_cards = by_cards_choice(house, words, value=False)
                self._communities = Slot()
            with div("stack"):
                with box(words("rounds.time")):
                    heading(3, words("setup.lang"))
                    self._lang = ui.radio({each: Words(each)("autonym") for each in LANGUAGES}, value=lang)
                    self._lang.props(f'inline aria-label="{words("setup.lang")}" data-lang')
                    self._minutes = _number(words("rounds.minutes"), 0)
                    soft(words("rounds.ends"))
                    with ui.expansion(words("setup.more")).classes("w-full").props("data-more"):
                        self._seconds = _number(words("setup.seconds"), 0)
                        ways = {"persona": words("setup.idle.persona"), "skip": words("setup.idle.skip")}
                        self._idle = ui.select(ways, value="persona", label=words("setup.idle")).classes("w-full")
                        self._turns = _number(words("rounds.turns"), None).props("data-turns")
                        self._few = soft("").props("data-few-lines")
                        self._turns.on_value_change(self._count_lines)
                        self._seed = _number(words("setup.seed"), random.randrange(1, 100_000))
                    self._refused = refusal_line()
                    ui.button(words("rounds.open"), icon="play_arrow", on_click=self._open).props("data-open")
                with box():
                    soft(words("campaign.world"))
                    disclosure(house, words)
        self._choose()

    def _choose(self) -> None:
        card = self._cards[str(self._card.value)]
        self._count_lines()
        self._about.show(card.id, lambda: self._draw_about(card))
        self._communities.show(card.id, lambda: self._draw_communities(card))

    def _count_lines(self) -> None:
        """Say where there are too few lines for all seats to speak."""
        card, lines = self._cards[str(self._card.value)], max(int(self._turns.value or 0), 0)
        self._few.set_text(few_lines_in(card, lines or None, self._house.library, self._words))

    def _draw_about(self, card: Campaign) -> None:
        words, library = self._words, self._house.library
        ui.label(card.summary.get(words.lang)).classes("prose")
        city = library.city(card.city).name.get(words.lang)
        soft(words("rounds.about", city=city, communities=len(card.communities), rounds=len(card.rounds)))

    def _draw_communities(self, card: Campaign) -> None:
        self._by: dict[str, ui.radio] = {}
        self._seats: dict[str, dict[str, ui.checkbox]] = {}
        self._cast: dict[str, CastChoice] = {}
        heading(2, self._words("campaign.communities"))
        for place, community in enumerate(card.communities):
            with div("stack seat-row").props(f'data-community="{community.id}"'):
                self._draw_community(community, "people" if not place else self._others(community))

    def _others(self, community: Community) -> _By:
        """Return who plays a community in which nobody sits, unless the facilitator says otherwise."""
        return "rules" if "rules" in (community.played, self._house.choice.style) else "model"

    def _draw_community(self, community: Community, by: _By) -> None:
        words, library, lang = self._words, self._house.library, self._words.lang
        case = library.scenario(community.scenario)
        head = heading(3, community.name.get(lang))
        soft(words.join([case.title.get(lang), library.governance(community.governance).name.get(lang)]))
        ways = {
            "people": words("rounds.by.people"),
            "model": words("rounds.by.alone"),
            "rules": words("rounds.by.rules"),
        }
        if self._others(community) == "rules":
            del ways["model"]
        who = self._by[community.id] = ui.radio(ways, value=by)
        who.props(f'inline aria-labelledby="{head.html_id}" data-by')
        seats = seats_for_people(library, case)
        with div("choices").bind_visibility_from(who, "value", lambda chosen: chosen == "people"):
            self._seats[community.id] = {seat: ui.checkbox(value=seat in (seats[0], seats[-1])) for seat in seats}
        with ui.expansion(words("setup.cast")).classes("w-full").props("data-cast"):
            soft(words("setup.cast.why"))
            if community.people:
                soft(words("rounds.cast"))
            choice = CastChoice(
                self._house, words, case, community.cast, lambda: self._name_seats(community), community.id
            )
        self._cast[community.id] = choice
        self._name_seats(community)

    def _name_seats(self, community: Community) -> None:
        """Say who is in each seat for people."""
        cast = self._cast[community.id].chosen
        for seat, chosen in self._seats[community.id].items():
            chosen.set_text(seat_title(self._house, self._words, cast.get(seat, seat), community.people.get(seat)))

    def _open(self) -> None:
        words = self._words
        with refusals(words, self._refused):
            people = {
                community: [seat for seat, box in seats.items() if box.value]
                for community, seats in self._seats.items()
                if self._by[community].value == "people"
            }
            for community, seats in people.items():
                if not seats:
                    place = self._cards[str(self._card.value)].by_id[community].name.get(words.lang)
                    raise InputError(words("rounds.need_seat", place=place))
            plan = Plan(
                card=str(self._card.value), lang="zh" if self._lang.value == "zh" else "en",
                seed=whole(words, self._seed, 0, 2**31 - 1), people=people,
                cast={community: choice.chosen for community, choice in self._cast.items()},
                by_rules=[community for community, by in self._by.items() if by.value == "rules"],
                by_cards=self._by_cards is not None and self._by_cards.value is True,
                turns=whole(words, self._turns, 1, _MOST_TURNS) if self._turns.value else None,
                minutes=whole(words, self._minutes, 0, _MOST_MINUTES),
                seconds=whole(words, self._seconds, 0, MOST_SECONDS),
                idle="skip" if self._idle.value == "skip" else "persona",
            )  # fmt: skip
            ui.navigate.to(self._house.address("campaign", self._campaigns.add(plan), lang=plan.lang))


def _number(label: str, value: int | None) -> ui.number:
    return ui.number(label, value=value).classes("w-full")
