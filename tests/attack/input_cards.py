"""Malformed files of content: cards of every kind, words, templates, wordings, gold items; what is taken is played."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from sandbox.content.card_files import shipped_root
from tests.attack.attempt import Answer, Attempt
from tests.attack.called import call
from tests.attack.malformed import NASTY, mangled, other_yaml

__all__ = ["CARDS"]

_BRIEF = ("--model", "none", "--judge-model", "none", "--quiet", "--turns", "3")
_FOLDERS = {
    "persona": "personas", "stage": "prompts/stages", "governance": "prompts/governance", "city": "prompts/cities",
    "scenario": "prompts/scenarios", "pack": "prompts/packs", "rubric": "prompts/rubrics",
    "experiment": "prompts/experiments", "network": "prompts/networks", "campaign": "prompts/networks",
    "arrival": "prompts/arrivals",
}  # fmt: skip
# How a card of a kind is played or shown, where {} is its id.
_PLAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "persona": (("run", "--stages", "training,public_engagement", *_BRIEF), ("show", "persona", "{}")),
    "stage": (("run", "--stages", "training,{}", *_BRIEF), ("run", "--stages", "{},review", *_BRIEF)),
    "governance": (("run", "--governance", "{}", *_BRIEF), ("rules", "--governance", "{}")),
    "city": (("run", "--city", "{}", *_BRIEF), ("show", "city", "{}", "--lang", "zh")),
    "scenario": (("run", "--scenario", "{}", "--governance", "command", *_BRIEF),
                 ("run", "--scenario", "{}", "--lang", "zh", *_BRIEF)),
    "pack": (("show", "scenario", "{}", "--pack", "--format", "html,md,docx", "--to", "pack"),),
    "rubric": (("run", "--rubric", "{}", "--stages", "public_engagement", *_BRIEF),),
    "experiment": (("experiment", "plan", "{}", "--model", "none"), ("show", "experiment", "{}")),
    "network": (("show", "network", "{}"), ("list", "network")),
    "campaign": (("show", "network", "{}"), ("list", "campaign")),
    "arrival": (("show", "arrival", "{}"),),
}  # fmt: skip


@cache
def _sources(kind: str) -> tuple[tuple[str, str], ...]:
    """Return the shipped cards of a kind: id and text."""
    paths = sorted((shipped_root() / _FOLDERS[kind]).glob("*.yaml"))
    texts = [(path.stem, path.read_text(encoding="utf-8")) for path in paths]
    if kind in ("network", "campaign"):
        return tuple(each for each in texts if ("\ncommunities:" in each[1]) == (kind == "campaign"))
    return tuple(texts)


@cache
def _names() -> tuple[str, ...]:
    """Return ids that mean something, and some that nobody has."""
    ids = [name for kind in _FOLDERS for name, _ in _sources(kind)[:4]]
    return (*ids, "nobody", "../mayor", "con", "all", "Mayor", "mayor ")


def _cards(kind: str) -> SearchStrategy[Attempt]:
    @st.composite
    def attempt(draw: DrawFn) -> Attempt:
        stem, text = draw(st.sampled_from(_sources(kind)))
        content, play = draw(other_yaml(text, _names())), draw(st.integers(0, 99))
        name = f"{kind} {stem} {hashlib.sha256(content).hexdigest()[:8]}"
        return Attempt(name, lambda home: _given(home, kind, stem, content, play))

    return attempt()


def _given(home: Path, kind: str, stem: str, content: bytes, play: int) -> Answer:
    path = home / _FOLDERS[kind] / f"{stem}.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return _checked(home, path, content, [tuple(part.replace("{}", stem) for part in command)
                                          for command in _PLAYS[kind]], play)  # fmt: skip


def _checked(home: Path, path: Path, content: bytes, plays: list[tuple[str, ...]], play: int) -> Answer:
    """Validate a file alone; where it is taken, play it; in one of four of these, validate the folder before."""
    alone = call(["validate", str(path)], home)
    complaints, accepted = alone.complaints(), alone.code == 0
    if accepted and not complaints:
        sound = False
        if play < 8:
            whole = call(["validate", str(home)], home)
            complaints += whole.complaints()
            sound = whole.code == 0
        command = plays[play % len(plays)]
        to = [str(home / part) if part == "pack" and before == "--to" else part
              for before, part in zip(("", *command), command, strict=False)]  # fmt: skip
        played = call([*to, "--content", str(home)], home)
        complaints += [f"{' '.join(command[:3])}: {what}" for what in played.complaints()]
        if sound and played.code:
            complaints.append(f"valid, and then refused by {' '.join(command[:3])}: {played.message[:300]}")
        accepted = played.code == 0
    if not path.is_file() or path.read_bytes() != content:
        complaints.append("the file was changed")
    return Answer(accepted, tuple(complaints))


@st.composite
def _words(draw: DrawFn) -> Attempt:
    lang = draw(st.sampled_from(("en", "zh")))
    content = draw(other_yaml(_some_words(lang)))

    def give(home: Path) -> Answer:
        path = home / "prompts" / "words" / f"{lang}.yaml"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return _checked(home, path, content, [("run", "--lang", lang, "--stages", "training", *_BRIEF)], 50)

    return Attempt(f"words {lang} {hashlib.sha256(content).hexdigest()[:8]}", give)


@cache
def _some_words(lang: str) -> str:
    whole = yaml.load(
        (Path(__file__).parents[2] / "sandbox" / "content" / "words" / f"{lang}.yaml").read_text(encoding="utf-8"),
        Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader),
    )
    some = {
        name: whole[name]
        for name in ("paren", "list", "act", "section", "minutes", "refused", "report")
        if name in whole
    }
    return yaml.safe_dump(some, allow_unicode=True, sort_keys=False)


_JINJA = (
    "{{ x }}", "{{ 7 * '7' }}", "{{ ''.__class__ }}", "{{ x.y.z }}", "{% for a in range(9) %}{% endfor %}", "{{ x() }}",
    "{% set a = 1 %}", "{% include 'turn.md' %}", "{% include x %}", "{% include '../../../personas/mayor.yaml' %}",
    "{% extends 'turn.md' %}", "{% import 'x' as y %}", "{% macro a() %}{% endmacro %}", "{{ '%99999999s' % 'a' }}",
    "{% for a in seats %}{% for b in seats %}{% for c in seats %}{% for d in seats %}{% for e in seats %}{{ a }}"
    "{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}", "{{ 1 / 0 }}", "{{ 9 ** 9 ** 9 }}", "{{ 1 << 9 }}",
    "{% if %}", "{% endif %}", "{{", "}}", "{%", "%}", "{#", "#}", "{{ 'a' | nothing }}", "{{ 'a' | join('b') }}",
    "{% raw %}", "{% filter upper %}", "{{ lang.upper() }}", "{{ lang | int }}", "{{ lang | sum }}",
    "{{ lang | first }}",
    "{{ [1, 2] | sort }}", "{{ none | length }}", "{{ true + 'a' }}", "{{ lang['__class__'] }}", "{{ lang[0] }}",
    "{{ lang | default(x) }}", "{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}", "{% if lang %}" * 500,
    "{{ lang }}" * 2000,
    "{{ -" + "-" * 3000 + "1 }}", "{{ " + "not " * 3000 + "1 }}", "\x1b[31m", "\u202e",
    "{% for lang in lang %}{{ lang }}",
    "{% include ['turn.md', x] %}", "{% include 'turn.md' ignore missing %}", "{{ a if b }}", "{{ lang is x }}",
    "{{ 1 is 2 }}",
    "{% for a in lang recursive %}{{ loop(a) }}{% endfor %}", "{{ '\\x00' }}", "{{ 'a' ~ 'b' * 999999999 }}",
    "{{ {}.get(1)(2) }}",
    "{% autoescape true %}", "{% do x %}", "{% with a = 1 %}{{ a }}{% endwith %}", "{% block a %}{% endblock %}",
)  # fmt: skip


@st.composite
def _template(draw: DrawFn, wording: str = "") -> Attempt:
    lang = draw(st.sampled_from(("en", "zh")))
    shipped = sorted((shipped_root() / "prompts" / "templates" / lang).glob("*.md"))
    file = draw(st.sampled_from(shipped))
    text = file.read_text(encoding="utf-8")
    if draw(st.integers(0, 3)):
        for _ in range(draw(st.integers(1, 2))):
            at = draw(st.integers(0, len(text)))
            cut = draw(st.sampled_from((0, 0, 1, 20)))
            text = text[:at] + draw(st.sampled_from((*_JINJA, *NASTY))) + text[at + cut :]
        content = text.encode()
    else:
        content = draw(mangled(text))
    stem = draw(st.sampled_from((file.stem, file.stem, file.stem, "nobody", "turn")))
    whole = draw(st.integers(0, 9)) == 0

    def give(home: Path) -> Answer:
        folder = home / "prompts" / "templates" / lang / (f"wordings/{wording}" if wording else "")
        folder.mkdir(parents=True)
        path = folder / f"{stem}.md"
        path.write_bytes(content)
        worded = ("--wording", wording) if wording else ()
        called = call(["run", "--lang", lang, "--stages", "training", *_BRIEF, *worded, "--content", str(home)], home)
        complaints = called.complaints()
        if whole:  # which takes longer, since it reads all templates
            complaints += [f"validate: {what}" for what in call(["validate", str(home)], home).complaints()]
        if path.read_bytes() != content:
            complaints.append("the file was changed")
        return Answer(called.code == 0, tuple(complaints))

    return Attempt(f"template {lang} {stem} {hashlib.sha256(content).hexdigest()[:8]}", give)


@st.composite
def _gold(draw: DrawFn) -> Attempt:
    root = shipped_root() / "prompts" / "gold"
    file = draw(st.sampled_from(sorted(root.rglob("*.yaml"))))
    content = draw(other_yaml(file.read_text(encoding="utf-8"), _names()))

    def give(home: Path) -> Answer:
        path = home / file.relative_to(shipped_root())
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        called = call(["validate", str(home)], home)
        return Answer(called.code == 0, tuple(called.complaints()))

    return Attempt(f"gold {file.relative_to(root)} {hashlib.sha256(content).hexdigest()[:8]}", give)


@st.composite
def _folder(draw: DrawFn) -> Attempt:
    """A content folder with names that are none, cards that name each other, and cards in the wrong place."""
    kind, other = (draw(st.sampled_from(sorted(_FOLDERS))) for _ in range(2))
    stem, text = draw(st.sampled_from(_sources(kind)))
    names = [name for name in NASTY if name and "/" not in name and "\x00" not in name and len(name.encode()) < 200]
    name = draw(st.sampled_from((*names, stem, stem.upper(), f"{stem} ", "con", "x" * 48, "x" * 49)))
    name = name if name not in (".", "..") else "dots"
    ending = draw(st.sampled_from((".yaml", ".yaml", ".yaml", ".yml", ".YAML", ".json", "", ".yaml.bak")))
    renamed = draw(st.booleans())

    def give(home: Path) -> Answer:
        path = home / _FOLDERS[other] / f"{name}{ending}"
        path.parent.mkdir(parents=True)
        wanted = text.replace(f"id: {stem}", f"id: {name}", 1) if renamed and "\n" not in name else text
        path.write_bytes(wanted.encode())
        called = call(["validate", str(home)], home)
        complaints = called.complaints()
        listed = call(["list", other.replace("campaign", "network"), "--content", str(home)], home)
        complaints += [f"list: {what}" for what in listed.complaints()]
        return Answer(called.code == 0, tuple(complaints))

    return Attempt(f"folder {other}/{name!r:.30}{ending}", give)


@st.composite
def _circles(draw: DrawFn) -> Attempt:
    """Cards that name one another in a circle, or themselves."""
    first, second = draw(st.lists(st.sampled_from(_sources("scenario")), min_size=2, max_size=2, unique=True))
    kind = draw(st.sampled_from(("city", "persona", "governance", "campaign", "network")))
    card, text = draw(st.sampled_from(_sources(kind)))
    content = draw(other_yaml(text, (card, first[0], second[0], *_names()[:6])))

    def give(home: Path) -> Answer:
        for folder, stem, data in (
            (_FOLDERS["scenario"], first[0], second[1].replace(f"id: {second[0]}", f"id: {first[0]}", 1).encode()),
            (_FOLDERS["scenario"], second[0], first[1].replace(f"id: {first[0]}", f"id: {second[0]}", 1).encode()),
            (_FOLDERS[kind], card, content),
        ):  # fmt: skip
            path = home / folder / f"{stem}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        called = call(["run", "--scenario", first[0], "--content", str(home), *_BRIEF, "--stages", "training"], home)
        shutil.rmtree(home / "prompts")
        return Answer(called.code == 0, tuple(called.complaints()))

    return Attempt(f"circle {first[0]} {second[0]} {kind} {card}", give)


CARDS: Mapping[str, SearchStrategy[Attempt]] = {
    **{kind: _cards(kind) for kind in _FOLDERS},
    "words": _words(), "template": _template(), "wording": _template("mine"), "gold": _gold(), "folder": _folder(),
    "several cards": _circles(),
}  # fmt: skip
"""Files of content by kind."""
