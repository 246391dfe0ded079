"""The lock of a design: the plan before any analysis, and what was added since."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from sandbox.content.card_files import read_card, references
from sandbox.content.experiment_card import OF_MODELS, Design
from sandbox.content.faults import short
from sandbox.content.files import write_whole
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.content.templates import AS_IS
from sandbox.content.words import fault, refusal, said
from sandbox.content.yaml_source import Loc, YamlError, parse_yaml, read_yaml
from sandbox.errors import ContentError, Problem, Said, StorageError
from sandbox.experiment.planning.players import Known, Player, check_handed, names_player
from sandbox.experiment.planning.seeds import digest_of
from sandbox.record.folder import writable

_SCHEMA = 1
_VOTES = "judge_samples"
_RUBRIC = "rubric"
_CORE: str = Design.model_fields[_RUBRIC].default
_PLAYER, _AGENTS, _MEASURES, _QUESTION = "player", "agents", "measures", "question"
_SUITS = (Scenario, "governance")
_SCORED_BY: dict[str, Any] = {"judge": Design.model_fields["judge"].default, _VOTES: 1, _RUBRIC: _CORE}
_FIXED = ("id", "arms", "base", "fraction", "seed", "null_arm", "judge")


@dataclass(frozen=True)
class Lock:
    """A locked plan, and what the design file has in addition now.

    Args:
        digest: SHA-256 of the locked plan, as hex digits.
        hypotheses: SHA-256 of each locked hypothesis, by id; any other is exploratory.
        time: when it was locked, in UTC.
        replicates: number of replicates locked.
        added_replicates: number of replicates added.
        added_levels: levels added, by factor.
        added_hypotheses: ids of hypotheses added.
        stores: stores with finished sessions that were known when it was locked.
        player: the player if no factor determines it; None if the lock leaves it open.
        cards: digests of cards and templates that the design read, as `card_digests` returns them; empty in locks of
            earlier versions.
        agents: versions of agents in Python, by name.
        measures: versions of the user's code for own outcomes, by outcome.
        question: the question, by language; empty in locks of earlier versions.
        scoring: settings of scoring that differ from the locked ones: ``judge b``, ``judge_samples 3``, ``rubric own``.
    """

    digest: str
    hypotheses: Mapping[str, str]
    time: str
    replicates: int
    added_replicates: int
    added_levels: Mapping[str, tuple[str, ...]]
    added_hypotheses: tuple[str, ...]
    stores: tuple[Known, ...] = ()
    player: Player | None = None
    cards: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    question: Mapping[str, str] = field(default_factory=dict)
    scoring: tuple[str, ...] = ()

    def check_measures(self, measures: Mapping[str, str]) -> None:
        """Raise `InputError` if a measure is not the version that was locked."""
        for name, version in measures.items():
            if self.measures.get(name) != version:
                known = self.measures.get(name) or said("none")
                raise refusal("measure.other_version", name=name, locked=known, now=version)

    def check_agents(self, agents: Mapping[str, str]) -> None:
        """Raise `InputError` if a locked agent has another version now."""
        for name, version in self.agents.items():
            if agents.get(name, version) != version:
                raise refusal("agent.other_version", name=name, locked=version, now=agents[name])

    def changed(self, cards: Mapping[str, str]) -> tuple[str, ...]:
        """Return what differs from the lock: settings of scoring, cards and templates; ``cards`` are today's digests.

        If another rubric scores, changes of cards of rubrics are left out.
        """
        left = ("rubric ",) if any(name.startswith("rubric ") for name in self.scoring) else ()
        others = (name for name, digest in self.cards.items() if cards.get(name) != digest)
        return (*self.scoring, *(name for name in others if not name.startswith(left)))

    @property
    def known(self) -> frozenset[str]:
        """Ids of the sessions, in any store, known to be finished when it was locked."""
        return frozenset(session for known in self.stores for session in known.sessions)

    @property
    def extended(self) -> bool:
        """Whether the design has grown since it was locked."""
        return bool(self.added_replicates or self.added_levels or self.added_hypotheses)

    def holds(self, player: Player, beside: Sequence[Known]) -> bool:
        """Return whether the lock is for a player: the one that it names or, if none, the only one in all stores.

        ``beside`` are the other stores with finished sessions of the design.
        """
        if self.player is not None:
            return self.player == player
        return all(known.player == player for known in beside)

    def covers(self, session: Mapping[str, Any]) -> bool:
        """Return whether a session, a row of `Store.rows`, belongs to the locked plan.

        In sessions of the null arm, levels of factors that only models have do not count.
        """
        return session["replicate"] <= self.replicates and not any(
            session["cell"].get(factor) in levels
            for factor, levels in self.added_levels.items()
            if not (session["null"] and factor in OF_MODELS)
        )


def design_digest(design: Design) -> str:
    """Return the SHA-256 of a design's plan, which excludes texts, budget and concurrency."""
    return digest_of(_plan(design))


