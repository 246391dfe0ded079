"""Charts as pictures for papers and Word files, by matplotlib, which comes with the ``lab`` extra."""

from __future__ import annotations

import io
import math
import unicodedata
import warnings
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from sandbox.content.language import Lang
from sandbox.content.words import said
from sandbox.errors import Said
from sandbox.report.document.blocks import Drawable, ReportDocument, every_block
from sandbox.report.document.chart import Chart, Curves, Dot, Heat, Strip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


PictureForm = Literal["png", "svg", "pdf"]
Line = tuple[str, float, str]  # a line of text, its size in points, and its weight
# Colours of the page's series by day (document.css).
_COLOURS = ("#0b5c5f", "#a4551a", "#5a4a94", "#2f6b34", "#a32f5b", "#2b5c9b", "#6f5f16", "#5b5b5b")
_INK, _SOFT, _RULE, _TRACK = "#1d2126", "#565d66", "#ddd8cc", "#e9e5da"
_CHINESE = (
    "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Sans CJK JP", "Noto Sans CJK HK", "Noto Sans CJK TC", "Noto Sans CJK KR",
)  # fmt: skip
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "p")  # of the same series, where print is grey
_WIDTH, _HEATED = 5.6, 7.2  # inches: a figure, which is read on half a page as on a whole one, and a heat map
_LINE, _DOT, _BELOW, _FOOT, _KEYS, _HEAD = 0.17, 0.19, 0.24, 0.15, 0.22, 1.9  # inches
_COURSE, _HALF = 2.9, 4.6  # inches: height of a chart of courses, and its width beside another
_COLUMNS = 3  # of a legend
_KEY = 0.42  # inches: what a name in a legend takes beside its letters
_BESIDE, _LEAST, _GAP = 1.85, 1.5, 0.12  # inches: room for the names of strips, the least for axes, and beside them
_NAME, _VALUE, _ABOUT = 9.0, 8.5, 8.0  # points: the names of strips, their values, and all that is smaller
_PAD = 0.03  # of a scale, beyond its ends, so that no mark stands on the edge
_CROWD = 9.0  # points: the largest circle of single values
_HEAT = 0.34  # where the axes of a heat map begin
_CLOSING = "，。；：、）！？"
_PART = 0.97  # of the room is filled: whoever looks at an SVG may have a wider font


def drawn(chart: Drawable, lang: Lang, form: PictureForm = "png") -> bytes:
    """Return a chart as a picture; empty if it cannot be drawn.

    It cannot be drawn without matplotlib, nor in Chinese as PNG or PDF on a machine without a Chinese font. An SVG
    keeps its text as text, for the fonts of the reader's machine.
    """
    return _pictures(partial(_figure, chart, lang), lang, (form,)).get(form, b"")


def drawn_together(charts: Sequence[Curves], note: str, lang: Lang, form: PictureForm = "png") -> bytes:
    """Return curves side by side as one picture; empty in the same cases as `drawn`.

    The legend is that of the first chart; ``note`` is below them.
    """
    return _pictures(partial(_courses, charts, lang, note), lang, (form,), dpi=150).get(form, b"")


def _pictures(
    draw: Callable[[], Figure], lang: Lang, forms: Sequence[PictureForm], dpi: int = 300
) -> dict[PictureForm, bytes]:
    """Draw a figure once and return it in the forms that are possible."""
    font = _font(lang)
    forms = [form for form in forms if font or (font is not None and form == "svg")]
    if not forms:
        return {}
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    looks: Any = {"svg.fonttype": "none", "svg.hashsalt": "governance-sandbox", "text.parse_math": False}
    looks |= {"font.family": [font, "DejaVu Sans"] if font else ["sans-serif"], "font.size": 9}
    with mpl.rc_context(looks), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # the reader of an SVG has the fonts
        figure = draw()
        FigureCanvasAgg(figure)
        streams = {form: io.BytesIO() for form in forms}
        # No date in the file, so that the same chart gives the same file.
        dated: dict[PictureForm, str] = {"svg": "Date", "png": "Software", "pdf": "CreationDate"}
        for form, stream in streams.items():
            figure.savefig(stream, format=form, dpi=dpi, metadata={dated[form]: None})
    return {form: stream.getvalue() for form, stream in streams.items()}


