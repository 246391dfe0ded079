"""The game of a session: the content and rules that its spec names, fixed before the first line."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import dropwhile
from typing import Any, get_args

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import RESIDENTS, Act, Section
from sandbox.content.changes import with_changes
from sandbox.content.decision_card import Option
from sandbox.content.governance import CHAIR_BINDS, Governance
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.named import Named
from sandbox.content.persona_card import Persona
from sandbox.content.rubric import Rubric
from sandbox.content.scenario_card import City, Fact, Inject, Scenario
from sandbox.content.seat_card import Point, ScenarioSeat
from sandbox.content.stage_card import Stage, StageAbility
from sandbox.content.templates import Piece, Templates
from sandbox.content.words import Words, refusal
from sandbox.errors import UnknownError
from sandbox.game.checks.fitting import check_fits
from sandbox.game.digest import content_digest
from sandbox.game.draws import SPAN, Draw, numbers_at
from sandbox.game.hosting import calling_by_name, hosted, in_later_year, in_voice_of, renamed, role_of
from sandbox.game.language.address import Names, callings, forms_of_address, names_of, shared_forms
from sandbox.game.own_matters import as_decided, with_matters
from sandbox.game.pulse import Pulse, starting
from sandbox.game.room import Room, Rooms
from sandbox.game.rules import (
    LEVELS,
    Side,
    allowed_acts,
    assessors,
    assign_positions,
    chair_of,
    drafters,
    knows_fact,
    payable,
)
from sandbox.game.spec import PlayStyle, Post, SessionSpec
from sandbox.game.starting import served_there

# Attributes that games of the same cards and rules do not share.
_OWN = ("spec", "library", "seeded", "style")
_KEPT = 128  # sets of cards and rules whose shared attributes a library keeps
# Cached properties computed at once, so that all games of the same cards and rules share them.
_SHARED = (
    "chair", "drafters", "levels", "names", "offered", "plan", "points", "pulses", "raisable", "reviewed", "rewriting",
    "rules_told", "settled", "stage_names",
)  # fmt: skip


@dataclass(frozen=True)
class Game:
    """Everything that the steps of a session need and that does not change while it runs.

    Raises:
        InputError: the spec names something that does not exist or does not fit; the message says what is allowed.
    """

    spec: SessionSpec
    library: Library = field(repr=False)
    # Each turn asks for these, and Python reads a cached property slower than a plain attribute.
    words: Words = field(init=False, repr=False, compare=False)
    """The words of the session's language."""
    scenario: Scenario = field(init=False, repr=False, compare=False)
    """The case as this session plays it: for a later year, with new holders of posts, decided options, own matters and
    the host of its tour (see `Start`)."""
    options: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    """The ids of the options that are offered, by decision."""
    course: tuple[Room, ...] = field(init=False, repr=False, compare=False)
    """The rooms of the session's stages in their order."""
    agreed_only: bool = field(init=False, repr=False, compare=False)
    """Whether a seat may refuse a reporting task that is not on the agreed list (scope rule ``tasks``)."""
    siding: frozenset[str] = field(init=False, repr=False, compare=False)
    """The seats whose support or objection takes sides only: options named with it do not amend or put a motion."""
    speeches: dict[tuple[str, bool], tuple[Act, ...]] = field(init=False, repr=False, compare=False)
    """The acts of each seat in a discussion, by seat and whether it may defer (ask for time)."""
    seeded: str = field(init=False, repr=False, compare=False)
    """The prefix, from the seed, of each place at which numbers are drawn (see `numbers_at`)."""
    style: PlayStyle = field(init=False, repr=False, compare=False)
    """The style of play that the spec names."""

    def __post_init__(self) -> None:
        spec, kept = self.spec, self.library.games
        vars(self).update(seeded=f"{spec.seed}:", style=spec.style)
        known = kept.get(key := spec.ground)
        if known is None:
            vars(self)["words"] = self.library.words(spec.lang)
            vars(self)["scenario"] = self._scenario()
            check_fits(self)
            vars(self).update(
                course=tuple([self.rooms[stage.id] for stage in self.stages]),
                agreed_only=self.governance.rules.scope.tasks == "agreed",
                siding=self._siding(),
                speeches=self._speeches(),
                options={key: tuple(options) for key, options in self.offered.items()},
            )
            for worked_out in _SHARED:
                getattr(self, worked_out)
            known = kept[key] = {name: value for name, value in vars(self).items() if name not in _OWN}
            while len(kept) > _KEPT:
                kept.pop(next(iter(kept)), None)
        else:
            vars(self).update(known)
        for seat in (*spec.persons, *spec.models):
            if seat not in self.positions:
                raise UnknownError("seat", seat, self.named_seats)

    def _scenario(self) -> Scenario:
        case, start = self.library.scenario(self.spec.scenario), self.spec.start
        if start.year > 1:
            case = in_later_year(case, self.words, start.had)
        held = [seat.persona for seat in case.seats if seat.persona in self.posts]
        names = {self.library.persona(seat).name.get(self.spec.lang): self.posts[seat].name for seat in held}
        case = with_matters(as_decided(calling_by_name(case, names), start.decided), start.matters)
        if start.host is None or not case.tour:
            return case
        host, known = self.library.persona(case.tour.host), served_there(start)
        return hosted(case, host, start.host, known, self.able("tours"), self.words)

    @property
    def worded(self) -> bool:
        """Whether anything but rules words the lines, or the table belongs to a campaign: texts must fit closely."""
        return self.style != "rules" or bool(self.spec.start.own_events)

    @property
    def weighs_review(self) -> bool:
        """Whether a review weighs who may grant what fell due, and how many of those it was for have spoken."""
        return self.style == "free" and self.spec.weighs_review

    @property
    def hears_all(self) -> bool:
        """Whether a review asks each whom something was for or who pays for it, and takes a kinder word for no dispute.

        Where a department commits itself is counted more strictly, too.
        """
        return self.style != "rules" and self.spec.hears_all

    @cached_property
    def governance(self) -> Governance:
        """The rules-in-use, with the spec's changes."""
        return with_changes(self.library.governance(self.spec.governance), self.spec.changes)

    @cached_property
    def rules_told(self) -> dict[str, Any]:
        """The rules in full, as JSON for the log."""
        return self.governance.rules.model_dump(mode="json")

    @cached_property
    def city(self) -> City | None:
        """The city whose setting is added, if any."""
        return self.library.city(self.spec.city) if self.spec.city else None

    @cached_property
    def rubric(self) -> Rubric:
        """The criteria of the score."""
        return self.library.rubric(self.spec.rubric)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in order: those that the spec names, else those of the case, with the purposes the case states."""
        case = self.library.scenario(self.spec.scenario)
        named = [self.library.stage(stage) for stage in dict.fromkeys(self.spec.stages)]
        return tuple(
            stage.model_copy(update={"purpose": case.purposes[stage.id]}) if stage.id in case.purposes else stage
            for stage in sorted(named or self.library.stages_of(case), key=lambda stage: stage.order)
        )

    @cached_property
    def personas(self) -> dict[str, Persona]:
        """Persona cards by seat, in the order of the scenario; a persona in another's seat has that seat's id.

        New holders of posts, and a guest who hosts the tour, have the names that the start gives them.
        """
        cards = {seat: self.cast_at(seat) for seat in self.seats}
        cards |= {seat: renamed(cards[seat], post.name) for seat, post in self.posts.items() if seat in cards}
        host, guest = self.scenario.tour.host, self.spec.start.host
        if guest is None or not host:
            return cards
        card = in_voice_of(cards[host], self.library.persona(guest.persona)) if guest.persona else cards[host]
        return {**cards, host: renamed(card, guest.name, role_of(guest, self.words))}

    @cached_property
    def posts(self) -> dict[str, Post]:
        """The posts held by somebody else than their card names, by seat."""
        return {post.seat: post for post in self.spec.start.posts}

    def cast_at(self, seat: str) -> Persona:
        """Return the persona card for a seat: its own, or the one that the spec puts there, with the seat's id.

        Raises:
            InputError: the other card is of another kind, or one is registered and the other is not.
        """
        own, other = self.library.seated(self.scenario, seat), self.spec.personas.get(seat, seat)
        if other == seat:
            return own
        card = self.library.persona(other)
        if (card.kind, card.registered) != (own.kind, own.registered):
            raise refusal("refused.cast_kind", seat=seat, persona=other, own=own.kind, other=card.kind)
        return card.model_copy(update={"id": seat})

    def wish(self, seat: str, question: str) -> str:
        """Return the option that the new holder of a post stands for on a question, or empty if it is not offered."""
        post = self.posts.get(seat)
        option = post.terms.get(question, "") if post else ""
        return option if option and option in self.offered[question] else ""

    def never_accepts(self, seat: str) -> Mapping[str, str]:
        """Return the options that a seat never accepts, by question; none for a persona from another seat."""
        return {} if seat in self.spec.personas else self.seats[seat].never_accepts

    @cached_property
    def seats(self) -> dict[str, ScenarioSeat]:
        """The scenario's seats by id."""
        return self.scenario.seat_by_id

    @cached_property
    def positions(self) -> dict[str, str]:
        """Position of each seat."""
        return assign_positions(self.governance, list(self.personas.values()))

    @cached_property
    def chair(self) -> str:
        """The seat that chairs."""
        return chair_of(self.governance, self.positions)

    @cached_property
    def levels(self) -> dict[str, int]:
        """Level of each seat in a cascade, the highest 0."""
        return {seat: LEVELS[card.kind] for seat, card in self.personas.items()}

    @cached_property
    def points(self) -> dict[str, tuple[str, Point]]:
        """All points of the scenario by id, each with its seat."""
        return self.scenario.point_by_id

    @cached_property
    def matters(self) -> tuple[str, ...]:
        """The texts of all points in the session's language."""
        return tuple(point.says.get(self.spec.lang) for _, point in self.points.values())

    @cached_property
    def offered(self) -> dict[str, dict[str, Option]]:
        """The options on offer by decision: the payoff rule has budgets for all payers, and no order has ended them."""
        ended = self.spec.start.had
        return {
            decision.id: {
                key: option
                for key, option in decision.options.items()
                if payable(self.governance, option) and f"{decision.id}.{key}" not in ended
            }
            for decision in self.scenario.decisions
        }

    @cached_property
    def settled(self) -> dict[tuple[str, str], str]:
        """By question and option, for those on offer, the question and the option as sentences."""
        lang, stop, gap = self.spec.lang, self.words("stop"), self.words("gap")
        asked = {key: question.question.get(lang) for key, question in self.scenario.decision_by_id.items()}
        return {
            (key, option): gap.join((asked[key], text[:1].upper() + text[1:] + stop))
            for key, options in self.offered.items()
            for option, card in options.items()
            for text in [card.get(lang)]
        }

    @cached_property
    def injects(self) -> tuple[Inject, ...]:
        """The case's events from outside, without those that this table had in earlier years."""
        return tuple(inject for inject in self.scenario.injects if inject.id not in self.spec.start.had)

    @cached_property
    def rooms(self) -> Rooms:
        """The room of each stage (see `Room`)."""
        return Rooms(self)

    def present(self, stage: str) -> tuple[str, ...]:
        """Return the seats that take part in a stage; a host from elsewhere takes part in tours only."""
        return self.rooms[stage].present

    def knows(self, seat: str, fact: Fact, stage: str) -> bool:
        """Return whether a seat may know a fact by a stage.

        Facts of the platform need access to it; facts about the visited place are the host's alone before the tour.
        """
        if not knows_fact(self.governance, self.positions[seat], fact):
            return False
        return not fact.visited or seat == self.scenario.tour.host or self.toured(stage)

    def knows_all(self, seat: str, point: Point, stage: str) -> bool:
        """Return whether a seat may know, by a stage, all facts that a point carries."""
        return all(self.knows(seat, fact, stage) for fact in self.scenario.facts if fact.id in point.facts)

    def toured(self, stage: str) -> bool:
        """Return whether the tour has begun by a stage."""
        return stage in self._from_tour

    @cached_property
    def _from_tour(self) -> list[str]:
        """The session's stages from the first tour on."""
        tours = self.able("tours")
        return [*dropwhile(lambda stage: stage not in tours, self.stage_names)]

    def acts(self, seat: str) -> tuple[Act, ...]:
        """Return the acts that a seat may perform."""
        return self._acts[seat]

    def amends(self, seat: str) -> bool:
        """Return whether options that a seat names with support or an objection amend a motion or put another one."""
        return seat not in self.siding

    def names_options(self, seat: str, act: Act) -> bool:
        """Return whether a seat's line with an act may name options and a condition."""
        return has(act, "offers") or (has(act, "counters") and self.amends(seat))

    def speech(self, seat: str, *, defers: bool = True) -> tuple[Act, ...]:
        """Return the acts of a seat in a discussion; ``defers`` false leaves out asking for time."""
        return self.speeches[seat, defers]

    def voters(self, stage: str) -> tuple[str, ...]:
        """Return the seats that are asked for a vote in a stage."""
        return self.rooms[stage].voters

    @cached_property
    def deciders(self) -> frozenset[str]:
        """The seats on which a decision depends: voters of the stages that decide, and a chair that may bind alone."""
        deciding = [stage.id for stage in self.stages if "decides" in stage.abilities]
        chair = {self.chair} if deciding and self.governance.rules.aggregation.procedure in CHAIR_BINDS else set()
        return frozenset(chair.union(*map(self.voters, deciding)))

    @cached_property
    def drafters(self) -> tuple[str, ...]:
        """The seats that draft a plan: those present at the first drafting stage that the scope rule lets draft."""
        drafting = self.able("drafts")
        return drafters(self.governance, self.positions, self.present(drafting[0])) if drafting else ()

    @cached_property
    def rewriting(self) -> tuple[str, ...]:
        """The stages in which a plan may be rewritten: those that draft and, if the session plays one, its review."""
        drafting = self.able("drafts")
        corrects = any(stage in self.stage_names for stage in drafting)
        return (*drafting, *(self.able("reviews") if corrects else ()))

    def able(self, ability: StageAbility) -> tuple[str, ...]:
        """Return the stages with an ability, whether or not the session plays them."""
        return self.library.able.get(ability, ())

    @cached_property
    def pieces(self) -> dict[tuple[str, ...], Piece]:
        """Cache: pieces of prompts, by what they were made from; not shared between sessions."""
        return {}

    @cached_property
    def minutes_read(self) -> dict[tuple[object, ...], tuple[tuple[object, ...], str]]:
        """Cache: by stage, reader and extent, what the minutes read last were made from, and their text; not shared."""
        return {}

    @cached_property
    def taken_up(self) -> dict[str, dict[str, bool]]:
        """Cache: by point and words of a line, whether the line takes up the point's matter; not shared."""
        return {}

    @cached_property
    def made(self) -> dict[tuple[str, str, str], str]:
        """Cache: by seat, stage and words of a line in free play, the point that it makes or empty; not shared."""
        return {}

    @cached_property
    def stage_names(self) -> dict[str, str]:
        """The names of the session's stages by id, in their order."""
        return {stage.id: stage.name.get(self.spec.lang) for stage in self.stages}

    @cached_property
    def reviewed(self) -> bool:
        """Whether a stage of the session reviews, so that promises and decisions fall due."""
        return any(stage.reviews for stage in self.stages)

    def _siding(self) -> frozenset[str]:
        rules = self.governance.rules.choice
        return frozenset(seat for seat, position in self.positions.items() if not rules[position].amends)

    @cached_property
    def residents(self) -> frozenset[str]:
        """The seats of residents, including heads of self-governing bodies."""
        return frozenset(seat for seat, card in self.personas.items() if card.kind in RESIDENTS)

    @cached_property
    def seated(self) -> tuple[str, ...]:
        """The seats of the session; the host of a visited place is left out if there is no tour."""
        tours = any("tours" in stage.abilities for stage in self.stages)
        return tuple(seat for seat in self.positions if tours or self.personas[seat].kind != "host")

    def of_home(self, seats: Iterable[str]) -> set[str]:
        """Return the seats among some that are not hosts from elsewhere."""
        return {seat for seat in seats if self.personas[seat].kind != "host"}

    @cached_property
    def templates(self) -> Templates:
        """The templates in the session's language and wording."""
        return self.library.templates(self.spec.lang, self.spec.wording)

    @cached_property
    def answers_to(self) -> dict[str, tuple[Point, ...]]:
        """By point, the points of the cards that answer it."""
        answers: dict[str, tuple[Point, ...]] = {}
        for _, point in self.points.values():
            for name in point.replies_to if has(point.act, "answers") else ():
                answers[name] = (*answers.get(name, ()), point)
        return answers

    @cached_property
    def raisable(self) -> dict[tuple[str, str], tuple[Point, ...]]:
        """Cache: by seat and stage, the points that the rules let the seat raise there."""
        return {}

    @cached_property
    def _acts(self) -> dict[str, tuple[Act, ...]]:
        acts = {position: allowed_acts(self.governance, position) for position in set(self.positions.values())}
        return {seat: acts[position] for seat, position in self.positions.items()}

    def _speeches(self) -> dict[tuple[str, bool], tuple[Act, ...]]:
        left_out = {True: acts_with("binds"), False: (*acts_with("binds"), *acts_with("defers"))}
        speech = {
            (acts, defers): tuple([act for act in acts if act not in left_out[defers]])
            for acts in set(self._acts.values())
            for defers in left_out
        }
        return {(seat, defers): speech[acts, defers] for seat, acts in self._acts.items() for defers in left_out}

    def turn_limit(self, stage: Stage) -> int:
        """Return the most lines that the discussion of a stage may have (see `limit_in`)."""
        return self.limit_in(self.rooms[stage.id])

    def limit_in(self, room: Room) -> int:
        """Return `Room.limit`; on a tour in free play, if the spec sets none, enough for each guest to ask once."""
        if not room.tours or self.style != "free" or self.spec.turns:
            return room.limit
        guests = len(room.present) - 1
        return max(room.limit, 2 * guests + 1)

    def in_words(self, terms: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return each question of some terms with its option, in the language of the game's words."""
        if not terms:
            return []
        known, lang = self.scenario.decision_by_id, self.words.lang
        settled = ((known[key], option) for key, option in terms.items() if key in known)
        return [(question.question.get(lang), question.options[option].get(lang)) for question, option in settled]

    def affordable(self, terms: Mapping[str, str]) -> bool:
        """Return whether all options of some terms are on offer."""
        return all(option in self.offered[key] for key, option in terms.items())

    def role(self, seat: str, lang: Lang | None = None) -> str:
        """Return a seat's role, by default in the session's language, its first letter in lower case."""
        role = self.personas[seat].role.get(lang or self.spec.lang)
        return role if role.split()[0].isupper() else role[0].lower() + role[1:]

    def name(self, seat: str) -> str:
        """Return the name on a seat's card, with the id if two share a name; what is no seat (``all``) unchanged."""
        return self._names_shown.get(seat, seat)

    @cached_property
    def _names_shown(self) -> Mapping[str, str]:
        return self.words.apart({seat: card.name.get(self.spec.lang) for seat, card in self.personas.items()})

    @property
    def named_seats(self) -> list[str]:
        """The seats, each with its name and role."""
        return [Named(seat, self.personas[seat].title) for seat in self.positions]

    @cached_property
    def callings(self) -> Mapping[str, tuple[str, ...]]:
        """The names by which each seat is spoken of."""
        return callings(self)

    @cached_property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """The forms by which each seat may be spoken to."""
        return forms_of_address(self)

    @cached_property
    def shared_forms(self) -> Mapping[str, tuple[str, ...]]:
        """The forms of address of each seat that mean somebody else when nobody is addressed."""
        return shared_forms(self)

    @cached_property
    def names(self) -> Names:
        """The names of seats, to find whom a text names."""
        return names_of(self)

    @cached_property
    def assessors(self) -> Mapping[Side, tuple[str, ...]]:
        """The seats whose assessment counts, ``hierarchical`` and ``horizontal``."""
        return {side: assessors(self.governance, self.positions, side) for side in get_args(Side)}

    def rng(self, *where: object) -> random.Random:
        """Return a random generator seeded by the session's seed and a place."""
        return random.Random(":".join(str(part) for part in (self.spec.seed, *where)))

    def draws(self, place: str, most: int) -> Draw:
        """Return a source of at least ``most`` numbers, the same at the same place; cheaper than `rng` for a few."""
        return numbers_at(self.seeded + place, most).pop

    def drawn(self, place: str) -> float:
        """Return a number from 0 up to 1, the same at the same place."""
        return numbers_at(self.seeded + place).pop() / SPAN

    def twin(self, **changes: Any) -> Game:
        """Return the game with some fields of its spec changed; unless they name cards or rules, all else is shared.

        Raises:
            InputError: a field names something that does not exist or does not fit.
        """
        return Game(self.spec.model_copy(update=changes), self.library)

    def in_language(self, lang: Lang, *, by_own_names: bool = False) -> Game:
        """Return the game in a language; with ``by_own_names``, seats keep the names of the game's own language."""
        if lang == self.spec.lang:
            return self
        told = self.twin(lang=lang, content="")
        if by_own_names:
            vars(told)["_names_shown"] = self._names_shown
        return told

    def with_words(self, lang: Lang) -> Game:
        """Return the game in its own language, with the program's words in another."""
        told = self.twin()
        vars(told)["words"] = self.library.words(lang)
        return told

    @cached_property
    def pulses(self) -> dict[str, Pulse]:
        """The pulse of each seat before the first stage: of the start, else of its card."""
        known = self.spec.start.pulses
        return {seat: known.get(seat) or starting(card.pulse) for seat, card in self.seats.items()}

    @cached_property
    def plan(self) -> dict[Section, str]:
        """The plan handed down by superiors, as it arrived; a section dropped on the way is empty."""
        arrived, handed = self.spec.start.plan, self.scenario.plan
        return {section: arrived.get(section, text.get(self.spec.lang)) for section, text in handed.items()}

    @cached_property
    def content_digest(self) -> str:
        """A digest of all cards and templates that the session reads."""
        return content_digest(self)
