"""Pages of a bucket's keys and versions: prefix, delimiter, where to start, how many.

With a delimiter, keys that share the text up to it are rolled up to one common prefix, and skipped by a jump in the
index instead of being read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from mesh_core.localaws.s3 import index
from mesh_core.localaws.s3.records import Version

Scan = Callable[[str, str | None], Iterator[Version]]


@dataclass(frozen=True)
class Query:
    """Which keys: those of a bucket under a prefix, rolled up at a delimiter ("": not), at most `limit` entries."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    limit: int = 1000

    def common_prefix(self, key: str) -> str | None:
        """What a key is rolled up to."""
        if not self.delimiter:
            return None
        end = key.find(self.delimiter, len(self.prefix))
        return None if end < 0 else key[: end + len(self.delimiter)]

    def start_after(self, key: str) -> str | None:
        """Where a listing goes on after a key or a common prefix; None: nothing can follow."""
        if key.startswith(self.prefix) and self.common_prefix(key) == key:
            return index.after_prefix(key)
        return key + "\0"


@dataclass(frozen=True)
class Page:
    """Entries in key order; `last` is the last key or prefix of a truncated page, else None."""

    versions: list[Version]
    prefixes: list[str]
    last: Version | str | None


def list_current(db: sqlite3.Connection, query: Query, start: str | None = "") -> Page:
    """Current objects with keys from `start` on (None: none are left)."""
    return _page(query, _walk(lambda low, stop: index.scan_current(db, query.bucket, low, stop), query, start))


def list_versions(db: sqlite3.Connection, query: Query, key_marker: str, version_marker: str) -> Page:
    """All versions and delete markers after a key, or after one version of it."""
    if not version_marker:
        start = query.start_after(key_marker) if key_marker else ""
        return _page(query, _walk(_versions_scan(db, query), query, start))
    below = index.sequence_of(db, query.bucket, key_marker, version_marker)
    entries = _walk(_versions_scan(db, query), query, key_marker)
    rest = (e for e in entries if isinstance(e, str) or e.key != key_marker or below is None or e.sequence < below)
    return _page(query, rest)


def _versions_scan(db: sqlite3.Connection, query: Query) -> Scan:
    return lambda low, stop: index.scan_versions(db, query.bucket, low, stop)


def _page(query: Query, entries: Iterator[Version | str]) -> Page:
    taken = list(islice(entries, query.limit))
    truncated = bool(taken) and next(entries, None) is not None
    versions = [entry for entry in taken if isinstance(entry, Version)]
    return Page(versions, [entry for entry in taken if isinstance(entry, str)], taken[-1] if truncated else None)


def _walk(scan: Scan, query: Query, start: str | None) -> Iterator[Version | str]:
    stop = index.after_prefix(query.prefix)
    if start is not None:
        start = max(start, query.prefix)
    while start is not None:
        low, start = start, None
        for entry in scan(low, stop):
            common = query.common_prefix(entry.key)
            if common is not None:
                yield common
                start = index.after_prefix(common)
                break
            yield entry