def _figure(chart: Drawable, lang: Lang) -> Figure:
    from matplotlib.figure import Figure

    if isinstance(chart, Curves):
        return _courses((chart,), lang)
    wide, bold = _HEATED if isinstance(chart, Heat) else _WIDTH, _bold(lang)
    title = _wrapped(chart.caption, wide - 0.3, 10, bold)
    above = 0.16 + len(title) * 0.2
    if isinstance(chart, Heat):
        tall, names = len(chart.rows) * 0.22, [_wrapped(name, _HEAD, 8) for name in chart.head[1:]]
        head = 0.15 + max(_width(line, 8, "normal") for name in names for line in name) / 72
        whole = 0.1 + tall + head + above
        figure = Figure(figsize=(wide, whole))
        _draw_heat(figure.add_axes((_HEAT, 0.1 / whole, 0.99 - _HEAT, tall / whole)), chart, names)
    else:
        whole, figure = _strips(chart, lang, above)
    figure.text(0.02, 1 - 0.06 / whole, "\n".join(title), va="top", color=_INK, fontsize=10, fontweight=bold)
    return figure


def _strips(chart: Chart, lang: Lang, above: float) -> tuple[float, Figure]:
    """Draw values row by row below a title, and return how high the figure is; axes take what texts leave them."""
    from matplotlib.figure import Figure

    values = [text for strip in chart.strips for text in strip.values]
    right = max((_width(text, _VALUE, "normal") for text in values), default=0.0) / 72 / _PART + 2 * _GAP
    room = max(1.1, min(_BESIDE, _WIDTH - right - _LEAST - 2 * _GAP))
    named = [_lines(strip, lang, room) for strip in chart.strips]
    widest = max(_width(text, size, weight) for lines in named for text, size, weight in lines)
    left = 2 * _GAP + min(room, widest / 72 / _PART)
    tall = sum(map(_tall, chart.strips, named))
    foot = _wrapped(chart.scale.title, _WIDTH - 0.4, _ABOUT)
    below, keys = _BELOW + len(foot) * _FOOT + 0.08, _keys([words for _, words in chart.legend])
    whole = below + tall + above + _KEYS * keys[1]
    figure = Figure(figsize=(_WIDTH, whole))
    wide = _WIDTH - left - right
    axes = figure.add_axes((left / _WIDTH, below / whole, wide / _WIDTH, tall / whole))
    _draw(axes, chart, named, wide)
    figure.text(0.5, 0.06 / whole, "\n".join(foot), ha="center", va="bottom", color=_SOFT, fontsize=_ABOUT)
    if chart.legend:
        handles = [_key(series) for series, _ in chart.legend]
        at: dict[str, Any] = {
            "loc": "upper center",
            "bbox_to_anchor": (0.5, 1 - (above - 0.1) / whole),
            "ncols": keys[0],
        }
        look: dict[str, Any] = {"frameon": False, "fontsize": _ABOUT, "borderpad": 0.2, "labelspacing": 0.3}
        figure.legend(handles, [words for _, words in chart.legend], **at, **look)
    return whole, figure


