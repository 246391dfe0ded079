"""The report of a campaign: who stood where, in form and in substance, who saw what of whom, and who moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from sandbox.content.campaign_card import Community
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Move
from sandbox.diffusion.campaign.plans import same_options, similarity
from sandbox.diffusion.campaign.seen import Seen, seen_elsewhere
from sandbox.diffusion.campaign.state import CampaignState, Order
from sandbox.game.spec import CARDS, Post, SessionSpec, Start
from sandbox.report.branches import changes_told
from sandbox.report.document.blocks import (
    BREAK,
    Block,
    Bullets,
    Callout,
    Chart,
    Document,
    Facts,
    Heat,
    Paragraph,
    Section,
    Span,
    Spans,
    Table,
    plain,
)
from sandbox.report.document.chart import Dot, Scale, Strip
from sandbox.report.document.heat import HeatCell, HeatRow
from sandbox.report.orders import worded_since
from sandbox.report.pages.parts import percent, three_decimals, two_decimals

__all__ = ["campaign_report"]

# Most matters of a session that are told of as not kept.
_OWED = 4


def campaign_report(state: CampaignState, library: Library) -> Document:
    """Return the report of a campaign, finished or not, in the language of its sessions.

    Args:
        state: where it stands.
        library: the content, which names cities and cases.
    """
    page = _Page(state, library)
    say, lang = page.say, state.settings["lang"]
    return Document(
        lang=lang,
        kicker=say("campaign.kicker"),
        title=state.card.name.get(lang),
        lede=state.card.summary.get(lang),
        contents=say("contents"),
        skip=say("campaign.skip"),
        footer=f"{say('campaign.world')} {say('caution.cities')}",
        opening=(
            Callout("plain", say("campaign.world_title"), (Paragraph(plain(say("campaign.world"))),)),
            page.facts(),
        ),
        sections=tuple(page.sections()),
    )


class _Page:
    """The parts of the page."""

    def __init__(self, state: CampaignState, library: Library) -> None:
        self.state, self.library = state, library
        self.lang = state.settings["lang"]
        self.say = Words(self.lang, library.roots)
        self.rounds = range(1, len(state.rankings) + 1)

    def place(self, community: str) -> str:
        """Return the name of a community; of none, the city's."""
        card = self.state.card
        if not community:
            return self.say("campaign.city", city=self.library.city(card.city).name.get(self.lang))
        return card.by_id[community].name.get(self.lang)

    def year(self, round: int) -> str:
        """Return the name of a round."""
        return self.say("campaign.year", number=round) if round else self.say("campaign.before")

    def facts(self) -> Facts:
        """Return what is played by whom."""
        say, state, lang = self.say, self.state, self.lang
        rows: list[tuple[str, Spans]] = [
            (say("campaign.fact.city"), plain(self.library.city(state.card.city).name.get(lang))),
            (say("campaign.fact.rounds"), plain(f"{len(state.rankings)}/{len(state.card.rounds)}")),
            (say("model"), plain(say.of("models", state.settings["model"]))),
            (say("seed"), plain(str(state.settings["seed"]))),
        ]
        if state.branch:
            departure = say(
                "campaign.fact.branch_of", campaign=state.branch["of"], year=self.year(state.branch["round"])
            )
            changes = state.branch["changes"]
            rows.append(
                (say("campaign.fact.branch"), plain(departure + (say.paren(say.join(changes)) if changes else "")))
            )
        return Facts(tuple(rows), "grid")

    def sections(self) -> Iterator[Section]:
        """Yield the sections, those that have nothing to say aside."""
        yield self.communities()
        if not self.rounds:
            return
        yield self.ranking()
        yield self.form()
        for section in (self.learned(), self.moves(), self.orders(), self.plans()):
            if section.blocks:
                yield section
        yield self.sessions()

    def communities(self) -> Section:
        """Return what each community plays, under which model."""
        lang, rows = self.lang, []
        for community in self.state.card.communities:
            under = self.library.governance(community.governance).name.get(lang)
            rules = self.rules(community, community.changes)
            changes = tuple(part for text in rules for part in (BREAK, Span(text, style="soft")))
            alone = "cards" if self.state.settings["model"] == CARDS else "model"
            by = ["rules" if "rules" in (community.played, self.state.settings["style"]) else alone]
            if any((result := self.state.result(round, community.id)) and result.people for round in self.rounds):
                by.insert(0, "people")
            rows.append((
                plain(community.name.get(lang)), plain(self.library.scenario(community.scenario).title.get(lang)),
                (Span(under), *changes), plain(self.say.join([self.say(f"campaign.played.{each}") for each in by])),
            ))  # fmt: skip
        head = tuple(self.say(f"campaign.head.{name}") for name in ("community", "case", "governance", "by"))
        return Section(
            "communities",
            self.say("campaign.communities"),
            (Table(self.say("campaign.communities"), head, tuple(rows), titled=False),),
        )

    def ranking(self) -> Section:
        """Return places year by year, what they brought, and both assessments."""
        say, state = self.say, self.state
        head = (say("campaign.head.community"), *(self.year(round) for round in self.rounds))
        rows = []
        for community in state.communities:
            cells: list[Spans] = [plain(self.place(community))]
            for round in self.rounds:
                number, place = next(
                    (n, p) for n, p in enumerate(state.rankings[round], 1) if p["community"] == community
                )
                h = two_decimals(place["h"], say)
                if [two_decimals(other["h"], say) for other in state.rankings[round]].count(h) > 1:
                    h = three_decimals(place["h"], say)  # places go by H, which two decimals do not tell apart
                values = say("campaign.h_and_p", h=h, p=two_decimals(place["p"], say))
                cells.append(
                    (Span(say("campaign.place", number=number), style="strong"), BREAK, Span(values, style="soft"))
                )
            rows.append(tuple(cells))
        brings = tuple(
            (say(f"campaign.brings.{name}"), plain(getattr(state.card.ranking, name).get(self.lang)))
            for name in ("first", "others", "last")
            if name != "others" or len(state.communities) > 2
        )
        blocks: list[Block] = [
            Paragraph(plain(say("campaign.ranking_note")), soft=True),
            Table(say("campaign.ranking"), head, tuple(rows), titled=False, figures=True),
            Facts(brings),
        ]
        if len(self.rounds) > 1:
            blocks += [self.course("h"), self.course("p")]
        return Section("ranking", say("campaign.ranking"), tuple(blocks))

    def course(self, side: str) -> Chart:
        """Return one assessment of all communities, year by year."""
        say, state = self.say, self.state
        strips = []
        for round in self.rounds:
            by_place = {place["community"]: place for place in state.rankings[round]}
            values = [by_place[each]["h"] if side == "h" else by_place[each]["p"] for each in state.communities]
            dots = tuple(Dot(value, series=number) for number, value in enumerate(values))
            strips.append(Strip(self.year(round), dots, tuple(two_decimals(value, say) for value in values)))
        names = [self.place(each) for each in state.communities]
        return Chart(
            f"course_{side}",
            say(f"campaign.course.{side}"),
            (say("campaign.head.year"), *names),
            Scale(
                0.0, 1.0, tuple((tick / 4, f"{tick / 4:g}") for tick in range(5)), say(f"campaign.course_scale.{side}")
            ),
            tuple(strips),
            tuple(enumerate(names)),
            joined=True,
        )

    def form(self) -> Section:
        """Return how much was adopted on paper, and how much of what was promised was done."""
        say, state, strips, rows = self.say, self.state, list[Strip](), list[tuple[Spans, ...]]()
        for community in state.communities:
            for round in self.rounds:
                result = state.result(round, community)
                if result is None:
                    continue
                values = (result.form, result.substance)
                name = say("campaign.in_year", place=self.place(community), year=self.year(round))
                texts = tuple(say("no_value") if value is None else percent(value) for value in values)
                strips.append(Strip(name, (Dot(values[0]), Dot(values[1], series=1)), texts))
                counts = (result.kept, result.broken, result.beyond, result.open)
                rows.append((plain(name), *(plain(str(count)) for count in counts)))
        chart = Chart(
            "form_chart",
            say("campaign.form_chart"),
            (say("campaign.head.community"), say("campaign.form.form"), say("campaign.form.substance")),
            Scale(0.0, 1.0, tuple((tick / 4, f"{25 * tick}%") for tick in range(5)), say("campaign.form_scale")),
            tuple(strips),
            ((0, say("campaign.form.form")), (1, say("campaign.form.substance"))),
        )
        head = tuple(say(f"campaign.head.{name}") for name in ("community", "kept", "broken", "void", "open"))
        table = Table(say("campaign.promises"), head, tuple(rows), figures=True)
        owed = self.owed()
        return Section("form", say("campaign.form"), (chart, table, *((owed,) if owed.rows else ())))

    def owed(self) -> Table:
        """Return what was not kept, and who answered for it."""
        rows: list[tuple[Spans, ...]] = []
        for round in self.rounds:
            for community in self.state.communities:
                result = self.state.result(round, community)
                said = [part for text in (result.owed if result else ())[:_OWED] for part in (BREAK, Span(text))]
                if said:
                    rows.append((plain(self.year(round)), plain(self.place(community)), tuple(said[1:])))
        head = tuple(self.say(f"campaign.head.{name}") for name in ("year", "community", "what"))
        return Table(self.say("campaign.owed"), head, tuple(rows), widths=(12, 20, 68))

    def learned(self) -> Section:
        """Return the time line of who saw what of whom, and took it over; orders have a section of their own."""
        say, groups = self.say, dict[tuple[int, str, str, str, str], list[Seen]]()
        for seen in seen_elsewhere(self.state):
            lesson = seen.lesson
            key = (lesson.round, lesson.community, lesson.origin, lesson.channel, lesson.source)
            groups.setdefault(key, []).append(seen)
        rows = []
        for (round, community, origin, channel, source), together in groups.items():
            whom = (Span(self.place(origin)), BREAK, Span(source, style="soft"))
            what: list[Span] = []
            for seen in together:
                what += [BREAK] if what else []
                what += [Span(say("campaign.asked"), style="tag", tone="warn"), Span(" ")] if seen.lesson.asked else []
                what.append(Span(seen.lesson.says))
                what += [Span(" "), Span(say("campaign.taken"), style="tag", tone="good")] if seen.taken else []
            rows.append((
                plain(self.year(round)), plain(self.place(community)), whom,
                plain(say(f"campaign.channel.{channel}")), tuple(what),
            ))  # fmt: skip
        head = tuple(say(f"campaign.head.{name}") for name in ("year", "who", "from", "channel", "seen"))
        note = Paragraph(plain(say("campaign.learned_note")), soft=True)
        blocks = (
            note,
            Table(say("campaign.learned"), head, tuple(rows), widths=(9, 15, 18, 12, 46), titled=False),
        )
        return Section("learned", say("campaign.learned"), blocks if rows else ())

    def moves(self) -> Section:
        """Return who was transferred."""
        say, rows = self.say, []
        for round, moves in self.state.transfers.items():
            for move in moves:
                rows.append((
                    (Span(move["name"][self.lang], style="strong"),),
                    plain(self.year(round)), self.post(move, "of"), self.post(move, "to"),
                    plain(say(f"campaign.why.{move['why']}")),
                ))  # fmt: skip
        head = tuple(say(f"campaign.head.{name}") for name in ("official", "after", "leaves", "takes", "why"))
        blocks = (Table(say("campaign.moves"), head, tuple(rows), widths=(18, 12, 24, 24, 22), titled=False),)
        return Section("moves", say("campaign.moves"), blocks if rows else ())

    def post(self, move: Move, end: str) -> Spans:
        """Return the post that a move leaves (``of``) or takes (``to``)."""
        post = move["of"] if end == "of" else move["to"]
        if post is None:
            return plain(self.say(f"campaign.no_post.{end}"))
        role = self.library.persona(post[1]).role.get(self.lang)
        return (Span(self.place(post[0])), BREAK, Span(role, style="soft"))

    def orders(self) -> Section:
        """Return the orders from above, with what they ask for and the rules that they change."""
        say, rows = self.say, []
        for order in self.state.orders:
            rules = [
                text for each in self.state.card.communities if each.id in order.to
                for text in self.rules(each, order.changes, each.changes, round=order.after + 1)
            ]  # fmt: skip
            since = worded_since(order.text, self.state.card, self.library, say)
            beside = [Span(text, style="soft") for text in (*self.asked(order), *dict.fromkeys(rules), since) if text]
            to = (
                say("everyone") if len(order.to) == len(self.state.communities) else say.join(map(self.place, order.to))
            )
            text = (Span(order.text), *(part for span in beside for part in (BREAK, span)))
            rows.append((plain(self.year(order.after)), plain(to), text))
        head = tuple(say(f"campaign.head.{name}") for name in ("after", "to", "order"))
        blocks = (Table(say("campaign.orders"), head, tuple(rows), widths=(15, 25, 60), titled=False),)
        return Section("orders", say("campaign.orders"), blocks if rows else ())

    def rules(
        self, community: Community, changes: Sequence[str], before: Sequence[str] = (), round: int = 1
    ) -> list[str]:
        """Return in words what changes of rules make different in a community, beside those that it had before.

        The words name those who hold its posts in a round; as long as that is not begun, those of the beginning.
        """
        begun = self.state.specs.get(self.state.name(round, community.id))
        held = {post.seat: post.name for post in begun.start.posts} if begun else {}
        names = {seat: name.get(self.lang) for seat, name in community.people.items()} | held
        spec = SessionSpec(
            scenario=community.scenario, governance=community.governance, lang=self.lang, changes=tuple(before),
            personas=community.cast, start=Start(posts=tuple(Post(seat=seat, name=names[seat]) for seat in names)),
        )  # fmt: skip
        return changes_told(spec, self.library, changes)

    def asked(self, order: Order) -> list[str]:
        """Return the options that an order asks for, in words."""
        questions = [
            question
            for community in self.state.card.communities
            if community.id in order.to
            for question in self.library.scenario(community.scenario).decisions
        ]
        known = {question.id: question for question in reversed(questions)}
        return [
            self.say(
                "campaign.settled",
                question=known[key].question.get(self.lang).rstrip("?？"),
                option=known[key].options[option].get(self.lang),
            )
            for key, option in order.terms.items()
            if key in known and option in known[key].options
        ]

    def plans(self) -> Section:
        """Return how alike the communities' plans are, and what of a plan arrived where."""
        say, state = self.say, self.state
        rows = []
        for (round, community), plan in state.plans.items():
            came: dict[str, list[str]] = {}
            for section, passage in plan.items():
                if passage["text"]:
                    way = self._way(passage["origin"], passage["channel"], community)
                    came.setdefault(way, []).append(say.of("section", section))
            arrived = tuple(
                part
                for number, (way, names) in enumerate(came.items())
                for part in (*((BREAK,) if number else ()), Span(way + say("colon")), Span(say.join(names)))
            )
            dropped = [say.of("section", section) for section, passage in plan.items() if not passage["text"]]
            share = percent(state.copied[(round, community)])
            rows.append((
                plain(self.place(community)), plain(self.year(round)), arrived,
                plain(say.join(dropped) or say("none")), plain(share),
            ))  # fmt: skip
        head = tuple(say(f"campaign.head.{name}") for name in ("community", "after", "arrived", "dropped", "copied"))
        table = Table(say("campaign.arrived"), head, tuple(rows), widths=(18, 10, 44, 16, 12))
        heats = [heat for what in ("alike", "same") if (heat := self._alike(what))]
        blocks: list[Block] = [*heats, *([table] if rows else [])]
        return Section("plans", say("campaign.plans"), tuple(blocks))

    def _way(self, origin: str, channel: str, community: str) -> str:
        if not origin:
            return self.say("campaign.of_city")
        if origin == community:
            return self.say("campaign.own")
        return self.say("campaign.way", place=self.place(origin), channel=self.say(f"campaign.channel.{channel}"))

    def _alike(self, what: Literal["alike", "same"]) -> Heat | None:
        """Return how alike two communities that play the same case are, year by year, in plans or in decisions."""
        say, state, rows = self.say, self.state, list[HeatRow]()
        known = state.card.communities
        pairs = [(a, b) for n, a in enumerate(known) for b in known[n + 1 :] if a.scenario == b.scenario]
        for first, second in pairs:
            values = [self._likeness(what, round, first.id, second.id) for round in self.rounds]
            cells = tuple(HeatCell("–" if value is None else percent(value), value) for value in values)
            rows.append(HeatRow(say("campaign.pair", first=self.place(first.id), second=self.place(second.id)), cells))
        if all(cell.shade is None for row in rows for cell in row.cells):
            return None
        head = (say("campaign.head.pair"), *(self.year(round) for round in self.rounds))
        return Heat(what, say(f"campaign.{what}.title"), head, tuple(rows), say(f"campaign.{what}.note"))

    def _likeness(self, what: Literal["alike", "same"], round: int, first: str, second: str) -> float | None:
        state = self.state
        if what == "alike":
            return similarity(state.own(round, first), state.own(round, second))
        one, two = state.result(round, first), state.result(round, second)
        return same_options(one.terms, two.terms) if one and two else None

    def sessions(self) -> Section:
        """Return each session with what it settled, and where its own report is."""
        say, state, items, under = self.say, self.state, list[Spans](), list[tuple[Spans, ...]]()
        for round in self.rounds:
            for community in state.communities:
                name = state.name(round, community)
                result = state.result(round, community)
                if result is None:
                    continue
                title = say("campaign.in_year", place=self.place(community), year=self.year(round))
                items.append((Span(title, style="strong", file=f"{name}/report.html"),))
                settled = result.settled or (say("campaign.nothing_settled"),)
                under.append(tuple(plain(text) for text in settled))
        note = Paragraph(plain(say("campaign.sessions_note")), soft=True)
        return Section("sessions", say("campaign.sessions"), (note, Bullets(tuple(items), tuple(under))))
