"""The page "country": a pattern of spread is chosen, a mechanism switched off, and the curves and the map play."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.content.network_card import MECHANISMS, Country, Mechanism
from sandbox.errors import InputError
from sandbox.web.country.countries import (
    DISTRICTS,
    EXTRAS,
    SEEDS,
    CountryOrders,
    CountryProgress,
    Extra,
    Setting,
    swaps,
)
from sandbox.web.frame import (
    PagePart,
    bar,
    box,
    div,
    downloads,
    frame,
    lang_links,
    parts,
    placed,
    refusal_line,
    refusals,
    soft,
)
from sandbox.web.tables.house import House
from sandbox.web.working import PageWork

_T = TypeVar("_T")
_DISTRICTS = 10_000  # that are chosen at first, of those offered
_CHOSEN = ("network", "districts", "seeds", "without", "rule", "swap")
"""The parameters of the address with the setting of the last result."""


class CountryPage:
    """The page to play and watch a country, beside another setting of it if one is pinned.

    Its address changes to name result and setting, so that opening it again shows them again.
    """

    def __init__(self, house: House, countries: CountryOrders, lang: Lang, asked: Mapping[str, str]) -> None:
        self._words, self._countries, self._lang = house.words(lang), countries, lang
        self._address = partial(house.address, "country")
        self._known = {country.id: country for country in countries.known()}
        self._played = self._held = ""
        self._told: set[tuple[str, Extra]] = set()
        self._chosen = {name: asked.get(name, "") for name in _CHOSEN}
        self._library = house.library
        words = self._words
        frame(words, words("country.title"), "country")
        with bar(words, words("country.title")):
            ui.link(words("home.title"), house.address(lang=lang))
            self._others = lang_links(lang)
        with div("wrap country"):
            if not self._known:
                soft(words("country.none"))
                return
            with div("stack"):
                soft(words("spread_page.world")).classes("limits")
                with box(words("country.choose")):
                    self._draw_form()
            with div("stack"):
                self._work.show_in(box().props("data-working"))
                self._shown = PagePart()
        self._shown.show("", self._draw_hint)
        self._choose()
        self._restore(asked)

    # What is chosen

    def _draw_form(self) -> None:
        words = self._words
        self._network = ui.radio(
            {name: country.name.get(self._lang) for name, country in self._known.items()},
            value=next(iter(self._known)), on_change=self._choose,
        )  # fmt: skip
        self._network.props(f'aria-label="{words("country.pattern")}" data-network')
        self._about = PagePart()
        with div("pair"):
            self._districts = ui.select(
                {number: f"{number:,}" for number in DISTRICTS}, value=_DISTRICTS, label=words("country.districts"),
                on_change=self._tell,
            ).classes("number").props("outlined data-districts")  # fmt: skip
            self._seeds = ui.select(
                {number: str(number) for number in SEEDS}, value=SEEDS[1], label=words("country.seeds"),
                on_change=self._tell,
            ).classes("number").props("outlined data-seeds")  # fmt: skip
        soft(words("country.seeds_why"))
        with ui.element("fieldset").classes("plain"):
            with ui.element("legend"):
                parts(words("country.mechanisms"))
            self._mechanisms = PagePart("mechanisms")
        self._swap = ui.select({}, label=words("country.swaps"), on_change=self._tell).classes("w-full")
        self._swap.props("outlined data-swap")
        soft(words("country.swaps_why"))
        # Without bounds, within which a number would be put silently: one outside of them is refused.
        self._rule = ui.number(words("country.rule"), precision=0, step=1, format="%d", on_change=self._tell)
        self._rule.props(f'outlined clearable hint="{words("country.rule_why")}" data-rule').classes("w-full")
        self._cost = soft("")
        self._refused = refusal_line()
        self._button = ui.button(words("country.go"), icon="play_arrow", on_click=self._go).props("data-go")
        self._work = PageWork(words, words("country.playing"), words("country.stop"), self._waiting)

    def _draw_hint(self) -> None:
        with box():
            ui.label(self._words("country.hint")).classes("prose")

    def _choose(self) -> None:
        country = self._country
        self._about.show(country.id, lambda: self._draw_about(country))
        self._mechanisms.show(country.id, lambda: self._draw_mechanisms(country))
        self._swaps = swaps(country, self._library)
        named = {name: self._words(f"country.swap.{name}") for name in self._swaps}
        self._swap.set_options({"": self._words("country.swap.none"), **named}, value="")
        self._rule.value = country.central_rule
        sizes, chosen = self._sizes, self._districts.value
        offered = {number: f"{number:,}" for number in sizes}
        usual = _DISTRICTS if _DISTRICTS in sizes else sizes[0]
        self._districts.set_options(offered, value=chosen if chosen in sizes else usual)
        self._tell()

    @property
    def _sizes(self) -> tuple[int, ...]:
        """The numbers of places on offer; only that of the country's own table, if it has one."""
        return (self._country.districts,) if self._country.own else DISTRICTS

    @property
    def _country(self) -> Country:
        return self._known[str(self._network.value)]

    def _draw_about(self, country: Country) -> None:
        ui.label(self._words.of("spread_page.pattern", country.pattern)).classes("strong")
        soft(country.about.get(self._lang))
        soft(self._words("country.periods", number=country.periods, what=country.period.get(self._lang)))

    def _draw_mechanisms(self, country: Country) -> None:
        self._boxes: dict[Mechanism, ui.checkbox] = {
            name: ui.checkbox(text[:1].upper() + text[1:], value=True, on_change=self._tell).props(
                f"data-mechanism={name}"
            )
            for name in MECHANISMS
            if getattr(country, name).on and (text := self._words.of("diffusion.mechanism", name))
        }

    def _setting(self) -> Setting:
        country = self._country
        rule = self._rule.value if self._ordered else country.central_rule
        if rule is not None and not (float(rule).is_integer() and 1 <= rule <= country.periods):
            raise self._words.refusal("country.refused.rule", periods=country.periods)
        without = tuple(name for name, ticked in self._boxes.items() if not ticked.value)
        return Setting(
            country.id, int(self._districts.value or DISTRICTS[0]), int(self._seeds.value or SEEDS[0]), without,
            None if rule is None else int(rule), self._swaps.get(str(self._swap.value), ()),
        )  # fmt: skip

    def _restore(self, asked: Mapping[str, str]) -> None:
        if asked.get("network") in self._known:
            self._network.value = asked["network"]
            self._swap.value = asked.get("swap") if asked.get("swap") in self._swaps else ""
            for name, ticked in self._boxes.items():
                ticked.value = name not in asked.get("without", "").split(",")
            for field, offered, key in ((self._districts, self._sizes, "districts"), (self._seeds, SEEDS, "seeds")):
                field.value = next((each for each in offered if str(each) == asked.get(key)), field.value)
            rule = asked.get("rule", "")
            self._rule.value = int(rule) if rule.isdecimal() and len(rule) < 4 else None
        played, held = asked.get("played", ""), asked.get("held", "")
        if self._countries.has(played):
            self._played, self._held = played, held if self._countries.has(held) else ""
            self._show()

    def _in_address(self, setting: Setting) -> dict[str, str]:
        return {
            "network": setting.network, "districts": str(setting.districts), "seeds": str(setting.seeds),
            "without": ",".join(setting.without), "rule": str(setting.central_rule or ""),
            "swap": str(self._swap.value or ""),
        }  # fmt: skip

    @property
    def _ordered(self) -> bool:
        """Whether the country has orders, through which a central rule is passed down."""
        orders = self._boxes.get("coercion")
        return orders is not None and bool(orders.value)

    def _tell(self) -> None:
        self._rule.set_enabled(self._ordered)
        with contextlib.suppress(InputError):
            plays, deals = self._countries.seconds(self._setting())
            key = "country.takes_more" if deals else "country.takes"
            self._cost.set_text(self._words(key, seconds=_rounded(plays), more=_rounded(deals)))

    # What comes of it

    async def _go(self) -> None:
        if not self._work.busy:
            with refusals(self._words, self._refused):
                setting, progress = self._setting(), CountryProgress()
                chosen = self._in_address(setting)
                self._played = await self._worked(self._countries.play(setting, progress), progress)
                self._chosen = chosen
                self._tell()
                self._show()

    async def _more(self, result: str, extra: Extra) -> None:
        if not self._work.busy:
            with refusals(self._words, self._refused):
                progress = CountryProgress()
                await self._worked(self._countries.more(result, extra, progress), progress)
                self._told.add((result, extra))
                self._show()

    async def _worked(self, work: Awaitable[_T], progress: CountryProgress) -> _T:
        def tell() -> tuple[int, int, str]:
            begins = progress.stage == "waits" and not progress.done
            stage = f"country.stage.{'begins' if begins else progress.stage}"
            return progress.done, progress.whole, self._words(stage, done=progress.done, whole=progress.whole)

        return await self._work.wait(work, progress, tell)

    def _show(self) -> None:
        for other, link in self._others.items():
            link.props["href"] = self._named(other)
        ui.navigate.history.replace(self._named(self._lang))  # before the button that asks for it is built anew
        results = list(dict.fromkeys(name for name in (self._held, self._played) if name))
        self._shown.show((self._held, *results), lambda: self._draw_result(results))
        extras = [extra for extra in EXTRAS if (self._played, extra) in self._told]
        self._extras.show((self._played, extras), lambda: self._draw_extras(self._played))

    def _named(self, lang: Lang) -> str:
        return self._address(played=self._played, held=self._held, lang=lang, **self._chosen)

    def _draw_result(self, results: list[str]) -> None:
        words = self._words
        source = f"{self._address('view.html')}?{urlencode({'r': results, 'lang': self._lang}, doseq=True)}"
        with div("pair"):
            ui.link(words("country.alone"), source, new_tab=True)
            if self._held:
                let_go = partial(self._hold, "")
                ui.button(words("country.let_go"), icon="close", on_click=let_go).props("outline data-let-go")
            if self._held != self._played:
                hold = partial(self._hold, self._played)
                ui.button(words("country.hold"), icon="push_pin", on_click=hold).props("outline data-hold")
            soft(words("country.compares" if len(results) > 1 else "country.hold_why"))
        page = ui.element("iframe").classes("debrief watch").props(f'title="{words("country.watch")}" data-view')
        # Its own script may run, which its policy names; from where it runs nothing of the app can be reached.
        page.props["src"], page.props["sandbox"] = placed(source), "allow-scripts"
        self._extras = PagePart("stack")
        with div("pair"):
            ui.label(words("country.report"))
            played = partial(self._address, self._played)
            downloads(words("country.report"), lambda form: played(f"report.{form}", lang=self._lang), opens=True)

    def _draw_extras(self, result: str) -> None:
        for extra in EXTRAS:
            if (result, extra) in self._told:
                soft(self._words(f"country.told.{extra}")).props(f"data-told={extra}")
            else:
                button = ui.button(self._words(f"country.more.{extra}"), on_click=partial(self._more, result, extra))
                button.props(f"outline data-more={extra}")

    def _hold(self, result: str) -> None:
        self._held = result
        self._show()

    def _waiting(self, waits: bool) -> None:
        self._shown.element.set_visibility(not waits or bool(self._played))  # the hint would stand beside it
        self._button.set_enabled(not waits)


def _rounded(seconds: float) -> int:
    return round(seconds) if seconds < 10 else 5 * round(seconds / 5)
