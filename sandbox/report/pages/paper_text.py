"""The blocks of a paper that a card holds as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from sandbox.report.document.blocks import (
    BREAK,
    Block,
    Heading,
    Span,
    Spans,
)
from sandbox.report.document.compose import (
    bullets,
    paragraph,
    table,
)

_READER = MarkdownIt("commonmark").enable("table")


def paper_blocks(text: str, gap: str = " ") -> tuple[Block, ...]:
    """Return Markdown as blocks: headings, paragraphs, lists and tables; anything else as plain words.

    ``gap`` replaces a line break within a paragraph; it is empty in Chinese.
    """
    blocks = (block for node in SyntaxTreeNode(_READER.parse(text)).children for block in _parsed(node, gap))
    return tuple(blocks)


def _parsed(node: SyntaxTreeNode, gap: str) -> Iterator[Block]:
    if node.type == "heading":
        yield Heading("".join(span.text for span in _spans(node, gap)), level=3 if node.tag in ("h1", "h2") else 4)
    elif node.type == "bullet_list":
        yield bullets(_item(child, gap) for child in node.children)
    elif node.type == "ordered_list":
        first = int(node.attrs.get("start", 1))
        for number, child in enumerate(node.children, start=first):
            yield paragraph((Span(f"{number}. "), *_item(child, gap)))
    elif node.type == "table":
        rows = [[_spans(cell, gap) for cell in row.children] for part in node.children for row in part.children]
        head, *body = rows
        names = tuple("".join(span.text for span in cell) for cell in head)
        yield table("", names, (tuple(row) for row in body), titled=False)
    elif node.type == "blockquote":
        for child in node.children:
            yield from _parsed(child, gap)
    elif node.type != "hr":
        yield paragraph(_spans(node, gap))


def _item(node: SyntaxTreeNode, gap: str) -> Spans:
    """Return a list item on one line; nested items follow after line breaks."""
    parts: list[Span] = []
    for child in node.children:
        below = [_item(part, gap) for part in child.children] if child.type.endswith("_list") else [_spans(child, gap)]
        for spans in below:
            parts += [*([BREAK] if parts else []), *spans]
    return tuple(parts)


def _spans(node: SyntaxTreeNode, gap: str) -> Spans:
    return tuple(_runs(node.children, gap, strong=False)) or (Span(node.content),)


def _runs(nodes: Sequence[SyntaxTreeNode], gap: str, *, strong: bool) -> Iterator[Span]:
    for node in nodes:
        if node.type == "softbreak":
            yield Span(gap)
        elif node.type == "hardbreak":
            yield BREAK
        elif node.children:
            yield from _runs(node.children, gap, strong=strong or node.type == "strong")
        else:
            yield Span(node.content, style="strong" if strong else "")
