"""Multipart uploads: fed with parts in any order, completed to one object or aborted; all of it survives a crash."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import BinaryIO

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3 import index
from mesh_core.localaws.s3.checksums import Announced, Digests, composite, composite_etag
from mesh_core.localaws.s3.errors import bad_digest, invalid_argument, invalid_request
from mesh_core.localaws.s3.files import LostFileError, ObjectFiles
from mesh_core.localaws.s3.names import check_key
from mesh_core.localaws.s3.records import Details, Part, PartDetail, Upload, Version, from_epoch, to_upload
from mesh_core.localaws.s3.versions import Condition, Staged, Target, Versions, lost_bytes
from mesh_core.localaws.store import Store

PART_LIMIT = 10_000
SMALLEST_PART_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class PartClaim:
    """A part as CompleteMultipartUpload lists it: number, ETag without quotes, checksums by algorithm."""

    number: int
    etag: str
    checksums: dict[str, str]


class Uploads:
    """Every method raises AwsError NoSuchBucket, and NoSuchUpload for an upload that is not under way."""

    def __init__(self, store: Store, files: ObjectFiles, versions: Versions, now: Callable[[], datetime]) -> None:
        self._store, self._files, self._versions, self._now = store, files, versions, now

    def begin(self, target: Target) -> Upload:
        """Start an upload; the target's `details.checksums` names the algorithm, its condition is not kept."""
        check_key(target.key)
        upload_id = uuid.uuid4().hex + uuid.uuid4().hex
        row = (
            *(upload_id, target.bucket, target.key, self._seconds()),
            *(target.details.to_json(), json.dumps(dict(target.tags))),
        )
        with self._store.write() as db:
            index.bucket(db, target.bucket)
            db.execute("INSERT INTO s3_upload VALUES (?, ?, ?, ?, ?, ?)", row)
        return self.get(target.bucket, target.key, upload_id)

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """An upload under way."""
        with self._store.read() as db:
            return index.upload(db, bucket, key, upload_id)

    def put_part(self, upload: Upload, number: int, source: BinaryIO, announced: Announced) -> Part:
        """Store a part, in place of an earlier one of that number. AwsError BadDigest, InvalidArgument."""
        if not 1 <= number <= PART_LIMIT:
            raise invalid_argument(
                f"Part number must be an integer between 1 and {PART_LIMIT}, inclusive", "partNumber", str(number)
            )
        wanted = {*announced.checksums} | ({upload.algorithm} if upload.algorithm else set())
        digests = Digests(wanted)
        file = self._files.write(source, digests)
        try:
            announced.verify(digests)
            part = Part(number, file, digests.size_bytes, digests.md5, from_epoch(self._seconds()), digests.values())
            self._keep_part(upload, part)
        except BaseException:
            self._files.discard([file])
            raise
        return part

    def _keep_part(self, upload: Upload, part: Part) -> None:
        with self._store.write() as db:
            index.upload(db, upload.bucket, upload.key, upload.upload_id)
            old = db.execute(
                "DELETE FROM s3_part WHERE upload_id = ? AND number = ? RETURNING file", (upload.upload_id, part.number)
            ).fetchall()
            db.execute(
                "INSERT INTO s3_part VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(upload.upload_id, part.number, part.file, part.size_bytes, part.etag),
                    *(int(part.last_modified.timestamp()), json.dumps(dict(part.checksums))),
                ),
            )
            self._store.after_commit(partial(self._files.discard, [row["file"] for row in old]))

    def parts(self, upload: Upload) -> list[Part]:
        """An upload's parts, by number."""
        with self._store.read() as db:
            return index.parts(db, upload.upload_id)

    def complete(self, upload: Upload, claims: Sequence[PartClaim], condition: Condition, whole: Announced) -> Version:
        """Join the claimed parts to an object; the other parts go.

        AwsError InvalidPart, InvalidPartOrder, EntityTooSmall, BadDigest, PreconditionFailed; the upload then goes on.
        """
        with self._files.reading():
            chosen = _choose(claims, {part.number: part for part in self.parts(upload)})
            self._require_whole(upload, chosen)
            algorithms = _whole_algorithms(upload, whole)
            digests = Digests(algorithms)
            alone = len(chosen) == 1
            file = self._files.link(chosen[0].file) if alone else self._files.join([part.file for part in chosen])
        try:
            if algorithms:
                self._files.count(file, digests)
            details = _details(upload, chosen, digests, whole)
        except BaseException:
            self._files.discard([file])
            raise
        target = Target(upload.bucket, upload.key, details, upload.tags, condition)
        etag = composite_etag(part.etag for part in chosen)
        size_bytes = sum(part.size_bytes for part in chosen)
        return self._versions.commit(Staged(target, file, size_bytes, etag), finish_upload=upload.upload_id)

    def _require_whole(self, upload: Upload, parts: Sequence[Part]) -> None:
        try:
            for part in parts:
                self._files.require(part.file, part.size_bytes)
        except LostFileError as error:
            raise lost_bytes(upload.bucket, upload.key, error) from error

    def abort(self, upload: Upload) -> None:
        """Forget an upload and its parts."""
        with self._store.write() as db:
            files = index.end_upload(db, upload.upload_id)
            self._store.after_commit(partial(self._files.discard, files))

    def all(self, bucket: str) -> list[Upload]:
        """The uploads under way in a bucket, by key, then by when they began."""
        with self._store.read() as db:
            index.bucket(db, bucket)
            sql = "SELECT * FROM s3_upload WHERE bucket = ? ORDER BY key, begun_s, upload_id"
            return [to_upload(row) for row in db.execute(sql, (bucket,))]

    def _seconds(self) -> int:
        return int(self._now().timestamp())


def _choose(claims: Sequence[PartClaim], found: dict[int, Part]) -> list[Part]:
    if not claims:
        raise invalid_request("You must specify at least one part")
    if any(later.number <= earlier.number for earlier, later in zip(claims, claims[1:], strict=False)):
        raise AwsError(
            "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number."
        )
    for claim in claims:
        part = found.get(claim.number)
        if part is None or part.etag != claim.etag or not claim.checksums.items() <= part.checksums.items():
            raise AwsError(
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the "
                "specified entity tag may not match the part's entity tag.",
                PartNumber=claim.number,
            )
    chosen = [found[claim.number] for claim in claims]
    for part in chosen[:-1]:
        if part.size_bytes < SMALLEST_PART_BYTES:
            raise AwsError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=part.size_bytes,
                MinSizeAllowed=SMALLEST_PART_BYTES,
                PartNumber=part.number,
            )
    return chosen


def _whole_algorithms(upload: Upload, whole: Announced) -> set[str]:
    """The checksums to compute over the joined bytes: a composite one comes from the parts'."""
    if upload.details.checksum_type == "COMPOSITE":
        return set()
    return {*whole.checksums} | ({upload.algorithm} if upload.algorithm else set())


def _details(upload: Upload, chosen: list[Part], digests: Digests, whole: Announced) -> Details:
    checksums = digests.values()
    if upload.algorithm and upload.details.checksum_type == "COMPOSITE":
        name = upload.algorithm
        checksums = {name: composite(name, (part.checksums[name] for part in chosen))}
    for name, value in whole.checksums.items():
        # A client may give a composite checksum without its "-N".
        if name not in checksums or value not in (checksums[name], checksums[name].partition("-")[0]):
            raise bad_digest(name.upper())
    parts = tuple(PartDetail(part.size_bytes, part.checksums) for part in chosen)
    return replace(upload.details, checksums=checksums, parts=parts)
