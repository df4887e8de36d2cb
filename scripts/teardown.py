"""Remove the local mesh's state, the folder $MESH_HOME, after asking. `python3 scripts/teardown.py`

Refuses when the mesh lives on an account, while the endpoint runs, and for a folder that is not a mesh's. Needs no
`.venv`. Without a terminal the answer is given ahead: CONFIRM=yes. Exit status 0 when nothing is left, else 1.
"""

import json
import os
import shutil
import sys
from pathlib import Path

ENDPOINT_FOLDER = "localaws"


class RefusedError(Exception):
    """Why nothing was removed, and what to do."""


def running_pid(home: Path) -> "int | None":
    """Pid of the endpoint that works on this folder, or None."""
    try:
        pid = int(json.loads((home / ENDPOINT_FOLDER / "endpoint.json").read_text())["pid"])
        os.kill(pid, 0)
    except PermissionError:
        return pid
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid


def check(home: Path, target: str) -> None:
    """Refuse whatever could remove more than a local mesh. Raises RefusedError."""
    if target != "local":
        raise RefusedError(
            f"MESH_TARGET={target}: the mesh lives on an account. Nothing was removed. "
            "Use the portal's Teardown page there: it shows what goes, and proves it."
        )
    if home.exists() and not (home / ENDPOINT_FOLDER).is_dir() and any(home.iterdir()):
        raise RefusedError(
            f"{home} holds no {ENDPOINT_FOLDER} folder, so it is not a mesh's. Nothing was removed. Check MESH_HOME."
        )
    strangers = sorted({"pyproject.toml", ".git", "portal.py"} & {entry.name for entry in home.glob("*")})
    if strangers or home in (Path.home(), *Path.cwd().parents, Path.cwd()):
        raise RefusedError(f"{home} holds more than a mesh. Nothing was removed. Check MESH_HOME.")
    pid = running_pid(home)
    if pid is not None:
        raise RefusedError(
            f"The endpoint runs on {home} (process {pid}). Nothing was removed. End the portal first (Ctrl+C)."
        )


def size_bytes(home: Path) -> int:
    """Bytes of all files below."""
    return sum(path.lstat().st_size for path in home.rglob("*") if not path.is_dir())


def confirmed(home: Path) -> bool:
    """Whether the person, or CONFIRM, says yes."""
    print(
        f"This removes the local mesh in {home}: every domain, product, grant and result, {size_bytes(home):,} bytes."
    )
    if "CONFIRM" in os.environ:
        return os.environ["CONFIRM"] == "yes"
    try:
        return input("Type yes to remove it: ").strip() == "yes"
    except EOFError:
        print("(no terminal to ask on: say CONFIRM=yes)")
        return False


def main() -> int:
    """Check, ask, remove, look again."""
    home = Path(os.environ.get("MESH_HOME") or ".mesh").expanduser().resolve()
    try:
        check(home, os.environ.get("MESH_TARGET") or "local")
    except RefusedError as refused:
        print(refused, file=sys.stderr)
        return 1
    if not home.exists():
        print(f"There is no local mesh in {home}: nothing to remove.")
        return 0
    if not confirmed(home):
        print("Nothing was removed.")
        return 1
    shutil.rmtree(home, ignore_errors=True)
    if home.exists():
        print(f"{home} could not be removed whole. Remove what is left with the rights of its owner.", file=sys.stderr)
        return 1
    print(f"{home} is gone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
