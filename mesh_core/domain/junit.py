"""Outcomes as a JUnit file, as CI services read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True)
class Case:
    """One thing that was decided: why it failed, "" where it passed; its line in the file, 0 where there is none."""

    name: str
    failure: str = ""
    line: int = 0


def report(suite: str, file: str, cases: Iterable[Case], seconds: float) -> str:
    """The XML text of one suite."""
    done = tuple(cases)
    failed = sum(bool(one.failure) for one in done)
    counts = f'tests="{len(done)}" failures="{failed}" errors="0" time="{seconds:.3f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuite name={quoteattr(suite)} {counts}>"]
    for one in done:
        line = f' line="{one.line}"' if one.line else ""
        attributes = f"name={quoteattr(one.name)} classname={quoteattr(file)} file={quoteattr(file)}{line}"
        lines.append(f'  <testcase {attributes} time="0">')
        if one.failure:
            lines.append(f"    <failure message={quoteattr(one.failure)}>{escape(one.failure)}</failure>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])
