"""The scripted model as a process of its own, so that its CPU is not counted with the client's."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace

from tests.scripted import ScriptedModel
from tests.session.support import SteadyModel
from tests.stub_endpoint import Received, StubEndpoint, StubReply, stream, usage

__all__ = ["Paced"]

_PIECE = 5


class Paced(SteadyModel):
    """A scripted model that streams its answers as a real one does: a few letters at a time.

    Args:
        pause: seconds between two pieces.
    """

    def __init__(self, pause: float) -> None:
        super().__init__()
        self._pause = pause

    def __call__(self, request: Received) -> StubReply:
        """Answer a request, in pieces where that is asked for."""
        if not request.body.get("stream"):
            return super().__call__(request)
        text = json.dumps(self.answer(request.body), ensure_ascii=False)
        reply = stream([text[at : at + _PIECE] for at in range(0, len(text), _PIECE)], counts=usage(200, 20, 150))
        return replace(reply, pause=self._pause)


def main() -> None:
    """Serve until the parent ends this process; the address is the first line printed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pause", type=float, default=0.0, help="stream, with so many seconds between two pieces")
    pause = parser.parse_args().pause
    with StubEndpoint(Paced(pause) if pause else ScriptedModel()) as stub:
        sys.stdout.write(stub.base_url + "\n")
        sys.stdout.flush()
        time.sleep(3600)


if __name__ == "__main__":
    main()
