"""A fixed slice of the Lake Formation conformance suite; `make conformance` replays all of it.

Every case starts the endpoint on a copy of its fixture's state folder, so each one also shows that grants, tags and
data survive a restart. Two run at a time.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conformance import lf_runner

SUITE = json.loads((Path(lf_runner.__file__).parent / "lf_cases.json").read_text())
CASES = {case["id"]: case for case in SUITE["cases"]}
SERVE = f"{shlex.quote(sys.executable)} -m mesh_core.localaws --port 0 --data-dir {{data_dir}}"
SLICE = {
    *("inh-06", "exp-06", "exp-14", "exp-21", "uni-05", "uni-16", "col-05", "col-13", "row-02", "row-07", "row-23"),
    *("row-32", "des-09", "des-11", "view-03", "view-06", "ctas-03", "ins-02", "loc-01", "adm-02", "iap-04", "iap-08"),
    *("ddl-03", "bad-33", "del-07"),
}
Verdicts = dict[str, str | None]


class QuietEndpoint(lf_runner.Endpoint):  # type: ignore[misc]
    """The runner's endpoint, closed down to its last pipe and socket: here a leak is an error."""

    def close(self) -> None:
        super().close()
        self.process.stdout.close()
        for client in self.clients.values():
            client.close()


@pytest.fixture(scope="module")
def verdicts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str | None]]:
    """What differs from the expectation, for every case that was selected; None where nothing does."""
    calls = [item.callspec for item in request.session.items if isinstance(item, pytest.Function) and has_case(item)]
    chosen = [CASES[call.params["name"]] for call in calls]
    home = tmp_path_factory.mktemp("lf-cases")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(lf_runner, "Endpoint", QuietEndpoint)
        names = sorted({case["fixture"] for case in chosen})
        built = pool.map(lambda name: lf_runner.build_fixture(SUITE, name, SERVE, home / "fixtures"), names)
        folders = dict(zip(names, built, strict=True))
        found = pool.map(lambda case: lf_runner.run_case(case, SUITE, folders[case["fixture"]], SERVE, home), chosen)
        yield dict(zip((case["id"] for case in chosen), found, strict=True))


def has_case(item: pytest.Function) -> bool:
    return item.originalname == test_conformance_case.__name__


@pytest.mark.timeout(600)  # the first one waits for all of them
@pytest.mark.parametrize("name", sorted(SLICE))
def test_conformance_case(name: str, verdicts: Verdicts) -> None:
    assert verdicts[name] is None, CASES[name]["title"]


def test_the_slice_has_cases_of_every_kind() -> None:
    assert {name.partition("-")[0] for name in CASES} == {name.partition("-")[0] for name in SLICE}
