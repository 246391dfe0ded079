"""Schema of a country: levels of places, neighbours, the mechanisms that spread a reform, and their strength."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, PrivateAttr, model_validator

from sandbox.content.cards import Card, Id, Network, Text, fault, ids, refuse, unique
from sandbox.content.own_places import OwnPlaces
from sandbox.content.words import refusal, said

Channel = Literal["order", "training", "tour", "posting", "catch_up"]
Mechanism = Literal["coercion", "learning", "competition", "imitation", "postings", "catch_up", "absorption"]
MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)
_MOST_LEVELS = 3  # above places, a table has columns for offices and for the highest level
MAX_DISTRICTS, MAX_PERIODS, MAX_SEEDS = 5_000_000, 1_000, 1_000
_TABLE = r"^[\w-][\w .-]{0,99}\.csv$"
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=20)]
Periods = Annotated[int, Field(ge=1, le=MAX_PERIODS)]


class Level(Card):
    """A level of places.

    Args:
        within: the level above, by id; none for the highest.
        count: the number of places of the highest level; for other levels, the number within each place above.
    """

    id: Id
    name: Text
    within: Id | None = None
    count: int = Field(ge=1, le=10_000)


class PlaceKind(Card):
    """A kind of place: it says which sessions are its meetings.

    Args:
        governance: the governance model, by id.
        city: what drives reform there, by the id of a city.
        share: its share of a region's places; shares are normalised to sum to 1.
    """

    governance: Id
    city: Id
    share: float = Field(gt=0, le=1)


class Region(Card):
    """A part of the country: places of the highest level that share kinds and means.

    Args:
        share: its share of the places of the highest level; shares are normalised to sum to 1.
        strength: mean strength of its places: money and hands to carry a reform, from 0 to 1.
        kinds: the kinds of its places.
    """

    id: Id
    name: Text
    share: float = Field(gt=0, le=1)
    strength: float = Field(gt=0, lt=1)
    kinds: tuple[PlaceKind, ...] = Field(min_length=1)


class Ties(Card):
    """Which places are neighbours, among the places that hold meetings.

    Args:
        kind: how neighbours lie within a place of the highest level: side by side in a plain (``geometric``), in a
            ring with short cuts (``small_world``), around places that everybody knows (``scale_free``), anyhow
            (``random``).
        degree: mean number of neighbours of a place; even for ``small_world`` and ``scale_free``.
        rewired: for a small world, the share of ties that are short cuts.
        far: mean number of a place's ties across the whole country.
    """

    kind: Literal["geometric", "small_world", "scale_free", "random"] = "geometric"
    degree: float = Field(default=6.0, ge=0.1, le=64)
    rewired: Share = 0.1
    far: float = Field(default=0.5, ge=0, le=16)

    @model_validator(mode="after")
    def _degree_can_be_had(self) -> Ties:
        if self.kind in ("small_world", "scale_free") and self.degree % 2:
            low = max(2, int(self.degree // 2) * 2)
            degree = f"{self.degree:g}"
            raise fault(("degree",), said("network_fault.degree", kind=self.kind, degree=degree, low=low, high=low + 2))
        return self


class Tables(Card):
    """Tables of places and neighbours that replace drawn ones.

    Args:
        places: CSV file beside the card, a row a place.
        ties: CSV file beside the card, a row for each pair of neighbours; none where ties are drawn.
        digest: identifies the content of the tables; it is computed when they are read.
    """

    places: str = Field(pattern=_TABLE)
    ties: str | None = Field(default=None, pattern=_TABLE)
    digest: str = ""


class Pilots(Card):
    """Where the reform begins.

    Args:
        count: how many places begin, in the first period.
        chosen: the strongest of the country, or any.
        region: a region from which all of them come; none for the whole country.
        by: channel by which the idea comes to a pilot.
        support: what higher levels add to a pilot's own means, as a share of these.
    """

    count: int = Field(default=10, ge=0, le=MAX_DISTRICTS)
    chosen: Literal["strong", "random"] = "strong"
    region: Id | None = None
    by: Channel = "training"
    support: float = Field(default=0.0, ge=0, le=4)


class Coercion(Card):
    """Orders from above, and the training that goes with them (Zhu 2014; PR, AR).

    Args:
        order: rate a period at which a place acts on an order that it has received.
        training: rate a period at which a place is trained, while the place above promotes the reform.
        cascade: chance a period that a place hands an order or a promotion down to those below it.
        promoted: periods for which a place above promotes the reform, from the one in which the order reaches it.
    """

    on: bool = True
    order: Rate = 0.3
    training: Rate = 0.2
    cascade: Share = 0.5
    promoted: Periods = 6


class Learning(Card):
    """Learning from results elsewhere: a tour to a neighbour (PL; Shipan and Volden 2008).

    Args:
        rate: rate a period where all neighbours have it in full substance.
    """

    on: bool = True
    rate: Rate = 1.5


class Competition(Card):
    """Keeping up with rivals for rank within one place above (PV; Zhu 2014; Shipan and Volden 2008).

    Args:
        rate: rate a period where all siblings have adopted and rank above.
        distinction: chance that a place which would take up a neighbour's version looks for another one.
    """

    on: bool = True
    rate: Rate = 0.3
    distinction: Share = 0.0


class Imitation(Card):
    """Doing what enough others do, whatever the results (Granovetter 1978; Watts 2002; Shipan and Volden 2008).

    Args:
        rate: rate a period once the share of neighbours that have adopted in form has reached a place's threshold.
        threshold: mean of thresholds.
        spread: their standard deviation.
    """

    on: bool = True
    rate: Rate = 0.2
    threshold: Share = 0.4
    spread: float = Field(default=0.15, ge=0, le=0.5)


class Route(Card):
    """A way by which leaders are posted from one region to another, by their ids."""

    origin: Id
    to: Id


class Postings(Card):
    """Leaders who are moved and take an agenda along (HB; Zhang 2015).

    Args:
        moved: chance a period that a place's leader is posted away and another comes.
        rate: rate a period at which a posted leader who brings the reform puts it on the table.
        lasts: periods for which the agenda lasts.
        leaves: share of substance that a place loses when the leader who took the reform up leaves.
        routes: regions between which leaders are posted; without one, within the place of the highest level.
    """

    on: bool = True
    moved: Share = 0.15
    rate: Rate = 0.5
    lasts: Periods = 4
    leaves: Share = 0.2
    routes: tuple[Route, ...] = ()


class CatchUp(Card):
    """Catching up with the region that is ahead, and learning from it (PD: Wang and Lai 2013).

    Args:
        rate: rate a period where every place of the region ahead has it in substance and none of the own region.
    """

    on: bool = True
    rate: Rate = 1.0


class Absorption(Card):
    """A place above takes up what began below, and spreads it from there (PD: Wang and Lai 2013).

    Args:
        share: share of the places below that have it in form at which a place above takes it up.
    """

    on: bool = False
    share: Share = 0.3


class DeckOf(Card):
    """Which sessions stand behind the meetings of places.

    Args:
        sessions: sessions of each cell.
        turns: lines a stage; none for each stage's own limit.
        changes: single rules that are changed in all governance models, each ``path=value``, or in one,
            ``model:path=value``.
    """

    scenarios: tuple[Id, ...] = Field(default=("four_oclock_school",), min_length=1)
    sessions: int = Field(default=40, ge=1, le=10_000)
    turns: int | None = Field(default=None, ge=1, le=500)
    changes: tuple[str, ...] = ()


class Country(Network):
    """A country through which a reform spreads.

    Args:
        pattern: the pattern of spread that it is made for.
        tables: the user's own tables of places and ties; they set the number of places, and the pilots if named there.
        districts: places that hold meetings, those of the lowest level.
        line: substance from which a place counts as having adopted in substance.
        nearness: share of a plan that is left at each step of distance (another place above, another place of the
            highest level).
        again: rate of further meetings at a place that has it in form, as a share of the usual rate.
        central_rule: period in which the centre makes it a rule; none for never.
        seeds: countries that are played, each with a seed of its own, from 1.
    """

    newer: ClassVar[tuple[str, ...]] = ("tables",)

    about: Text
    pattern: Literal["top_down", "absorbed", "sideways", "catch_up"]
    levels: tuple[Level, ...] = Field(min_length=2, max_length=4)
    tables: Tables | None = None
    districts: int = Field(default=10_000, ge=2, le=MAX_DISTRICTS)
    regions: tuple[Region, ...] = Field(min_length=1, max_length=64)
    ties: Ties = Ties()
    periods: int = Field(default=40, ge=1, le=MAX_PERIODS)
    period: Text
    line: float = Field(default=0.3, gt=0, le=1)
    nearness: Share = 0.8
    again: Share = 0.3
    pilots: Pilots = Pilots()
    central_rule: int | None = Field(default=None, ge=1, le=MAX_PERIODS)
    coercion: Coercion = Coercion()
    learning: Learning = Learning()
    competition: Competition = Competition()
    imitation: Imitation = Imitation()
    postings: Postings = Postings()
    catch_up: CatchUp = CatchUp()
    absorption: Absorption = Absorption()
    seeds: int = Field(default=10, ge=1, le=MAX_SEEDS)
    deck: DeckOf = DeckOf()
    _own: OwnPlaces | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _levels_hang_together(self) -> Country:
        refuse(self, unique("level", ids("levels", self.levels)))
        names = {level.id: place for place, level in enumerate(self.levels)}
        above: str | None = None
        for place, level in enumerate(self.levels):
            loc = ("levels", place, "within")
            if level.within is None and place:
                raise fault(loc, said("network_fault.within_none", level=level.id, first=self.levels[0].id))
            if level.within is not None and level.within not in names:
                raise fault(loc, said("network_fault.no_level", level=level.within, levels=list(names)))
            if level.within is not None and names[level.within] >= place:
                raise fault(loc, said("network_fault.level_circle", level=level.id, within=level.within))
            if level.within != above:
                raise fault(loc, said("network_fault.level_above", within=level.within, level=level.id, above=above))
            above = level.id
        if self.tables and len(self.levels) > _MOST_LEVELS:
            raise fault(("levels",), said("network_fault.table_levels", count=len(self.levels), most=_MOST_LEVELS))
        return self

    @model_validator(mode="after")
    def _regions_known(self) -> Country:
        refuse(self, unique("region", ids("regions", self.regions)))
        names = [region.id for region in self.regions]
        if self.pilots.region is not None and self.pilots.region not in names:
            raise fault(("pilots", "region"), said("network_fault.no_region", region=self.pilots.region, regions=names))
        if self.pilots.count > self.districts:
            raise fault(
                ("pilots", "count"), said("network_fault.pilots", count=self.pilots.count, districts=self.districts)
            )
        if self.central_rule is not None and self.central_rule > self.periods:
            raise fault(("central_rule",), said("network_fault.late_rule", period=self.central_rule, last=self.periods))
        after: dict[str, str] = {}
        for place, route in enumerate(self.postings.routes):
            for end in ("origin", "to"):
                region = getattr(route, end)
                if region not in names:
                    where = ("postings", "routes", place, end)
                    raise fault(where, said("network_fault.no_region", region=region, regions=names))
            loc = ("postings", "routes", place)
            if route.to in {known.to for known in self.postings.routes[:place]}:
                raise fault(loc, said("network_fault.route_twice", region=route.to))
            after[route.to] = route.origin
            seen, origin = [route.to], route.origin
            while origin not in seen and origin in after:
                seen.append(origin)
                origin = after[origin]
            if origin in seen:
                circle = " <- ".join([*seen, origin])
                raise fault(loc, said("network_fault.route_circle", circle=circle))
        return self

    @property
    def own(self) -> OwnPlaces | None:
        """The places and ties of its tables; None where they are drawn."""
        return self._own if self.tables else None

    def placed(self, own: OwnPlaces) -> Country:
        """Return the country with the places and ties of its tables."""
        assert self.tables
        pilots = self.pilots if own.pilot is None else self.pilots.model_copy(update={"count": sum(own.pilot)})
        tables = self.tables.model_copy(update={"digest": own.digest})
        placed = self.model_copy(update={"districts": len(own.ids), "pilots": pilots, "tables": tables})
        placed._own = own
        return placed

    def changed(self, **fields: Any) -> Country:
        """Return the country with other fields, checked like a card; raises `ValidationError`."""
        changed = Country.model_validate(self.model_dump() | fields)
        changed._own = self._own
        return changed

    def resized(self, districts: int) -> Country:
        """Return the country with another number of places and the same share of pilots: at least one if it has any.

        Raises:
            InputError: its places are those of a table.
            ValidationError: this number of places is not allowed.
        """
        if districts == self.districts:
            return self
        if self.own:
            raise refusal("diffusion.refused.own_places", network=self.id, count=f"{self.districts:,}")
        count = self.pilots.count
        pilots = self.pilots.model_copy(update={"count": max(min(count, 1), round(count * districts / self.districts))})
        return self.changed(districts=districts, pilots=pilots.model_dump())

    def within_region(self) -> tuple[tuple[str, str], ...]:
        """Return the kinds of places, governance model and city, each once, in the order of the file."""
        return tuple(dict.fromkeys((kind.governance, kind.city) for region in self.regions for kind in region.kinds))
