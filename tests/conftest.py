"""For every test: no settings, credentials or files of the person at the machine; and a browser where there is one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import browser

# Before anything imports boto3 or reads settings, and so for session fixtures and started processes too.
# HOME is replaced because ~/.aws, ~/.streamlit and ~/.cache would be read, and written, otherwise.
_PLAYWRIGHT_CACHE = Path.home() / ".cache" / "ms-playwright"
KEPT = {"MESH_CASES", "MESH_CHROMIUM", "MESH_EXAMPLES", "MESH_TEST_REAL_AWS"}
FOREIGN = ("AWS_", "MESH_", "STREAMLIT_")


def scrub(environ: "os._Environ[str]", real_aws: bool) -> None:
    """Remove what could reach a real account or another mesh; AWS_* stay when a real account is asked for by name."""
    for name in list(environ):
        if name.startswith(FOREIGN) and name not in KEPT and not (real_aws and name.startswith("AWS_")):
            del environ[name]
    environ.pop("PORT", None)
    environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(_PLAYWRIGHT_CACHE))
    if not real_aws:
        environ["AWS_EC2_METADATA_DISABLED"] = "true"
        environ["AWS_CONFIG_FILE"] = environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


scrub(os.environ, real_aws=os.environ.get("MESH_TEST_REAL_AWS") == "1")


@pytest.fixture(scope="session", autouse=True)
def safe_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty HOME for the whole run (one for each worker)."""
    home = tmp_path_factory.mktemp("home")
    os.environ["HOME"] = str(home)
    return home


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """What a test leaves in the environment ends with the test."""
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium for Playwright's `executable_path`; tests that need it skip, with the reason, without one."""
    path = browser.find()
    if path is None:
        pytest.skip(browser.ADVICE)
    return path