def card_digests(design: Design, library: Library) -> dict[str, str]:
    """Return a digest of each card and of the templates that a design reads, by kind and id: ``governance command``.

    It depends on values only, not on how a file is written. Missing cards are left out.
    """
    digests: dict[str, str] = {}
    waiting = [(kind, name) for _, _, kind, name in references(design)]
    while waiting:
        kind, name = waiting.pop(0)
        if (key := f"{kind} {name}") in digests or name not in library.cards[kind]:
            continue
        card = library.cards[kind][name]
        digests[key] = digest_of(card.model_dump(mode="json"))
        # The models that a case names are those that suit it, not those under which it is played.
        waiting += [(kind, name) for _, _, kind, name in references(card) if (type(card), kind) != _SUITS]
    languages = [lang for lang in LANGUAGES if lang in (design.factors.levels("lang") or LANGUAGES[:1])]
    for lang, wording in product(languages, design.factors.levels("wording") or (AS_IS,)):
        digests[f"templates {lang} {wording}"] = library.templates(lang, wording).digest()
    return dict(sorted(digests.items()))


def lock_path(path: Path) -> Path:
    """Return the path of a design file's lock."""
    return path.with_suffix(".lock")


def lock(
    path: Path, stores: Sequence[Known] = (), player: Player | None = None, cards: Mapping[str, str] | None = None,
    agents: Mapping[str, str] | None = None, measures: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Write the lock of a design file beside it, unless there is one, and return its digest.

    Args:
        path: the design file.
        stores: the known stores with its finished sessions.
        player: the player if the design does not determine it; None leaves it open.
        cards: digests of what it reads, as `card_digests` returns them.
        agents: versions of its agents in Python, by name.
        measures: versions of the user's code for own outcomes, by outcome.

    Raises:
        InputError: the design is faulty, has no hypotheses, names an agent that was not given, or has changed since it
            was locked; or it is locked for another player or another version of an agent or measure.
        StorageError: the lock cannot be written.
    """
    before, design = locked(path), _design(path)
    check_handed(design, agents or {})
    player = None if names_player(design) else player
    if before is not None:
        if player not in (None, before.player):
            named = said("plan.lock.named", player=list(before.player)) if before.player else said("plan.lock.unnamed")
            raise refusal("plan.lock.again", path=lock_path(path), time=before.time, named=named)
        before.check_agents(agents or {})
        before.check_measures(measures or {})
        return before.digest
    if not design.hypotheses:
        raise refusal("plan.lock.none", where=read_yaml(path).where(()))
    held_too = {_PLAYER: list(player or ()), _AGENTS: dict(agents or {}), _MEASURES: dict(measures or {})}
    plan = _plan(design) | {name: value for name, value in held_too.items() if value}
    digest = digest_of(plan)
    noted = {
        "stores": [{"store": known.store, "sessions": list(known.sessions)} for known in stores],
        "cards": dict(cards or {}),
        _QUESTION: design.question.model_dump(),
    }
    held = {
        "schema": _SCHEMA, "digest": digest, "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "hypotheses": {item["id"]: digest_of(item) for item in plan["hypotheses"]}, "plan": plan, **noted,
        "noted": digest_of(noted),
    }  # fmt: skip
    target = lock_path(path)
    with writable(target):
        target.touch(exist_ok=False)  # a concurrent lock fails here
    try:
        write_whole(target, json.dumps(held, ensure_ascii=False, indent=1) + "\n")
    except StorageError:
        target.unlink(missing_ok=True)
        raise
    return digest


def locked(path: Path) -> Lock | None:
    """Return the lock of a design file; None if it is not locked.

    Raises:
        InputError: the lock cannot be read, or the design has changed otherwise than by settings of scoring and added
            levels, replicates and hypotheses.
    """
    held = _held(lock_path(path))
    if held is None:
        return None
    was, now = held["plan"], _plan(_design(path))
    faults = list(_changes(was, now))
    if faults:
        source, time = read_yaml(path), held["time"]
        says = ((loc, said("experiment.lock.differs", change=change, time=time)) for loc, change in faults)
        raise ContentError([Problem(source.where(loc), ".".join(map(str, loc)), change) for loc, change in says])
    more = {
        factor: tuple(level for level in levels if level not in was["factors"][factor])
        for factor, levels in now["factors"].items()
    }
    return Lock(
        digest=held["digest"],
        hypotheses=held["hypotheses"],
        time=held["time"],
        replicates=was["replicates"],
        added_replicates=now["replicates"] - was["replicates"],
        added_levels={factor: levels for factor, levels in more.items() if levels},
        added_hypotheses=tuple(item["id"] for item in now["hypotheses"] if item["id"] not in held["hypotheses"]),
        stores=tuple(Known(noted["store"], tuple(noted["sessions"])) for noted in held.get("stores", ())),
        player=(was[_PLAYER][0], was[_PLAYER][1]) if _PLAYER in was else None,
        cards=held.get("cards", {}),
        agents=was.get(_AGENTS, {}),
        measures=was.get(_MEASURES, {}),
        question=held.get(_QUESTION, {}),
        scoring=tuple(
            f"{name} {now.get(name, default)}"
            for name, default in _SCORED_BY.items()
            if was.get(name, default) != now.get(name, default)
        ),
    )


def _design(path: Path) -> Design:
    card = read_card(path, "experiment")
    assert isinstance(card, Design)
    return card


def _plan(design: Design) -> dict[str, Any]:
    plan = design.model_dump(mode="json", include={*_FIXED, "replicates", "hypotheses"})
    factors = design.factors.model_dump(mode="json", include={str(factor) for factor in design.varied})
    for item in plan["hypotheses"]:  # likewise
        for name in ("at", "against", "base"):
            if not item[name]:
                del item[name]
    if design.judge_samples > 1:  # locks from before this was in designs stay as they are
        plan[_VOTES] = design.judge_samples
    if design.rubric != _CORE:
        plan[_RUBRIC] = design.rubric
    plan["factors"] = {
        factor: levels if isinstance(levels, dict) else list(design.factors.levels(factor))
        for factor, levels in factors.items()
    }
    if seatings := design.factors.seatings:
        plan["factors"]["model"] = {level: seatings.get(level, {}) for level in design.factors.levels("model")}
    return plan


def design_changes(before: str, now: str) -> list[Said]:
    """Return the differences between the plans in two texts of a design, in words; none if one is not YAML."""
    try:
        was, held = (_fields(parse_yaml(text)[0]) for text in (before, now))
    except YamlError:
        return []
    return [
        said("stands.changed.field", name=name, before=short(was.get(name, "–")), now=short(held.get(name, "–")))
        for name in {**was, **held}
        if was.get(name) != held.get(name)
    ]


def asked_in(text: str) -> set[str]:
    """Return the outcomes of the hypotheses in the text of a design; none if it is not YAML."""
    try:
        fields = _fields(parse_yaml(text)[0])
    except YamlError:
        return set()
    return {item["outcome"] for name, item in fields.items() if name.startswith("hypotheses.")}


def _fields(data: Any) -> dict[str, Any]:
    """Return the planned fields of a design's data, with each factor and hypothesis as one field."""
    if not isinstance(data, dict):
        return {}
    planned = {name: data[name] for name in (*_FIXED, "replicates", _VOTES, _RUBRIC) if name in data}
    named = {item.get("id"): item for item in data.get("hypotheses") or () if isinstance(item, dict)}
    parts = {"factors": data.get("factors"), "hypotheses": named}
    return planned | {
        f"{part}.{name}": value
        for part, values in parts.items()
        if isinstance(values, dict)
        for name, value in values.items()
    }


def _held(path: Path) -> dict[str, Any] | None:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["schema"] != _SCHEMA:
            raise refusal("experiment.lock.version", path=path, version=short(held["schema"]), known=_SCHEMA)
        whole = digest_of(held["plan"]) == held["digest"] and held["hypotheses"] == {
            item["id"]: digest_of(item) for item in held["plan"]["hypotheses"]
        }
        whole = whole and ("stores" not in held or digest_of(_noted(held)) == held["noted"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise fault(StorageError, "storage.unreadable", path=path, why=error.strerror or error) from error
    except (ValueError, LookupError, TypeError):
        whole = False
    if not whole:
        raise refusal("experiment.lock.foreign", path=path)
    return dict(held)


def _noted(held: dict[str, Any]) -> object:
    """Return a lock's notes in addition to the plan; locks of earlier versions have no question, or no cards either."""
    noted = ("stores", "cards", _QUESTION)
    return {name: held[name] for name in noted if name in held} if "cards" in held else held["stores"]


def _changes(was: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[Loc, Said]]:
    """Yield the changes that are not additions: place and message."""
    for name in _FIXED:
        if name not in _SCORED_BY and was[name] != now[name]:
            yield (name,), _was(was[name], now[name])
    if now["replicates"] < was["replicates"]:
        yield ("replicates",), _was(was["replicates"], now["replicates"])
    for factor in {**was["factors"], **now["factors"]}:
        before, after = was["factors"].get(factor), now["factors"].get(factor)
        if isinstance(before, list) and isinstance(after, dict):  # of models, the first level with seats came later
            before = {level: {} for level in before}
        elif isinstance(before, dict) and isinstance(after, list):
            after = {level: {} for level in after}
        if before is None or after is None:
            key = "experiment.lock.not_varied" if before is None else "experiment.lock.no_more"
            yield ("factors", factor), said(key)
        elif isinstance(before, dict):
            for level, held in before.items():
                if after.get(level) != held:
                    key = "experiment.lock.level_changed" if level in after else "experiment.lock.level_gone"
                    yield ("factors", factor, level), said(key)
        elif not set(before) <= set(after):
            yield ("factors", factor), said("experiment.lock.gone", name=sorted(set(before) - set(after)))
        if before and after and was["fraction"] < 1 and list(after)[: len(before)] != list(before):
            yield ("factors", factor), said("experiment.lock.order")
    current = {item["id"]: (place, item) for place, item in enumerate(now["hypotheses"])}
    for item in was["hypotheses"]:
        place, present = current.get(item["id"], (0, None))
        if present is None:
            yield ("hypotheses",), said("experiment.lock.gone", name=item["id"])
        elif present != item:
            yield ("hypotheses", place), said("experiment.lock.changed", name=item["id"])


def _was(before: object, now: object) -> Said:
    return said("experiment.lock.was", before=short(before), now=short(now))
