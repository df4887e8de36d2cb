"""Data Catalog views (SECURITY DEFINER): whose rights a view may lend to its readers.

A view reads with its definer's rights. So its text is written by the definer himself, or by one whom IAM lets pass that
role (`iam:PassRole`); ALTER on the view alone is not enough.
"""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Iam
from mesh_core.localaws.glue.documents import Document, as_sent


def with_definer(iam: Iam, caller: Caller, wanted: Document, before: Document | None) -> Document:
    """A TableInput whose view names its definer, the caller by default. AwsError AccessDeniedException."""
    if "ViewDefinition" not in wanted:
        return wanted
    view = as_sent({"Definer": caller.principal, **wanted["ViewDefinition"]})
    unchanged = before is not None and before.get("ViewDefinition") == view
    if (
        not unchanged
        and view["Definer"] != caller.principal
        and not iam.allows(caller, "iam:PassRole", view["Definer"])
    ):
        raise denied(
            f"User: {caller.arn} is not authorized to perform: iam:PassRole on resource: {view['Definer']} "
            "because no identity-based policy allows the iam:PassRole action"
        )
    return {**wanted, "ViewDefinition": view}


def refuse_view_action(params: Document) -> None:
    """AwsError NotImplementedException for updates that merge a view's dialects instead of replacing them."""
    action = params.get("ViewUpdateAction", "REPLACE")
    if action != "REPLACE":
        raise AwsError(
            "NotImplementedException",
            f"ViewUpdateAction {action} runs on AWS but not on the local endpoint: use REPLACE.",
        )
