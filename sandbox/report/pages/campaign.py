"""The report of a campaign: places, form and substance, what communities saw of each other, and who moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Literal

from sandbox.content.campaign_card import Community
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.diffusion.campaign.events import Move
from sandbox.diffusion.campaign.past import (
    FOLLOWED,
    became,
    came_out_alike,
    decided,
    followed,
    not_kept,
    seen_elsewhere,
)
from sandbox.diffusion.campaign.plans import options_alike, similarity
from sandbox.diffusion.campaign.state import CampaignState, Order
from sandbox.game.spec import CARDS, Post, SessionSpec, Start
from sandbox.game.starting import stands_since
from sandbox.report.campaign_words import (
    CampaignStory,
    alike_counts,
    marks_told,
)
from sandbox.report.document.blocks import Block, Callout, Facts, ReportDocument, Section, Span, Spans, Table
from sandbox.report.document.chart import Chart, Dot, Heat, HeatCell, HeatRow, Scale, Strip
from sandbox.report.document.compose import (
    Inline,
    below,
    bullets,
    fact_list,
    filled,
    joined,
    note,
    paragraph,
    strong,
)
from sandbox.report.figures import percent
from sandbox.report.pages.campaign_reader import CampaignReader
from sandbox.report.rule_words import changes_told
from sandbox.scoring.reviewed import WITNESSES, Witness

# Most matters of a session that are listed as not kept.
_OWED = 4


def campaign_report(state: CampaignState, library: Library, lang: Lang | None = None) -> ReportDocument:
    """Return the report of a campaign, finished or not, in a language; without one, in that of its sessions.

    What was said, ordered and learned stays in the language in which it was played.
    """
    page = _Page(state, library, lang)
    lang = page.lang
    world = page.say("world")
    story = (Callout("verdict", page.say("story"), tuple(page.story()), "story"),) if page.rounds else ()
    opening = (*story, page.about(), Callout("plain", page.say("world_title"), (paragraph(world),)))
    title, lede = state.card.name.get(lang), state.card.summary.get(lang)
    footer = f"{world} {page.label('caution.cities')}"
    return page.page(title, lede, opening, tuple(page.sections()), footer=footer)


def campaign_in_short(state: CampaignState, library: Library) -> tuple[Block, ...]:
    """Return the results of a campaign on one screen: places year by year, and what was adopted and done."""
    page = _Page(state, library)
    marks = note(marks_told(state, page.rounds, page.label))
    reached = (page.places(), marks, page.form_chart()) if page.rounds else ()
    return filled(*reached, note(page.say("world")))


class _Page(CampaignReader):
    def about(self) -> Facts:
        say, label, state, departure = self.say, self.label, self.state, ""
        model = label.of("models", state.settings["model"])
        if branch := state.branch:
            if before := branch.get("model"):
                later = label("models.later", model=model, line=self.year(branch["round"] - 1))
                model = label("semi").join([label.of("models", before), later])
            departure = say("fact.branch_of", campaign=branch["of"], year=self.year(branch["round"]))
            departure += label.paren(label.join(branch["changes"])) if branch["changes"] else ""
        rows = [
            (say("fact.city"), say("setting", city=self.card("city", state.card.city))),
            (say("fact.rounds"), f"{len(state.rankings)}/{len(state.card.rounds)}"),
            (label("model"), model),
            (label("seed"), str(state.settings["seed"])),
            (say("fact.branch"), departure),
        ]
        return fact_list(rows, "grid")

    def sections(self) -> Iterator[Section]:
        written = {"communities": self.communities()}
        if self.rounds:
            written = {
                **written,
                "ranking": self.ranking(), "form": self.form(), "learned": self.learned(), "moves": self.moves(),
                "orders": self.orders(), "plans": self.plans(), "sessions": self.sessions(),
            }  # fmt: skip
        for name, blocks in written.items():
            if shown := filled(*blocks):
                yield Section(name, self.say(name), shown)

    def story(self) -> Iterator[Block]:
        told = CampaignStory(self.state, self.library, self.lang)
        yield fact_list((self.year(round), self.label("gap").join(told.year(round))) for round in self.rounds)
        yield note(self.say("noise"))

    def communities(self) -> Iterator[Block]:
        rows = []
        played_by_people = {community for _, community, result in self.results() if result.people}
        for community in self.state.card.communities:
            under = self.card("governance", community.governance)
            alone = "cards" if self.state.settings["model"] == CARDS else "model"
            by = ["rules" if "rules" in (community.played, self.state.settings["style"]) else alone]
            by = [*(["people"] if community.id in played_by_people else []), *by]
            rows.append((
                community.name.get(self.lang), self.card("scenario", community.scenario),
                below(under, *self.rules(community, community.changes)),
                self.label.join([self.say(f"played.{each}") for each in by]),
            ))  # fmt: skip
        yield self.table("communities", ("community", "case", "governance", "by"), rows)

    def form(self) -> Iterator[Block]:
        say, label = self.say, self.label
        yield self.form_chart()
        yield note(say("rests_on") if self.witnesses else "")
        yield self.promises()
        owed = []
        for round, community, result in self.results():
            if unkept := not_kept(result, label):
                more = [say("more", count=len(unkept) - _OWED)] if len(unkept) > _OWED else []
                owed.append((self.year(round), self.place(community), joined([*unkept[:_OWED], *more])))
        yield self.table("owed", ("year", "community", "what"), owed, (12, 20, 68), titled=True)
        stood = (
            (self.year(round), self.place(community), joined([stands_since(label, each) for each in start.standing]))
            for round, community, _ in self.results()
            if (start := self.state.specs[self.state.name(round, community)].start).standing
        )
        yield self.table("standing", ("year", "community", "what"), stood, (12, 20, 68), titled=True)
        unheard = [
            (self.year(round), self.place(community), label.join(result.unheard))
            for round, community, result in self.results()
            if result.unheard
        ]
        yield note(say("unheard_note") if unheard else "")
        yield self.table("unheard", ("year", "community", "residents"), unheard, (12, 28, 60), titled=True)

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        return WITNESSES if any(result.accounts is not None for _, _, result in self.results()) else ()

    def promises(self) -> Table:
        label, rows, witnesses = self.label, list[tuple[str, ...]](), self.witnesses
        for round, community, result in self.by_community():
            accounts = [result.accounts[each] if result.accounts else label("no_value") for each in witnesses]
            counted = (result.kept, result.part, result.broken, *accounts, result.moot, result.beyond, result.open)
            rows.append((self.in_year(round, community), *map(str, counted)))
        columns = ("community", "kept", "part", "broken", *witnesses, "moot", "void", "open")
        return self.table("promises", columns, rows, titled=True, figures=True)

    def form_chart(self) -> Chart:
        say, label, strips = self.say, self.label, list[Strip]()
        for round, community, result in self.by_community():
            values = result.form, result.substance
            texts = tuple(label("no_value") if value is None else percent(value) for value in values)
            strips.append(Strip(self.in_year(round, community), (Dot(values[0]), Dot(values[1], series=1)), texts))
        names = say("form.form"), say("form.substance")
        return Chart(
            "form_chart", say("form_chart"), (say("head.community"), *names),
            Scale.of_shares(say("form_scale")), tuple(strips), tuple(enumerate(names)),
        )  # fmt: skip

    def learned(self) -> Iterator[Block]:
        say, groups = self.say, dict[tuple[int, str, str, str, str], list[Spans]]()
        asked = (Span(say("asked"), style="tag", tone="warn"), Span(" "))
        for seen in seen_elsewhere(self.state):
            lesson = seen.lesson
            mark = say("taken_ordered" if seen.ordered else "taken")
            taken = (Span(" "), Span(mark, style="tag", tone="good")) if seen.taken else ()
            what = (*(asked if lesson.asked else ()), Span(lesson.says), *taken)
            key = (lesson.seen_in, lesson.community, lesson.origin, lesson.channel, lesson.source)
            groups.setdefault(key, []).append(what)
        rows = [
            (
                self.year(round), self.place(community), below(self.place(origin), source),
                say(f"channel.{channel}"), joined(saw),
            )
            for (round, community, origin, channel, source), saw in groups.items()
        ]  # fmt: skip
        if rows:
            alike = came_out_alike(self.state, self.library)
            said = [say("learned_note")]
            said += [say("learned_by_lot", **alike_counts(alike))] if alike.of else []
            cases = {each.id: each.scenario for each in self.state.card.communities}
            other = sum(cases[who] != cases[whose] for _, who, whose, *_ in groups)
            said += [say("other_case", count=other, rows=len(rows))] if other else []
            yield note(self.label("gap").join(said))
        yield self.table("learned", ("year", "who", "from", "channel", "seen"), rows, (9, 15, 18, 12, 46))

    def moves(self) -> Iterator[Block]:
        rows = (
            (
                (strong(move["name"][self.lang]),), self.year(round), self.post(move, "of"), self.post(move, "to"),
                self.say(f"why.{move['why']}"),
            )
            for round, moves in self.state.transfers.items()
            for move in moves
        )  # fmt: skip
        transfers, source = self.state.card.transfers, self.state.card.source
        assumed = any(self.state.transfers.values()) and "transfers" in source.inferred
        yield note(self.say("assumed", rule=self.say(f"rule.{transfers.rule}")) if assumed else "")
        yield self.table("moves", ("official", "after", "leaves", "takes", "why"), rows, (18, 12, 24, 24, 22))

    def post(self, move: Move, end: str) -> Inline:
        post = move["of"] if end == "of" else move["to"]
        if post is None:
            return self.say(f"no_post.{end}")
        role = self.library.persona(post[1]).role.get(self.lang)
        return below(self.place(post[0]), role)

    def orders(self) -> Iterator[Block]:
        label, rows, known = self.label, [], self.state.card.communities
        for order in self.state.orders:
            rules = (
                text for each in known if each.id in order.to for text in self.rules(each, order.changes, each.changes)
            )
            everyone = len(order.to) == len(self.state.communities)
            to = label("everyone") if everyone else label.join(map(self.place, order.to))
            told = below(order.text, *self.asked(order), *dict.fromkeys(rules))
            rows.append((self.year(order.after), to, told, joined(self.followed(order))))
        yield note(self.say("orders_note") if any(order.terms for order in self.state.orders) else "")
        yield self.table("orders", ("after", "to", "order", "followed"), rows, (12, 18, 45, 25))

    def followed(self, order: Order) -> Iterator[str]:
        """Yield which communities decided as an order asked in the next year, and which did not."""
        results = {each: self.state.result(order.after + 1, each) for each in order.to if order.terms}
        for how in FOLLOWED:
            places = [self.place(each) for each, result in results.items() if result and followed(order, result) == how]
            if places:
                yield self.say(f"followed.{how}", places=places)

    def rules(self, community: Community, changes: Sequence[str], before: Sequence[str] = ()) -> list[str]:
        """Return in words what some changes of rules do in a community; ``before`` are changes that it already had.

        Positions are told by post and not by person, since the holders of posts change.
        """
        seats = [seat.persona for seat in self.library.scenario(community.scenario).seats]
        names = {seat: self.library.persona(seat).role.get(self.lang) for seat in seats}
        spec = SessionSpec(
            scenario=community.scenario, governance=community.governance, lang=self.lang, changes=tuple(before),
            personas=community.cast, start=Start(posts=tuple(Post(seat=seat, name=names[seat]) for seat in names)),
        )  # fmt: skip
        return changes_told(spec, self.library, changes)

    def asked(self, order: Order) -> list[str]:
        questions = [
            question
            for community in self.state.card.communities
            if community.id in order.to
            for question in self.library.scenario(community.scenario).decisions
        ]
        known = {question.id: question for question in reversed(questions)}
        return [
            self.say(
                "settled",
                question=known[key].question.get(self.lang).rstrip("?？"),
                option=known[key].options[option].get(self.lang),
            )
            for key, option in order.terms.items()
            if key in known and option in known[key].options
        ]

    def plans(self) -> Iterator[Block]:
        label, rows = self.label, []
        for (round, community), plan in self.state.plans.items():
            came: dict[str, list[str]] = {}
            for section, passage in plan.items():
                if passage["text"]:
                    way = self._way(passage["origin"], passage["channel"], community)
                    came.setdefault(way, []).append(label.of("section", section))
            arrived = joined((Span(way + label("colon")), Span(label.join(names))) for way, names in came.items())
            dropped = label.join(label.of("section", name) for name, passage in plan.items() if not passage["text"])
            share = percent(self.state.copied[(round, community)])
            rows.append((self.place(community), self.year(round), arrived, dropped or label("none"), share))
        plans, decisions = self._alike("alike"), self._alike("same")
        yield from filter(None, (plans, decisions))
        yield note(self._apart(plans, decisions))
        whole = rows and all(row[3:] == (label("none"), percent(1.0)) for row in rows)
        yield note(self.say("arrived_whole") if whole else "")
        columns = ("community", "after", "arrived", *(() if whole else ("dropped", "copied")))
        shown = [row[: len(columns)] for row in rows]
        yield self.table("arrived", columns, shown, (18, 12, 70) if whole else (18, 10, 44, 16, 12), titled=True)

    def _way(self, origin: str, channel: str, community: str) -> str:
        if not origin:
            return self.say("of_city")
        if origin == community:
            return self.say("own")
        return self.say("way", place=self.place(origin), channel=self.say(f"channel.{channel}"))

    def _alike(self, what: Literal["alike", "same"]) -> Heat | None:
        say, state, rows = self.say, self.state, list[HeatRow]()
        known = state.card.communities
        pairs = [(a, b) for n, a in enumerate(known) for b in known[n + 1 :] if a.scenario == b.scenario]
        for first, second in pairs:
            cells = []
            for round in self.rounds:
                left, right = state.result(round, first.id), state.result(round, second.id)
                value, counted = None, ""
                if what == "alike":
                    value = similarity(state.own(round, first.id), state.own(round, second.id))
                elif left and right:
                    alike, both = options_alike(left.terms, right.terms)
                    value = alike / both if both else None
                    counted = self.label.paren(f"{alike}/{both}")
                cells.append(HeatCell("–" if value is None else percent(value) + counted, value))
            rows.append(HeatRow(say("pair", first=self.place(first.id), second=self.place(second.id)), tuple(cells)))
        if all(cell.shade is None for row in rows for cell in row.cells):
            return None
        head = (say("head.pair"), *(self.year(round) for round in self.rounds))
        by_cards = state.settings["model"] == CARDS and what == "alike"
        about = [say(f"{what}.note"), *([say("alike.by_cards")] if by_cards else [])]
        return Heat(what, say(f"{what}.title"), head, tuple(rows), self.label("gap").join(about))

    def _apart(self, plans: Heat | None, decisions: Heat | None) -> str:
        """Return how alike plans and decisions were in the first and last year, over pairs that have values in both."""
        said: dict[str, str] = {}
        grown = []
        for what, heat in (("plans", plans), ("decisions", decisions)):
            ends = [(row.cells[0].shade, row.cells[-1].shade) for row in heat.rows] if heat else []
            both = [(before, after) for before, after in ends if before is not None and after is not None]
            if not both or len(self.rounds) == 1:
                return ""
            was, now = (fmean(values) for values in zip(*both, strict=True))
            said |= {f"{what}_was": percent(was), f"{what}_now": percent(now)}
            grown.append(now - was)
        last = self.year(self.rounds[-1])
        told = self.say("apart", first=self.year(self.rounds[0]), last=last, **said)
        return self.label("gap").join([told, *([self.say("apart.crossed")] if grown[0] < 0 < grown[1] else [])])

    def sessions(self) -> Iterator[Block]:
        items, under, nothing = list[Spans](), list[Sequence[str]](), (self.say("nothing_settled"),)
        for round, community, result in self.results():
            other = "" if self.lang == self.state.settings["lang"] else f".{self.lang}"
            file = f"{self.state.name(round, community)}/report{other}.html"
            items.append((Span(self.in_year(round, community), style="strong", file=file),))
            under.append([became(fate, self.label) for fate in decided(result)] or nothing)
        yield note(self.say("sessions_note"))
        yield bullets(items, under)
