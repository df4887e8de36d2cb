"""Known differences from AWS's S3."""

from __future__ import annotations

from mesh_core.localaws.difference import Difference

DIFFERENCES = (
    Difference(
        "encryption",
        "objects are encrypted, with KMS where asked",
        "what was asked for is kept and shown; bytes lie in the state folder as they are, for its owner only; no KMS",
    ),
    Difference(
        "lifecycle, notifications, logging, CORS, storage classes",
        "acted upon",
        "kept and shown; nothing expires, is sent, logged or moved",
    ),
    Difference(
        "access control lists", "switched off for new buckets, can be switched on", "the owner's full control only"
    ),
    Difference("uploads by a form (POST)", "taken", "refused by name"),
)
