"""Find a Chromium for the browser tests and print its path. `.venv/bin/python scripts/browser.py [--install]`

Order: $MESH_CHROMIUM, chromium or chrome on the PATH, one that Playwright downloaded before; with `--install` also
apt (as root), then Playwright's own download. Exit status 1, after one line that says what to do, when there is none.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-liberation")
ADVICE = (
    "No Chromium was found and none could be installed. Run: sudo apt-get install -y chromium, or name one with "
    "MESH_CHROMIUM=/path/to/chrome, or leave the browser out: make test-nobrowser"
)


class BrowserError(Exception):
    """No browser, and what to do, in one line."""


def find() -> str | None:
    """Path of an installed Chromium, or None. Raises BrowserError when $MESH_CHROMIUM names none."""
    named = os.environ.get("MESH_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise BrowserError(f"MESH_CHROMIUM={named} is no program. Name a Chromium, or unset MESH_CHROMIUM.")
        return named
    return next(filter(None, map(shutil.which, NAMES)), None) or downloaded()


def downloaded() -> str | None:
    """Path of the browser that Playwright downloaded for this version, or None."""
    if find_spec("playwright") is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Install one: with apt as root, else by Playwright's download. What they print goes to stderr."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests with apt ...", file=sys.stderr, flush=True)
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES)
    if find() is None:
        print("Downloading Chromium for the browser tests ...", file=sys.stderr, flush=True)
        run(sys.executable, "-m", "playwright", "install", "chromium")


def run(*command: str) -> None:
    """Run a command with its last words on stderr if it fails; whether it helped is seen by looking again."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(f"{command[0]}: " + "\n".join(done.stdout.strip().splitlines()[-3:]), file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Print the path; exit status 0 found, 1 not."""
    try:
        if find() is None and "--install" in arguments:
            install()
        path = find()
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    print(path or ADVICE, file=sys.stdout if path else sys.stderr)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
