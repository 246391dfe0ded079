"""Chinese in the terminal breaks as it is set: no line begins with a comma, and nothing is lost."""

from __future__ import annotations

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from sandbox.cli.console import Console, broken

CLOSES = "，。、；：？！）】》”’…％"
TEXTS = st.text(st.sampled_from("居民小组说算数，。、；（）“”《》？ 7.8abc-/\n"), max_size=120)


@given(TEXTS, st.integers(12, 40))
def test_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    """Each line fits its width, and the letters are those that were there, in their order."""
    lines = broken(Text(text), width).plain.split("\n")
    assert "".join(lines) == text.replace("\n", "")
    if any(ord(letter) > 0x2E80 for letter in text):
        assert max(cell_len(line.rstrip()) for line in lines) <= width


def printed(text: str, width: int) -> list[str]:
    """Return the lines in which a console of a width prints a text."""
    page = StringIO()
    Console(file=page, width=width).print(Padding(Text(text), (0, 0, 0, 2)))
    return [line.strip() for line in page.getvalue().splitlines()]


def test_no_line_begins_with_a_mark_that_closes_and_numbers_stay_whole() -> None:
    """At every width marks stay beside their words, and a number, a name or a quote's first letter is not cut off."""
    says = "照现在的交法收5.4万，差7.8万。我们党员“先上”（八个），来的是《公约》里写的那些；embedded 呢？"
    for width in range(14, 60):
        lines = printed(says, width)
        assert "".join(lines).replace(" ", "") == says.replace(" ", "")
        assert not [line for line in lines if line[0] in CLOSES], width
        assert not [line for line in lines if line[-1] in "（“《"], width
        for whole in ("5.4", "7.8", "embedded"):
            assert any(whole in line for line in lines), (whole, width)


def test_english_is_broken_at_its_spaces_as_before() -> None:
    """A text without wide letters is left to the library."""
    assert broken(text := Text("who decides, and when"), 12) is text
