"""Where the foreign clients are, and the documented settings that lead one to the endpoint. No client is modified.

`make clients` makes their environments and names the folder of them in CLIENTS_HOME; without it, tests that need a
client of another environment are skipped.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HOME = os.environ.get("CLIENTS_HOME")
NO_CLIENT = "needs a client in an environment of its own: make clients"
# A region that AWS has not: a client that overlooks the endpoint reaches nothing.
REGION = "us-nowhere-1"
LONGEST_S = 300


def tool(client: str, program: str) -> Path | None:
    """A client's program in its environment, or None where `make clients` did not make one."""
    found = Path(HOME or "/nowhere") / client / "bin" / program
    return found if os.access(found, os.X_OK) else None


def settings(endpoint: Any) -> dict[str, str]:
    """The variables that every AWS SDK documents: where AWS is, whose key, which region."""
    return {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_SHARED_CREDENTIALS_FILE": endpoint.ready["credentials_file"],
        "AWS_PROFILE": "root",
        "AWS_REGION": endpoint.region,
        "AWS_DEFAULT_REGION": endpoint.region,
    }


class Failed(Exception):
    """A program ended with another status than 0; the text is all it printed."""


def run(*command: str | Path, env: Mapping[str, str], cwd: Path | None = None, text: str | None = None) -> str:
    """What a program printed on stdout. Failed, with both outputs, when it ends with another status than 0."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [str(word) for word in command],
        env={**inherited, "AWS_EC2_METADATA_DISABLED": "true", **env},
        cwd=cwd,
        input=text,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    if done.returncode:
        raise Failed(f"{done.stdout}\n{done.stderr}")
    return done.stdout
