"""Data Catalog views (SECURITY DEFINER): whose rights a view may lend to its readers, and what it may read.

A view reads with its definer's rights. So its text is written by the definer himself, or by one whom IAM lets pass that
role (`iam:PassRole`); ALTER on the view alone is not enough. And the definer could have granted what the view shows: he
holds SELECT with the grant option on every table that it lists (SubObjects). A reader of the view reaches no other.
Source: Lake Formation guide, "Prerequisites for creating views".
"""

from __future__ import annotations

import re

from mesh_core.localaws.aws_error import AwsError, denied, invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.arns import glue_prefix
from mesh_core.localaws.glue.documents import Document, as_sent

MOST_BASES = 10


def with_definer(ctx: Context, caller: Caller, database: str, wanted: Document, before: Document | None) -> Document:
    """A TableInput whose view names its definer, the caller by default, and what he may show in that database.

    AwsError AccessDeniedException, InvalidInputException.
    """
    if "ViewDefinition" not in wanted:
        return wanted
    view = as_sent({"Definer": caller.principal, **wanted["ViewDefinition"]})
    if before is None or before.get("ViewDefinition") != view:
        _require_definer(ctx, caller, view["Definer"])
        _require_bases(ctx, database, view)
    return {**wanted, "ViewDefinition": view}


def _require_definer(ctx: Context, caller: Caller, definer: str) -> None:
    if ":role/" not in definer:
        raise invalid(f"The definer of a view must be an IAM role; {definer} is none.")
    if definer != caller.principal and not ctx.iam.allows(caller, "iam:PassRole", definer):
        raise denied(
            f"User: {caller.arn} is not authorized to perform: iam:PassRole on resource: {definer} "
            "because no identity-based policy allows the iam:PassRole action"
        )


def _require_bases(ctx: Context, database: str, view: Document) -> None:
    if ctx.lake.is_left_to_iam(database):
        raise invalid(f"Database {database} grants to IAM_ALLOWED_PRINCIPALS: revoke that, then make the view.")
    bases = [base_of(ctx, arn) for arn in view.get("SubObjects") or ()]
    if len(bases) > MOST_BASES:
        raise invalid(f"A protected view reads at most {MOST_BASES} tables; this one reads {len(bases)}.")
    for base in bases:
        _require_base(ctx, view["Definer"], *base)


def base_of(ctx: Context, arn: str) -> tuple[str, str]:
    """The (database, table) that an entry of SubObjects names. AwsError InvalidInputException."""
    found = re.fullmatch(rf"{re.escape(glue_prefix(ctx))}table/([^/]+)/([^/]+)", arn)
    if found is None:
        raise invalid(f"{arn} is not the ARN of a table of this account and region.")
    return found[1].lower(), found[2].lower()


def _require_base(ctx: Context, definer: str, database: str, table: str) -> None:
    from mesh_core.localaws.lakeformation.delegation import Delegation

    named, role = f"{database}.{table}", ctx.lake.definer_caller(definer)
    ctx.lake.require_table(role, database, table, "SELECT")
    found = ctx.catalog.table(database, table)
    if found.get("TableType") == "VIRTUAL_VIEW" or found.get("ViewDefinition"):
        raise invalid(f"A protected view can't read a view: {named}.")
    if not ctx.lake.table_access(role, database, table).governed:
        raise invalid(f"{named} grants to IAM_ALLOWED_PRINCIPALS: revoke that, then make the view.")
    with ctx.store.read() as db:
        if not Delegation(ctx.lake, db, role).holds_all(database, table):
            raise denied(
                "Insufficient Lake Formation permission(s): the definer needs SELECT with the grant option on all "
                f"columns of {named}"
            )
    location = found.get("StorageDescriptor", {}).get("Location", "")
    if not ctx.lake.is_registered(location):
        raise invalid(f"{named} lies in {location}, which is not registered with Lake Formation: register that.")


def refuse_view_action(params: Document) -> None:
    """AwsError NotImplementedException for updates that merge a view's dialects instead of replacing them."""
    action = params.get("ViewUpdateAction", "REPLACE")
    if action != "REPLACE":
        raise AwsError(
            "NotImplementedException",
            f"ViewUpdateAction {action} runs on AWS but not on the local endpoint: use REPLACE.",
        )
