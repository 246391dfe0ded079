"""Which frames of a page are taken."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from nicegui import core

from sandbox.web.gate import LARGEST_MESSAGE, is_sound

PAGE = "the-page"
EVENT = {"id": 4, "client_id": PAGE, "listener_id": "l", "args": ['{"a": 1}', None]}
GREETING = {"client_id": PAGE, "tab_id": "t", "document_id": "d", "old_tab_id": None, "next_message_id": "0"}
SOUND: list[tuple[str, dict[str, Any]]] = [
    ("event", EVENT), ("event", {**EVENT, "args": []}), ("ack", {"client_id": PAGE, "next_message_id": 3}),
    ("javascript_response", {"client_id": PAGE, "request_id": "r", "result": {"any": 1}}), ("handshake", GREETING),
]  # fmt: skip
UNSOUND: list[Any] = [
    ["log", {"client_id": PAGE, "level": "error", "message": "x"}], ["nothing", {"client_id": PAGE}],
    ["event", {**EVENT, "client_id": "another"}], ["event", {**EVENT, "id": {}}], ["event", {**EVENT, "id": True}],
    ["event", {**EVENT, "args": ["{"]}], ["event", {**EVENT, "args": [7]}], ["event", {**EVENT, "args": [None] * 101}],
    ["event", {**EVENT, "listener_id": 1}], ["event", {"client_id": PAGE}], ["event", EVENT, EVENT], ["event", []],
    ["event"], ["ack", {"client_id": PAGE, "next_message_id": "x"}], ["ack", 1],
    ["javascript_response", {"client_id": PAGE, "request_id": []}],
    ["handshake", {**GREETING, "next_message_id": "x"}], ["handshake", {**GREETING, "tab_id": 1}], [], {}, None,
    ["connect", {"client_id": PAGE}], ["disconnect", {"client_id": PAGE}], ["event", {**EVENT, "x": "y" * 70_000}],
]  # fmt: skip


def test_what_a_page_sends_is_taken_from_its_own_socket_alone() -> None:
    for name, content in SOUND:
        for number in ("", "7"):
            frame = f"42{number}" + json.dumps([name, content], separators=(",", ":"))
            assert is_sound(frame, PAGE)
            assert not is_sound(frame, "another")
            assert not is_sound(frame, ""), "a socket without a page says nothing"


def test_what_is_none_is_dropped() -> None:
    for content in UNSOUND:
        assert not is_sound("42" + json.dumps(content, separators=(",", ":")), PAGE)


def test_frames_that_are_none_are_dropped() -> None:
    cases: list[str] = [
        "",
        "0",
        "2",
        "4",
        "43",
        "44",
        "6",
        "9",
        "40{}",
        "40/x,",
        "42",
        "42[",
        "4\x00",
        "451-[]",
        "461-[]",
        "b////",
        '42["event",' + "[" * 30_000,
        '42["event",{"client_id":"\\ud800"}]',
        '42["event",NaN]',
        "3x",
        "x" * 200,
        f'4299999999999["event",{json.dumps(EVENT)}]',
        f'42/x,["event",{json.dumps(EVENT)}]',
    ]
    for frame in cases:
        assert not is_sound(frame, PAGE)


def test_of_what_is_taken_the_server_can_read_all() -> None:
    draw = Random(1)
    whole = [f"42{number}" + json.dumps(each) for number in ("", "7") for each in [*SOUND, *UNSOUND[:-1]]]
    for _ in range(1_000):
        text = draw.choice(whole)
        at, end = sorted(draw.choices(range(1, len(text)), k=2))
        frame = text[:at] + "".join(draw.choices('0123456789[]{}",:-\\eE\ud800\x00é', k=draw.randrange(4))) + text[end:]
        if is_sound(frame, PAGE):
            core.sio.packet_class(encoded_packet=frame[1:])


def test_the_largest_message_is_taken() -> None:
    frame = '42["event",' + json.dumps({**EVENT, "args": ['"' + "y" * 60_000 + '"']}) + "]"
    assert len(frame) < LARGEST_MESSAGE
    assert is_sound(frame, PAGE)
