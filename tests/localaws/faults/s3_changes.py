"""Changes of S3: objects small and large, in buckets with and without versions, tags, copies, deletes, multipart."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.localaws.faults.requests import Change, Effect, Key, Person, Seen, gone, now, versus

KEYS = tuple(f"folder/key {number}+ü" for number in range(4))
PART_BYTES = 5 * 1024 * 1024
MOST_VERSIONS = 5


def buckets(person: Person) -> tuple[str, str]:
    return f"{person.label}-plain", f"{person.label}-versioned"


def ready(person: Person) -> bool:
    """Whether both buckets are there, the second one versioned."""
    versioned = person.known.get(("bucket", buckets(person)[1]))
    return versioned is not None and versioned["versioning"] == "Enabled"


def some_key(person: Person) -> Key:
    return ("object", person.dice.choice(buckets(person)), person.dice.choice(KEYS))


def body(person: Person, size_bytes: int) -> bytes:
    block = person.dice.randbytes(min(size_bytes, 65_536) or 1)
    return (block * (size_bytes // len(block) + 1))[:size_bytes]


def newest(seen: Seen) -> dict[str, Any] | None:
    """The current version; None when there is none or a delete marker hides it."""
    found: list[dict[str, Any]] = [one for one in (seen or {}).get("versions", []) if one["latest"]]
    return found[0] if found else None


def written(key: Key, **wanted: Any) -> Effect:
    """A new current version with these members; in the versioned bucket the older ones are kept."""

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        current = newest(after)
        if current is None or any(current[name] != value for name, value in wanted.items()):
            return False
        if answer is not None and answer.get("ETag", current["etag"]) != current["etag"]:
            return False
        if not key[1].endswith("versioned"):
            return len(after["versions"]) == 1
        if answer is not None and answer["VersionId"] != current["id"]:
            return False
        return _without_latest(after["versions"][1:]) == _without_latest((before or {}).get("versions", []))

    return effect


def _without_latest(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "latest"} for one in versions]


def create_bucket(person: Person) -> Change | None:
    missing = [name for name in buckets(person) if not person.there("bucket", name)]
    if missing:
        name = missing[0]
        return Change(
            "CreateBucket",
            lambda: person.clients.s3.create_bucket(Bucket=name),
            {("bucket", name): now(lambda after: after is not None and not after["versioning"])},
        )
    plain, versioned = buckets(person)
    if not person.known["bucket", versioned]["versioning"]:
        return Change(
            "PutBucketVersioning",
            lambda: person.clients.s3.put_bucket_versioning(
                Bucket=versioned, VersioningConfiguration={"Status": "Enabled"}
            ),
            {("bucket", versioned): now(lambda after: after["versioning"] == "Enabled")},
        )
    tags = [{"Key": "note", "Value": person.fresh("tag")}]
    return Change(
        "PutBucketTagging",
        lambda: person.clients.s3.put_bucket_tagging(Bucket=plain, Tagging={"TagSet": tags}),
        {("bucket", plain): now(lambda after: after["tags"] == tags)},
    )


def put_object(person: Person) -> Change | None:
    key = some_key(person)
    if len((person.known.get(key) or {"versions": []})["versions"]) >= MOST_VERSIONS:
        return None
    large = person.dice.random() < 0.15
    data = body(person, person.dice.randint(1_000_000, 3_000_000) if large else person.dice.randint(0, 60_000))
    metadata, tag = {"note": person.fresh("m")}, person.fresh("t")
    request = {"Bucket": key[1], "Key": key[2], "Body": data, "Metadata": metadata, "ContentType": "text/x-fault"}
    digest = hashlib.sha256(data).hexdigest()
    wanted = {"sha256": digest, "metadata": metadata, "tags": [("t", tag)], "type": "text/x-fault"}
    return Change(
        "PutObject",
        lambda: person.clients.s3.put_object(**request, Tagging=f"t={tag}"),
        {key: written(key, **wanted)},
    )


def put_if_absent(person: Person) -> Change | None:
    key = some_key(person)
    request = {"Bucket": key[1], "Key": key[2], "Body": b"only the first", "IfNoneMatch": "*"}
    there = newest(person.known.get(key)) is not None
    effect = (versus(lambda before, after: before == after)) if there else written(key, size=14)
    return Change(
        "PutObject, if absent",
        lambda: person.clients.s3.put_object(**request),
        {key: effect},
        refused="PreconditionFailed" if there else None,
    )


def put_if_match(person: Person) -> Change | None:
    key = some_key(person)
    current = newest(person.known.get(key))
    if current is None or len(person.known[key]["versions"]) >= MOST_VERSIONS:
        return None
    text = person.fresh("matched").encode()
    return Change(
        "PutObject, if match",
        lambda: person.clients.s3.put_object(Bucket=key[1], Key=key[2], Body=text, IfMatch=current["etag"]),
        {key: written(key, sha256=hashlib.sha256(text).hexdigest(), metadata={})},
    )


def copy_object(person: Person) -> Change | None:
    key, source = some_key(person), person.one("object")
    current = newest(person.known.get(source)) if source else None
    crowded = len((person.known.get(key) or {"versions": []})["versions"]) >= MOST_VERSIONS
    if source is None or current is None or source == key or crowded:
        return None
    place = {"Bucket": source[1], "Key": source[2]}
    wanted = {name: current[name] for name in ("sha256", "metadata", "tags", "type", "size")}
    return Change(
        "CopyObject",
        lambda: person.clients.s3.copy_object(Bucket=key[1], Key=key[2], CopySource=place),
        {key: written(key, **wanted)},
    )


def tag_object(person: Person) -> Change | None:
    key = person.one("object")
    if key is None or newest(person.known[key]) is None:
        return None
    tag = person.fresh("t")
    tagging = {"TagSet": [{"Key": "later", "Value": tag}]}

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        old, new = newest(before), newest(after)
        return old is not None and new == {**old, "tags": [("later", tag)]}

    return Change(
        "PutObjectTagging",
        lambda: person.clients.s3.put_object_tagging(Bucket=key[1], Key=key[2], Tagging=tagging),
        {key: effect},
    )


def deleted(key: Key) -> Effect:
    """A marker in the versioned bucket, nothing left in the other."""

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        if not key[1].endswith("versioned"):
            return after is None
        return (
            len(after["markers"]) == len((before or {"markers": []})["markers"]) + 1
            and newest(after) is None
            and _without_latest(after["versions"]) == _without_latest((before or {"versions": []})["versions"])
        )

    return effect


def delete_object(person: Person) -> Change | None:
    key = person.one("object")
    if key is None:
        return None
    return Change(
        "DeleteObject",
        lambda: person.clients.s3.delete_object(Bucket=key[1], Key=key[2]),
        {key: deleted(key)},
    )


def delete_version(person: Person) -> Change | None:
    """Erase one version, or one marker, of the versioned bucket for good."""
    key = person.one("object", buckets(person)[1])
    if key is None:
        return None
    everything = [*person.known[key]["versions"], *person.known[key]["markers"]]
    doomed = person.dice.choice(everything)["id"]

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        left = {one["id"] for kind in ("versions", "markers") for one in (after or {}).get(kind, [])}
        return left == {one["id"] for one in everything} - {doomed}

    return Change(
        "DeleteObject of a version",
        lambda: person.clients.s3.delete_object(Bucket=key[1], Key=key[2], VersionId=doomed),
        {key: effect},
    )


def delete_objects(person: Person) -> Change | None:
    bucket = person.dice.choice(buckets(person))
    keys = person.there("object", bucket)[:2]
    if not keys or person.dice.random() < 0.5:
        return None
    request = {"Objects": [{"Key": key[2]} for key in keys]}
    return Change(
        "DeleteObjects",
        lambda: person.clients.s3.delete_objects(Bucket=bucket, Delete=request),
        {key: deleted(key) for key in keys},
        atomic=False,
    )


def begin_upload(person: Person) -> Change | None:
    if len(person.there("upload")) >= 2:
        return None
    _, bucket, name = some_key(person)

    def learned(answer: Any) -> dict[Key, Effect]:
        return {("upload", bucket, name, answer["UploadId"]): now(lambda after: after == {})}

    return Change(
        "CreateMultipartUpload",
        lambda: person.clients.s3.create_multipart_upload(Bucket=bucket, Key=name),
        {},
        learned=learned,
    )


def _where(key: Key) -> dict[str, str]:
    return {"Bucket": key[1], "Key": key[2], "UploadId": key[3]}


def upload_part(person: Person) -> Change | None:
    """Part 1 is large enough to be followed by a small part 2."""
    key = person.one("upload")
    if key is None:
        return None
    number = 1 if not person.known[key] else 2
    data = body(person, PART_BYTES + person.dice.randint(0, 1000) if number == 1 else person.dice.randint(1, 50_000))
    etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
    return Change(
        "UploadPart",
        lambda: person.clients.s3.upload_part(**_where(key), PartNumber=number, Body=data),
        {key: now(lambda after: after[number][:2] == (etag, len(data)))},
    )


def end_upload(person: Person) -> Change | None:
    """Complete it when there are two parts, abort it now and then."""
    key = person.one("upload")
    if key is None:
        return None
    if person.dice.random() < 0.2:
        return Change(
            "AbortMultipartUpload",
            lambda: person.clients.s3.abort_multipart_upload(**_where(key)),
            {key: gone},
        )
    parts, target = person.known[key], ("object", key[1], key[2])
    if set(parts) != {1, 2}:
        return None
    chosen = [{"PartNumber": number, "ETag": parts[number][0]} for number in (1, 2)]
    digests = b"".join(bytes.fromhex(parts[number][0].strip('"')) for number in (1, 2))
    etag = f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-2"'
    wanted = {"etag": etag, "size": parts[1][1] + parts[2][1]}
    return Change(
        "CompleteMultipartUpload",
        lambda: person.clients.s3.complete_multipart_upload(**_where(key), MultipartUpload={"Parts": chosen}),
        {key: gone, target: written(target, **wanted)},
    )


CHANGES = (
    create_bucket,
    put_object,
    put_object,
    put_object,
    put_if_absent,
    put_if_match,
    copy_object,
    tag_object,
    delete_object,
    delete_version,
    delete_objects,
    begin_upload,
    upload_part,
    upload_part,
    end_upload,
)
