"""pytest fixtures over the local AWS endpoint: `pytest_plugins = ["localaws_pytest"]` in your conftest.py.

`localaws` is one endpoint for the whole run, `fresh_localaws` a new one for one test. Nothing is left behind: an
endpoint ends with the test run, also when that one is killed, and its state lies in pytest's temporary folders. What
the objects can do: mesh_core/gateways/testing.py; examples: docs/localaws.md.

It is no part of mesh_core, because the product must not need pytest; it only starts processes and never imports the
endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_core.gateways.testing import LocalAws
from mesh_core.gateways.testing_personas import Persona

__all__ = ["LocalAws", "Persona"]


@pytest.fixture(scope="session")
def localaws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """One endpoint for all tests of a run (with xdist: of a worker): give what you make names of its own."""
    with LocalAws.start(tmp_path_factory.mktemp("localaws")) as aws:
        yield aws


@pytest.fixture
def fresh_localaws(tmp_path: Path) -> Iterator[LocalAws]:
    """An endpoint with nothing in it, for one test; starting it takes about a second."""
    with LocalAws.start(tmp_path / "localaws") as aws:
        yield aws


@pytest.fixture
def localaws_environment(localaws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """`localaws`, with AWS_* variables set so that boto3, awswrangler and child processes reach it as the root."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in localaws.environment().items():
        monkeypatch.setenv(name, value)
    return localaws
