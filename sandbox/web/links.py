"""Tokens, join codes and QR codes: what lets a person in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

import segno

from sandbox.content.words import refusal

__all__ = [
    "ALPHABET", "digest", "new_code", "new_token", "normal_code", "qr_svg", "show_key", "wall_key", "wall_path",
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


def show_key(secret: str, session: str) -> str:
    """Return what lets whoever has it watch one session being shown, and nothing else; it tells nothing of the secret.

    Args:
        secret: the facilitator's secret.
        session: the session.
    """
    return _key(secret, f"show {session}")


def wall_key(secret: str, campaign: str) -> str:
    """Return what lets whoever has it watch all tables of one campaign, and nothing else, as `show_key` does."""
    return _key(secret, f"wall {campaign}")


def wall_path(secret: str, campaign: str) -> str:
    """Return the path at which all tables of a campaign are watched."""
    return f"/wall/{campaign}/{wall_key(secret, campaign)}"


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


def _key(secret: str, named: str) -> str:
    return hmac.new(secret.encode(), named.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def _grouped(letters: str) -> str:
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"
