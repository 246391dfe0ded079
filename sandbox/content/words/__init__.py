"""All texts that a user reads, in each language; content folders may replace single ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple, TypeVar

import yaml

from sandbox.content.files import read_text, stamped
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.named import Named
from sandbox.errors import ContentError, InputError, Problem, Said, SandboxError, near, unknown

__all__ = [
    "FOLDER", "OWN", "Words", "check_file", "check_words", "fault", "refusal", "said", "within_quotes", "word_faults",
]  # fmt: skip

FOLDER = "prompts/words"
"""The folder for a content folder's own words, with a file for each language: ``en.yaml``, ``zh.yaml``."""
OWN = "_"
"""The key, within a group, of the text that has the group's own name."""
_NAMES = tuple(f"{lang}.yaml" for lang in LANGUAGES)
_MOST_TOLD, _MOST_COMPARED = 100, 20  # faults listed of one file, and those of them that get near matches
_QUOTED = re.compile(r"“\{(\w+)\}”")
_INNER = str.maketrans("“”", "‘’")
_UNFIT = re.compile(r"[\"\\\x00-\x1f\x7f]")
_SHIPPED = Path(__file__).parent
# So that no text becomes a number, a date or a bool.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

ErrorT = TypeVar("ErrorT", bound=SandboxError)


class Words:
    """The words of one language.

    Args:
        roots: content folders, the user's last; their words replace those that are shipped.

    Raises:
        ContentError: a folder's file of words has faults; each is given with file, line and what is allowed.
    """

    def __init__(self, lang: Lang, roots: Sequence[Path] = ()) -> None:
        self.lang: Lang = lang
        self._texts = _texts(lang, tuple(stamped(root / FOLDER / f"{lang}.yaml") for root in roots))

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its values filled in; a list or tuple gets the language's punctuation.

        Raises:
            KeyError: there is no such text, or one of its values is missing.
        """
        text = self._texts[key]
        if not values and "{" not in text:
            return text
        shown = {name: self._shown(value) for name, value in values.items()}
        for name in _QUOTED.findall(text) if "“{" in text else ():
            shown[name] = within_quotes(str(shown[name]))
        return text.format(**shown)

    def __contains__(self, key: str) -> bool:
        """Return whether there is a text of this key."""
        return key in self._texts

    def __iter__(self) -> Iterator[str]:
        """Go through all keys."""
        return iter(self._texts)

    def text(self, key: str) -> str:
        """Return a text with the names of its values in braces; raises `KeyError` if there is none."""
        return self._texts[key]

    def of(self, group: str, name: str) -> str:
        """Return the text of a name in a group (``act``, ``position``), or the name if there is none."""
        return self._texts.get(f"{group}.{name}", name)

    def doing(self, act: str, *, reviews: bool = False) -> str:
        """Return the label of an act on a button; some acts have another one in a review."""
        return self.of("review.act" if reviews and f"review.act.{act}" in self else "may", act).capitalize()

    def join(self, parts: Iterable[object]) -> str:
        """Return parts joined as a list in the language's punctuation."""
        return self._texts["list"].join(map(str, parts))

    def apart(self, names: Mapping[str, str]) -> dict[str, str]:
        """Return names by id; equal names get their id in parentheses."""
        often = Counter(names.values())
        return {key: name + self.paren(key) if often[name] > 1 else name for key, name in names.items()}

    def paren(self, text: str) -> str:
        """Return a text in the language's parentheses."""
        return self._texts["paren"].format(text)

    def unknown(self, kind: str, name: str, allowed: Iterable[str]) -> str:
        """Return the message for an id of some kind (such as ``seat``) that does not exist, with near matches."""
        return self.said(unknown(kind, name, allowed))

    def refusal(self, key: str, /, **values: object) -> InputError:
        """Return the error of a key, with its text in this language; a page can show it in another one."""
        return InputError(Said(self(key, **values), key, values))

    def error(self, error: SandboxError) -> str:
        """Return the message of an error in this language; if it has no key, the message as it is."""
        if isinstance(error, ContentError):
            return "\n".join(map(self.problem, error.problems))
        return self.said(error.args[0]) if error.args else str(error)

    def problem(self, problem: str) -> str:
        """Return a fault of a content file in this language, with its file, line and field."""
        if not isinstance(problem, Problem):
            return problem
        mark = self("content.warning")
        return Problem(problem.where, problem.field, self.said(problem.says), problem.severity, mark)

    def said(self, text: str) -> str:
        """Return a message in this language; if it has no key, as it is."""
        if not isinstance(text, Said) or text.key not in self._texts:
            return str(text)
        values = dict(text.values)
        if text.key == "unknown":
            values["near"] = self("unknown.near", names=values["near"]) if values["near"] else ""
            values["allowed"] = values["allowed"] or self("unknown.none")
        if "kind" in values:
            values["kind"] = self.of("unknown.kind", str(values["kind"]))
        return self(text.key, **values)

    def _shown(self, value: object) -> object:
        """Return a value in the form that it has within a text."""
        if isinstance(value, list | tuple):
            return self.join(map(self._shown, value))
        if isinstance(value, Named) and self.lang != LANGUAGES[0]:
            return value.text.get(self.lang) + self.paren(value)
        if isinstance(value, SandboxError):
            return self.error(value)
        if isinstance(value, Problem):
            return self.problem(value)
        return self.said(value) if isinstance(value, Said) else value


