"""Write constraints.txt from what is installed in `.venv`. `.venv/bin/python scripts/lock.py`

Run it after a change of requirements*.txt was installed, and commit the result together with that change.
"""

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

HEADER = """\
# Every package of the environment, pinned, so that `pip install -r requirements.txt -c constraints.txt` gives the same
# everywhere and searches for no versions. Written by scripts/lock.py.
"""
TOOLS = {"pip", "setuptools", "wheel", "uv"}


def pins() -> list[str]:
    """`name==version` of every installed distribution but the installers, sorted by normalised name."""
    found = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower(): d.version for d in distributions(path=sys.path)}
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name not in TOOLS]


if __name__ == "__main__":
    Path(__file__).parents[1].joinpath("constraints.txt").write_text(HEADER + "\n".join(pins()) + "\n")
