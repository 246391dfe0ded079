"""Which models spoke, and which seats some of them played alone, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sandbox.content.words import Words
from sandbox.game.session import Speaker


def models_told(speakers: Sequence[Speaker], words: Words, names: Callable[[Sequence[str]], str] | None = None) -> str:
    """Return the models that spoke, each but the first with the line after which it took over.

    Args:
        speakers: the models.
        words: the words of the language.
        names: names some seats, behind the models that play these alone; None leaves them out.
    """
    parts: list[str] = []
    for speaker in speakers:
        told = words.of("models", speaker.model) if speaker.model else words("unnamed")
        told += own_models_told(speaker.models, words, names)
        parts.append(words("models.later", model=told, line=speaker.after) if parts else told)
    return words("semi").join(parts)


def own_models_told(models: Mapping[str, str], words: Words, names: Callable[[Sequence[str]], str] | None) -> str:
    """Return in brackets the models of single seats; empty where none has one. The last arguments are as before."""
    told = []
    for model in dict.fromkeys(models.values()):
        seats, name = [seat for seat in models if models[seat] == model], words.of("models", model)
        told.append(words("models.own", model=name, seats=names(seats)) if names else name)
    return words.paren(words("semi").join(told)) if told else ""
