"""Documents of the report within a page of the app: whole ones, as they are served, and blocks drawn as elements."""

from __future__ import annotations

import json
from collections.abc import Sequence

from nicegui import ui

from sandbox.content.words import Words
from sandbox.report.document.blocks import (
    BREAK,
    Block,
    Bullets,
    Callout,
    Facts,
    Heading,
    Paragraph,
    Section,
    Spans,
    Table,
)
from sandbox.web.frame import box, div, heading, parts, soft

__all__ = ["document_reader", "draw_sections"]

_FOLDED = ("origin",)

# The document keeps its own style in a shadow root, where nothing of the app's reaches it but type and ground.
_LOOKS = """
:host { --paper: transparent; --serif: inherit; --sans: inherit; display: block; font-size: 1rem; }
.body { font-family: Roboto, system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; background: transparent; }
h1, h2, h3, h4, .lede, .quote, .large { font-family: inherit !important; }
h1, .skip { display: none; } .page { padding: 0 0.25rem 2rem; max-width: none; }
summary > h2 { display: inline; } summary { cursor: pointer; padding: 0.4rem 0; }
"""
_READ = """
(async () => {
  const place = document.getElementById(%(place)s);
  if (!place || place.shadowRoot) return;
  const answer = await fetch(%(address)s, {cache: 'no-store'});
  if (!answer.ok) { place.textContent = await answer.text(); return; }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const root = place.attachShadow({mode: 'open'});
  // The document escapes all that people and models wrote; should it ever fail to, nothing of it runs or loads here.
  const barred = 'script, img, iframe, object, embed, link, math, template, form, base';
  page.querySelectorAll(barred).forEach(one => one.remove());
  page.querySelectorAll('*').forEach(one => [...one.attributes].forEach(attribute => {
    const name = attribute.name.toLowerCase(), away = name.endsWith('href') && !attribute.value.startsWith('#');
    if (name.startsWith('on') || away) one.removeAttribute(attribute.name);
  }));
  const style = document.createElement('style');
  const own = [...page.querySelectorAll('style')].map(one => one.textContent).join('\\n');
  const inside = own.replace(/:root\\b/g, ':host').replace(/(^|[\\n}])\\s*(html|body) \\{/g, '$1 .body {');
  style.textContent = inside + %(looks)s;
  const body = document.createElement('div');
  body.className = 'body';
  body.lang = page.documentElement.lang;
  body.append(...page.body.childNodes);
  const open = %(open)s;
  if (open.length) body.querySelectorAll('section[id]').forEach(section => {
    const title = section.querySelector(':scope > h2');
    if (!title || open.includes(section.id)) return;
    const fold = document.createElement('details'), summary = document.createElement('summary');
    summary.append(title);
    fold.append(summary, ...section.childNodes);
    section.append(fold);
  });
  root.append(style, body);
  root.addEventListener('click', event => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const target = root.getElementById(decodeURIComponent(link.getAttribute('href').slice(1)));
    for (let fold = target && target.querySelector(':scope > details') || target; fold; fold = fold.parentElement)
      if (fold.localName === 'details') fold.open = true;
    if (target) { target.scrollIntoView({block: 'start'}); target.setAttribute('tabindex', '-1'); target.focus(); }
  });
})()
"""


def document_reader(words: Words, address: str, unfolded: Sequence[str] = ()) -> None:
    """Add a document that is served at an address, to be read in the page.

    Where sections are named that are to stand ``unfolded``, by anchor, all others are folded.
    """
    with div("document").props(f'data-document="{address}"') as place:
        soft(words("over.loading"))
    script = _READ % {
        "place": json.dumps(place.html_id), "address": json.dumps(address), "looks": json.dumps(_LOOKS),
        "open": json.dumps(list(unfolded)),
    }  # fmt: skip
    ui.timer(0.05, lambda: ui.run_javascript(script), once=True)


def draw_sections(sections: Sequence[Section]) -> None:
    """Add a box for each section; what only researchers look for is folded away."""
    for section in sections:
        folded = section.anchor in _FOLDED
        with box("" if folded else section.title) as shown:
            shown.props["data-section"] = section.anchor
            if folded:
                with ui.element("details"):
                    with ui.element("summary"):
                        heading(2, section.title).style("display: inline")
                    _draw(section.blocks)
            else:
                _draw(section.blocks)


def _draw(blocks: Sequence[Block]) -> None:
    for block in blocks:
        match block:
            case Heading():
                heading(block.level, block.text)
            case Paragraph():
                with ui.element("p").classes("soft" if block.soft else "prose"):
                    _spans(block.spans)
            case Bullets():
                with ui.element("ul").classes("facts"):
                    for item in block.items:
                        with ui.element("li"):
                            _spans(item)
            case Facts():
                _facts(block)
            case Table():
                _table(block)
            case Callout():
                with div("notice"):
                    heading(block.level, block.title)
                    _draw(block.blocks)
            case _:
                raise TypeError(f"{block.kind} is drawn on no page of a card")


def _facts(block: Facts) -> None:
    with ui.element("dl").classes("named"):
        for name, spans in block.rows:
            with ui.element("dt"):
                parts(name)
            with ui.element("dd"):
                _spans(spans)


def _table(block: Table) -> None:
    """Add a table; on a narrow screen each row stands below the other, with the names of its columns."""
    with ui.element("table").classes("plain stacked").props('role="table"'):
        with ui.element("caption").classes("" if block.titled else "unseen"):
            parts(block.caption)
        if block.widths:
            with ui.element("colgroup"):
                for width in block.widths:
                    ui.element("col").style(f"width: {width}%")
        with ui.element("thead").props('role="rowgroup"'), ui.element("tr").props('role="row"'):
            for name in block.head:
                with ui.element("th").props('role="columnheader" scope="col"'):
                    parts(name)
        with ui.element("tbody").props('role="rowgroup"'):
            for row in block.rows:
                with ui.element("tr").props('role="row"'):
                    for place, (name, cell) in enumerate(zip(block.head, row, strict=True)):
                        with ui.element("td" if place else "th") as shown:
                            shown.props["role"] = "cell" if place else "rowheader"
                            shown.props["data-head"] = name
                            _spans(cell)


def _spans(spans: Spans) -> None:
    for span in spans:
        if span is BREAK:
            ui.element("br")
        elif span.style in ("strong", "soft"):
            parts(span.text).classes("soft" if span.style == "soft" else "who")
        else:
            parts(span.text)
