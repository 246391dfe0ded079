"""Where a session branched off from another, what was changed there, and which models spoke in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.motions.counting import counted
from sandbox.game.session import Session, Speaker
from sandbox.record.line import DecisionTaken
from sandbox.report.rule_words import RuleChange, change_text, changed_rules


@dataclass(frozen=True)
class BranchPoint:
    """Where a session branched off.

    ``line`` is the last line that it shares with the other session, ``rules`` are the rules that were changed there,
    and ``seed`` says whether it has another random seed from there on. ``text`` is what everybody at the table is told.
    ``superseded`` are the results of votes that were held again.
    """

    line: str
    rules: tuple[RuleChange, ...]
    seed: bool
    text: str
    superseded: Sequence[DecisionTaken] = ()


def departure_of(session: Session) -> BranchPoint | None:
    """Return where a session branched off, or None if it did not.

    Logs of earlier versions do not record what was changed.
    """
    game, words = session.game, session.game.words
    branch = session.opened.get("branch") if session.opened else None
    if branch is None:
        return None
    changes, seed = branch.get("changes", []), "seed" in branch
    rules: tuple[RuleChange, ...] = ()
    if rubric := branch.get("rubric"):
        told = words("branch.told.rubric", rubric=rubric, session=branch["of"])
        return BranchPoint(branch["at"], rules, seed, told)
    texts = [words("branch.told.back", line=branch["at"])]
    if changes:
        earlier = game.spec.changes[: len(game.spec.changes) - len(changes)]
        rules = changed_rules(Game(game.spec.model_copy(update={"changes": earlier}), game.library), game)
        texts.append(words("branch.told.rules", changes=words("semi").join(change_text(words, rule) for rule in rules)))
    if seed:
        texts.append(words("branch.told.seed"))
    if not changes and not seed:
        texts.append(words("branch.told.nothing"))
    superseded = branch.get("superseded", [])
    for taken in superseded:
        how = counted(game, taken)
        yes, out = sum(how.votes.values()), len(how.abstained)
        counts = {"yes": yes, "no": len(how.votes) - yes, "out": out, "uncast": len(how.uncast)}
        key = "branch.told.superseded" if taken["carried"] else "branch.told.superseded.fell"
        texts.append(words(key, line=taken["motion"], **counts))
    return BranchPoint(branch["at"], rules, seed, words("gap").join(texts), superseded)


def models_told(speakers: Sequence[Speaker], words: Words, names: Callable[[Sequence[str]], str] | None = None) -> str:
    """Return the models that spoke; each model but the first comes with the line after which it took over.

    ``names`` turns seats into names: seats that a model plays alone are named behind it. With None they are left out.
    """
    parts: list[str] = []
    for speaker in speakers:
        told = words.of("models", speaker.model) if speaker.model else words("unnamed")
        told += own_models_told(speaker.models, words, names)
        parts.append(words("models.later", model=told, line=speaker.after) if parts else told)
    return words("semi").join(parts)


def own_models_told(models: Mapping[str, str], words: Words, names: Callable[[Sequence[str]], str] | None) -> str:
    """Return in brackets the models that play single seats, or an empty text. ``names`` is as in `models_told`."""
    told = []
    for model in dict.fromkeys(models.values()):
        seats, name = [seat for seat in models if models[seat] == model], words.of("models", model)
        told.append(words("models.own", model=name, seats=names(seats)) if names else name)
    return words.paren(words("semi").join(told)) if told else ""
