"""What clients ask of the catalog as a whole: fixed answers that are true of this endpoint."""

from __future__ import annotations

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.protocol import Handler


def handlers() -> dict[str, Handler]:
    """By operation name."""
    return {"GetCatalogImportStatus": _import_status, "GetDataCatalogEncryptionSettings": _encryption}


def _import_status(caller: Caller, params: Document) -> Document:
    """There never was an older catalog of Athena's to import."""
    return {"ImportStatus": {"ImportCompleted": True}}


def _encryption(caller: Caller, params: Document) -> Document:
    """The state folder is not encrypted by the endpoint."""
    settings = {
        "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }
    return {"DataCatalogEncryptionSettings": settings}
