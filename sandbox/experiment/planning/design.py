"""Opens a design of an experiment, and checks it against the content that it names."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sandbox.content.card_files import check_file, read_card, unknown_references
from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.content.words import refusal, said
from sandbox.content.yaml_source import Loc, read_yaml
from sandbox.errors import ContentError, InputError, Problem, Said, UnknownError, unknown
from sandbox.experiment.planning.runs import planned
from sandbox.llm.embedded import MODEL_NAME
from sandbox.session.choice import EMBEDDED, NO_JUDGE

_LOOK_UP = {"command": "sandbox list outcome", "setting": "rubric: ID", "prefix": "counted_", "own": "own_NAME"}


def open_design(library: Library, name: str) -> tuple[Design, Path]:
    """Return a design and its file.

    ``name`` is its id among the experiments of the content, or the path of a file in a folder named ``experiments``.

    Raises:
        InputError: there is none, or it is faulty; the message has file, field and allowed values.
    """
    name = library.id_of("experiment", name)
    path = Path(name)
    if name in library.cards["experiment"]:
        path, design = library.files[("experiment", name)], library.experiment(name)
    elif path.suffix == ".yaml":
        kind, _ = check_file(path)
        card = read_card(path, kind)
        if not isinstance(card, Design):
            raise refusal("experiment.refused.no_experiment", path=path, kind=said(f"unknown.kind.{kind}"))
        design = card
    else:
        raise UnknownError("experiment", name, library.named("experiment"))
    check_design(design, library, path)
    return design, path


def check_design(design: Design, library: Library, path: Path) -> None:
    """Check a design against the content and the outcomes that are measured.

    Raises:
        ContentError: it has faults; each is given with file, line, field and allowed values.
    """
    source = read_yaml(path)
    faults: list[tuple[Loc, str, Said]] = [
        *unknown_references(design, library.cards), *_unseated(design, library), *_unmeasurable(design, library)
    ]  # fmt: skip
    playable = not design.of_countries or find_spec("numba")  # without it, `run` says what is missing
    if not faults and playable:
        try:
            for _ in planned(design, library, EMBEDDED, "directed", MODEL_NAME, {}):
                pass  # it can be played
        except InputError as error:
            faults = [(("factors",), "factors", said("experiment.refused.factors", why=error))]
    if faults:
        raise ContentError([Problem(source.where(loc), name, says) for loc, name, says in faults])


def _unseated(design: Design, library: Library) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the seats with their own models that no case has: place, field and message."""
    cases = [library.scenario(case) for case in design.factors.scenario if case in library.cards["scenario"]]
    known = {seat.persona: None for case in cases for seat in case.seats}
    for index, level in enumerate(design.factors.levels("model")):
        for seat in design.factors.seating(level)[1]:
            if cases and seat not in known:
                yield ("factors", "model", index, level, seat), "model", unknown("seat", seat, known)


def _unmeasurable(design: Design, library: Library) -> Iterator[tuple[Loc, str, Said]]:
    """Yield faults of the outcomes of hypotheses: place, field and message."""
    from sandbox.experiment.outcomes import OUTCOMES, measured_with, outcome_of

    scored = design.rubric in library.cards["rubric"]
    measured = measured_with(library.rubric(design.rubric)) if scored else tuple(OUTCOMES)
    for place, hypothesis in enumerate(design.hypotheses):
        name, loc = hypothesis.outcome, ("hypotheses", place, "outcome")
        known = outcome_of(name)
        if known is None or not (name in measured or known.own):
            says = unknown("outcome", name, measured)
            yield loc, "outcome", said("experiment.refused.outcome", unknown=says, **_LOOK_UP)
        elif known.of_countries != design.of_countries:
            key = "experiment.refused.of_countries" if known.of_countries else "experiment.refused.of_sessions"
            yield loc, "outcome", said(key, outcome=name, setting="factors: network")
        else:
            if known.judged and design.judge == NO_JUDGE:
                yield loc, "outcome", said("experiment.refused.judged", outcome=name, setting="judge")
            if hypothesis.smallest > known.widest:
                key = "experiment.refused.smallest.share" if known.unit == "share" else "experiment.refused.smallest"
                bounds = {"smallest": f"{hypothesis.smallest:g}", "low": f"{known.low:g}", "high": f"{known.high:g}"}
                yield ("hypotheses", place, "smallest"), "smallest", said(key, outcome=name, **bounds)
