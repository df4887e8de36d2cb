"""What an upload's bytes are, before anything parses them: a table format or not, and which text encoding.

A file's name says what its sender believes; its first bytes say what it is. DuckDB reads UTF-8 with one kind of line
end, so any other text is read through a clean copy in a temporary folder (`clean_text`), made again for each reading:
the upload itself is never changed.
"""

from __future__ import annotations

import codecs
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mesh_core.domain.schema import FileFormat, Question
from mesh_core.errors import UnreadableFileError

MAX_UPLOAD_BYTES = 200 * 1024 * 1024
CHUNK_BYTES = 1 << 20
REPAIRED = "utf-8, damaged characters replaced"
# Windows' 1252 lacks five byte values; latin-1 has all 256, so it never fails.
_LEGACY = ("cp1252", "latin-1", REPAIRED)
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or another ZIP archive; save the sheet as CSV"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document; save the sheet as CSV"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
    (b"ORC", "an ORC file; convert it to Parquet"),
    (b"Obj\x01", "an Avro file; convert it to Parquet"),
    (b"ARROW1", "an Arrow file; convert it to Parquet"),
    (b"{\\rtf", "a rich-text document"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Control characters that text doesn't hold; \x01 is left out, as Hive's delimiter.
_CONTROLS = bytes([*range(2, 9), *range(14, 27), 127])
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<\?xml|<svg)", re.IGNORECASE)


@dataclass(frozen=True)
class Encoding:
    """The encoding to read with, and what the visitor must know or decide about it."""

    name: str
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class TextStats:
    """Counts over the whole decoded text, in characters.

    `line_ends` are those of each kind that part rows; `odd_characters` are NULs and controls that text doesn't hold.
    """

    nul_bytes: int
    line_ends: Counter[str]
    odd_characters: int
    size: int

    @property
    def needs_rewriting(self) -> bool:
        """Whether DuckDB would stumble: NULs, or rows that don't all end alike."""
        return self.nul_bytes > 0 or len(self.line_ends) > 1


def file_format(path: Path, filename: str) -> FileFormat:
    """csv, json or parquet, by content; UnreadableFileError for an empty, too large or foreign file."""
    size_bytes = path.stat().st_size
    if size_bytes > MAX_UPLOAD_BYTES:
        raise unreadable(filename, f"is {size_bytes:,} bytes; at most {MAX_UPLOAD_BYTES:,} can be uploaded", "Split it")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise unreadable(filename, "is empty or holds only blanks", "Choose a file with a header line and rows")
    if head.startswith(b"PAR1"):
        return "parquet"
    _refuse_foreign(head, filename)
    suffix = Path(filename).suffix.lower()
    if suffix == ".parquet":
        raise unreadable(filename, "is called .parquet and is no Parquet file", "Export it again")
    text = head.decode(sniff_bom(head) or "utf-8", "ignore").lstrip("\ufeff \t\r\n\x00")
    looks_like_json = re.match(r'\{\s*("|\})|\[\s*[\[{\]"\d]', text) is not None
    return "json" if suffix in (".json", ".jsonl", ".ndjson") or (looks_like_json and text[0] == "{") else "csv"


def unreadable(filename: str, what: str, remedy: str) -> UnreadableFileError:
    """The one shape of these errors: what the file is, that nothing happened, what to do."""
    return UnreadableFileError(
        f"'{filename}' {what}. Nothing was created. {remedy}; CSV, JSON and Parquet files can be read."
    )


def sniff_bom(head: bytes) -> str | None:
    """The codec that the byte order mark announces, or None."""
    return next((name for bom, name in _BOMS if head.startswith(bom)), None)


def detect_encoding(path: Path, filename: str, answer: str | None) -> Encoding:
    """The encoding of a text file, looked for in the whole of it; `answer` is the visitor's own choice."""
    with path.open("rb") as file:
        head = file.read(65536)
    marked = sniff_bom(head) or _unmarked_utf16(head)
    if marked:
        _must_decode(path, marked, filename)
        name = "UTF-8" if marked == "utf-8-sig" else marked.upper()
        return Encoding(marked, () if name == "UTF-8" else (f"The text is {name}; it is stored as UTF-8.",))
    bad, wide = _utf8_damage(path)
    if not bad:
        return Encoding("utf-8")
    default = REPAIRED if wide > bad else _legacy(path)
    chosen = answer if answer in _LEGACY else default
    text = f"The text is not UTF-8 ({bad:,} bytes don't fit). Which encoding shows its names and accents rightly?"
    question = Question("encoding", None, text, _LEGACY, default)
    return Encoding(chosen, (f"The text is read as {chosen} and stored as UTF-8.",), (question,))


