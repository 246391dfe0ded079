"""The command that shows what a model was sent before a line of a session."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.translation import translated

if TYPE_CHECKING:
    from sandbox.session.sent import Sent


app = Commands()
_KEPT = {
    "same": "this is what was sent: its digest is that in the log",
    "differs": "this is NOT what was sent: the digest in the log is another one, so the program, its templates or the "
    "cards have changed since; it shows what would be sent today",
    "none": "the log has no such call, so nothing tells whether it was sent: of a branch it has those of its own lines "
    "alone, and none of a question that was declined",
}


@app.command()
def prompt(
    session: options.Session,
    *,
    at: Annotated[str, Option(help="The line before which the seat was asked, for example L012.")],
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Show what a model was sent before a line, rebuilt from the log and held against the digest that it keeps."""
    from sandbox.session.carried import library_of
    from sandbox.session.sent import sent_before

    folder = places.find(session)
    with places.content_of("session"):
        events = folder.read()
        sent = sent_before(events, library_of(folder, events, places.library), at, folder.events)
    if as_json:
        echo_json({"session": folder.id, "line": at, "sent": [{**asdict(each), "kept": each.kept} for each in sent]})
        return
    if not sent:
        nobody = "no model was asked before this line (a person, a card or the rules spoke)"
        echo(f"{folder.id} {at}: {translated(nobody)}")
    for each in sent:
        _show(each)


def _show(sent: Sent) -> None:
    drawn = translated("temperature {temperature} · seed {seed}", temperature=f"{sent.temperature:g}", seed=sent.seed)
    echo(f"== {sent.key} · {sent.seat} · {sent.model} · {drawn}")
    logged = translated(", log {digest}", digest=sent.logged) if sent.kept == "differs" else ""
    echo(f"   {translated(_KEPT[sent.kept])} ({sent.digest}{logged})")
    for message in sent.messages:
        echo(f"\n-- {message['role']}\n{message['content']}")
    names = ", ".join(sent.schema["properties"])
    echo(f"\n-- {translated('may name: {names}; the whole schema: --json', names=names)}")
    echo(f"\n-- {translated('answer in the log')}\n{sent.answer}\n" if sent.answer else "")
