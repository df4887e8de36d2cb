"""Write the parts of docs/localaws.md that come from the code. `.venv/bin/python -m scripts.localaws_docs`

They stand between `<!-- from the code: NAME -->` and `<!-- end -->`. The endpoint is asked, as a process, what it
answers (`python -m mesh_core.localaws --describe`); a test fails while the page says something else.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "localaws.md"
COMMAND = ".venv/bin/python -m scripts.localaws_docs"
_PART = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.S)


def described() -> dict[str, Any]:
    """What the endpoint says of itself."""
    command = [sys.executable, "-m", "mesh_core.localaws", "--describe"]
    found: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    return found


def operations(of: dict[str, Any]) -> Iterable[str]:
    """A table of counts, and every name below it."""
    yield from _table(
        ("service", "operations answered", "refused by name"),
        ((each["title"], len(each["answered"]), len(each["refused"])) for each in of["services"]),
    )
    for each in of["services"]:
        yield from _folded(each["title"], {"Answered": each["answered"], "Refused by name": each["refused"]})


def sql(of: dict[str, Any]) -> Iterable[str]:
    """Athena's statements and functions."""
    athena = of["athena"]
    yield from _folded("Statements", {"Run": athena["statements"], "Refused by name": athena["refused_statements"]})
    counted = f"{len(athena['functions'])} functions"
    yield from _folded(counted, {"Run": athena["functions"], "Refused by name": athena["refused_functions"]})


def differences(of: dict[str, Any]) -> Iterable[str]:
    """One table for each service."""
    for title, found in of["differences"].items():
        yield f"**{title}**"
        yield ""
        yield from _table(("about", "AWS", "here"), ((each["about"], each["aws"], each["here"]) for each in found))


def limits(of: dict[str, Any]) -> Iterable[str]:
    """A table of what is capped."""
    yield from _table(("limit", "value"), of["limits"].items())


PARTS: dict[str, Callable[[dict[str, Any]], Iterable[str]]] = {
    "operations": operations,
    "sql": sql,
    "differences": differences,
    "limits": limits,
}


def rendered(page: str, of: dict[str, Any]) -> str:
    """The page with its parts as they should be. KeyError for a part that nobody writes."""
    return _PART.sub(lambda part: part[1] + "\n".join(PARTS[part[2]](of)) + "\n" + part[3], page)


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _folded(title: str, lists: dict[str, list[str]]) -> Iterable[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    for name, items in lists.items():
        yield f"{name}: " + ", ".join(f"`{item}`" for item in items) + "."
        yield ""
    yield "</details>"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(), described()))
