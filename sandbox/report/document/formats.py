"""The formats in which a document can be written."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.report.document.blocks import ReportDocument
from sandbox.report.document.docx import to_docx
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown

FORMATS: dict[str, Callable[[ReportDocument], str | bytes]] = {"html": to_html, "md": to_markdown, "docx": to_docx}
