"""Multipart uploads over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import BinaryIO, cast
from xml.etree.ElementTree import Element

from mesh_core.localaws.http import Reply
from mesh_core.localaws.s3 import conditions, headers, xml
from mesh_core.localaws.s3.call import Call, whole_number
from mesh_core.localaws.s3.checksums import Announced, announced, check_algorithm
from mesh_core.localaws.s3.errors import invalid_argument, invalid_request, malformed_xml
from mesh_core.localaws.s3.listing_api import LIMIT, encoder
from mesh_core.localaws.s3.object_api import checksum_pairs, copyable, default_encryption
from mesh_core.localaws.s3.records import Part, Upload
from mesh_core.localaws.s3.uploads import PART_LIMIT, PartClaim
from mesh_core.localaws.s3.versions import Target

_ALGORITHMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")


def create_multipart_upload(call: Call) -> Reply:
    """POST ?uploads."""
    tags = headers.tags(call.request.headers)
    if tags:
        call.require("s3:PutObjectTagging")
    algorithm = call.header("x-amz-checksum-algorithm")
    details = headers.details(call.request.headers, algorithm)
    details = replace(default_encryption(call, details), checksum_type=_checksum_type(call, algorithm))
    upload = call.objects.uploads.begin(Target(call.bucket, call.key, details, tags))
    found = headers.encryption_headers(upload.details)
    if algorithm:
        found |= {
            "x-amz-checksum-algorithm": algorithm.upper(),
            "x-amz-checksum-type": upload.details.checksum_type,
        }
    result = [("Bucket", call.bucket), ("Key", call.key), ("UploadId", upload.upload_id)]
    return xml.reply("InitiateMultipartUploadResult", result, found)


def _checksum_type(call: Call, algorithm: str | None) -> str:
    asked = call.header("x-amz-checksum-type")
    if algorithm is None:
        if asked:
            raise invalid_request("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm")
        return "FULL_OBJECT"
    name = check_algorithm(algorithm)
    chosen = asked or ("FULL_OBJECT" if name == "crc64nvme" else "COMPOSITE")
    allowed = {"crc64nvme": ("FULL_OBJECT",), "sha1": ("COMPOSITE",), "sha256": ("COMPOSITE",)}
    return headers.one_of(chosen, allowed.get(name, ("COMPOSITE", "FULL_OBJECT")), f"The checksum type of {name}")


def upload_part(call: Call) -> Reply:
    """PUT ?partNumber=N&uploadId=..."""
    part = call.objects.uploads.put_part(
        _upload(call), _part_number(call), call.request.body, announced(call.request.headers)
    )
    sums = {f"x-amz-checksum-{name}": value for name, value in part.checksums.items()}
    return Reply(200, {"etag": headers.quoted(part.etag), "x-amz-server-side-encryption": "AES256", **sums})


def upload_part_copy(call: Call) -> Reply:
    """UploadPart whose bytes are another object's, or a range of them."""
    upload, number = _upload(call), _part_number(call)
    bucket, key, version_id = headers.copy_source(call.request.headers)
    with call.objects.reading():
        source = copyable(call, bucket, key, version_id)
        source, stream = call.objects.versions.open(bucket, key, source.version_id)
        with stream:
            part = call.objects.uploads.put_part(
                upload, number, _range_of(call, stream, source.size_bytes), Announced()
            )
    result: xml.Pairs = [
        ("LastModified", part.last_modified),
        ("ETag", headers.quoted(part.etag)),
        *_sums(part.checksums),
    ]
    found = {"x-amz-copy-source-version-id": source.version_id} if call.version_headers(source) else {}
    return xml.reply("CopyPartResult", result, found)


class _Slice:
    """Reads a part of a stream, then says that it has ended."""

    def __init__(self, stream: BinaryIO, start: int, size_bytes: int) -> None:
        stream.seek(start)
        self._stream, self._left = stream, size_bytes

    def read(self, size_bytes: int) -> bytes:
        chunk = self._stream.read(min(size_bytes, self._left))
        self._left -= len(chunk)
        return chunk


def _range_of(call: Call, stream: BinaryIO, size_bytes: int) -> BinaryIO:
    header = call.header("x-amz-copy-source-range")
    if header is None:
        return stream
    span = conditions.copy_span(header, size_bytes)
    return cast(BinaryIO, _Slice(stream, span.start, span.stop - span.start))


def complete_multipart_upload(call: Call) -> Reply:
    """POST ?uploadId=... with the list of parts."""
    upload = _upload(call)
    claims = [_claim(item) for item in xml.read(call.request.body, "CompleteMultipartUpload").findall("Part")]
    condition = conditions.for_write(call.request.headers)
    whole = Announced(None, announced(_without_composite_suffix(call.request.headers)).checksums)
    version = call.objects.uploads.complete(upload, claims, condition, whole)
    result = [
        ("Location", f"http://{call.header('host')}/{call.bucket}/{call.key}"),
        ("Bucket", call.bucket),
        ("Key", call.key),
        ("ETag", headers.quoted(version.etag)),
        *checksum_pairs(version),
    ]
    found = {**headers.encryption_headers(version.details), **call.version_headers(version)}
    return xml.reply("CompleteMultipartUploadResult", result, found)


