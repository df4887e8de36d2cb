"""Make `.venv` with the pinned packages, once. `python3 scripts/setup.py run|dev`

`run` is what the portal needs, `dev` adds what tests and checks need. A stamp in `.venv` holds a fingerprint of the
pins, the Python and the folder, so that a second run installs nothing. Only the standard library is used, and only
what old Pythons have, since this file must be able to say that a Python is too old.

Exit status 0 when the environment stands, else 1 after one line that says what is missing and which command cures it.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
LOG = os.path.join(VENV, "setup.log")
OLDEST = (3, 11)
REQUIREMENTS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
PINS = ("requirements.txt", "requirements-dev.txt", "constraints.txt")
NEEDED_BYTES = 2 * 1000**3  # 1.2 GB installed, and room for pip to unpack

# uv installs four times as fast as pip, and does not read pip's settings: those below are handed over to it, and with
# any other setting, or when it fails, pip itself installs.
UV = "uv==0.13.9"
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "constraint": "UV_CONSTRAINT",
    "cert": "SSL_CERT_FILE",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
HARMLESS = {"disable-pip-version-check", "progress-bar", "retries", "no-color", "require-virtualenv", "user"}

# First match wins: pip reports a missing network as a missing version, so the network comes first.
CURES = (
    (r"No space left on device", "the disk is full. Free about 2 GB here, then run the same command again."),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "the package index's certificate is not trusted. Run: apt-get install -y ca-certificates, "
        "or name your own with PIP_CERT=/path/to/ca.pem",
    ),
    (
        r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|name resolution|Network is unreachable",
        "the package index cannot be reached. Check the network and pip's own settings (pip config list), then run "
        "the same command again: what was downloaded is kept.",
    ),
    (
        r"No matching distribution found for (?P<what>\S+)",
        "the index has no {what} for this Python. Use CPython 3.11 on Linux, or another index in pip's own settings.",
    ),
    (r"Permission denied: '(?P<what>[^']+)'", "{what} may not be written. Run: chown -R $USER .venv"),
)


class SetupError(Exception):
    """What is missing and the command that cures it, in one line."""


def apt(packages):
    """The command that installs Debian packages, as this user would have to type it."""
    return ("" if os.geteuid() == 0 else "sudo ") + "apt-get install -y " + packages


def require_python():
    """Refuse a Python that is too old, or one without venv."""
    if sys.version_info < OLDEST:
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old, 3.11 or newer is needed. Run: {apt('python3 python3-venv')}, "
            "or name another one: make setup PYTHON=/path/to/python3.12"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise SetupError("Python's venv module is missing. Run: " + apt("python3-venv")) from None


def require_space():
    """Refuse to start an installation that cannot end."""
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"{free / 1e9:.1f} GB are free under {ROOT}, about 2 GB are needed. Free some, or clone onto another disk."
        )


def fingerprint(level):
    """Hash of all that decides what is in `.venv`: scripts in it hold absolute paths, so the folder counts too."""
    digest = hashlib.sha256(f"{level} {ROOT} {sys.version_info[:2]}".encode())
    for name in PINS:
        with open(os.path.join(ROOT, name), "rb") as pins:
            digest.update(pins.read())
    return digest.hexdigest()


def stamp_path(level):
    """The file that says: this level is installed."""
    return os.path.join(VENV, "." + level + ".stamp")


def is_current(level):
    """Whether the stamp fits and the environment's Python still starts (its base may have been removed)."""
    try:
        with open(stamp_path(level)) as stamp:
            return stamp.read() == fingerprint(level) and python_works()
    except OSError:
        return False


def python_works():
    """Whether `.venv` holds a Python that starts, is new enough, and was made in this folder."""
    ask = f"import sys; print(sys.version_info[:2] == {tuple(sys.version_info[:2])} and sys.prefix)"
    try:
        answer = subprocess.run([VENV_PYTHON, "-c", ask], capture_output=True, text=True)
    except OSError:
        return False
    if answer.stdout.strip() != VENV:
        return False
    pip = os.path.join(VENV, "bin", "pip")
    try:
        with open(pip) as script:
            return VENV in script.readline()
    except OSError:
        return False


