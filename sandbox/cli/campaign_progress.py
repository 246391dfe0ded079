"""What the terminal shows of a campaign while it is played, in the campaign's language."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from sandbox.report.transfers import transfer_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.cli.console import Console
    from sandbox.content.campaign_card import Campaign
    from sandbox.content.library import Library
    from sandbox.content.words import Words
    from sandbox.diffusion.campaign.events import CampaignEvent
    from sandbox.diffusion.campaign.run import Table
    from sandbox.record.events import Event

__all__ = ["happened", "running"]


def happened(event: CampaignEvent, card: Campaign, library: Library, words: Words) -> str:
    """Return what happened between sessions, in a line; empty where it is nothing to be shown."""
    said = event.payload
    if event.kind == "played":
        place = card.by_id[event.community].name.get(words.lang)
        return words("campaign_run.played", round=event.round, place=place, lines=said["lines"])
    if event.kind == "ranking":
        places = " > ".join(card.by_id[each["community"]].name.get(words.lang) for each in said["places"])
        return words("campaign_run.ranking", round=event.round, places=places)
    if event.kind == "transfer":
        return words("campaign_run.after", round=event.round, text=transfer_text(said, card, library, words))
    return ""


@contextmanager
def running(console: Console, card: Campaign, words: Words) -> Iterator[Callable[[Table, Event], None]]:
    """Show how many lines each session of the round has; it gives what is called with every event of a session."""
    lines: Counter[str] = Counter()
    live = console.is_terminal and not console.quiet
    with console.status("") if live else nullcontext() as shown:

        def on_event(table: Table, event: Event) -> None:
            if event.kind == "line":
                lines[table.community] += 1
            if shown is not None:
                shown.update(words("campaign_run.now", round=table.round, places=[
                    words("campaign_run.place", place=card.by_id[each].name.get(words.lang), lines=count)
                    for each, count in lines.items()
                ]))  # fmt: skip
            if event.kind == "close":
                del lines[table.community]

        yield on_event
