"""SQLite's log after a crash that left it short, long or wrong: what was committed first is there, and nothing half."""

from __future__ import annotations

import bisect
import random
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mesh_core.localaws.iam.bridge import MotoIam
from mesh_core.localaws.migrations import DamagedStateError
from mesh_core.localaws.store import Store
from tests.localaws.test_iam_log import ACCOUNT, ALLOW, TRUST, form

CHANGES = 12
FRAME_BYTES = 24 + 4096
WAL_HEADER_BYTES = 32
DICE = random.Random(11)


def now() -> datetime:
    return datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class Crashed:
    """A folder as a power cut leaves it: twelve roles were made, each with a policy, and nothing folded into the file.

    `ends[n]` is the log's size in bytes when n of the 24 changes were on disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        store = Store(folder)
        iam = MotoIam(store, ACCOUNT, now)
        self.wal = folder / "state.sqlite-wal"
        self.ends = [self.wal.stat().st_size]
        for number in range(CHANGES):
            iam.run(form("CreateRole", RoleName=f"r{number:02d}", AssumeRolePolicyDocument=TRUST))
            self.ends.append(self.wal.stat().st_size)
            iam.run(form("PutRolePolicy", RoleName=f"r{number:02d}", PolicyName="p", PolicyDocument=ALLOW))
            self.ends.append(self.wal.stat().st_size)
        self.keep_open = store

    def with_log(self, target: Path, log: bytes) -> list[tuple[str, int]]:
        """(role, number of its policies) on a copy of the folder whose log was replaced."""
        target.mkdir()
        shutil.copy(self.folder / "state.sqlite", target)
        (target / "state.sqlite-wal").write_bytes(log)
        store = Store(target)
        with store.read() as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        roles = MotoIam(store, ACCOUNT, now).backend.roles.values()
        return sorted((role.name, len(role.policies)) for role in roles)

    def after(self, changes: int) -> list[tuple[str, int]]:
        """What there is after the first changes."""
        return [(f"r{number:02d}", int(2 * number + 1 < changes)) for number in range((changes + 1) // 2)]

    def whole_within(self, size_bytes: int) -> int:
        """How many changes lie wholly in that many bytes of the log."""
        return bisect.bisect_right(self.ends, size_bytes) - 1


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Crashed:
    return Crashed(tmp_path_factory.mktemp("crashed"))


def test_a_log_cut_off_anywhere_gives_the_changes_before_the_cut(crashed: Crashed, tmp_path: Path) -> None:
    log = crashed.wal.read_bytes()
    first, last = crashed.ends[0], crashed.ends[-1]
    cuts = [*(end + more for end in crashed.ends[::5] for more in (-1, 0, 1)), *DICE.sample(range(first, last), 8)]
    for number, cut in enumerate(sorted(cut for cut in cuts if cut >= first)):
        found = crashed.with_log(tmp_path / str(number), log[:cut])
        assert found == crashed.after(crashed.whole_within(cut)), f"cut at {cut}"


def test_rubbish_behind_the_log_is_not_taken_for_changes(crashed: Crashed, tmp_path: Path) -> None:
    log = crashed.wal.read_bytes()
    old_frames = log[WAL_HEADER_BYTES : WAL_HEADER_BYTES + 2 * FRAME_BYTES]
    for number, tail in enumerate((DICE.randbytes(5000), bytes(3 * FRAME_BYTES), old_frames)):
        assert crashed.with_log(tmp_path / str(number), log + tail) == crashed.after(2 * CHANGES)


def test_a_bit_that_turned_in_the_log_ends_it_there(crashed: Crashed, tmp_path: Path) -> None:
    for number in range(6):
        log = bytearray(crashed.wal.read_bytes())
        at = DICE.randrange(crashed.ends[0], crashed.ends[-1])
        log[at] ^= 1 << DICE.randrange(8)
        assert crashed.with_log(tmp_path / str(number), bytes(log)) == crashed.after(crashed.whole_within(at))


def test_a_change_after_the_cut_is_kept(crashed: Crashed, tmp_path: Path) -> None:
    crashed.with_log(tmp_path / "cut", crashed.wal.read_bytes()[: crashed.ends[5] + 100])
    MotoIam(Store(tmp_path / "cut"), ACCOUNT, now).run(form("CreateUser", UserName="later"))
    backend = MotoIam(Store(tmp_path / "cut"), ACCOUNT, now).backend
    assert [user.name for user in backend.users.values()] == ["later"] and len(backend.roles) == 3


def test_a_row_of_the_log_of_iam_that_was_tampered_with_is_damage(crashed: Crashed, tmp_path: Path) -> None:
    folder = tmp_path / "tampered"
    crashed.with_log(folder, crashed.wal.read_bytes())
    with sqlite3.connect(folder / "state.sqlite") as db:
        db.execute("UPDATE iam_change SET form = substr(form, 1, 20) WHERE number = 3")
    db.close()
    with pytest.raises(DamagedStateError, match="can't be replayed"):
        MotoIam(Store(folder), ACCOUNT, now)
