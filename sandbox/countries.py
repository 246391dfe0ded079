"""What `import sandbox` offers for countries: play one through which a reform spreads, and open a played one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import arguments
from sandbox.cli.deck import check_lab, country_of, opened_deck
from sandbox.content.words import Words

if TYPE_CHECKING:
    from sandbox.opened_country import Country  # which brings what countries are played with


def run_country(
    network: str, *, seeds: Iterable[int] = (), districts: int | None = None, periods: int | None = None,
    without: Iterable[str] = (), changes: Iterable[str] = (), sessions: int | None = None, each: bool = False,
    content: Path | str | None = None, out: Path | str | None = None,
) -> Country:  # fmt: skip
    """Play a country through which a reform spreads, or open the result where the same is kept: a model's world.

    The arguments are those of ``sandbox diffuse run``.

    Args:
        network: the country, by id.
        seeds: its seeds, a country each; none for those of the card.
        districts: places that hold meetings; None for the card's.
        periods: periods, from 1; None for the card's.
        without: mechanisms that are switched off.
        changes: rules of its meetings and rates of its card that are changed, each ``path=value``, for example
            ``learning.rate=3``, ``line=0.4``, ``central_rule=4``.
        sessions: sessions of each cell of its deck; None for the card's.
        each: whether the same countries are also played without each mechanism.
        content: folder of content of one's own.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: something cannot be used; the message says what is allowed. Or the ``lab`` extra is missing.
        StorageError: the result or its deck cannot be kept.
    """
    with arguments.in_python():
        check_lab()
        from sandbox.cli.country_play import check_enough, plan_of, played
        from sandbox.opened_country import Country

        arguments.check_texts(network=network)
        places, words = arguments.folders(content, out), Words("en")
        sizes = {
            name: None if value is None else arguments.number(name, value)
            for name, value in (("districts", districts), ("periods", periods), ("sessions", sessions))
        }
        plan = plan_of(
            country_of(network, places), sizes["districts"], sizes["periods"],
            arguments.seeds("seeds", seeds), arguments.texts("without", without),
            arguments.texts("changes", changes), sessions=sizes["sessions"],
        )  # fmt: skip
        check_enough(plan.country, words, silent=True)
        deck = opened_deck(plan.country, plan.rules, places, None, words, silent=True).deck
        spread, folder = played(plan, deck, each, None, places.runs, words, silent=True)
        return Country(folder, spread, places)


def load_country(
    result: Path | str = "last", *, content: Path | str | None = None, out: Path | str | None = None
) -> Country:
    """Open a country that was played.

    Args:
        result: its name, the beginning of it, its path, or ``last`` (the one played last).
        content: folder of content of one's own, with which it was played.
        out: folder of sessions; None for ``runs``, or ``SANDBOX_RUNS``.

    Raises:
        InputError: there is none, or the ``lab`` extra is missing.
        StorageError: it is torn, altered or of another version.
    """
    with arguments.in_python():
        check_lab()
        from sandbox.opened_country import Country

        arguments.path("result", result)
        return Country.at(str(result), arguments.folders(content, out))
