"""The scripted model as a process of its own, so that its CPU is not counted with the client's."""

from __future__ import annotations

import sys
import time

from tests.scripted import ScriptedModel
from tests.stub_endpoint import StubEndpoint


def main() -> None:
    """Serve until the parent ends this process; the address is the first line printed."""
    with StubEndpoint(ScriptedModel()) as stub:
        sys.stdout.write(stub.base_url + "\n")
        sys.stdout.flush()
        time.sleep(3600)


if __name__ == "__main__":
    main()
