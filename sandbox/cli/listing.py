"""Lists of cards and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.cli import translation
from sandbox.cli.translation import translated, why
from sandbox.content.campaign_card import Campaign
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.errors import ContentError, SandboxError
from sandbox.record.folder import SessionFolder


def cards_in(library: Library, kind: str, *, campaigns: bool = False) -> list[dict[str, str]]:
    """Return the list of a kind's cards, or only campaigns of it; without a kind the numbers of cards."""
    if not kind:
        return [{"id": name, "what": str(len(cards))} for name, cards in library.cards.items()]
    rows = []
    for card_id in library.cards[kind]:  # type: ignore[index]
        try:
            card = library.cards[kind][card_id]  # type: ignore[index]
        except ContentError as error:
            rows.append({"id": card_id, "what": error.problems[0]})
            continue
        if campaigns and not isinstance(card, Campaign):
            continue
        title = library.title(kind, card_id)
        names = sorted(LANGUAGES, key=lambda lang: lang != translation.LANG)
        what = " / ".join(title.get(lang) for lang in names)
        if kind == "network" and not campaigns:
            what += f" – {translated('campaign' if isinstance(card, Campaign) else 'country')}"
        rows.append({"id": card_id, "what": what})
    return rows


def sessions_in(runs: Path, library: Library, *, wide: bool = False) -> tuple[list[dict[str, Any]], int]:
    """Return the list of a folder's sessions, and the number of those left out because they have only begun.

    With ``wide``, none is left out, and each also has the columns of the table of sessions, with None in them if
    it cannot be opened.
    """
    rows: list[dict[str, Any]] = []
    left_out = 0
    for folder in SessionFolder.all(runs):
        try:
            events = folder.read()
        except SandboxError as error:
            rows.append({"id": folder.id, "what": why(error)})
            continue
        if len(events) == 1 and not (wide or folder.held):
            left_out += 1
            continue
        begun: Mapping[str, Any] = next((event.payload for event in events if event.kind == "session"), {})
        spec: Mapping[str, Any] = begun.get("spec", {})
        taken_over = [event.payload for event in events if event.kind == "model"]
        models = [spec.get("model"), *(each["model"] for each in taken_over)]
        by_seat = [spec.get("models", {}), *(each["models"] for each in taken_over if "models" in each)][-1]
        lines = sum(event.kind == "line" for event in events)
        finished = any(event.kind == "close" for event in events)
        state = translated("finished" if finished else "going on" if folder.held else "stopped")
        spoken = translated("{count} lines", count=lines)
        scenario, rules = (named(library, kind, str(spec.get(kind))) for kind in ("scenario", "governance"))
        rules += "".join(f" {change}" for change in spec.get("changes", ()))
        seed = translated("seed {seed}", seed=spec.get("seed"))
        who = [models[-1] or translated("unnamed")]
        who += [f"{seat}: {name}" for seat, name in {**by_seat, **spec.get("agents", {})}.items() if name != models[-1]]
        parts = [scenario, rules, ", ".join(who), seed, translated(str(spec.get("lang"))), spoken]
        if branch := begun.get("branch"):
            text = "{session}, scored by {rubric}" if "rubric" in branch else "branch of {session} at {line}"
            values = {"session": branch["of"], "line": branch["at"], "rubric": branch.get("rubric", "")}
            parts.append(translated(text, **values))
        rows.append({"id": folder.id, "what": " · ".join((*parts, state))})
    if wide:
        rows = [{**row, **_wide(SessionFolder(runs / row["id"]), library)} for row in rows]
    return rows, left_out


def kept_beside(runs: Path) -> list[str]:
    """Return lines on further sessions in a folder: sets of seeds, experiments and campaigns."""
    from sandbox.diffusion.campaign.folder import CampaignFolder
    from sandbox.experiment.planning.seeds import PREFIX
    from sandbox.experiment.store.database import experiment_in

    stores = [name for path in sorted(runs.glob("*.sqlite")) if (name := experiment_in(path))]
    told = {
        "further sessions, of run --seeds (sandbox export NAME --to DIR): {names}":
            [name for name in stores if name.startswith(PREFIX)],
        "further sessions, of experiments (sandbox experiment status NAME): {names}":
            [name for name in stores if not name.startswith(PREFIX)],
        "further sessions, of campaigns (sandbox campaign list): {names}":
            [campaign.id for campaign in CampaignFolder.all(runs)],
    }  # fmt: skip
    return [translated(text, names=", ".join(names)) for text, names in told.items() if names]


def _wide(folder: SessionFolder, library: Library) -> dict[str, Any]:
    """Return a session's row in the table of sessions; without values if it cannot be opened."""
    from sandbox.experiment.export.session_tables import TABLES, wide_row  # brings the store
    from sandbox.session.opening import open_session

    try:
        return wide_row(open_session(folder, library), folder.id)
    except SandboxError:
        return {**dict.fromkeys(TABLES["sessions"]), "session": folder.id}


def named(library: Library, kind: str, card_id: str) -> str:
    """Return a card's name if the caller reads Chinese; else its id, which is in English."""
    try:
        lang = translation.LANG
        return card_id if lang == "en" else library.title(kind, card_id).get(lang)
    except (KeyError, SandboxError):
        return card_id
