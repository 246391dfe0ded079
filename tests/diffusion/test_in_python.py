"""What the page on spread says of Python."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import sandbox
from tests.diffusion.countries import little
from tests.diffusion.dealing import deal_once

README = Path(sandbox.__file__).parent / "diffusion" / "README.md"


def test_the_python_of_the_page_runs_as_it_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deal_once(monkeypatch)
    little(tmp_path)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    made: dict[str, Any] = {}
    own = code.replace("from_the_top", "little").replace('": 2000', '": 60, "content": "."')
    exec(own.replace("range(1, 6)", "range(1, 3)"), made)
    assert len(made["gains"]) == 2
    assert any(made["gains"])
    assert len(made["curves"]) == 2 * 13
    assert {row["seed"] for row in made["places"]} == {2}
    assert len(made["places"]) == 60
    for asked, said in (
        ({"seeds": [2**40]}, "seeds: '1099511627776' is not allowed"),
        ({"seeds": 3}, "seeds: expected a list of whole numbers"),
        ({"sessions": 0}, "^sessions: must be 1 or more"),
        ({"changes": ["line=2"]}, "changes line=2: must be 1.0 or less"),
    ):
        with pytest.raises(sandbox.InputError, match=said):
            sandbox.run_country("little", content=".", **asked)
    with pytest.raises(sandbox.InputError, match=r"^seeds: the result has no seed 9"):
        made["base"].tables([9])
