"""Where a session branched off from another, and what was changed there, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.report.rule_words import RuleChange, changed_rules


@dataclass(frozen=True)
class Departure:
    """Where a session branched off.

    ``of`` is the session that it branched off from, ``line`` the last that both share; ``rules`` were changed there,
    and with ``seed`` it has another random seed from there on. ``text`` is what everybody at the table is told.
    """

    of: str
    line: str
    rules: tuple[RuleChange, ...]
    seed: bool
    text: str


def departure_of(session: Session) -> Departure | None:
    """Return where a session branched off; None for one that did not. Logs of earlier versions do not tell changes."""
    game, words = session.game, session.game.words
    branch = session.opened.get("branch") if session.opened else None
    if branch is None:
        return None
    changes, seed = branch.get("changes", []), "seed" in branch
    rules: tuple[RuleChange, ...] = ()
    texts = [words("branch.told.back", line=branch["at"])]
    if changes:
        earlier = game.spec.changes[: len(game.spec.changes) - len(changes)]
        rules = changed_rules(Game(game.spec.model_copy(update={"changes": earlier}), game.library), game)
        texts.append(words("branch.told.rules", changes=words("semi").join(change_text(words, rule) for rule in rules)))
    if seed:
        texts.append(words("branch.told.seed"))
    if not changes and not seed:
        texts.append(words("branch.told.nothing"))
    return Departure(branch["of"], branch["at"], rules, seed, words("gap").join(texts))


def change_text(words: Words, rule: RuleChange) -> str:
    """Return a rule that was changed in one line: its name, what it says now, and what it said before."""
    none = words("none")
    return words("branch.told.rule", name=rule.name, now=rule.now or none, was=rule.was or none)


def changes_told(spec: SessionSpec, library: Library, changes: Sequence[str]) -> list[str]:
    """Return in words what changes of rules (``path=value``) make different; as they are written where no word says it.

    The spec is of a session under the rules as they are without these changes.
    """
    words = Words(spec.lang, library.roots)
    return [change_text(words, rule) for rule in rules_swapped(spec, library, changes)] or list(changes)


def rules_swapped(spec: SessionSpec, library: Library, changes: Sequence[str]) -> tuple[RuleChange, ...]:
    """Return which rules changes make different; the arguments are those of `changes_told`."""
    if not changes:
        return ()
    before = Game(spec.model_copy(update={"content": ""}), library)
    return changed_rules(before, Game(before.spec.model_copy(update={"changes": (*spec.changes, *changes)}), library))
