"""First starts that are killed: `python -m tests.localaws.faults.first_start STEP` prints how the next start went.

For each kind of event that reaches the disk, and for every STEP-th of them, a fresh folder is started with a kill there
and then started again without. One line of JSON: [[event, number of the event, "" or what was wrong], ...].
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from mesh_core.localaws.folder import Folder
from mesh_core.localaws.migrations import VERSION
from mesh_core.localaws.server import assemble
from tests.localaws.faults.saboteur import Saboteur

EVENTS = ("commit", "fsync", "replace")
MOST = 60


def start(folder: Path) -> None:
    """All that a start does before it listens."""
    held = Folder(folder)
    assemble(held, 1, None, None)


def check(folder: Path) -> None:
    """A start, and a look at what it made."""
    start(folder)
    assert json.loads((folder / "version").read_text()) == {"schema": VERSION}
    assert "aws_secret_access_key" in (folder / "credentials").read_text()
    assert len(list((folder / "objects").iterdir())) == 256


def in_a_child(act: Callable[[], None]) -> int:
    """The status of a process of its own that does something: 0, or minus a signal, or 1 for an exception."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(folder: Path, event: str, at: int) -> bool:
    """Whether a first start was killed at that event (there may be fewer of them)."""

    def act() -> None:
        Saboteur({"kill": {"event": event, "at": at, "when": "before"}}).install()
        start(folder)

    return in_a_child(act) != 0


def outcomes(step: int) -> Iterator[tuple[str, int, str]]:
    """How the starts after the kills went."""
    for event in EVENTS:
        for at in range(1, MOST, step):
            with tempfile.TemporaryDirectory(prefix="first-start-") as room:
                folder = Path(room) / "mesh" / "state"
                if not killed(folder, event, at):
                    break
                status = in_a_child(lambda folder=folder: check(folder))  # type: ignore[misc]
                yield event, at, "" if status == 0 else f"the next start ended with {status}"


if __name__ == "__main__":
    print(json.dumps(list(outcomes(int(sys.argv[1])))))
