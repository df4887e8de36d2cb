"""S3's documents: written from nested pairs, read with limits and without entities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from mesh_core.localaws.http import Reply
from mesh_core.localaws.s3.errors import malformed_xml

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Room for DeleteObjects with 1,000 keys of 1,024 bytes, each byte escaped.
BODY_LIMIT_BYTES = 8 * 1024 * 1024
DEEPEST = 20

Value = str | int | bool | datetime | Sequence[tuple[str, "Value"]] | None
Pairs = Sequence[tuple[str, Value]]
_CONTROLS = {chr(code): f"&#x{code:x};" for code in range(32) if chr(code) not in "\t\n"}


def document(root: str, children: Pairs, namespace: str = NAMESPACE) -> bytes:
    """`<root>` with its children in order; None leaves a child out, a sequence of pairs nests."""
    attribute = f' xmlns="{namespace}"' if namespace else ""
    return f"{HEADER}<{root}{attribute}>{_children(children)}</{root}>".encode()


def reply(root: str, children: Pairs, headers: dict[str, str] | None = None) -> Reply:
    """200 with a document."""
    return Reply(200, {"content-type": "application/xml", **(headers or {})}, document(root, children))


def timestamp(moment: datetime) -> str:
    """2026-11-22T22:50:00.000Z"""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _children(pairs: Pairs) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in pairs if value is not None)


def _value(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return escape(value, _CONTROLS)
        case int():
            return str(value)
        case datetime():
            return timestamp(value)
        case _:
            return _children(value)


def read(body: BinaryIO, root: str) -> ElementTree.Element:
    """A request's document, names without namespaces. AwsError MalformedXML."""
    return parse(body.read(BODY_LIMIT_BYTES + 1), root)


def parse(text: bytes, root: str) -> ElementTree.Element:
    """A document whose root must be `root`. AwsError MalformedXML; documents with entities of their own are refused."""
    if len(text) > BODY_LIMIT_BYTES:
        raise malformed_xml(f"the document is larger than {BODY_LIMIT_BYTES} bytes")
    try:
        element = ElementTree.fromstring(text, ElementTree.XMLParser(target=_Builder()))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise malformed_xml(str(error)) from error
    for node in element.iter():
        node.tag = node.tag.rpartition("}")[2]
    if element.tag != root:
        raise malformed_xml(f"expected {root}, found {element.tag}")
    return element


class _Builder(ElementTree.TreeBuilder):
    """Refuses what S3's documents never are, before it takes memory or a stack: deep, or with a type of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ElementTree.Element:
        self._depth += 1
        if self._depth > DEEPEST or len(attrs) > DEEPEST:
            raise malformed_xml(f"it has more than {DEEPEST} levels or attributes")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise malformed_xml("it has a document type")


def text_of(element: ElementTree.Element, name: str) -> str | None:
    """A child's text; None without the child."""
    child = element.find(name)
    return None if child is None else (child.text or "")


def required(element: ElementTree.Element, name: str) -> str:
    """A child's text. AwsError MalformedXML without the child."""
    text = text_of(element, name)
    if text is None:
        raise malformed_xml(f"{element.tag} lacks {name}")
    return text


def tags(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """The pairs of a Tagging document."""
    for tag in element.iterfind("TagSet/Tag"):
        yield required(tag, "Key"), required(tag, "Value")
