"""What reaches a place and what its meeting does to it, on small countries."""

from __future__ import annotations

import os
import re
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from sandbox.content.network_card import MECHANISMS, Country
from sandbox.diffusion import compiled as compiling
from sandbox.diffusion.compiled import SOURCES, Cores, compiled, folder, is_compiled, uniform
from sandbox.diffusion.deck import CHANNELS, Deck, redrawn
from sandbox.diffusion.mechanisms import Rates
from sandbox.diffusion.network import ABOVE, NEVER, made
from sandbox.diffusion.play import course, demand, fits, play, play_as_dealt
from sandbox.diffusion.spread import Course, Districts, SpreadArm, SpreadPlan
from sandbox.errors import InputError
from tests.diffusion.countries import KIND, country, made_up_deck, sure_deck
from tests.running import in_a_process

ON = {"on": True}
DECK = made_up_deck((KIND,))
EVERYTHING = country(
    **dict.fromkeys(MECHANISMS, ON) | {"central_rule": 6, "competition": {"distinction": 0.5}, "ties": {"far": 1}}
)
FIT = "1,000,000 places need up to 200 MB, and 100 MB are free; nothing was played. At most 500,000 places fit"


def run(card: Country, deck: Deck = DECK, seed: int = 1) -> tuple[Course, Districts]:
    return course(card, made(card, seed), deck, Rates.of(card), seed)


def same(one: Districts, other: Districts) -> bool:
    return all(np.array_equal(value, getattr(other, name)) for name, value in one._asdict().items())