def _without_composite_suffix(sent: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value.partition("-")[0] if name.startswith("x-amz-checksum-") else value for name, value in sent.items()
    }


def _claim(item: Element) -> PartClaim:
    number = xml.required(item, "PartNumber")
    if whole_number(number) is None:
        raise malformed_xml(f"PartNumber {number[:20]!r} is not a number")
    sums = {name: xml.text_of(item, f"Checksum{name.upper()}") for name in _ALGORITHMS}
    found = {name: value for name, value in sums.items() if value}
    return PartClaim(int(number), headers.unquoted(xml.required(item, "ETag")), found)


def abort_multipart_upload(call: Call) -> Reply:
    """DELETE ?uploadId=..."""
    call.objects.uploads.abort(_upload(call))
    return Reply(204)


def list_parts(call: Call) -> Reply:
    """GET ?uploadId=..."""
    upload = _upload(call)
    limit, marker = call.number("max-parts", LIMIT, LIMIT), call.number("part-number-marker", 0, PART_LIMIT)
    rest = [part for part in call.objects.uploads.parts(upload) if part.number > marker]
    parts = rest[:limit]
    truncated = bool(parts) and len(rest) > limit
    return xml.reply(
        "ListPartsResult",
        [
            *[("Bucket", call.bucket), ("Key", call.key), ("UploadId", upload.upload_id)],
            *[("Initiator", [("ID", call.owner)]), ("Owner", [("ID", call.owner)])],
            ("StorageClass", upload.details.headers.get("x-amz-storage-class", "STANDARD")),
            *_upload_checksum(upload),
            ("PartNumberMarker", marker),
            ("NextPartNumberMarker", parts[-1].number if parts else 0),
            ("MaxParts", limit),
            ("IsTruncated", truncated),
            *[("Part", _part(part)) for part in parts],
        ],
    )


def list_multipart_uploads(call: Call) -> Reply:
    """GET ?uploads: those under way, by key."""
    encode, prefix, delimiter = encoder(call), call.text("prefix"), call.text("delimiter")
    if delimiter:
        raise invalid_argument("The local endpoint lists uploads without a delimiter only.", "delimiter", delimiter)
    limit, marker = call.number("max-uploads", LIMIT, LIMIT), (call.text("key-marker"), call.text("upload-id-marker"))
    rest = [
        upload
        for upload in call.objects.uploads.all(call.bucket)
        if upload.key.startswith(prefix) and _is_after(upload, *marker)
    ]
    uploads, truncated = rest[:limit], 0 < limit < len(rest)
    last = uploads[-1] if truncated else None
    return xml.reply(
        "ListMultipartUploadsResult",
        [
            *[("Bucket", call.bucket), ("KeyMarker", encode(marker[0])), ("UploadIdMarker", marker[1])],
            ("NextKeyMarker", encode(last.key) if last else None),
            ("NextUploadIdMarker", last.upload_id if last else None),
            *[("Prefix", encode(prefix)), ("EncodingType", call.arg("encoding-type") or None)],
            *[("MaxUploads", limit), ("IsTruncated", truncated)],
            *[("Upload", _listed(call, upload, encode(upload.key))) for upload in uploads],
        ],
    )


def _is_after(upload: Upload, key: str, upload_id: str) -> bool:
    return upload.key > key or (upload.key == key and bool(upload_id) and upload.upload_id > upload_id)


def _listed(call: Call, upload: Upload, key: str) -> list[tuple[str, xml.Value]]:
    return [
        *[("Key", key), ("UploadId", upload.upload_id)],
        *[("Initiator", [("ID", call.owner)]), ("Owner", [("ID", call.owner)])],
        ("StorageClass", upload.details.headers.get("x-amz-storage-class", "STANDARD")),
        ("Initiated", upload.begun),
        *_upload_checksum(upload),
    ]


def _upload_checksum(upload: Upload) -> list[tuple[str, xml.Value]]:
    if upload.algorithm is None:
        return []
    return [("ChecksumAlgorithm", upload.algorithm.upper()), ("ChecksumType", upload.details.checksum_type)]


def _part(part: Part) -> list[tuple[str, xml.Value]]:
    return [
        ("PartNumber", part.number),
        ("LastModified", part.last_modified),
        ("ETag", headers.quoted(part.etag)),
        ("Size", part.size_bytes),
        *_sums(part.checksums),
    ]


def _sums(checksums: Mapping[str, str]) -> list[tuple[str, xml.Value]]:
    return [(f"Checksum{name.upper()}", value) for name, value in checksums.items()]


def _upload(call: Call) -> Upload:
    return call.objects.uploads.get(call.bucket, call.key, call.text("uploadId"))


def _part_number(call: Call) -> int:
    return call.number("partNumber", 0, PART_LIMIT + 1)
