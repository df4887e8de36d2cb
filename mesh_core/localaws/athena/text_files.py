"""What text files are like: how they are packed, and whether every line in them is plain.

A file that is plain is read by DuckDB's own CSV reader. One with quotes, escapes or line ends that DuckDB and Hive
read differently is not. Findings are remembered: objects never change.
"""

from __future__ import annotations

import bz2
import gzip
import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from mesh_core.localaws.athena.failures import BAD_FILE, failure, unsupported

_T = TypeVar("_T")
REMEMBERED = 2000
CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
_ELSEWHERE = {".deflate": "DEFLATE", ".lz4": "LZ4", ".snappy": "Snappy", ".lzo": "LZO", ".lzo_deflate": "LZO"}
_BLOCK = 1 << 20
PLAIN_LINE_BYTES = 2_000_000  # what DuckDB's reader takes without being asked
UNPACKED_BYTES = 8 << 30  # as much as a query may spill


def codec_of(uri: str) -> str:
    """How an object is packed, by its name: none, gzip, zstd or bz2. QueryFailure for what only Athena unpacks."""
    name = uri.rsplit("/", 1)[-1]
    ending = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending in _ELSEWHERE:
        raise unsupported(f"A text file packed with {_ELSEWHERE[ending]} ({name})")
    return CODECS.get(ending, "none")


class Unpacked:
    """The bz2 files of one reading, unpacked into a folder until it is closed."""

    def __init__(self, folder: Path, limit_bytes: int = UNPACKED_BYTES) -> None:
        self._folder, self._left_bytes = folder, limit_bytes
        self._paths: list[Path] = []

    def add(self, path: str) -> Path:
        """A file's content as a new file. QueryFailure for one that is broken, or for more than may be written."""
        target = self._folder / f"unpacked-{uuid4().hex}"
        self._paths.append(target)
        with bz2.open(path, "rb") as packed, target.open("wb") as plain:
            while block := _read(packed):
                self._left_bytes -= len(block)
                if self._left_bytes < 0:
                    raise failure(
                        "EXCEEDED_LOCAL_MEMORY_LIMIT", "The table's bz2 files unpack to more than may be spilled"
                    )
                plain.write(block)
        return target

    def close(self) -> None:
        """Remove the files."""
        for path in self._paths:
            path.unlink(missing_ok=True)


def _read(packed: Any) -> bytes:
    try:
        return bytes(packed.read(_BLOCK))
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise failure("HIVE_BAD_DATA", BAD_FILE) from error


@dataclass(frozen=True)
class Lines:
    """A file's lines: how many, whether some are empty, end in a lone CR, or hold one of the marks asked for.

    longest_bytes: of the longest line, if that is longer than PLAIN_LINE_BYTES.
    """

    count: int
    longest_bytes: int
    empty: bool
    lone_cr: bool
    marked: bool


class TextFiles:
    """Looks into text files, each once."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = threading.Lock()

    def lines(self, path: str, codec: str, marks: str = "") -> Lines:
        """What its lines are like."""
        return self._once(("lines", path, codec, marks), lambda: read_lines(path, codec, marks.encode()))

    def counted(self, path: str, sql: str) -> int | None:
        """How many rows a SELECT of DuckDB's finds in a file; None when it can't be read so."""
        return self._once(("rows", path, sql), lambda: _count(sql))

    def _once(self, key: tuple[Any, ...], ask: Callable[[], _T]) -> _T:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                known: _T = self._known[key]
                return known
        found = ask()
        with self._lock:
            self._known[key] = found
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found


def read_lines(path: str, codec: str, marks: bytes = b"") -> Lines:
    """Read a file through, once."""
    count, empty, lone, marked = 0, False, False, False
    longest, open_bytes = 0, 0  # a line longer than a block goes on behind one: others need not be measured
    last = b"\n"
    mark = re.compile(b"[" + re.escape(marks) + b"]") if marks else None
    with _opened(path, codec) as stream:
        while block := _read(stream):
            seen = last + block
            count += block.count(b"\n")
            first, end = block.find(b"\n"), block.rfind(b"\n")
            longest = max(longest, open_bytes + (len(block) if first < 0 else first))
            open_bytes = open_bytes + len(block) if end < 0 else len(block) - end - 1
            empty = empty or b"\n\n" in seen or b"\n\r\n" in seen
            lone = lone or (b"\r" in seen and re.search(rb"\r[^\n]", seen) is not None)
            marked = marked or (mark is not None and mark.search(block) is not None)
            last = seen[-2:]
    return Lines(
        count + (not last.endswith(b"\n")), max(longest, open_bytes), empty, lone or last.endswith(b"\r"), marked
    )


def _opened(path: str, codec: str) -> Any:
    if codec == "zstd":  # which Python learns in 3.14
        import pyarrow as pa

        return pa.input_stream(path, compression=codec)
    return gzip.open(path, "rb") if codec == "gzip" else open(path, "rb")


def _count(sql: str) -> int | None:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        try:
            row = connection.execute(f"SELECT count(*) FROM {sql}").fetchone()
        except duckdb.Error:
            return None
    return int(row[0]) if row else None