def test_threads_and_runs_change_nothing_and_seeds_do(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []
    monkeypatch.setattr(compiling, "_FEWEST", 10)
    for threads in (1, 3, 1):
        monkeypatch.setattr(Cores, "most", threads)
        ends.append(run(EVERYTHING)[1])
    assert same(ends[0], ends[1])
    assert same(ends[0], ends[2])
    assert not same(ends[0], run(EVERYTHING, seed=2)[1])
    assert set(ends[0].mechanism[ends[0].mechanism >= 0]) >= {0, 1, 2, 3}


_PLAIN = """
from tests.diffusion.test_kernel import EVERYTHING, run
import numpy as np
card = EVERYTHING.model_copy(update={"districts": 60, "periods": 8})
with np.errstate(over="ignore"):
    end = run(card)[1]
print([getattr(end, name).tolist() for name in ("form_at", "substance_at", "teacher", "mechanism", "row", "variant")])
"""


def test_what_is_compiled_does_what_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        vars(numba.config)["DISABLE_JIT"] = True
        for name in [name for name in sys.modules if ".diffusion" in name]:
            del sys.modules[name]  # they are read again, as they are written
        with (tmp_path / "plain").open("w") as file, redirect_stdout(file):
            exec(_PLAIN, {})

    assert os.waitpid(in_a_process(work), 0)[1] == 0
    plain = (tmp_path / "plain").read_text()
    assert len(plain) > 1000
    exec(_PLAIN, {})  # compiled, in this process
    assert capsys.readouterr().out == plain


@compiled()
def _drawn(count: int, period: int, purpose: int) -> NDArray[np.float64]:
    numbers = np.empty(count)
    for place in range(count):
        numbers[place] = uniform(3, place, period, purpose)
    return numbers


def test_numbers_by_counter_are_even_and_hang_on_nothing_else() -> None:
    numbers = _drawn(200_000, 5, 1)
    assert abs(np.histogram(numbers, 100, (0, 1))[0] - 2000).max() < 5 * 2000**0.5
    for others in (np.roll(numbers, 1), _drawn(200_000, 6, 1), _drawn(200_000, 5, 2)):
        assert abs(np.corrcoef(numbers, others)[0, 1]) < 0.01


def test_nothing_spreads_where_nothing_is_on() -> None:
    ran, ended = run(country(), sure_deck())
    assert ran.form[1:].tolist() == [5 / 400] * 20
    assert (ended.channel >= 0).sum() == 5


def test_a_mechanism_works_alone_and_not_when_it_is_off() -> None:
    for name in [name for name in MECHANISMS if name != "absorption"]:
        fields: dict[str, Any] = {name: ON}
        if name == "coercion":
            fields["central_rule"] = 3
        elif name == "postings":
            fields["learning"] = ON  # an agenda needs a place that has one
        elif name == "imitation":
            fields[name] = {"threshold": 0.1, "spread": 0}
        card = country(**fields, districts=800, periods=30)
        ran, ended = run(card, sure_deck())
        number = MECHANISMS.index(name)
        assert ran.reasons[:, number].sum() == (ended.mechanism == number).sum() > 0
        off, _ = course(card, made(card, 1), sure_deck(), Rates.of(card, (name,)), 1)
        assert off.reasons[:, number].sum() == 0
        assert off.form[-1] < ran.form[-1]


def test_an_order_goes_down_a_level_a_period_and_is_content_with_the_form() -> None:
    card = country(coercion={"order": 20, "training": 0, "cascade": 1}, central_rule=4, districts=800)
    ran, ended = run(card, sure_deck(0.1))
    # Provinces in period 4, cities in 5, where their places act on it at once.
    assert ran.form[4] == ran.form[1]
    assert ran.form[5] > 0.99
    assert ran.meetings[6:].sum() < 0.01 * 800
    ordered = ended.mechanism == MECHANISMS.index("coercion")
    assert (ended.teacher[ordered] == ABOVE).all()
    assert ran.substance[-1] == 0


def test_what_grows_below_is_taken_up_above() -> None:
    fields = {"learning": {"rate": 0.4}, "coercion": {"order": 1, "cascade": 1}, "periods": 40, "pilots": {"count": 20}}
    without, _ = run(country(**fields), sure_deck())
    absorbed, _ = run(country(**fields, absorption={"on": True, "share": 0.2}), sure_deck())
    assert without.meetings[:, CHANNELS.index("training")][2:].sum() == 0
    assert absorbed.meetings[:, CHANNELS.index("training")][2:].sum() > 0
    assert absorbed.meetings[:, CHANNELS.index("order")].sum() > 0
    assert (absorbed.form >= without.form).all()
    assert (absorbed.form - without.form).max() > 0.2


def test_meetings_come_from_the_cell_of_kind_channel_and_stand() -> None:
    ended = run(EVERYTHING)[1]
    met = ended.row >= 0
    cell = np.searchsorted(DECK.cells.offsets, ended.row[met], side="right") - 1
    assert (DECK.cells.form[ended.row[met]] <= 1).all()
    channel, stand = cell // 2 % len(CHANNELS), cell % 2
    first = ended.met_at[met] == ended.form_at[met]
    assert (stand[first] == 0).all()
    assert (channel[first] == ended.channel[met][first]).all()
    assert (stand[ended.met_at[met] > np.where(ended.form_at[met] < 0, 99, ended.form_at[met])] == 1).all()


def test_every_teacher_had_it_before_its_pupil() -> None:
    ended = run(EVERYTHING)[1]
    pupils = np.flatnonzero(ended.teacher >= 0)
    assert len(pupils) > 50
    assert (ended.form_at[ended.teacher[pupils]] < ended.form_at[pupils]).all()
    assert (ended.form_at[ended.teacher[pupils]] >= 1).all()


def test_what_is_left_of_the_first_plan_shrinks_with_every_hand() -> None:
    sure = sure_deck()
    cells = sure.cells._replace(copied=np.full_like(sure.cells.copied, 0.9))
    ended = run(country(learning=ON), replace(sure, cells=cells))[1]
    pupils = np.flatnonzero(ended.teacher >= 0)
    assert (ended.faithful[pupils] <= 0.9 * ended.faithful[ended.teacher[pupils]] + 1e-6).all()


def test_a_leader_who_leaves_takes_substance_along_unless_the_next_one_brings_it() -> None:
    fields = {"pilots": {"count": 400}, "postings": {"moved": 0.3, "rate": 0, "leaves": 0.9}, "districts": 400}
    # All have it from the first period on, so that all who come later bring it.
    everywhere, _ = run(country(**fields), sure_deck())
    assert everywhere.substance[-1] == everywhere.substance[1] > 0.6
    few, ended = run(country(**fields | {"pilots": {"count": 20}}), sure_deck())
    assert few.substance[1] > 0.6 * 20 / 400
    assert few.substance[-1] < 0.3 * few.substance[1]
    assert (ended.substance_at >= 0).sum() == 20


def test_an_empty_cell_is_named_with_the_command_that_fills_it() -> None:
    empty = 2 * CHANNELS.index("tour") + 1
    offsets = DECK.cells.offsets.copy()
    offsets[empty + 1 :] -= offsets[empty + 1] - offsets[empty]
    deck = replace(DECK, cells=DECK.cells._replace(offsets=offsets))
    run(country(coercion=ON), deck)  # nobody tours
    with pytest.raises(InputError, match=r"command × haicang .* tour .* form.*sandbox diffuse deck made_up"):
        run(country(learning=ON), deck)
    with pytest.raises(InputError, match="no sessions of the kind command × haicang"):
        run(country(), replace(DECK, kinds=(DECK.kinds[0]._replace(city="taicang"),)))


def test_a_country_that_does_not_fit_is_refused_before_it_is_made() -> None:
    card = country(districts=1_000_000)
    assert demand(card) == 200_000_000
    fits(card, 200_000_000)
    with pytest.raises(InputError, match=FIT):
        fits(card, 100_000_000)


def test_a_plan_is_played_for_every_seed_and_without_each_mechanism() -> None:
    card = country(learning=ON, imitation=ON)
    heard: list[int] = []
    spread = play(SpreadPlan(card, (1, 2, 3)), DECK, heard.append, each_without=("learning", "imitation"))
    assert heard == [1] * 9
    assert [arm.without for arm in spread.arms] == [(), ("learning",), ("imitation",)]
    assert [course.seed for course in spread.arms[1].courses] == [1, 2, 3]
    assert play_as_dealt(SpreadPlan(card, (1,)), DECK).form.tolist() == run(card)[0].form.tolist()
    band = spread.arms[0].band("form")
    assert (band.low <= band.middle).all()
    assert (band.middle <= band.high).all()
    nobody = replace(spread.arms[0].courses[0], hierarchical=np.full_like(band.middle, np.nan))
    others = spread.arms[0].courses[1:]
    kept = SpreadArm((), (nobody, *others)).band("hierarchical").middle
    assert np.array_equal(kept, SpreadArm((), others).band("hierarchical").middle, equal_nan=True), "of those with an H"
    assert np.isnan(kept[0])
    taught = spread.taught()
    assert taught.counts.sum() == (spread.districts.mechanism >= 0).sum()
    assert taught.teachers[0][1] >= taught.teachers[-1][1] > 0


def test_each_seed_has_a_deck_of_its_own_and_names_rows_of_the_one_that_was_dealt() -> None:
    card = country(learning=ON, districts=400)
    drawn, rows = redrawn(DECK, 1)
    assert drawn.sizes().tolist() == DECK.sizes().tolist()
    cells = [np.searchsorted(DECK.cells.offsets, row, side="right") for row in (np.arange(len(DECK)), rows)]
    assert cells[0].tolist() == cells[1].tolist(), "each cell is drawn from its own sessions"
    assert 0.5 < len(np.unique(rows)) / len(DECK) < 0.8, "with replacement: of many, some two thirds are there"
    assert drawn.cells.substance.tolist() == DECK.cells.substance[rows].tolist()
    spread, (ran, ended) = play(SpreadPlan(card, (1,)), DECK), run(card, drawn)
    assert spread.arms[0].courses[0].substance.tolist() == ran.substance.tolist()
    met = ended.row >= 0
    assert spread.districts.row[met].tolist() == rows[ended.row[met]].tolist()
    assert (spread.districts.row[~met] == NEVER).all()


@pytest.mark.fuzz
def test_the_band_holds_the_luck_of_a_deck() -> None:
    # A whole country hangs on a few sessions here, of which one in four has something in it.
    cells = DECK.cells._replace(form=np.ones_like(DECK.cells.form))
    substance = np.where(np.arange(len(DECK)) % 4, np.float32(0), np.float32(0.9))
    deck = replace(DECK, cells=cells._replace(substance=substance))
    card = country(learning=ON, imitation={"on": True, "threshold": 0}, districts=800)
    seeds = tuple(range(1, 21))
    drawn = play(SpreadPlan(card, seeds), deck).arms[0].courses
    one_deck = [run(card, deck, seed)[0] for seed in seeds]
    spreads = [np.std([course.at_once[-1] for course in courses]) for courses in (drawn, one_deck)]
    assert spreads[0] > 2 * spreads[1]


def test_what_there_is_at_once_has_no_part_in_trying_again() -> None:
    card = country(learning=ON, coercion=ON, central_rule=3, districts=2000, periods=60)
    ran, ended = run(card)
    at_once = (ended.form_at >= 0) & (ended.substance_at == ended.form_at)
    assert ran.at_once[-1] == pytest.approx(at_once.mean())
    never = run(card.model_copy(update={"again": 0.0}))[0]
    assert never.substance[-1] == never.at_once[-1] > 0, "all that there is without trying again"
    assert ran.substance[-1] > ran.at_once[-1] + 0.05
    assert ran.meetings.sum() > never.meetings.sum()


def test_what_would_change_nothing_is_refused() -> None:
    card = country(learning=ON)
    with pytest.raises(InputError, match="--without imitation: it is off in this country anyway"):
        SpreadPlan(card, (1,), ("imitation",)).check_asked(card)
    ruled = card.model_copy(update={"central_rule": 5})
    assert SpreadPlan(ruled, (1,)).central_rule is None
    with pytest.raises(InputError, match="A central rule comes down by orders, and these are off here"):
        SpreadPlan(ruled, (1,)).check_asked(card)
    SpreadPlan(ruled, (1,)).check_asked(ruled)  # it stands on the card, and nobody asked for it
    ordered = country(coercion=ON, central_rule=5)
    assert SpreadPlan(ordered, (1,)).central_rule == 5
    assert SpreadPlan(ordered, (1,), ("coercion",)).central_rule is None


def test_series_and_districts_say_the_same() -> None:
    ran, ended = run(EVERYTHING)
    for period in range(EVERYTHING.periods + 1):
        assert ran.form[period] == pytest.approx(((ended.form_at >= 0) & (ended.form_at <= period)).mean())
    assert ran.adopted.sum() == (ended.form_at >= 0).sum()
    assert ran.burden[-1] == pytest.approx(ended.burden.mean(), abs=1e-5)
    assert ran.hierarchical[-1] == pytest.approx(ended.hierarchical[ended.form_at >= 0].mean(), abs=1e-5)
    assert ran.form_by_province.shape == (EVERYTHING.periods + 1, 4)
    assert (ended.form_at[ended.channel == NEVER] == NEVER).all()
    assert (ran.reasons.sum(1) <= ran.adopted.sum(1)).all()


def test_the_compiled_code_stands_in_the_users_cache() -> None:
    run(country(), sure_deck())
    assert is_compiled()
    assert list(folder().glob("*/*/kernel.*"))


def test_what_was_compiled_of_other_sources_is_not_taken_for_theirs() -> None:
    package = SOURCES[0].parents[1]
    loops = [file for file in (package / "diffusion").rglob("*.py") if "@compiled(" in file.read_text("utf-8")]
    assert {file.stem for file in loops} == {"compiled", "kernel", "mechanisms", "network"}
    read = {
        package / f"{name.replace('.', '/')}.py"
        for file in loops
        if file.stem in ("kernel", "mechanisms")  # the loops of the others call no more than themselves
        for name in re.findall(r"^from sandbox\.([\w.]+) import", file.read_text("utf-8"), re.MULTILINE)
    }
    assert {*loops, *read} == {*SOURCES}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_unpickled_lies_where_nobody_else_may_write(tmp_path: Path) -> None:
    kept = compiling._own(tmp_path / "cache" / "compiled")
    assert kept == tmp_path / "cache" / "compiled"
    (kept / "mine").touch()
    kept.chmod(0o755)
    assert (mode(compiling._own(kept)), mode(kept)) == (0o700, 0o700)
    assert (kept / "mine").exists()
    kept.chmod(0o777)
    assert mode(compiling._own(kept)) == 0o700
    assert list(kept.iterdir()) == [], "what others may have left there is gone"
    kept.rmdir()
    (tmp_path / "theirs").mkdir()
    kept.symlink_to(tmp_path / "theirs")
    assert compiling._own(kept) != kept
    assert list((tmp_path / "theirs").iterdir()) == []
    kept.unlink()
    (tmp_path / "cache").chmod(0o777)
    other = compiling._own(kept)
    assert (other != kept, mode(other)) == (True, 0o700), "others could put another in its place"


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert compiling._own(tmp_path / "compiled") != tmp_path / "compiled"
