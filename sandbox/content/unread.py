"""Finds which files of a content folder are read and which nothing reads, so that misplaced ones are noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.content.card_files import FOLDERS, shipped_root
from sandbox.content.gold import FOLDER as GOLD
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.templates import FOLDER as TEMPLATES
from sandbox.content.templates import template_names
from sandbox.content.words import FOLDER as WORDS
from sandbox.content.words import said
from sandbox.errors import Problem, Said, near

_ROOTS = ("prompts", "personas")
_CARDS = {Path(folder).name: folder for folder, _ in FOLDERS.values()}
# Names that a user may give a folder, with the folder that is read instead.
_MEANT: Mapping[str, str] = {
    **_CARDS, **{str(kind): folder for kind, (folder, _) in FOLDERS.items()},
    **{Path(folder).name: folder for folder in (TEMPLATES, GOLD, WORDS)},
}  # fmt: skip
_TEXTS = (".yaml", ".yml", ".md")
_BESIDE = ("README", "LICENSE")  # what belongs to a folder, and is no content


def own_files(library: Library) -> Mapping[str, tuple[str, ...]]:
    """Return the user's own content that is read: by kind, the ids of cards and the names of other files."""
    own: dict[str, list[str]] = {}
    for of, card in library.files:
        if library.owns(of, card):
            own.setdefault(of, []).append(card)
    names = _names(library)
    for root in library.roots[1:]:
        for path in _files(root):
            place = path.relative_to(root)
            for kind, folder in (("templates", TEMPLATES), ("words", WORDS), ("gold", GOLD)):
                if place.is_relative_to(folder) and _is_read(place, library, names):
                    own.setdefault(kind, []).append(place.relative_to(folder).with_suffix("").as_posix())
    return {kind: tuple(sorted(ids)) for kind, ids in own.items()}


def unread(library: Library) -> Iterator[Problem]:
    """Yield a warning for each file in the user's content folders that nothing reads, with the likely right place.

    Hidden files, READMEs and licences are left out, and so are, outside ``prompts`` and ``personas``, folders not named
    like one for content. Names ending in ``.yml`` in folders of cards are reported elsewhere, as faults.
    """
    names = _names(library)
    for root in library.roots[1:]:
        for path in _files(root) if root.resolve() != shipped_root().resolve() else ():
            place = path.relative_to(root)
            content = not place.name.startswith(_BESIDE) and (place.parts[0] in _ROOTS or place.suffix in _TEXTS)
            if content and not _is_read(place, library, names):
                yield Problem(f"{path}:1", "", _why(place, names), "warning")


def _files(root: Path) -> list[Path]:
    """Return the files of a content folder, without hidden ones and folders not named like one for content."""
    meant = {*_MEANT, *_ROOTS, *(name.removesuffix("s") for name in _ROOTS)}
    tops = [path for path in sorted(root.iterdir()) if path.is_dir() and path.name in meant]
    paths = [*root.glob("*.yaml"), *root.glob("*.yml"), *(path for top in tops for path in sorted(top.rglob("*")))]
    return [
        path
        for path in paths
        if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(root).parts)
    ]


def _is_read(place: Path, library: Library, names: Mapping[str, frozenset[str]]) -> bool:
    folder = place.parent.as_posix()
    if place.is_relative_to(TEMPLATES):
        lang, *wording = place.relative_to(TEMPLATES).parts[:-1] or ("",)
        plain = not wording or (len(wording) == 2 and wording[0] == "wordings")
        return plain and place.name in names.get(lang, ())
    if place.is_relative_to(WORDS):
        return folder == WORDS  # `word_faults` reports any other name
    if place.is_relative_to(GOLD):
        return place.relative_to(GOLD).as_posix() in names["gold"]
    if folder == FOLDERS["experiment"][0] and place.suffix == ".lock":
        return place.stem in library.cards["experiment"]
    if folder == FOLDERS["network"][0] and place.name in names["tables"]:
        return True
    return folder in _CARDS.values() and place.suffix in (".yaml", ".yml")


def _names(library: Library) -> Mapping[str, frozenset[str]]:
    """Return the names of templates by language, of gold files that a rubric uses, and of tables of countries."""
    rubrics = [library.rubric(card) for card in library.cards["rubric"]]
    criteria = {criterion.id for rubric in rubrics for criterion in rubric.criteria}
    gold = {f"{criterion}/{lang}.yaml" for criterion in criteria for lang in LANGUAGES} | {"injections.yaml"}
    networks = map(library.network, library.cards["network"])
    own = [network.tables for network in networks if isinstance(network, Country) and network.tables]
    tables = {name for each in own for name in (each.places, each.ties) if name}
    return {
        **{lang: template_names(library.roots, lang) for lang in LANGUAGES}, "gold": frozenset(gold),
        "tables": frozenset(tables),
    }  # fmt: skip


def _why(place: Path, names: Mapping[str, frozenset[str]]) -> Said:
    """Return the message that nothing reads a file and, if known, where it would be read."""
    folder = place.parent.as_posix()
    if place.is_relative_to(TEMPLATES):
        known = names.get(place.parts[2], frozenset()) if len(place.parts) > 3 else frozenset()
        meant = [f"{folder}/{name}" for name in near(place.name, known)[:1]]
    else:
        inner = [part for part in place.parts[:-1] if part not in _ROOTS]
        folders = [_MEANT[part] for name in inner[-1:] for part in near(name, _MEANT)[:1]]
        meant = [f"{each}/{place.name}" for each in folders if each != folder]
    return said("content.read_by_nobody.near", place=meant[0]) if meant else said("content.read_by_nobody")
