"""Governance as code, against the mesh that MESH_TARGET names.

`python -m mesh_core.govern test [FILE]` runs governance tests (default: mesh-tests.yaml, else what the portal keeps);
`python -m mesh_core.govern check [FILE]` holds the mesh against policies (default: policies.yaml, else what the portal
keeps). Both FILEs are YAML, as docs/governance-as-code.md tells. Ends with 0 when all is well, 1 when a test fails or a
rule that refuses is broken, 2 when nothing could be decided. --junit writes the outcome for a CI service.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from mesh_core.bootstrap import Portal, portal_from
from mesh_core.domain.governance_tests import Outcome, junit
from mesh_core.domain.junit import Case, report
from mesh_core.domain.violations import Violation
from mesh_core.errors import InvalidInputError, MeshError

TESTS, POLICIES = "mesh-tests.yaml", "policies.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="python -m mesh_core.govern", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    test = commands.add_parser("test", help="run governance tests")
    test.add_argument("file", nargs="?", help=f"the tests; {TESTS} where it is left out, else what the portal keeps")
    check = commands.add_parser("check", help="hold the mesh against policies")
    check.add_argument(
        "file", nargs="?", help=f"the rules; {POLICIES} where it is left out, else what the portal keeps"
    )
    check.add_argument("--strict", action="store_true", help="rules that only warn count, too")
    for command in (test, check):
        command.add_argument("--junit", metavar="FILE", help="write the outcome as a JUnit file, too")
    options = parser.parse_args(arguments)
    try:
        return _test(options) if options.command == "test" else _check(options)
    except MeshError as error:
        what = "The tests could not be run" if options.command == "test" else "The policies could not be checked"
        print(f"{what}: {error}", file=sys.stderr)
        return 2


def _test(options: argparse.Namespace) -> int:
    started = time.perf_counter()
    given = _given(options.file, TESTS, "tests")
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
    if options.junit:
        _write(Path(options.junit), junit(outcomes, seconds, options.file or TESTS))
    return int(failed > 0)


def _check(options: argparse.Namespace) -> int:
    started = time.perf_counter()
    given = _given(options.file, POLICIES, "rules")
    portal = portal_from(os.environ)
    try:
        found = portal.policies.fresh(given)
        rules = _rules(portal, given)
    finally:
        portal.close()
    for one in found:
        print(f"{'BROKEN ' if one.action == 'refuse' else 'warning'}  {one.sentence}")
    counted = [one for one in found if options.strict or one.action == "refuse"]
    seconds = time.perf_counter() - started
    print(f"{len(rules)} rules, {len(found)} violations, {len(counted)} of them count, {seconds:.1f} s.")
    if options.junit:
        cases = (Case(text, " ".join(_sentences(counted, text))) for text in rules)
        _write(Path(options.junit), report("policies", options.file or POLICIES, cases, seconds))
    return int(bool(counted))


def _rules(portal: Portal, given: str | None) -> tuple[str, ...]:
    """The texts of all rules, each once."""
    policies = portal.policies.policies() if given is None else portal.policies.try_text("", given)
    rules = (*policies.mesh, *(rule for name in policies.domains for rule in policies.rules_for(name)))
    return tuple(dict.fromkeys(rule.text for rule in rules))


def _sentences(found: Iterable[Violation], text: str) -> list[str]:
    return [f"{one.subject} {one.words}." for one in found if one.text == text]


def _given(file: str | None, default: str, what: str) -> str | None:
    """The file's text, None where none is named and none lies here."""
    path = Path(file or default)
    if file is None and not path.exists():
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} can't be read: {error}. Name a YAML file of {what}.") from error


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
