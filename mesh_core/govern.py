"""`python -m mesh_core.govern test [FILE]`: run governance tests against the mesh that MESH_TARGET names.

FILE is YAML, as docs/governance-as-code.md tells (default: mesh-tests.yaml, else what the portal keeps). Ends with 0
when every test passes, 1 when one fails, 2 when the tests can't be run. --junit writes the outcome for a CI service.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mesh_core.bootstrap import portal_from
from mesh_core.domain.governance_tests import Outcome, junit
from mesh_core.errors import InvalidInputError, MeshError

DEFAULT = "mesh-tests.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="python -m mesh_core.govern", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    test = commands.add_parser("test", help="run governance tests")
    test.add_argument("file", nargs="?", help=f"the tests; {DEFAULT} where it is left out, else what the portal keeps")
    test.add_argument("--junit", metavar="FILE", help="write the outcome as a JUnit file, too")
    options = parser.parse_args(arguments)
    try:
        return _test(options.file, options.junit)
    except MeshError as error:
        print(f"The tests could not be run: {error}", file=sys.stderr)
        return 2


def _test(file: str | None, report: str | None) -> int:
    started = time.perf_counter()
    given = _given(file)
    portal = portal_from(os.environ)
    try:
        text = portal.governance_tests.document().text if given is None else given
        outcomes = portal.governance_tests.run(text, fresh=True)
    finally:
        portal.close()
    for one in outcomes:
        print(_line(one))
    seconds = time.perf_counter() - started
    failed = sum(not one.passed for one in outcomes)
    print(f"{len(outcomes)} tests, {failed} failed, {seconds:.1f} s.")
    if report:
        _write(Path(report), junit(outcomes, seconds, file or DEFAULT))
    return int(failed > 0)


def _given(file: str | None) -> str | None:
    """The file's text, None where none is named and none lies here."""
    path = Path(file or DEFAULT)
    if file is None and not path.exists():
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} can't be read: {error}. Name a YAML file of tests.") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InvalidInputError(f"{path} can't be written: {error}. Name another file for --junit.") from error


def _line(one: Outcome) -> str:
    mark = "passed" if one.passed else "FAILED"
    why = f"\n        {one.words}" if one.words else ""
    return f"{mark}  {one.sentence.text}{why}"


if __name__ == "__main__":
    sys.exit(main())
