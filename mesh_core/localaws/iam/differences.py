"""Known differences from AWS's IAM and STS. How policies are read in detail: docs/decisions/0006."""

from __future__ import annotations

from mesh_core.localaws.difference import Difference
from mesh_core.localaws.iam.managed import AWS_MANAGED

DIFFERENCES = (
    Difference(
        "AWS's own policies",
        "some 1,500",
        f"{len(AWS_MANAGED)}: {', '.join(AWS_MANAGED)}; attaching another is refused by name",
    ),
    Difference(
        "the root", "assumes no roles", "assumes roles whose trust policy names the account: somebody has to begin"
    ),
    Difference(
        "condition keys that the endpoint does not know",
        "have their values",
        "the statement fails closed: an Allow gives nothing, a Deny denies",
    ),
    Difference("MFA, SAML, web identities, source identity", "are checked", "refused by name"),
    Difference("organisations and their policies (SCP, RCP)", "limit an account", "not there"),
)
