"""Starting, refusing to start, and ending: what the outside may rely on."""

from __future__ import annotations

import configparser
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mesh_core.localaws import folder
from mesh_core.localaws.folder import Folder, FolderError
from tests.localaws.conftest import EndpointProcess, scrubbed_environment

ROOT = Path(__file__).parents[2]


def refused(state: Path, *arguments: str) -> str:
    """What a start that must fail says; it must be one line, without a trace."""
    command = [sys.executable, "-m", "mesh_core.localaws", "--data-dir", str(state), *arguments]
    ended = subprocess.run(
        command, input=b"", capture_output=True, env=scrubbed_environment(), cwd=ROOT, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == b""
    text = ended.stderr.decode()
    assert text.count("\n") == 1 and text.startswith("localaws: ")
    return text


def test_the_ready_line_says_all_that_a_client_needs(own_endpoint: EndpointProcess) -> None:
    ready = own_endpoint.ready
    assert set(ready) == {"endpoint", "region", "account_id", "credentials_file"}
    assert ready["endpoint"].startswith("http://127.0.0.1:")
    assert (ready["region"], ready["account_id"]) == ("us-east-1", "000000000000")
    assert own_endpoint.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_the_credentials_are_private_random_and_kept(own_endpoint: EndpointProcess, tmp_path: Path) -> None:
    file = Path(own_endpoint.ready["credentials_file"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((file.parent / "state.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = file.read_text()
    own_endpoint.restart()
    assert file.read_text() == before
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(file)
    other = EndpointProcess(tmp_path / "other")
    assert other.root_key()["aws_secret_access_key"] != ini["root"]["aws_secret_access_key"]
    other.stop()


def test_endpoint_json_is_there_while_it_answers_and_only_then(own_endpoint: EndpointProcess) -> None:
    file = own_endpoint.folder / "endpoint.json"
    assert json.loads(file.read_text()) == own_endpoint.ready | {"pid": own_endpoint.process.pid}
    assert own_endpoint.stop() == 0
    assert not file.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(own_endpoint: EndpointProcess, number: signal.Signals) -> None:
    own_endpoint.client("sts").get_caller_identity()
    own_endpoint.process.send_signal(number)
    assert own_endpoint.process.wait(15) == 0
    own_endpoint.stop()
    assert not (own_endpoint.folder / "endpoint.json").exists()


def test_a_signal_at_the_moment_of_its_announcement_leaves_none(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = [sys.executable, "-m", "mesh_core.localaws", "--data-dir", str(state), "--detach"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=scrubbed_environment(), cwd=ROOT) as process:
        while not (state / "endpoint.json").exists():
            assert process.poll() is None
        process.terminate()
        assert process.wait(30) == 0
    assert not (state / "endpoint.json").exists()


def test_detached_it_outlives_its_stdin(tmp_path: Path) -> None:
    process = EndpointProcess(tmp_path / "state", "--detach")
    assert process.process.stdin is not None
    process.process.stdin.close()
    assert process.client("sts").get_caller_identity()
    process.process.terminate()
    assert process.stop() == 0


def test_a_second_process_on_the_folder_is_refused(own_endpoint: EndpointProcess) -> None:
    text = refused(own_endpoint.folder)
    assert "Another endpoint is running" in text and str(own_endpoint.process.pid) in text
    assert own_endpoint.client("sts").get_caller_identity()


def test_a_killed_process_leaves_nothing_in_the_way(own_endpoint: EndpointProcess) -> None:
    own_endpoint.make_role("survivor")
    own_endpoint.kill()
    own_endpoint.start()
    assert own_endpoint.client("iam").get_role(RoleName="survivor")


def test_account_and_region_are_remembered(tmp_path: Path) -> None:
    process = EndpointProcess(tmp_path / "state", "--account-id", "123456789012", "--region", "eu-central-1")
    process.stop()
    again = EndpointProcess(tmp_path / "state")
    assert (again.account_id, again.region) == ("123456789012", "eu-central-1")
    assert again.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"
    again.stop()
    assert "made for account 123456789012" in refused(tmp_path / "state", "--account-id", "210987654321")
    assert "made for region eu-central-1" in refused(tmp_path / "state", "--region", "us-west-2")


def test_a_copied_folder_works_elsewhere(own_endpoint: EndpointProcess, tmp_path: Path) -> None:
    s3 = own_endpoint.client("s3")
    s3.create_bucket(Bucket="moved")
    s3.put_object(Bucket="moved", Key="k", Body=b"still here")
    own_endpoint.make_role("moved")
    own_endpoint.stop()
    own_endpoint.folder.rename(tmp_path / "elsewhere")
    moved = EndpointProcess(tmp_path / "elsewhere")
    assert moved.client("s3", "moved").get_object(Bucket="moved", Key="k")["Body"].read() == b"still here"
    moved.stop()


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} of 127.0.0.1 can't be used" in refused(tmp_path / "state", "--port", port)


def test_a_damaged_state_file_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"this is no database" * 100)
    text = refused(tmp_path)
    assert "not a readable state file" in text and "Nothing was changed" in text
    assert (tmp_path / "state.sqlite").read_bytes() == b"this is no database" * 100


def test_a_half_overwritten_state_file_is_said(own_endpoint: EndpointProcess) -> None:
    own_endpoint.make_role("lost")
    own_endpoint.stop()
    file = own_endpoint.folder / "state.sqlite"
    data = bytearray(file.read_bytes())
    data[4096 : len(data) - 4096] = b"\xff" * (len(data) - 8192)
    file.write_bytes(data)
    assert "malformed" in refused(own_endpoint.folder)


def test_a_newer_schema_is_said(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert "schema version 99" in refused(tmp_path)


def test_credentials_without_a_root_are_said(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[somebody]\n")
    assert "holds no profile 'root'" in refused(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "can't be written" in refused(tmp_path / "file")
    assert "can't be written" in refused(tmp_path / "file" / "below")


@pytest.mark.parametrize(
    ("argument", "value"), [("--account-id", "42"), ("--region", "moon"), ("--port", "70000"), ("--port", "http")]
)
def test_a_wrong_argument_is_said_before_anything_is_made(tmp_path: Path, argument: str, value: str) -> None:
    command = [sys.executable, "-m", "mesh_core.localaws", "--data-dir", str(tmp_path / "state"), argument, value]
    ended = subprocess.run(command, capture_output=True, env=scrubbed_environment(), cwd=ROOT, check=False)
    assert ended.returncode == 2
    assert value.encode() in ended.stderr
    assert not (tmp_path / "state").exists()


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(FolderError, match="1000 bytes left"):
        Folder(tmp_path / "state")


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(FolderError, match="Permission denied"):
        Folder(tmp_path / "state")


def test_the_lock_is_the_kernels_and_goes_with_the_process(tmp_path: Path) -> None:
    held = Folder(tmp_path)
    with pytest.raises(FolderError, match="Another endpoint"):
        Folder(tmp_path)
    held.release()
    Folder(tmp_path).release()


def test_the_engines_are_not_loaded_before_the_first_answer() -> None:
    code = (
        "import sys, mesh_core.localaws.server; print([m for m in ('duckdb', 'sqlglot', 'pandas') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, env=os.environ, check=True)
    assert found.stdout.strip() == b"[]"