def text_stats(path: Path, encoding: str) -> TextStats:
    """Counts over the whole text."""
    ends: Counter[str] = Counter()
    nul_bytes = controls = size = 0
    for text in decoded(path, encoding):
        ends.update(_line_ends(text))
        nul_bytes += text.count("\x00")
        data = text.encode("utf-8", "replace")
        controls += len(data) - len(data.translate(None, _CONTROLS))
        size += len(text)
    if len(+ends) > 1:
        ends = _line_ends_outside_quotes(path, encoding)
    return TextStats(nul_bytes, +ends, controls + nul_bytes, size)


def _line_ends(text: str) -> dict[str, int]:
    pairs = text.count("\r\n") if "\r" in text else 0
    return {"\r\n": pairs, "\n": text.count("\n") - pairs, "\r": text.count("\r") - pairs}


def _line_ends_outside_quotes(path: Path, encoding: str) -> Counter[str]:
    """Slower, so only asked when the whole text has more than one kind."""
    ends: Counter[str] = Counter()
    inside = False
    for text in decoded(path, encoding):
        for segment in text.split('"'):
            if not inside:
                ends.update(_line_ends(segment))
            inside = not inside
        inside = not inside
    return ends


def decoded(path: Path, encoding: str) -> Iterator[str]:
    """The text in chunks, never parting a CR from its LF, without a byte order mark."""
    errors = "replace" if encoding == REPAIRED else "strict"
    decoder = codecs.getincrementaldecoder("utf-8" if encoding == REPAIRED else encoding)(errors)
    held, first = "", True
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            text = held + decoder.decode(chunk)
            held = "\r" if text.endswith("\r") else ""
            text = text[: len(text) - len(held)]
            yield text.removeprefix("\ufeff") if first else text
            first = first and not text
    yield held + decoder.decode(b"", True)


@contextmanager
def clean_text(path: Path, encoding: str, rewrite: bool) -> Iterator[Path]:
    """`path` itself when it is UTF-8 and `rewrite` is false; else a copy as UTF-8 with LF line ends and no NULs.

    The copy lives as long as the context.
    """
    if not rewrite and encoding in ("utf-8", "utf-8-sig"):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="mesh-upload-") as folder:
        copy = Path(folder) / "text"
        with copy.open("w", encoding="utf-8", newline="") as file:
            for text in decoded(path, encoding):
                if rewrite:
                    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
                file.write(text)
        yield copy


def _refuse_foreign(head: bytes, filename: str) -> None:
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise unreadable(filename, f"is {what}", "Choose another file")
    if _MARKUP.match(head):
        raise unreadable(filename, "is a web page or an XML document", "Download the data itself")


def _unmarked_utf16(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half < 2 or max(even, odd) < half * 0.4:
        return None
    if min(even, odd) > max(even, odd) * 0.05:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _must_decode(path: Path, encoding: str, filename: str) -> None:
    try:
        for _ in decoded(path, encoding):
            pass
    except UnicodeError as error:
        raise unreadable(
            filename, f"starts as {encoding.upper()} text and is damaged further on ({error})", "Export it again"
        ) from error


def _utf8_damage(path: Path) -> tuple[int, int]:
    """Bytes that are not UTF-8, and characters of more than one byte that are."""
    try:
        for _ in decoded(path, "utf-8"):
            pass
        return 0, 0
    except UnicodeError:
        data = path.read_bytes()
        text = data.decode("utf-8", "surrogateescape")
        bad = len(re.findall(r"[\udc80-\udcff]", text))
        wide = len(re.findall(r"[^\x00-\x7f\udc80-\udcff]", text))
        return bad, wide


def _legacy(path: Path) -> str:
    try:
        for _ in decoded(path, "cp1252"):
            pass
    except UnicodeError:
        return "latin-1"
    return "cp1252"
