"""The store itself: what is kept, in which order, and what a crash or a refused write leaves behind."""

import io
import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.s3 import index
from mesh_core.localaws.s3.checksums import Announced
from mesh_core.localaws.s3.listing import Page, Query
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.s3.records import Details, Version
from mesh_core.localaws.s3.uploads import PartClaim
from mesh_core.localaws.s3.versions import Condition, Target
from mesh_core.localaws.store import Store

ANALYST = Caller(
    "000000000000",
    "arn:aws:sts::000000000000:assumed-role/analyst/s",
    "arn:aws:iam::000000000000:role/analyst",
    "ASIA",
)
MIB = 1024 * 1024


class World:
    """A store on a folder, with a clock that stands still and a list of what callers may not do."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.moment, self.denied = folder, datetime(2026, 11, 22, tzinfo=UTC), set[str]()
        self.open()

    def open(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.db = Store(self.folder)
        self.objects = ObjectStore(self.db, self.folder / "objects", lambda: self.moment, self._may)

    def _may(self, caller: Caller, action: str, bucket: str, key: str) -> bool:
        return action not in self.denied and f"{action} {key}" not in self.denied

    def bucket(self, name: str = "mesh", versioning: str = "") -> None:
        self.objects.buckets.create(name, "us-east-1")
        if versioning:
            self.objects.buckets.set_versioning(name, versioning)

    def put(self, key: str, data: bytes = b"x", bucket: str = "mesh", **target: object) -> Version:
        return self.objects.versions.put(Target(bucket, key, **target), data)  # type: ignore[arg-type]

    def files_on_disk(self) -> int:
        return sum(1 for path in (self.folder / "objects").rglob("*") if path.is_file())

    def keys(self, prefix: str = "", delimiter: str = "", **query: object) -> list[str]:
        return names(self.objects.versions.list_current(Query("mesh", prefix, delimiter, **query)))  # type: ignore[arg-type]


def names(page: Page) -> list[str]:
    return sorted([v.key for v in page.versions] + page.prefixes)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


def refused(code: str, action: Callable[[], object]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        action()
    assert caught.value.code == code
    return caught.value


def test_an_object_is_read_as_it_was_written_even_by_a_new_process(world: World) -> None:
    world.bucket()
    world.put("a", b"one", details=Details({"content-type": "text/csv"}, {"owner": "ann"}), tags={"k": "v"})
    world.open()
    found = world.objects.versions.find("mesh", "a")
    assert world.objects.get("mesh", "a") == b"one"
    assert (found.details.headers, found.details.metadata, found.tags) == (
        {"content-type": "text/csv"},
        {"owner": "ann"},
        {"k": "v"},
    )
    assert (found.size_bytes, found.etag, found.last_modified) == (
        3,
        "f97c5d29941bfb1b2fdab0874906ab82",
        world.moment,
    )


def test_a_copied_state_folder_works_elsewhere(world: World, tmp_path: Path) -> None:
    world.bucket()
    world.put("a", b"one")
    shutil.copytree(world.folder, tmp_path / "elsewhere")
    shutil.rmtree(world.folder)
    assert World(tmp_path / "elsewhere").objects.get("mesh", "a") == b"one"


BAD_NAMES = [
    "ab",
    "A-bucket",
    "with_underscore",
    "-first",
    "last-",
    "a..b",
    "192.168.1.1",
    "x" * 64,
    "xn--a",
    "a-s3alias",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bucket_name_that_aws_refuses_is_refused(world: World, name: str) -> None:
    refused("InvalidBucketName", lambda: world.objects.buckets.create(name, "us-east-1"))


@pytest.mark.parametrize("name", ["abc", "mesh-sales-000000000000-us-east-1", "a.b.c", "0ab", "x" * 63])
def test_a_bucket_name_that_aws_takes_is_taken(world: World, name: str) -> None:
    assert world.objects.buckets.create(name, "us-east-1")


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "a/b/c",
        "/leading",
        "a//b",
        ".",
        "../../etc/passwd",
        "ünï/😀",
        "a b+c%20&d=e",
        "x" * 1024,
        "\x00\x01",
        "tab\tnl\n",
    ],
)
def test_any_key_of_up_to_1024_bytes_is_kept(world: World, key: str) -> None:
    world.bucket()
    world.put(key, b"data")
    assert world.objects.get("mesh", key) == b"data"
    assert [f.key for f in world.objects.files("mesh", "")] == [key]


def test_a_key_longer_than_1024_bytes_is_refused_and_leaves_no_file(world: World) -> None:
    world.bucket()
    refused("KeyTooLongError", lambda: world.put("ü" * 513))
    refused("InvalidArgument", lambda: world.put("\ud800"))
    assert world.files_on_disk() == 0


def test_overwriting_and_deleting_remove_the_file_that_nobody_needs(world: World) -> None:
    world.bucket()
    world.put("a", b"one")
    world.put("a", b"two")
    assert (world.objects.get("mesh", "a"), world.files_on_disk()) == (b"two", 1)
    world.objects.delete("mesh", "a")
    assert world.files_on_disk() == 0
    refused("NoSuchKey", lambda: world.objects.get("mesh", "a"))


def test_a_file_stays_while_somebody_reads_and_goes_afterwards(world: World) -> None:
    world.bucket()
    world.put("a", b"one")
    with world.objects.reading():
        (file,) = world.objects.files("mesh", "")
        world.put("a", b"two")
        with world.objects.reading():
            world.objects.delete("mesh", "a")
        assert file.path.read_bytes() == b"one"
        assert world.files_on_disk() == 2
    assert world.files_on_disk() == 0


def test_an_open_stream_outlives_its_object(world: World) -> None:
    world.bucket()
    world.put("a", b"one")
    _, stream = world.objects.versions.open("mesh", "a")
    with stream:
        world.objects.delete("mesh", "a")
        assert stream.read() == b"one"


def test_a_file_is_moved_in_without_a_copy(world: World, tmp_path: Path) -> None:
    world.bucket()
    source = tmp_path / "result.csv"
    source.write_bytes(b"a,b\n")
    inode = source.stat().st_ino
    world.objects.put("mesh", "r.csv", source)
    (file,) = world.objects.files("mesh", "r")
    assert (file.path.stat().st_ino, source.exists(), file.size_bytes) == (inode, False, 4)


class Crash(BaseException):
    """The process dies here."""


def test_a_crash_between_file_and_index_leaves_nothing_half(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.bucket()
    world.put("a", b"old")

    def die(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(index, "add", die)
        broken.setattr(world.objects.versions._files, "discard", lambda _: None)
        with pytest.raises(Crash):
            world.put("a", b"new")
    assert world.files_on_disk() == 2
    world.open()
    assert (world.objects.get("mesh", "a"), world.files_on_disk()) == (b"old", 1)


def test_a_crash_after_the_index_but_before_the_old_file_goes_keeps_the_new_object(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.bucket()
    world.put("a", b"old")
    with monkeypatch.context() as broken:
        broken.setattr(world.objects.versions._files, "discard", lambda _: None)
        world.put("a", b"new")
    assert world.files_on_disk() == 2
    world.open()
    assert (world.objects.get("mesh", "a"), world.files_on_disk()) == (b"new", 1)


def test_a_full_disk_is_said_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.bucket()
    world.put("a", b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        error = refused("InsufficientStorage", lambda: world.put("a", b"new"))
    assert error.status == 507
    assert (world.objects.get("mesh", "a"), world.files_on_disk()) == (b"old", 1)


def test_a_commit_that_fails_is_undone_and_the_next_write_counts(world: World) -> None:
    world.bucket()
    with world.db.read() as db:
        connection = db

    def no_commit(action: int, what: str | None, *_: object) -> int:
        return sqlite3.SQLITE_DENY if (action, what) == (sqlite3.SQLITE_TRANSACTION, "COMMIT") else sqlite3.SQLITE_OK

    connection.set_authorizer(no_commit)
    with pytest.raises(sqlite3.DatabaseError), world.db.write() as db:
        db.execute("INSERT INTO s3_setting VALUES ('mesh', 'tagging', '')")
    connection.set_authorizer(None)
    world.put("a", b"new")
    world.open()
    assert (world.objects.get("mesh", "a"), world.objects.buckets.setting("mesh", "tagging")) == (b"new", None)


def test_bytes_that_are_not_those_announced_are_refused_and_dropped(world: World) -> None:
    world.bucket()
    for announced in (Announced(md5="0" * 32), Announced(checksums={"crc32": "AAAAAA=="})):
        put = world.objects.versions.put
        refused("BadDigest", lambda announced=announced, put=put: put(Target("mesh", "a"), b"x", announced))
    assert (world.files_on_disk(), world.keys()) == (0, [])


# --- versions


def test_a_versioned_bucket_keeps_what_was_overwritten_and_deleted(world: World) -> None:
    world.bucket(versioning="Enabled")
    first, second = world.put("a", b"one"), world.put("a", b"two")
    marker = world.objects.versions.delete("mesh", "a")
    assert marker.is_marker
    refused("NoSuchKey", lambda: world.objects.get("mesh", "a"))
    assert world.objects.files("mesh", "") == []
    page = world.objects.versions.list_versions(Query("mesh"), "", "")
    assert [(v.version_id, v.is_marker, v.is_current) for v in page.versions] == [
        (marker.version_id, True, True),
        (second.version_id, False, False),
        (first.version_id, False, False),
    ]


def test_removing_the_marker_brings_the_object_back(world: World) -> None:
    world.bucket(versioning="Enabled")
    world.put("a", b"one")
    marker = world.objects.versions.delete("mesh", "a")
    world.objects.versions.delete("mesh", "a", marker.version_id)
    assert world.objects.get("mesh", "a") == b"one"


def test_objects_from_before_versioning_are_the_null_version(world: World) -> None:
    world.bucket()
    world.put("a", b"before")
    world.objects.buckets.set_versioning("mesh", "Enabled")
    world.put("a", b"after")
    assert world.objects.versions.find("mesh", "a", "null").size_bytes == len(b"before")
    world.objects.buckets.set_versioning("mesh", "Suspended")
    world.put("a", b"suspended")
    assert world.objects.versions.find("mesh", "a", "null").size_bytes == len(b"suspended")
    assert len(world.objects.versions.list_versions(Query("mesh"), "", "").versions) == 2


def test_deleting_in_a_suspended_bucket_replaces_the_null_version_by_a_marker(world: World) -> None:
    world.bucket(versioning="Enabled")
    kept = world.put("a", b"kept")
    world.objects.buckets.set_versioning("mesh", "Suspended")
    world.put("a", b"null")
    assert world.objects.versions.delete("mesh", "a").version_id == "null"
    assert world.files_on_disk() == 1
    assert world.objects.versions.find("mesh", "a", kept.version_id).etag == kept.etag


def test_a_bucket_goes_only_when_no_version_marker_or_upload_is_left(world: World) -> None:
    world.bucket(versioning="Enabled")
    version = world.put("a")
    upload = world.objects.uploads.begin(Target("mesh", "big"))
    refused("BucketNotEmpty", lambda: world.objects.buckets.delete("mesh"))
    world.objects.versions.delete("mesh", "a", version.version_id)
    refused("BucketNotEmpty", lambda: world.objects.buckets.delete("mesh"))
    world.objects.uploads.abort(upload)
    world.objects.buckets.delete("mesh")
    refused("NoSuchBucket", lambda: world.put("a"))
    assert world.files_on_disk() == 0


# --- conditions

ETAG_X = "9dd4e461268c8034f5c8564e155c67a6"


@pytest.mark.parametrize(
    ("existing", "condition", "code"),
    [
        pytest.param(False, Condition(if_none_match=True), None, id="create what is not there"),
        pytest.param(True, Condition(if_none_match=True), "PreconditionFailed", id="create what is there"),
        pytest.param(True, Condition(if_match=ETAG_X), None, id="replace what was seen"),
        pytest.param(True, Condition(if_match="0" * 32), "PreconditionFailed", id="replace what has changed"),
        pytest.param(False, Condition(if_match=ETAG_X), "NoSuchKey", id="replace what is gone"),
    ],
)
def test_a_conditional_write_happens_only_when_its_condition_holds(
    world: World, existing: bool, condition: Condition, code: str | None
) -> None:
    world.bucket()
    if existing:
        world.put("a", b"x")
    if code is None:
        world.put("a", b"new", condition=condition)
        assert world.objects.get("mesh", "a") == b"new"
    else:
        refused(code, lambda: world.put("a", b"new", condition=condition))
    assert world.files_on_disk() == len(world.keys())


def test_a_delete_marker_counts_as_not_there(world: World) -> None:
    world.bucket(versioning="Enabled")
    world.put("a")
    world.objects.delete("mesh", "a")
    world.put("a", b"again", condition=Condition(if_none_match=True))


def test_of_many_who_create_the_same_key_one_wins(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    world.bucket()

    def create(number: int) -> bool:
        try:
            world.put("a", str(number).encode(), condition=Condition(if_none_match=True))
        except AwsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(32))) == 1
    assert world.files_on_disk() == 1


@pytest.mark.parametrize(("etag", "code"), [("*", None), (ETAG_X, None), ("0" * 32, "PreconditionFailed")])
def test_a_conditional_delete_needs_its_etag(world: World, etag: str, code: str | None) -> None:
    world.bucket()
    world.put("a", b"x")
    if code is None:
        world.objects.versions.delete("mesh", "a", if_match=etag)
        assert world.keys() == []
    else:
        refused(code, lambda: world.objects.versions.delete("mesh", "a", if_match=etag))
    refused("PreconditionFailed", lambda: world.objects.versions.delete("mesh", "none", if_match="*"))


# --- listings

TREE = ["a", "a/1", "a/2", "a/b/3", "b", "c/4", "z!", "z~", "ä", "😀"]


@pytest.mark.parametrize(
    ("prefix", "delimiter", "expected"),
    [
        ("", "", TREE),
        ("", "/", ["a", "a/", "b", "c/", "z!", "z~", "ä", "😀"]),
        ("a/", "/", ["a/1", "a/2", "a/b/"]),
        ("a", "", ["a", "a/1", "a/2", "a/b/3"]),
        ("z", "~", ["z!", "z~"]),
        ("", "b/", ["a", "a/1", "a/2", "a/b/", "b", "c/4", "z!", "z~", "ä", "😀"]),
        ("none", "/", []),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_pages_of_any_size_list_the_same_keys_and_prefixes(
    world: World, prefix: str, delimiter: str, expected: list[str], limit: int
) -> None:
    world.bucket()
    for key in TREE:
        world.put(key)
    query, seen, start = Query("mesh", prefix, delimiter, limit), list[str](), ""
    while start is not None:
        page = world.objects.versions.list_current(query, start)
        seen += names(page)
        last = page.last if page.last is None or isinstance(page.last, str) else page.last.key
        start = None if last is None else query.start_after(last)  # type: ignore[assignment]
    assert seen == expected


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_of_versions_list_each_once_even_when_the_marker_was_erased(world: World, limit: int) -> None:
    world.bucket(versioning="Enabled")
    written = [world.put(key).version_id for key in ("a", "b", "a", "c", "a", "b")]
    seen, key, version = list[str](), "", ""
    while True:
        page = world.objects.versions.list_versions(Query("mesh", limit=limit), key, version)
        seen += [v.version_id for v in page.versions]
        if page.last is None:
            break
        assert isinstance(page.last, Version)
        key, version = page.last.key, page.last.version_id
        world.objects.versions.delete("mesh", key, version)
    assert seen == [written[i] for i in (4, 2, 0, 5, 1, 3)]


def test_a_prefix_ends_where_the_next_character_begins() -> None:
    assert [index.after_prefix(p) for p in ("", "a", "a\U0010ffff", "\U0010ffff", "\ud7ff")] == [
        None,
        "b",
        "b",
        None,
        "\ue000",
    ]


# --- multipart


def upload_of(world: World, sizes: list[int], algorithm: str | None = None, kind: str = "COMPOSITE") -> tuple:
    details = Details(
        checksums={algorithm: ""} if algorithm else {}, checksum_type=kind if algorithm else "FULL_OBJECT"
    )
    upload = world.objects.uploads.begin(Target("mesh", "big", details))
    parts = [
        world.objects.uploads.put_part(upload, n, io.BytesIO(bytes([n]) * size), Announced())
        for n, size in enumerate(sizes, 1)
    ]
    return upload, [PartClaim(part.number, part.etag, {}) for part in parts]


def complete(world: World, upload: object, claims: list[PartClaim], condition: Condition | None = None) -> Version:
    return world.objects.uploads.complete(upload, claims, condition or Condition(), Announced())  # type: ignore[arg-type]


def test_parts_become_one_object_with_the_etag_of_its_parts(world: World) -> None:
    world.bucket()
    upload, claims = upload_of(world, [5 * MIB, 5 * MIB, 3])
    version = complete(world, upload, claims)
    assert version.etag.endswith("-3")
    assert world.objects.get("mesh", "big") == b"\x01" * 5 * MIB + b"\x02" * 5 * MIB + b"\x03" * 3
    assert [part.size_bytes for part in version.details.parts] == [5 * MIB, 5 * MIB, 3]
    assert world.files_on_disk() == 1
    refused("NoSuchUpload", lambda: world.objects.uploads.get("mesh", "big", upload.upload_id))


def test_an_upload_goes_on_after_a_restart(world: World) -> None:
    world.bucket()
    upload, claims = upload_of(world, [5 * MIB, 1])
    world.open()
    complete(world, world.objects.uploads.get("mesh", "big", upload.upload_id), claims)
    assert world.objects.versions.find("mesh", "big").size_bytes == 5 * MIB + 1


@pytest.mark.parametrize(
    ("sizes", "change", "code"),
    [
        ([1, 1], lambda claims: claims, "EntityTooSmall"),
        ([5 * MIB, 1], lambda claims: claims[::-1], "InvalidPartOrder"),
        ([5 * MIB, 1], lambda claims: [*claims, PartClaim(7, "0" * 32, {})], "InvalidPart"),
        ([1], lambda _: [PartClaim(1, "0" * 32, {})], "InvalidPart"),
        ([1], lambda claims: [PartClaim(1, claims[0].etag, {"crc32": "AAAAAA=="})], "InvalidPart"),
        ([1], lambda _: [], "InvalidRequest"),
    ],
)
def test_a_wrong_list_of_parts_is_refused_and_the_upload_stays(
    world: World, sizes: list[int], change: Callable[[list[PartClaim]], list[PartClaim]], code: str
) -> None:
    world.bucket()
    upload, claims = upload_of(world, sizes)
    refused(code, lambda: complete(world, upload, change(claims)))
    assert len(world.objects.uploads.parts(upload)) == world.files_on_disk() == len(sizes)


def test_a_part_sent_twice_counts_once_and_an_abort_removes_all(world: World) -> None:
    world.bucket()
    upload, _ = upload_of(world, [1])
    world.objects.uploads.put_part(upload, 1, io.BytesIO(b"again"), Announced())
    assert world.files_on_disk() == 1
    world.objects.uploads.abort(upload)
    assert world.files_on_disk() == 0
    refused("NoSuchUpload", lambda: world.objects.uploads.abort(upload))
    refused("NoSuchUpload", lambda: world.objects.uploads.put_part(upload, 1, io.BytesIO(b"x"), Announced()))
    assert world.files_on_disk() == 0


def test_completing_over_an_object_that_must_not_exist_is_refused(world: World) -> None:
    world.bucket()
    world.put("big", b"there")
    upload, claims = upload_of(world, [1])
    refused("PreconditionFailed", lambda: complete(world, upload, claims, Condition(if_none_match=True)))
    assert world.objects.get("mesh", "big") == b"there"


@pytest.mark.parametrize(
    ("algorithm", "kind", "expected"),
    # The parts are one zero... see `upload_of`: a byte of 1s, then a byte of 2s, once each.
    [("crc32", "FULL_OBJECT", None), ("crc32", "COMPOSITE", "-2"), ("sha256", "COMPOSITE", "-2")],
)
def test_the_checksum_of_parts_is_that_of_the_whole_or_of_the_parts(
    world: World, algorithm: str, kind: str, expected: str | None
) -> None:
    world.bucket()
    upload, claims = upload_of(world, [5 * MIB, 2], algorithm, kind)
    version = complete(world, upload, claims)
    value = version.details.checksums[algorithm]
    if expected is None:
        whole = world.objects.versions.put(
            Target("mesh", "whole", Details(checksums={algorithm: ""})), world.objects.get("mesh", "big")
        )
        assert value == whole.details.checksums[algorithm]
    else:
        assert value.endswith(expected)


# --- copies


def test_a_copy_needs_no_second_set_of_bytes_and_outlives_its_source(world: World) -> None:
    world.bucket()
    source = world.put("a", b"data")
    with world.objects.reading():
        copy = world.objects.versions.copy(source, Target("mesh", "b"))
    world.objects.delete("mesh", "a")
    assert (copy.etag, world.objects.get("mesh", "b")) == (source.etag, b"data")


def test_the_copy_of_a_multipart_object_has_the_plain_etag_of_its_bytes(world: World) -> None:
    world.bucket()
    upload, claims = upload_of(world, [5 * MIB, 1], "crc32")
    source = complete(world, upload, claims)
    copy = world.objects.versions.copy(source, Target("mesh", "b"))
    assert copy.etag == world.put("c", world.objects.get("mesh", "big")).etag
    assert copy.details.checksum_type == "FULL_OBJECT"


# --- permissions


@pytest.mark.parametrize(
    ("denied", "action", "code"),
    [
        ("s3:GetObject", lambda o: o.get("mesh", "a", ANALYST), "AccessDenied"),
        ("s3:PutObject", lambda o: o.put("mesh", "a", b"", ANALYST), "AccessDenied"),
        ("s3:DeleteObject", lambda o: o.delete("mesh", "a", ANALYST), "AccessDenied"),
        ("s3:ListBucket", lambda o: o.files("mesh", "", ANALYST), "AccessDenied"),
        ("s3:GetObject a", lambda o: o.files("mesh", "", ANALYST), "AccessDenied"),
        ("s3:GetObject b", lambda o: o.get("mesh", "a", ANALYST), None),
        ("s3:ListBucket", lambda o: o.get("mesh", "none", ANALYST), "AccessDenied"),
        ("", lambda o: o.get("mesh", "none", ANALYST), "NoSuchKey"),
        ("s3:GetObject", lambda o: o.get("nothing", "a", ANALYST), "NoSuchBucket"),
        ("s3:GetObject", lambda o: o.get("mesh", "a"), None),
    ],
)
def test_a_caller_does_what_policies_allow_and_the_endpoint_itself_everything(
    world: World, denied: str, action: Callable[[ObjectStore], object], code: str | None
) -> None:
    world.bucket()
    world.put("a")
    world.denied = {denied}
    if code is None:
        action(world.objects)
    else:
        refused(code, lambda: action(world.objects))


def test_the_root_can_always_mend_a_bucket_policy_but_not_read_past_it(world: World) -> None:
    root = Caller("000000000000", "arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:root", "AKIA")
    world.denied = {"s3:DeleteBucketPolicy", "s3:GetObject"}
    world.objects.require(root, "s3:DeleteBucketPolicy", "mesh")
    refused("AccessDenied", lambda: world.objects.require(root, "s3:GetObject", "mesh", "a"))
    refused("AccessDenied", lambda: world.objects.require(ANALYST, "s3:DeleteBucketPolicy", "mesh"))


def test_times_are_whole_seconds_as_s3_shows_them(world: World) -> None:
    world.bucket()
    world.moment += timedelta(milliseconds=700)
    assert world.put("a").last_modified == datetime(2026, 11, 22, tzinfo=UTC)
