"""What IAM is asked about before a Glue operation: the resource and each of its ancestors.

Source: the Glue guide on resource ARNs: an operation on a table needs the action on the catalog, the database and the
table. Operations that list ask for everything of a kind (`table/sales/*`).
"""

from __future__ import annotations

from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.arns import glue_prefix
from mesh_core.localaws.glue.documents import Document

_FUNCTIONS = "UserDefinedFunction"


def resources(ctx: Context, operation: str, params: Document) -> tuple[str, ...]:
    """The ARNs on which identity policies must allow the operation."""
    prefix = glue_prefix(ctx)
    if "ResourceArn" in params:
        return (params["ResourceArn"],)
    return f"{prefix}catalog", *(f"{prefix}{name}" for name in _names(operation, params))


def _names(operation: str, params: Document) -> list[str]:
    """`database/sales`, `table/sales/orders`: the resources of a request below the catalog."""
    database = _database(operation, params)
    if database is None:
        return ["database/*", "table/*/*"] if operation == "SearchTables" else []
    if _FUNCTIONS in operation:
        name = params.get("FunctionName") or params.get("FunctionInput", {}).get("FunctionName", "*")
        return [f"database/{database}", f"userDefinedFunction/{database}/{name.lower()}"]
    return [f"database/{database}", *(f"table/{database}/{name}" for name in _tables(operation, params))]


def _database(operation: str, params: Document) -> str | None:
    if "DatabaseName" in params:
        return str(params["DatabaseName"]).lower()
    if operation in ("GetDatabases", "GetUserDefinedFunctions"):
        return "*"
    if operation in ("CreateDatabase", "GetDatabase", "UpdateDatabase", "DeleteDatabase"):
        return str(params["DatabaseInput"]["Name"] if operation == "CreateDatabase" else params["Name"]).lower()
    return None


def _tables(operation: str, params: Document) -> list[str]:
    if "TablesToDelete" in params:
        return [name.lower() for name in params["TablesToDelete"]]
    if operation in ("GetTables", "DeleteDatabase"):
        return ["*"]
    named = params.get("TableName") or params.get("TableInput", {}).get("Name") or params.get("Name")
    return [named.lower()] if named and not operation.endswith("Database") else []
