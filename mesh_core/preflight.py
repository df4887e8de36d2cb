"""`python -m mesh_core.preflight`: what the portal would find in the account that MESH_TARGET names, read-only."""

from __future__ import annotations

import os
import sys

from mesh_core.bootstrap import preflight_from
from mesh_core.errors import MeshError

MARKS = {"ok": "  ok      ", "warning": "  warning ", "missing": "  MISSING "}


def main() -> int:
    """0 when nothing is missing, 1 otherwise."""
    try:
        findings = preflight_from(os.environ)
    except MeshError as error:
        print(f"The account can't be looked at: {error}", file=sys.stderr)
        return 1
    for finding in findings:
        print(MARKS[finding.level] + finding.words)
    return int(any(finding.level == "missing" for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
