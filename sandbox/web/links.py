"""Tokens, join codes, QR codes and addresses: what lets a person in, and where to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from typing import Literal
from urllib.parse import quote, urlencode

import segno

from sandbox.content.words import refusal

__all__ = [
    "ALPHABET", "digest", "key_of", "new_code", "new_token", "normal_code", "path_of", "qr_svg", "shared_path",
]  # fmt: skip

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
"""What join codes are made of: nothing that looks like another character, and no vowels, so that no word appears."""
_GROUP = 4
_LENGTH = 2 * _GROUP
_LONGEST = 64


def new_token() -> str:
    """Return a new secret of 256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return the SHA-256 of a token, the only form in which it is kept.

    A token is random and long, so a salt or a slow hash would add nothing.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def path_of(*parts: str, **query: str) -> str:
    """Return the path of some parts, with what is asked there; what is empty is left out."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return "".join(f"/{quote(part)}" for part in parts if part) + (f"?{asked}" if asked else "")


def key_of(secret: str, page: str, name: str) -> str:
    """Return what lets whoever has it watch one session being shown, or one campaign's wall, and nothing else.

    It tells nothing of the facilitator's secret, from which it is made.
    """
    named = f"{page} {name}".encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), named, hashlib.sha256).hexdigest()[:32]


def shared_path(secret: str, page: Literal["show", "wall"], name: str, **query: str) -> str:
    """Return where a session is shown, or all tables of a campaign are watched: a path that leads nowhere else."""
    return path_of(page, name, key_of(secret, page, name), **query)


def new_code() -> str:
    """Return a new join code such as ``K7QF-2MPX``."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))


def normal_code(text: str) -> str:
    """Return a typed join code as ``new_code`` writes it.

    Case, spaces, dashes and full-width forms do not matter.

    Returns:
        The code, or an empty text when it cannot be one.
    """
    if len(text) > _LONGEST:
        return ""
    letters = "".join(letter for letter in unicodedata.normalize("NFKC", text).upper() if letter.isalnum())
    return _grouped(letters) if len(letters) == _LENGTH and set(letters) <= set(ALPHABET) else ""


def qr_svg(url: str, title: str = "QR code") -> str:
    """Return a QR code as SVG to put into a page.

    It takes the size of its box, has its own white ground and margin, and loads nothing from elsewhere.

    Raises:
        InputError: the address is too long.
    """
    try:
        code = segno.make_qr(url, error="m")
    except segno.DataOverflowError as error:
        raise refusal("refused.long_address", count=len(url)) from error
    svg = code.svg_inline(omitsize=True, light="white", title=title)
    return svg.replace("<svg ", '<svg role="img" ', 1)


def _grouped(letters: str) -> str:
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"
