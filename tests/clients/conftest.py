"""A fresh endpoint for each run of a client's checks, and the lines from which `make clients` prints its table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import limits, tools
from tests.localaws.conftest import EndpointProcess

REPORT = os.environ.get("CLIENTS_REPORT")


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointProcess]:
    """An endpoint in a region that AWS has not, with a bucket `lake`."""
    process = EndpointProcess(tmp_path_factory.mktemp("clients"), "--region", tools.REGION)
    process.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": tools.REGION})
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="module")
def led(endpoint: EndpointProcess) -> Iterator[EndpointProcess]:
    """The endpoint, for clients in this process: the settings are in the environment while the module's tests run."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in tools.settings(endpoint).items():
            if name != "AWS_PROFILE":  # the endpoint's own sessions would look for it too
                patch.setenv(name, value)
        for name, value in endpoint.root_key().items():
            patch.setenv(name.upper(), value)
        yield endpoint


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Outside of `make clients` the clients' slow checks are left out."""
    for item in items:
        if tools.HOME is None and item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="part of the long suite: make clients"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """One line for each check: which client, what (the test's name), how it ended."""
    report: Any = yield
    module = getattr(item, "module", None)
    over = report.when == "call" or report.outcome != "passed"
    if REPORT and over and hasattr(module, "CLIENT"):
        outcome = "works" if report.passed else "not run" if report.skipped else "FAILS"
        if report.passed and limits.met:
            outcome = "can't"
        callspec = getattr(item, "callspec", None)
        which = f" {callspec.id}" if callspec else ""
        name = getattr(item, "originalname", item.name).removeprefix("test_").replace("_", " ")
        why = "; ".join(limit.why for limit in limits.met) if report.passed else str(report.longrepr or "")[-400:]
        line = {"client": module.CLIENT, "check": f"{name}{which}", "outcome": outcome, "why": why}
        with Path(REPORT).open("a") as file:
            file.write(json.dumps(line) + "\n")
    if report.when == "teardown":
        limits.met.clear()
    return report
