"""Where a session set out from another: after which line, and what is different from there on."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.report.rule_words import RuleChange, change_text, changed_rules


@dataclass(frozen=True)
class BranchPoint:
    """Where a session branched off.

    ``line`` is the last that it shares with the other session; ``rules`` were changed there, and with ``seed`` it has
    another random seed from there on. ``text`` is what everybody at the table is told.
    """

    line: str
    rules: tuple[RuleChange, ...]
    seed: bool
    text: str


def departure_of(session: Session) -> BranchPoint | None:
    """Return where a session branched off; None for one that did not. Logs of earlier versions do not tell changes."""
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
    return BranchPoint(branch["at"], rules, seed, words("gap").join(texts))