def make_venv():
    """A fresh `.venv`, unless a good one stands."""
    if python_works():
        return
    require_space()
    print("Making the virtual environment .venv ...", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode:
        raise SetupError(diagnosis(made.stdout + made.stderr) or "venv failed: " + last_line(made.stdout + made.stderr))


def install(level):
    """Install one level's requirements, with uv where it would do as pip does, else with pip."""
    print("Installing the pinned packages (about 1 GB on disk, up to two minutes) ...", flush=True)
    wanted = ["-r", REQUIREMENTS[level], "-c", "constraints.txt"]
    if install_with_uv(wanted):
        return
    command = [VENV_PYTHON, "-m", "pip", "install", "--no-user", "--disable-pip-version-check", "--progress-bar=off"]
    with (
        open(LOG, "w") as log,
        subprocess.Popen(
            command + wanted, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as pip,
    ):
        for line in pip.stdout:
            log.write(line)
            show(line)
    show_end()
    if pip.returncode:
        with open(LOG, errors="replace") as log:
            text = log.read()
        raise SetupError((diagnosis(text) or "pip failed: " + last_line(text)) + " (pip's words: .venv/setup.log)")


def install_with_uv(wanted):
    """Whether uv installed all; False, and nothing is lost, whenever it could not."""
    environment = uv_environment(pip_settings())
    if environment is None:
        return False
    get_uv = [VENV_PYTHON, "-m", "pip", "install", "--no-user", "--disable-pip-version-check", "-q", UV]
    if subprocess.run(get_uv, cwd=ROOT, capture_output=True).returncode:
        return False
    command = [os.path.join(VENV, "bin", "uv"), "pip", "install", "--python", VENV_PYTHON] + wanted
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode == 0


def pip_settings():
    """pip's settings, files and environment together: name -> value."""
    listed = subprocess.run([VENV_PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    found = {}
    for line in sorted(listed.splitlines()):  # ":env:." sorts before "global." and "install.", but must win
        name, _, value = line.partition("=")
        found.setdefault(name.replace(":env:", "").rpartition(".")[2], value.strip("'\""))
    return found


def uv_environment(settings):
    """The environment in which uv does what pip would with these settings, or None when that is not known."""
    environment = dict(os.environ, UV_INDEX_STRATEGY="unsafe-best-match")
    for name, value in settings.items():
        if name in UV_NAMES:
            environment[UV_NAMES[name]] = value
        elif name not in HARMLESS:
            return None
    return environment


def show(line):
    """One line of pip as progress, on a terminal only."""
    if sys.stdout.isatty():
        found = re.match(r"\s*(Collecting \S+|Installing collected packages)", line)
        if found:
            print("\r\033[K  " + found.group(1), end="", flush=True)


def show_end():
    """Clear the progress line."""
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)


def diagnosis(text):
    """The cure for what pip says, or an empty string when its words are not known here."""
    for pattern, cure in CURES:
        found = re.search(pattern, text)
        if found:
            return "Packages were not installed: " + cure.format(**found.groupdict())
    return ""


def last_line(text):
    """The last line that says something, pip's own ERROR lines first."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["no output"])[-1]


@contextlib.contextmanager
def only_one():
    """Two `make` at the same moment: the second waits for the first."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def setup(level):
    """Bring `.venv` to `level`; a no-op when it stands."""
    require_python()
    if is_current(level):
        return
    with only_one():
        if is_current(level):
            return
        make_venv()
        install(level)
        for done in ("run", "dev") if level == "dev" else ("run",):
            with open(stamp_path(done), "w") as stamp:
                stamp.write(fingerprint(done))
    print("The environment is ready: .venv", flush=True)


def main(arguments):
    """Exit status: 0 ready, 1 something is missing, 2 wrong usage, 130 interrupted."""
    if len(arguments) != 1 or arguments[0] not in REQUIREMENTS:
        print("usage: python3 scripts/setup.py run|dev", file=sys.stderr)
        return 2
    try:
        setup(arguments[0])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"{ROOT} cannot be written: {error.strerror}. Make the folder writable for this user.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the next run goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
