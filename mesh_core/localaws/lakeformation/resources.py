"""Registered locations: S3 paths whose data Lake Formation hands out, and the matching of paths with them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from mesh_core.localaws.aws_error import already_exists, invalid, not_found

_S3 = "arn:aws:s3:::"


def normal_arn(arn: str) -> str:
    """An S3 ARN without its closing slash or "/*". AwsError InvalidInputException for anything else."""
    if not arn.startswith(_S3) or len(arn) == len(_S3):
        raise invalid(f"{arn!r} is not the ARN of an S3 bucket or prefix ({_S3}BUCKET/PREFIX).")
    return arn.removesuffix("/*").rstrip("/")


def arn_of(uri: str) -> str | None:
    """`s3://bucket/prefix/` as a normal ARN; None for what is not an S3 URI."""
    for scheme in ("s3://", "s3a://", "s3n://"):
        if uri.startswith(scheme) and len(uri) > len(scheme):
            return _S3 + uri.removeprefix(scheme).rstrip("/")
    return None


def covers(outer: str, inner: str) -> bool:
    """Whether one normal ARN is the other or a folder above it."""
    return inner == outer or inner.startswith(outer + "/")


def covering(db: sqlite3.Connection, arn: str) -> dict[str, Any] | None:
    """The innermost registered location that covers an ARN."""
    found = [row for row in db.execute("SELECT arn, document FROM lf_location") if covers(row["arn"], arn)]
    return json.loads(max(found, key=lambda row: len(row["arn"]))["document"]) if found else None


def innermost(locations: Mapping[str, dict[str, Any]], arn: str) -> dict[str, Any] | None:
    """The innermost of these locations (by normal ARN) that covers a normal ARN."""
    while arn not in locations and "/" in arn:
        arn = arn.rpartition("/")[0]
    return locations.get(arn)


def register(db: sqlite3.Connection, document: dict[str, Any]) -> None:
    """AwsError AlreadyExistsException. `document` is a ResourceInfo with a normal ARN."""
    arn = document["ResourceArn"]
    if db.execute("SELECT 1 FROM lf_location WHERE arn = ?", (arn,)).fetchone():
        raise already_exists(f"Resource is already registered: {arn}.")
    db.execute("INSERT INTO lf_location VALUES (?, ?)", (arn, json.dumps(document)))


def describe(db: sqlite3.Connection, arn: str) -> dict[str, Any]:
    """The ResourceInfo of exactly that location. AwsError EntityNotFoundException."""
    row = db.execute("SELECT document FROM lf_location WHERE arn = ?", (arn,)).fetchone()
    if row is None:
        raise not_found(f"Resource {arn} is not registered.")
    document: dict[str, Any] = json.loads(row[0])
    return document


def update(db: sqlite3.Connection, document: dict[str, Any]) -> None:
    """Replace a location's ResourceInfo. AwsError EntityNotFoundException."""
    describe(db, document["ResourceArn"])
    db.execute("UPDATE lf_location SET document = ? WHERE arn = ?", (json.dumps(document), document["ResourceArn"]))


def deregister(db: sqlite3.Connection, arn: str) -> None:
    """AwsError EntityNotFoundException. Grants of DATA_LOCATION_ACCESS stay and sleep, as the path is open now."""
    describe(db, arn)
    db.execute("DELETE FROM lf_location WHERE arn = ?", (arn,))


def every(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every ResourceInfo, in ARN order."""
    return [json.loads(row[0]) for row in db.execute("SELECT document FROM lf_location ORDER BY arn")]
