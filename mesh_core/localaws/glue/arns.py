"""ARNs of the catalog's resources."""

from __future__ import annotations

from mesh_core.localaws.context import Context


def database_arn(ctx: Context, database: str) -> str:
    """`arn:aws:glue:REGION:ACCOUNT:database/NAME`."""
    return f"{glue_prefix(ctx)}database/{database}"


def glue_prefix(ctx: Context) -> str:
    """What every ARN of this catalog begins with."""
    return f"arn:aws:glue:{ctx.region}:{ctx.account_id}:"
