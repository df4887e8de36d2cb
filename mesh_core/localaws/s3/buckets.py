"""Buckets and their settings. A setting is kept as the document that was put (XML, the policy as JSON), by its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3 import index
from mesh_core.localaws.s3.names import check_bucket_name
from mesh_core.localaws.s3.records import Bucket
from mesh_core.localaws.store import Store

POLICY = "policy"


class Buckets:
    """Every method but `create` and `all` raises AwsError NoSuchBucket for a bucket that is not there."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    def create(self, name: str, region: str, settings: dict[str, str] | None = None) -> bool:
        """Make a bucket with its first settings; False when it is there already. AwsError InvalidBucketName."""
        check_bucket_name(name)
        with self._store.write() as db:
            if db.execute("SELECT 1 FROM s3_bucket WHERE name = ?", (name,)).fetchone():
                return False
            db.execute("INSERT INTO s3_bucket VALUES (?, ?, ?, '')", (name, region, int(self._now().timestamp())))
            for kind, document in (settings or {}).items():
                db.execute("INSERT INTO s3_setting VALUES (?, ?, ?)", (name, kind, document))
        return True

    def delete(self, name: str) -> None:
        """AwsError BucketNotEmpty while it holds a version, a delete marker or an unfinished upload."""
        with self._store.write() as db:
            index.bucket(db, name)
            for table in ("s3_version", "s3_upload"):
                if db.execute(f"SELECT 1 FROM {table} WHERE bucket = ? LIMIT 1", (name,)).fetchone():
                    raise AwsError(
                        "BucketNotEmpty",
                        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
                        409,
                        BucketName=name,
                    )
            db.execute("DELETE FROM s3_bucket WHERE name = ?", (name,))

    def get(self, name: str) -> Bucket:
        """One bucket."""
        with self._store.read() as db:
            return index.bucket(db, name)

    def all(self) -> list[Bucket]:
        """Every bucket, by name."""
        with self._store.read() as db:
            return index.buckets(db)

    def set_versioning(self, name: str, status: str) -> None:
        """`Enabled` or `Suspended`."""
        with self._store.write() as db:
            index.bucket(db, name)
            db.execute("UPDATE s3_bucket SET versioning = ? WHERE name = ?", (status, name))

    def setting(self, name: str, kind: str) -> str | None:
        """A setting's document, None when it is not configured."""
        with self._store.read() as db:
            index.bucket(db, name)
            row = db.execute("SELECT document FROM s3_setting WHERE bucket = ? AND kind = ?", (name, kind)).fetchone()
        return row["document"] if row else None

    def put_setting(self, name: str, kind: str, document: str | None) -> None:
        """Configure, or with None remove the configuration (which may not be there)."""
        with self._store.write() as db:
            index.bucket(db, name)
            if document is None:
                db.execute("DELETE FROM s3_setting WHERE bucket = ? AND kind = ?", (name, kind))
            else:
                db.execute("INSERT OR REPLACE INTO s3_setting VALUES (?, ?, ?)", (name, kind, document))

    def policy(self, name: str) -> str | None:
        """The bucket policy's JSON text; None without one, or without the bucket."""
        with self._store.read() as db:
            sql = "SELECT document FROM s3_setting WHERE bucket = ? AND kind = ?"
            row = db.execute(sql, (name, POLICY)).fetchone()
        return row["document"] if row else None
