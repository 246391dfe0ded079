"""The command prompt: why a seat spoke, and what a model was sent."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from sandbox.cli import options
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.translation import LANG, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.game.game import Game
    from sandbox.session.sent import Granted

app = Commands()

_KEPT = {
    "same": "this is what was sent: its digest is that in the log",
    "differs": "this is NOT what was sent: the digest in the log is another one, so the program, its templates or the "
    "cards have changed since; it shows what would be sent today",
    "none": "the log has no such call, so nothing tells whether it was sent: of a branch it has those of its own lines "
    "alone, and none of a question to which no answer came",
}


_MODES = {
    "closed_schema": ", asked for by the closed JSON schema",
    "json_object": ", asked for in JSON mode, with the schema in its words",
    "prompt": ", asked for in words alone, with the schema in them",
}


@app.command()
def prompt(
    session: options.Session,
    *,
    at: Annotated[
        str,
        Option(
            help="The line before which the seat was asked, for example L012; start or a stage, for the pulses after "
            "it; a criterion, for the judges."
        ),
    ],
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Show why a seat had the floor and what a model was sent, held against the digest that the log keeps."""
    from sandbox.session.carried import library_of
    from sandbox.session.opening import game_of
    from sandbox.session.sent import granted_before, sent_for

    folder = places.find(session)
    with places.content_of("session"):
        events = folder.read()
        library = library_of(folder, events, places.library)
        sent = sent_for(events, library, at, folder.events)
        granted = granted_before(events, library, at, folder.events) if at.startswith("L") else None
    if as_json:
        asked = [{**asdict(each), "kept": each.kept} for each in sent]
        echo_json({"session": folder.id, "line": at, "floor": granted and asdict(granted), "sent": asked})
        return
    if granted is not None:
        _tell_floor(game_of(events, library), at, granted)
    if not sent:
        nobody = "no model was asked (a person, an agent in Python, a card or the rules answered, or nobody judged)"
        echo(f"{folder.id} {at}: {translated(nobody)}")
    line: Mapping[str, Any] = next(
        (event.payload for event in events if event.kind == "line" and event.payload["id"] == at), {}
    )
    back = line.get("rejected", [])
    if line.get("origin") == "model" and len(back) >= len(sent) > 0:
        back = [
            *back[:-1],
            translated("{why} (no wording was accepted: this one was spoken all the same)", why=back[-1]),
        ]
    if len(sent) > 1 and line:
        counted = "requests: {count}; the last one is answered by the line, and these answers were refused:"
        echo(translated(counted, count=len(sent)))
        for number, why in enumerate(back, start=1):
            echo(f"  {number}. {why}")
    for each in sent:
        heat = f"{each.temperature:g}"
        drawn = translated("temperature {temperature} · seed {seed}", temperature=heat, seed=each.seed)
        if each.left_out:
            drawn += translated(", left out since the endpoint refuses it: {names}", names=", ".join(each.left_out))
        drawn += translated(_MODES[each.mode]) if each.mode in _MODES else ""
        echo(f"== {each.key} · {each.seat} · {each.model} · {drawn}")
        logged = translated(", log {digest}", digest=each.logged) if each.kept == "differs" else ""
        echo(f"   {translated(_KEPT[each.kept])} ({each.digest}{logged})")
        for message in each.messages:
            echo(f"\n-- {message['role']}\n{message['content']}")
        names = ", ".join(each.schema["properties"])
        echo(f"\n-- {translated('may name: {names}; the whole schema: --json', names=names)}")
        for failure in each.failed:
            echo(f"\n-- {translated('an answer that could not be used: {why}', why=failure['why'])}\n{failure['text']}")
        if each.lost:
            echo(f"\n-- {translated('answers that could not be used and were not kept: {count}', count=each.lost)}")
        echo(f"\n-- {translated('answer in the log')}\n{each.answer}\n" if each.answer else "")
    for vote in (event.payload for event in events if event.kind == "score" and event.payload["criterion"] == at):
        if vote["level"] is None and vote["judge"]:
            echo(translated("no level by {judge}: {why}", judge=vote["judge"], why=vote["reason"]))


def _tell_floor(game: Game, line: str, granted: Granted) -> None:
    """Print why a seat had the floor before a line, and its open acts and points."""
    from sandbox.content.words import Words
    from sandbox.report.act_words import floor_reason

    words = Words(LANG)
    why = words.of("floor", floor_reason(game, granted.why))
    echo(f"{line} · {game.name(granted.seat)} ({granted.seat}): {why} ({granted.why})")
    echo(f"  {translated('acts open to the seat: {acts}', acts=', '.join(granted.acts))}")
    if granted.point:
        echo(f"  {translated('makes the point: {point}', point=granted.point)}")
    if granted.open:
        echo(f"  {translated('other points of its card that were open: {points}', points=', '.join(granted.open))}")
    if granted.barred:
        echo(f"  {translated('points of its card for this stage that were not:')}")
    for point, bar in granted.barred.items():
        echo(f"    {point}: {words.of('barred', bar)}")
    echo("")
