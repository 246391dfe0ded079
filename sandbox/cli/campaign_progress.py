"""What the terminal shows of a campaign while it is played, or played back, in the campaign's language."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from rich.text import Text

from sandbox.cli.terminal import told
from sandbox.content.campaign_card import Campaign
from sandbox.content.words import Words
from sandbox.report.orders import worded_since
from sandbox.report.transfers import transfer_text
from sandbox.session.opening import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.cli.console import Console
    from sandbox.content.library import Library
    from sandbox.diffusion.campaign.events import CampaignEvent
    from sandbox.diffusion.campaign.folder import CampaignFolder
    from sandbox.diffusion.campaign.run import Table
    from sandbox.record.events import Event

__all__ = ["happened", "replayed", "running", "said_in"]


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
    if event.kind == "order":
        since = worded_since(said["text"], card, library, words)
        return "\n".join(filter(None, (words("campaign_run.order", round=event.round, text=said["text"]), since)))
    return ""


def said_in(folder: CampaignFolder) -> list[str]:
    """Return what is said in the sessions of a campaign, line by line."""
    played = [event.payload["session"] for event in folder.read() if event.kind == "played"]
    logs = [folder.session(session).read() for session in played]
    return [event.payload["says"] for log in logs for event in log if event.kind == "line"]


def replayed(folder: CampaignFolder, library: Library, console: Console, speed: float) -> None:
    """Play a campaign back from its logs: each session line by line, and what came between two rounds.

    Args:
        folder: the campaign.
        library: the content.
        console: where to print.
        speed: words (Chinese: characters) a second; 0 shows everything at once.

    Raises:
        InputError: a log is damaged, or the content does not fit it.
    """
    events = folder.read()
    card = Campaign.model_validate(events[0].payload["card"])
    words = Words(events[0].payload["settings"]["lang"], library.roots)
    for event in events:
        if event.kind == "played":
            place = card.by_id[event.community].name.get(words.lang)
            console.rule(
                Text(words("campaign_run.session", round=event.round, place=place), style="bold"), style="bold"
            )
            told(open_session(folder.session(event.payload["session"]), library), console, speed)
        elif text := happened(event, card, library, words):
            console.print(Text(text), style="bold", soft_wrap=True)


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
