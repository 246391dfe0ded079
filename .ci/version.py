"""The version of what is built: it grows with each commit; without a history it is that of the code."""

import re
import subprocess
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def version() -> str:
    """Return the code's own version, and behind it how many commits led to it."""
    made = _ROOT / "PKG-INFO"  # of an archive of sources, which has its version
    if made.is_file():
        return _read(r"^Version: (.+)$", made)
    own = _read(r'^__version__ = "(.+)"$', _ROOT / "sandbox/__init__.py")
    if not (_ROOT / ".git").exists():
        return own
    command = ["git", "rev-list", "--count", "HEAD"]
    count = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    return f"{own}.post{count.stdout.strip()}" if count.returncode == 0 else own


def _read(pattern: str, path: Path) -> str:
    (text,) = re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    return str(text)
