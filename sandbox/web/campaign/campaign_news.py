"""The events between two rounds in words, for a table, the facilitator and the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

from nicegui import ui

from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Move
from sandbox.diffusion.campaign.past import outcomes
from sandbox.game.game import Game
from sandbox.game.language.stock import is_stock
from sandbox.game.rules import Side
from sandbox.report.campaign_words import addressed, lots_told, place_told, transfer_text
from sandbox.web.campaign.campaign_course import CampaignCourse, Member
from sandbox.web.frame import Cell, PagePart, box, bullets, div, heading, parts, soft, table
from sandbox.web.tables.audience import Viewer
from sandbox.web.tables.waiting import stage_text

_MOST, _QUESTIONS = 4, 3


@dataclass(frozen=True)
class CommunityNews:
    """News for a community under a heading; ``kind`` identifies it for tests and styles."""

    kind: str
    title: str
    texts: Sequence[str]


def placed(course: CampaignCourse, round: int, words: Words) -> list[tuple[str, str]]:
    """Return the ranking of a round: communities by place, and what superiors can see of each."""
    return [
        (
            words(
                "rounds.placed", number=place_told(course.state, round, each["community"], words),
                place=course.place(each["community"], words.lang),
            ),
            seen(course, round, each["community"], "hierarchical", words),
        )
        for each in course.state.rankings.get(round, ())
    ]  # fmt: skip


def seen(course: CampaignCourse, round: int, community: str, side: Side, words: Words) -> str:
    """Return the parts of an assessment of a community, and how much of each there was."""
    return f"{words(f'side.seen.{side}')}{words('colon')}{course.assessed(round, community, side, words)}"


def moved(course: CampaignCourse, move: Move, words: Words) -> str:
    """Return a transfer in words: the official, the old post and the new one."""
    return transfer_text(move, course.state.card, course.house.library, words)


def news_of(course: CampaignCourse, community: str, words: Words, seat: str = "") -> Iterator[CommunityNews]:
    """Yield the results of the last round for a community, and what comes next; nothing before the first ranking.

    Facts that a host keeps from visitors are left out. For a ``seat``, news of its own post comes first.
    """
    state = course.state
    round = len(state.rankings)
    if not round:
        return
    ranking = state.rankings[round]
    own = next(each for each in ranking if each["community"] == community)
    number = place_told(state, round, community, words)
    rank = words("rounds.rank", number=number, of=len(ranking), brought=own["brought"])
    yield from _filled("rank", words, [rank, *map(words("semi").join, placed(course, round, words))])
    result = state.result(round, community)
    game = course.coming(community)
    if seat and not state.closed:
        yield from _own_post(course, community, seat, game, words)
    yield from _filled("orders", words, [
        order.text for order in state.orders if order.after == round and community in order.to
    ])  # fmt: skip
    moves = state.transfers.get(round, ())
    came = [
        text
        for move in moves
        if move["to"] and move["to"][0] == community and move["to"][1] != seat
        for text in (moved(course, move, words), move["agenda"])
        if text
    ]
    yield from _filled("came", words, came)
    gone = [move for move in moves if move["of"] and move["of"][0] == community and move["of"][1] != seat]
    yield from _filled("gone", words, [moved(course, move, words) for move in gone])
    if result is not None:
        owed = list[str]()
        for promise in result.promises:
            unnamed = is_stock(game, promise.says) and not promise.terms
            says = words("review.unnamed") if unnamed else promise.says
            owed.append(words("rounds.stands", name=game.name(promise.seat), says=says))
        yield from _filled("last", words, outcomes(state, round, community, words))
        yield from _filled("owed", words, [*dict.fromkeys(owed)][:_MOST])
    learned = [each for each in state.learned if each.round == round and each.community == community]
    yield from _filled("learned", words, [
        words("rounds.learned", source=each.source, says=each.says) for each in learned if each.channel == "sideways"
    ][:_MOST])  # fmt: skip
    if state.closed:
        return
    yield from _filled("plan", words, _plan(course, community, round, words))
    tour = state.tours.get((round + 1, community))
    if tour is not None:
        visit = words("rounds.visit", place=tour["place"], name=tour["name"], role=tour["role"])
        yield from _filled("visit", words, [visit])
    guests = [
        course.place(guest, words.lang)
        for (year, guest), each in state.tours.items()
        if year == round + 1 and each["host"] == community
    ]
    yield from _filled("guests", words, [words("rounds.guests", places=guests)] if guests else [])


def through(course: CampaignCourse) -> tuple[int, int]:
    """Return the number of tables that have finished the present round, and of all."""
    return sum(map(course.through, course.tables)), len(course.tables)


def still_playing(course: CampaignCourse, words: Words) -> list[str]:
    """Return the tables that have not finished the round, with their progress but not their talk."""
    texts = []
    for community, table_id in course.tables.items():
        if course.through(community):
            continue
        place, room = course.place(community, words.lang), course.house.rooms.get(table_id)
        if course.ahead(community):
            texts.append(words("campaign_wait.turn", place=place))
            continue
        lines = 0 if room is None else len(room.fold.state["lines"])
        if room is None or room.folder.id != course.state.name(course.state.round, community) or not lines:
            texts.append(words("campaign_wait.begins", place=place))
        else:
            where = stage_text(room, words) or words("campaign_wait.between")
            texts.append(words("campaign_wait.plays", place=place, where=where, lines=lines))
    return texts


def _filled(kind: str, words: Words, texts: Sequence[str]) -> Iterator[CommunityNews]:
    if texts:
        yield CommunityNews(kind, words(f"rounds.news.{kind}"), texts)


def _own_post(course: CampaignCourse, community: str, seat: str, game: Game, words: Words) -> Iterator[CommunityNews]:
    post, moves = (community, seat), course.state.transfers.get(len(course.state.rankings), ())
    for move in moves:
        if move["to"] and tuple(move["to"]) == post:
            left = [each for each in moves if each["of"] and tuple(each["of"]) == post]
            key = "now_you" if move["before"] else "now_new"
            texts = [
                *(moved(course, each, words) for each in left),
                words(f"rounds.{key}", name=game.name(seat), before=move["before"]),
                *([move["agenda"]] if move["agenda"] else []),
            ]
            yield from _filled("post", words, texts)


def _plan(course: CampaignCourse, community: str, round: int, words: Words) -> list[str]:
    came: dict[tuple[str, str], list[str]] = {}
    lost: list[str] = []
    for section, passage in course.state.plans.get((round, community), {}).items():
        name = words.of("section", section)
        if not passage["text"]:
            lost.append(name)
        elif passage["origin"] not in ("", community):
            came.setdefault((passage["origin"], passage["channel"]), []).append(name)
    texts = [
        words(
            "rounds.arrived", sections=names, place=course.place(origin, words.lang),
            channel=words(f"campaign.channel.{channel}"),
        )
        for (origin, channel), names in came.items()
    ]  # fmt: skip
    return [*texts, *([words("rounds.lost", sections=lost)] if lost else [])]


def year_over(course: CampaignCourse, words: Words) -> tuple[str, str]:
    """Return that a table has finished a year, and what comes next and when; empty at the end of the campaign."""
    if course.state.closed:
        return words("rounds.end"), ""
    year, last = words("rounds.year_of", number=course.year, of=course.rounds), course.year == course.rounds
    key = "last" if last else "waits" if course.waits else "plays"
    return words("rounds.year_over", year=year), words(
        f"rounds.then.{key}", year=words("rounds.year", number=course.year + 1)
    )


def show_between(slot: PagePart, member: Member, words: Words, viewer: Viewer) -> None:
    """Show the results of the last round for the table's community, and that the next one begins on this page.

    Viewers without a seat get the ranking alone.
    """
    course = member.course
    playing = () if course.waits or course.state.closed else tuple(still_playing(course, words))
    key = course.state.round, course.waits, course.state.closed, through(course), playing
    slot.show(key, lambda: _draw_between(member, words, viewer))


def _draw_between(member: Member, words: Words, viewer: Viewer) -> None:
    course, state = member.course, member.course.state
    year = words("rounds.year", number=min(state.round, course.rounds))
    with box(classes="between").props(f'data-between="{len(state.rankings)}"'):
        if not course.waits and not state.closed:
            done, tables = through(course)
            heading(2, words("rounds.through", year=year))
            ui.label(words("rounds.others", done=done, of=tables)).props('role="status"')
            bullets(still_playing(course, words))
            if course.house.choice.in_turn:
                soft(words("campaign_wait.here"))
            return
        over = words("rounds.year", number=len(state.rankings))
        heading(2, words("rounds.over" if state.closed else "rounds.next", over=over, year=year)).props('role="status"')
        if state.closed:
            soft(words("rounds.end"))
        # Who one is from now on is read first.
        for news in sorted(news_of(course, member.community, words, viewer.seat), key=lambda news: news.kind != "post"):
            if news.kind != "rank" and viewer.role in ("observer", "projector"):
                continue
            with div("notice stack" if news.kind == "post" else "stack"):
                heading(3, news.title).props(f"data-news={news.kind}")
                bullets(news.texts)
        soft(words("campaign.world"))


def timeline(course: CampaignCourse, words: Words, *, room: bool = False) -> None:
    """Add the ranking after each round, transfers and orders, and a note on how reliable all this is.

    A room is told what came last, above the table and without what came before. Once the campaign is over, what
    residents got stands below what superiors could see, and questions for the talk follow.
    """
    state = course.state
    rounds = list(state.rankings)
    sides: Sequence[Side] = get_args(Side) if state.closed else ("hierarchical",)

    def named(community: str, side: Side) -> None:
        parts(course.place(community, words.lang))
        if len(sides) > 1:
            soft(words(f"side.seen.{side}"))

    def stood(community: str, round: int, side: Side) -> None:
        if side == "hierarchical":
            shown = parts(place_told(state, round, community, words))
            shown.classes("first" if state.places(round)[community] == 1 else "")
        soft(course.assessed(round, community, side, words, named=False)).props["data-of"] = side

    if room:
        _since(course, rounds[-1:], words)
    head = [words("campaign.head.community"), *(words("campaign.year", number=each) for each in rounds)]
    rows: list[list[Cell]] = [
        [partial(named, place["community"], side), *(partial(stood, place["community"], each, side) for each in rounds)]
        for place in state.rankings[rounds[-1]]
        for side in sides
    ]
    with div("wide"):
        table("timeline", head, rows).props("data-timeline")
    if not room:
        _since(course, rounds, words)
    if state.closed:
        with div("stack").props("data-questions"):
            heading(3, words("watch.questions"))
            bullets(course.talk_questions(words.lang)[:_QUESTIONS])
    lots = lots_told(state, words)
    if room:
        notes = [words("rounds.small_gaps"), *([words("rounds.lots")] if lots else [])]
    else:
        notes = [words("campaign.noise"), *lots]
    soft(words("gap").join([words("rounds.by_h"), *notes])).props("data-trusted")


def _since(course: CampaignCourse, rounds: Sequence[int], words: Words) -> None:
    state = course.state
    news = [
        (words("rounds.year", number=round), text)
        for round in rounds
        for text in (
            *(moved(course, move, words) for move in state.transfers.get(round, ())),
            *(order.text + addressed(order.to, state.card, words) for order in state.orders if order.after == round),
        )
    ]
    if news:
        since, several = words("rounds.since"), len(rounds) > 1
        heading(3, since if several else words("rounds.in_year", year=news[0][0], text=since)).props("data-since")
        bullets([words("rounds.in_year", year=year, text=text) if several else text for year, text in news])
