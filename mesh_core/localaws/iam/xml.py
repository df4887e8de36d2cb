"""Answers of the query protocol that this package writes itself (moto writes the others)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from mesh_core.localaws.http import Reply

NAMESPACES = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}


def query_reply(service: str, action: str, result: Mapping[str, Any]) -> Reply:
    """The document of a successful action; lists become `<member>` elements."""
    request_id = str(uuid.uuid4())
    text = (
        f'<{action}Response xmlns="{NAMESPACES[service]}"><{action}Result>{_xml(result)}</{action}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Reply(200, {"content-type": "text/xml", "x-amzn-requestid": request_id}, text.encode())


def _xml(value: Any) -> str:
    match value:
        case Mapping():
            return "".join(f"<{key}>{_xml(item)}</{key}>" for key, item in value.items())
        case list():
            return "".join(f"<member>{_xml(item)}</member>" for item in value)
        case bool():
            return "true" if value else "false"
        case _:
            return escape(str(value))