def _keys(names: Sequence[str]) -> tuple[int, int]:
    """Return how many names of a legend stand side by side, and in how many rows."""
    widest = max((_width(name, _ABOUT, "normal") / 72 / _PART + _KEY for name in names), default=_WIDTH)
    columns = max(1, min(_COLUMNS, len(names), int((_WIDTH - 0.2) / widest)))
    return columns, -(-len(names) // columns)


def _courses(charts: Sequence[Curves], lang: Lang, note: str = "") -> Figure:
    """Draw curves, each chart in its own axes, two in a row."""
    from matplotlib.figure import Figure

    columns = min(2, len(charts))
    rows = -(-len(charts) // columns)
    wide = _WIDTH if columns == 1 else 2 * _HALF
    lines = _wrapped(note, wide - 0.3, 8)
    below = len(lines) * _LINE
    legend = -(-len(charts[0].curves) // _COLUMNS) * _KEYS + 0.1 + below
    titles = [_wrapped(chart.caption, wide * (0.38 if columns == 2 else 0.89), 9.5, _bold(lang)) for chart in charts]
    higher = max(0, max(map(len, titles)) - 2) * _LINE  # two lines fit above each chart
    tall = rows * (_COURSE + higher) + legend
    figure = Figure(figsize=(wide, tall))
    edge, above = (legend + 0.5) / tall, 1 - (0.45 + higher) / tall
    grid = figure.add_gridspec(rows, columns, left=0.09, right=0.975, bottom=edge, top=above, hspace=0.55, wspace=0.2)
    for place, chart in enumerate(charts):
        axes = figure.add_subplot(grid[place // columns, place % columns])
        axes.set_title("\n".join(titles[place]), loc="left", fontsize=9.5, fontweight=_bold(lang), color=_INK)
        for curve in chart.curves:
            colour, at = _colour(curve.series), range(len(curve.values))
            if curve.low:
                axes.fill_between(at, curve.low, curve.high, color=colour, alpha=0.16, lw=0)
            axes.plot(at, curve.values, color=colour, lw=1.8, ls=curve.line, label=curve.name)
        for at_mark, words in chart.marks:
            axes.axvline(at_mark, color=_SOFT, lw=0.8, ls=":")
            before = at_mark > 2  # text after the mark would overlap the curves, which change there
            look: dict[str, Any] = {"color": _SOFT, "size": 7.5, "va": "top", "ha": "right" if before else "left"}
            x = at_mark + (-0.25 if before else 0.25)
            axes.text(x, 0.97, words, rotation=90, transform=axes.get_xaxis_transform(), **look)
        axes.set_ylim(chart.scale.low, chart.scale.high)
        axes.set_xlim(0, max(1, len(chart.times) - 1))
        axes.set_yticks(*zip(*chart.scale.ticks, strict=True), color=_SOFT, size=_ABOUT)
        axes.set_xticks(chart.named, [chart.times[at] for at in chart.named], color=_SOFT, size=_ABOUT)
        axes.set_xlabel(chart.axis, color=_SOFT, fontsize=8)
        _quiet(axes, grid="y")
    handles, names = figure.axes[0].get_legend_handles_labels()
    columns = min(_COLUMNS, len(names))
    at_foot: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.5, below / tall)}
    figure.legend(handles, names, ncols=columns, frameon=False, fontsize=8.5, **at_foot)
    figure.text(0.5, 0.06 / tall, "\n".join(lines), ha="center", va="bottom", color=_SOFT, fontsize=8)
    return figure


def no_pictures(lang: Lang) -> Said | None:
    """Return a sentence for the terminal on why charts cannot be drawn as PNG; None if they can."""
    font = _font(lang)
    if font is None:
        return said("no_drawing.lab", command="pip install 'governance-sandbox[lab]'")
    return None if font else said("no_drawing.font", font=_CHINESE[0])


def chart_files(document: ReportDocument) -> dict[str, bytes]:
    """Return the charts of a document as files for papers, by name: each as SVG and PNG, if it can be drawn."""
    files: dict[str, bytes] = {}
    for chart in every_block(document):
        if not isinstance(chart, Drawable):
            continue
        pictures = _pictures(partial(_figure, chart, document.lang), document.lang, ("svg", "png"))
        files |= {f"{chart.anchor}.{form}": picture for form, picture in pictures.items()}
    return files


@cache
def _font(lang: Lang) -> str | None:
    """Return the font for a language; empty if there is none, None without matplotlib."""
    try:
        from matplotlib import font_manager
    except ImportError:
        return None
    if lang == "en":
        return "DejaVu Sans"
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in known), "")


def _tall(strip: Strip, lines: Sequence[Line]) -> float:
    return max(strip.lanes * _DOT, len(lines) * _LINE) + 0.14


def _lines(strip: Strip, lang: Lang, room: float) -> list[Line]:
    bold = _bold(lang, strip.strong)
    name = [(line, _NAME, bold) for line in _wrapped(strip.name, room, _NAME, bold)]
    return [*name, *((line, _ABOUT, "normal") for line in _wrapped(strip.about, room, _ABOUT))]


def _wrapped(text: str, inches: float, size: float, weight: str = "normal") -> list[str]:
    """Return a text in lines that fit the width; a word that is wider is broken.

    Chinese may be broken after any letter, and before no mark that closes a clause, which may hang over.
    """
    room = inches * 72 * _PART
    by_letter = any(map(_is_wide, text))
    lines: list[str] = []
    for piece in text if by_letter else text.split():
        longer = lines[-1] + ("" if by_letter else " ") + piece if lines else piece
        if lines and (piece in _CLOSING or _width(longer, size, weight) <= room):
            lines[-1] = longer
            continue
        lines.append(piece)
        while (count := _fitting(lines[-1], room, size, weight)) < len(lines[-1]):
            lines[-1:] = lines[-1][:count], lines[-1][count:]
    return lines


def _fitting(word: str, room: float, size: float, weight: str) -> int:
    """Return how many letters of a word fit, at least one."""
    return next((n for n in range(len(word), 1, -1) if _width(word[:n], size, weight) <= room), min(1, len(word)))


def _width(text: str, size: float, weight: str) -> float:
    """Return the width of a text in points, by the fonts in use; without its font, Chinese is as wide as high."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)
    measured: float = text_to_path.get_text_width_height_descent(text, font, False)[0]
    return max(measured, size * sum(map(_is_wide, text)))


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _draw(axes: Axes, chart: Chart, named: Sequence[Sequence[Line]], wide: float) -> None:
    from matplotlib.transforms import blended_transform_factory

    scale, beside = chart.scale, blended_transform_factory(axes.transAxes, axes.transData)
    if scale.band:
        axes.axvspan(*scale.band, color=_TRACK, lw=0, zorder=0)
    if scale.zero is not None:
        axes.axvline(scale.zero, color=_INK, lw=0.8, zorder=1.5)
    top = 0.0
    for strip, lines in zip(chart.strips, named, strict=True):
        tall, lanes = _tall(strip, lines), strip.lanes
        for place, (line, size, weight) in enumerate(lines):
            y = top + tall / 2 + (place - (len(lines) - 1) / 2) * _LINE
            look: dict[str, Any] = {"weight": weight, "color": _INK if size == _NAME else _SOFT, "size": size}
            axes.text(-_GAP / wide, y, line, transform=beside, ha="right", va="center", **look)
        for place, dot in enumerate(strip.dots):
            y = top + tall / 2 + (place - (lanes - 1) / 2) * max(_DOT, (tall - 0.14) / lanes)
            _dot(axes, chart, dot, y)
            if place < len(strip.values):
                look = {"color": _SOFT if place else _INK, "size": _VALUE}
                axes.text(1 + _GAP / wide, y, strip.values[place], transform=beside, ha="left", va="center", **look)
        top += tall
    pad = _PAD * (scale.high - scale.low)
    axes.set_xlim(scale.low - pad, scale.high + pad)
    axes.set_ylim(top, 0)
    axes.set_yticks([])
    apart = 1.4 * len(scale.ticks) * max(_width(words, _ABOUT, "normal") for _, words in scale.ticks) / 72 / wide
    first, step = next((n for n, (at, _) in enumerate(scale.ticks) if not at), 0), max(1, math.ceil(apart))
    words = ["" if (n - first) % step else text for n, (_, text) in enumerate(scale.ticks)]
    axes.set_xticks([at for at, _ in scale.ticks], words, color=_SOFT, size=_ABOUT)
    _quiet(axes, grid="x")
    axes.spines["bottom"].set(visible=True, color=_SOFT, lw=0.8)


def _quiet(axes: Axes, grid: Literal["x", "y"] | None = None) -> None:
    if grid:
        axes.grid(axis=grid, color=_RULE, lw=0.6)
        axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _bold(lang: Lang, strong: bool = True) -> str:
    return "bold" if strong and lang == "en" else "normal"  # few Chinese fonts have both


def _draw_heat(axes: Axes, heat: Heat, names: Sequence[Sequence[str]]) -> None:
    from matplotlib.patches import Rectangle

    wide = len(heat.head) - 1
    for row, strip in enumerate(heat.rows):
        for column, cell in enumerate(strip.cells):
            if cell.shade is not None:
                shade = 0.08 + 0.42 * cell.shade
                axes.add_patch(Rectangle((column, row), 1, 1, color=_COLOURS[0], alpha=shade, lw=0))
            colour = _SOFT if cell.shade is None else _INK
            axes.text(column + 0.5, row + 0.5, cell.text, ha="center", va="center", size=7, color=colour)
    axes.set_xlim(0, wide)
    axes.set_ylim(len(heat.rows), 0)
    axes.xaxis.tick_top()
    axes.set_xticks([at + 0.5 for at in range(wide)], [*map("\n".join, names)], rotation=90, size=8, color=_INK)
    rows = ["\n".join(_wrapped(row.name, _HEAT * _HEATED - 0.15, 7)) for row in heat.rows]
    axes.set_yticks([at + 0.5 for at in range(len(rows))], rows, size=7, color=_INK)
    _quiet(axes)


def _dot(axes: Axes, chart: Chart, dot: Dot, y: float) -> None:
    look: dict[str, Any] = {"color": _colour(dot.series), "clip_on": False}
    for value, part in chart.crowd(dot):
        axes.plot([value], [y + _DOT], "o", alpha=0.4, ms=part * _CROWD, mew=0, zorder=2, **look)
    if dot.low is not None and dot.high is not None:
        axes.plot([dot.low, dot.high], [y, y], marker="|", ms=6.5, mew=1.3, lw=1.6, zorder=3, **look)
    if dot.value is not None:
        axes.plot([dot.value], [y], zorder=4, clip_on=False, **_mark(dot.series))


def _key(series: int) -> Line2D:
    """Return the mark of a series as it stands in a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], lw=0, **_mark(series))


def _mark(series: int) -> dict[str, Any]:
    colour = _colour(series)
    inside, shape = ("white", "o") if series < 0 else (colour, _MARKS[series % len(_MARKS)])
    return {"color": colour, "mfc": inside, "marker": shape, "ms": 4.8 if shape in "osD" else 5.8, "mew": 1}


def _colour(series: int) -> str:
    return _SOFT if series < 0 else _COLOURS[series % len(_COLOURS)]
