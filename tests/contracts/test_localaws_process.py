"""The portal owns its endpoint: started once for a folder, shared, and gone with its owner."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from mesh_core.errors import EndpointError, EndpointStateError
from mesh_core.gateways.localaws_process import LocalEndpoint, attached

ROOT = Path(__file__).parents[2]
OWNER = """
import sys, time
from pathlib import Path
from mesh_core.gateways.localaws_process import LocalEndpoint
print(LocalEndpoint.open(Path(sys.argv[1])).endpoint.pid, flush=True)
time.sleep(600)
"""


def eventually(condition: Callable[[], bool], within_s: float = 20) -> bool:
    deadline_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.02)
    return True


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A killed process whose new parent has not read its status yet is gone all the same.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    folder = tmp_path_factory.mktemp("shared") / "mesh" / "localaws"
    with LocalEndpoint.open(folder, region="eu-central-1", account_id="123456789012") as endpoint:
        yield endpoint


def folder_of(local: LocalEndpoint) -> Path:
    return local.endpoint.credentials_file.parent


def test_an_endpoint_started_here_answers_to_the_root_key(running: LocalEndpoint) -> None:
    at = running.endpoint
    assert running.owned and (at.region, at.account_id) == ("eu-central-1", "123456789012")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(at.credentials_file)
    sts = boto3.Session(profile_name="root", region_name=at.region).client("sts", endpoint_url=at.url)
    assert sts.get_caller_identity()["Account"] == "123456789012"


def test_a_second_user_of_the_folder_attaches_and_leaves_it_running(running: LocalEndpoint) -> None:
    with LocalEndpoint.open(folder_of(running)) as second:
        assert not second.owned and second.endpoint == running.endpoint
    assert attached(folder_of(running)) == running.endpoint


def test_an_endpoint_that_runs_is_kept_by_ensure(running: LocalEndpoint) -> None:
    assert running.ensure() is running.endpoint


def test_a_copy_of_the_folder_is_not_taken_for_the_original(running: LocalEndpoint, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder_of(running), copy)
    assert attached(copy) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"pid": 2**22 + 1}, id="its process is dead"),
        pytest.param({"endpoint": "http://127.0.0.1:1"}, id="nobody answers there"),
        pytest.param({"account_id": "999999999999"}, id="another account answers there"),
        pytest.param({"pid": None}, id="it is damaged"),
    ],
)
def test_an_announcement_is_believed_only_when_its_endpoint_answers(
    running: LocalEndpoint, tmp_path: Path, change: dict[str, object]
) -> None:
    shutil.copy(running.endpoint.credentials_file, tmp_path)
    ready = json.loads((folder_of(running) / "endpoint.json").read_text())
    ready["credentials_file"] = str(tmp_path / "credentials")
    (tmp_path / "endpoint.json").write_text(json.dumps(ready))
    assert attached(tmp_path) is not None
    (tmp_path / "endpoint.json").write_text(json.dumps({**ready, **change}))
    assert attached(tmp_path) is None


def test_a_folder_whose_endpoint_hides_is_refused_as_locked(running: LocalEndpoint, tmp_path: Path) -> None:
    announcement, kept = folder_of(running) / "endpoint.json", tmp_path / "kept"
    announcement.rename(kept)
    try:
        with pytest.raises(EndpointStateError, match="Another endpoint is running"):
            LocalEndpoint.open(folder_of(running), timeout_s=3)
    finally:
        kept.rename(announcement)


def test_a_mesh_made_for_another_account_is_refused_and_its_own_is_remembered(tmp_path: Path) -> None:
    with LocalEndpoint.open(tmp_path / "localaws", account_id="123456789012") as first:
        pid = first.endpoint.pid
    assert is_gone(pid) and attached(tmp_path / "localaws") is None
    with pytest.raises(EndpointStateError, match="was made for account 123456789012, not 999999999999"):
        LocalEndpoint.open(tmp_path / "localaws", account_id="999999999999")
    with LocalEndpoint.open(tmp_path / "localaws") as again:
        assert again.endpoint.account_id == "123456789012"


def test_two_starters_at_the_same_moment_share_one_endpoint(tmp_path: Path) -> None:
    opened: list[LocalEndpoint] = []
    barrier = threading.Barrier(2)

    def start() -> None:
        barrier.wait()
        opened.append(LocalEndpoint.open(tmp_path / "localaws"))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert opened[0].endpoint == opened[1].endpoint
        assert sorted(local.owned for local in opened) == [False, True]
    finally:
        for local in opened:
            local.close()


def test_the_endpoint_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path / "localaws")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    assert eventually(lambda: is_gone(pid))


def test_an_endpoint_that_died_comes_back_at_its_address_with_its_state(tmp_path: Path) -> None:
    with LocalEndpoint.open(tmp_path / "localaws") as local:
        before, keys = local.endpoint, local.endpoint.credentials_file.read_text()
        os.kill(before.pid, signal.SIGKILL)
        assert eventually(lambda: local.ensure().pid != before.pid)
        assert local.endpoint.url == before.url and local.endpoint.credentials_file.read_text() == keys


def test_a_damaged_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with LocalEndpoint.open(tmp_path / "localaws") as local:
        folder = folder_of(local)
    (database,) = folder.glob("*.sqlite")
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(EndpointStateError) as refused:
        LocalEndpoint.open(folder)
    assert str(database) in str(refused.value) or str(folder) in str(refused.value)
    assert database.read_bytes() == b"no database" * 1000


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EndpointStateError, match=f"Port {port}"):
            LocalEndpoint.open(tmp_path / "localaws", port=port)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EndpointStateError, match="No endpoint was started"):
        LocalEndpoint.open(tmp_path / "file" / "localaws")


def test_an_endpoint_that_is_not_ready_in_time_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(EndpointError, match=r"did not answer within 0\.01 s"):
        LocalEndpoint.open(tmp_path / "localaws", timeout_s=0.01)


def test_an_endpoint_that_breaks_says_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'ImportError: no engine' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(EndpointError, match=r"\(status 3\)\. ImportError: no engine"):
        LocalEndpoint.open(tmp_path / "localaws")