def within_quotes(text: str) -> str:
    """Return a text for use within quotation marks: its own ones become inner ones."""
    return text.translate(_INNER)


def said(key: str, /, **values: object) -> Said:
    """Return the message of a key in English; `Words.said` gives it in another language."""
    return Said(Words("en")(key, **values), key, values)


def refusal(key: str, /, **values: object) -> InputError:
    """Return the error of a key in English, for code that knows no language; a page can show it in another one."""
    return fault(InputError, key, **values)


def fault(error: type[ErrorT], key: str, /, **values: object) -> ErrorT:
    """Return the error of a key as `refusal` does, of the class ``error``."""
    return error(said(key, **values))


class _Text(NamedTuple):
    """A text of a file, with its line."""

    text: str
    line: int


def word_faults(roots: Iterable[Path]) -> list[str]:
    """Return the faults in the words of content folders."""
    faults: list[str] = []
    for root in roots:
        folder = root / FOLDER
        if not folder.is_dir():
            continue
        others = sorted(path for path in folder.iterdir() if path.name not in _NAMES and not path.name.startswith("."))
        faults += [_unread(path) for path in others]
        for lang in LANGUAGES:
            path = folder / f"{lang}.yaml"
            if path.exists():
                try:
                    _overlay(path, _texts(lang, ()))
                except ContentError as error:
                    faults += error.problems
    return faults


def check_file(path: Path) -> int:
    """Check a file of words named by its language; return the number of texts.

    Raises:
        ContentError: it has faults, or another name.
    """
    for lang in LANGUAGES:
        if path.name == f"{lang}.yaml":
            return len(_overlay(path, _shipped(lang)))
    raise ContentError([_unread(path)])


def check_words() -> int:
    """Check the shipped words; return the number of texts.

    Raises:
        ContentError: the languages differ in keys or in the values that their texts name.
    """
    words = {lang: _read(_SHIPPED / f"{lang}.yaml") for lang in LANGUAGES}
    first = LANGUAGES[0]
    known = {key: entry.text for key, entry in words[first].items()}
    faults: list[str] = []
    for lang in LANGUAGES:
        path = _SHIPPED / f"{lang}.yaml"
        missing = (key for key in known if key not in words[lang])
        faults += [_fault(path, 1, "missing", key=key, first=f"{first}.yaml") for key in missing]
        faults += _faults(path, words[lang], known)
    if faults:
        raise ContentError(faults)
    return len(known)


def _unread(path: Path) -> Problem:
    return _fault(path, 1, "unread", names=_NAMES)


def _fault(path: Path, line: int, key: str, field: str = "", /, **values: object) -> Problem:
    return Problem(f"{path}:{line}", field, _says(path, f"word_fault.{key}", **values))


def _says(path: Path, key: str, /, **values: object) -> str:
    """Return a text about a file of words; only key and values if it is the file that such texts come from."""
    return f"{key} {values}" if path == _SHIPPED / _NAMES[0] else said(key, **values)


@lru_cache(maxsize=64)
def _texts(lang: Lang, files: tuple[tuple[Path, int, int], ...]) -> Mapping[str, str]:
    texts = dict(_shipped(lang))
    for path, written, _ in files:
        if written:
            texts |= _overlay(path, _shipped(lang))
    return texts


@lru_cache
def _shipped(lang: Lang) -> Mapping[str, str]:
    return {key: entry.text for key, entry in _read(_SHIPPED / f"{lang}.yaml").items()}


def _overlay(path: Path, known: Mapping[str, str]) -> dict[str, str]:
    words = _read(path)
    faults = _faults(path, words, known)
    if faults:
        raise ContentError(faults)
    return {key: entry.text for key, entry in words.items()}


def _faults(path: Path, words: Mapping[str, _Text], known: Mapping[str, str]) -> list[str]:
    """Return the faults of texts that replace ``known`` ones: unknown keys, other values, unfit characters."""
    faults: list[str] = []
    for key, (text, line) in words.items():
        if len(faults) >= _MOST_TOLD:
            return [*faults, _fault(path, 1, "more")]
        if key not in known:
            close = near(key, known) if len(faults) < _MOST_COMPARED else []
            says = said("word_fault.unknown_near", near=close) if close else said("word_fault.unknown")
            faults.append(Problem(f"{path}:{line}", key, says))
            continue
        try:
            values, wanted = _values(text), _values(known[key])
        except ValueError as error:
            faults.append(Problem(f"{path}:{line}", key, said("network_fault.braces", problem=str(error))))
            continue
        if _UNFIT.search(text):  # texts stand in attributes of pages as well
            faults.append(_fault(path, line, "unfit", key))
        if values == wanted:
            continue
        names = [f"{{{name}}}" for name in sorted(wanted)] or said("none")
        strange, missing = (sorted(few) for few in (values - wanted, wanted - values))
        faults += [_fault(path, line, "no_value", key, name=f"{{{name}}}", allowed=names) for name in strange]
        faults += [_fault(path, line, "lost_value", key, name=f"{{{name}}}", needed=names) for name in missing]
    return faults


@lru_cache(maxsize=16_384)
def _values(text: str) -> frozenset[str]:
    """Return the values that a text names, each as written within its braces."""
    return frozenset(
        f"{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}"
        for _, name, form, conversion in Formatter().parse(text)
        if name is not None
    )


def _read(path: Path) -> dict[str, _Text]:
    """Return the texts of a file by key, each with its line; raises `ContentError`."""
    try:
        loader = _Loader(read_text(path))
    except yaml.YAMLError as error:
        raise ContentError([Problem(f"{path}:1", "", _says(path, "file_fault.unread", why=str(error)))]) from error
    try:
        node = loader.get_single_node()
    except (yaml.YAMLError, RecursionError) as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        says = _says(path, "content.yaml", problem=problem or str(error))
        raise ContentError([Problem(f"{path}:{mark.line + 1 if mark else 1}", "", says)]) from error
    finally:
        loader.dispose()
    words: dict[str, _Text] = {}
    faults: list[str] = []
    try:
        _walk(path, node, "", words, faults, set())
    except RecursionError:
        faults = [_fault(path, 1, "endless")]
    if faults:
        raise ContentError(faults)
    return words


def _walk(path: Path, node: Any, key: str, words: dict[str, _Text], faults: list[str], seen: set[int]) -> None:
    if not isinstance(node, yaml.MappingNode) or id(node) in seen:
        faults.append(_fault(path, node.start_mark.line + 1 if node else 1, "no_group"))
        return
    seen.add(id(node))
    for name_node, value in node.value:
        line = name_node.start_mark.line + 1
        if not isinstance(name_node, yaml.ScalarNode):
            faults.append(_fault(path, line, "no_name"))
            continue
        last = name_node.value
        name = key if last in ("", OWN) else f"{key}.{last}" if key else last
        if not isinstance(value, yaml.ScalarNode):
            _walk(path, value, name, words, faults, seen)
        elif name in words:
            faults.append(_fault(path, line, "twice", name=name, first=words[name].line))
        else:
            words[name] = _Text(value.value, line)
