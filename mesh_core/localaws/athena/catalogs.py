"""The metadata side of Athena's API: the one data catalog, its databases and tables as the caller may see them."""

from __future__ import annotations

import re
import uuid
from typing import Any

from mesh_core.localaws.athena.glue_calls import Glue
from mesh_core.localaws.athena.paging import invalid_request, page
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.protocol import Handler

CATALOG = "AwsDataCatalog"


def arn(ctx: Context, name: str) -> str:
    """A data catalog's ARN."""
    return f"arn:aws:athena:{ctx.region}:{ctx.account_id}:datacatalog/{name}"


class Catalogs:
    """GetDataCatalog, ListDatabases and their like: Glue's answers in Athena's shapes."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._glue = ctx, Glue(ctx)

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {
            "ListDataCatalogs": self.list_catalogs,
            "GetDataCatalog": self.get_catalog,
            "ListDatabases": self.list_databases,
            "GetDatabase": self.get_database,
            "ListTableMetadata": self.list_tables,
            "GetTableMetadata": self.get_table,
        }

    def list_catalogs(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListDataCatalogs."""
        return {"DataCatalogsSummary": [{"CatalogName": CATALOG, "Type": "GLUE"}]}

    def get_catalog(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetDataCatalog."""
        _require(params["Name"])
        return {
            "DataCatalog": {
                "Name": CATALOG,
                "Type": "GLUE",
                "Description": "The Glue Data Catalog of this account",
                "Parameters": {"catalog-id": self._ctx.account_id},
            }
        }

    def list_databases(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListDatabases."""
        _require(params["CatalogName"])
        found, following = page([_database(each) for each in self._glue.databases(caller)], params)
        return {"DatabaseList": found, **following}

    def get_database(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetDatabase."""
        _require(params["CatalogName"])
        try:
            return {"Database": _database(self._glue.database(caller, params["DatabaseName"].lower()))}
        except AwsError as error:
            raise _metadata_error(error) from error

    def list_tables(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListTableMetadata; `Expression` is a regular expression on the name."""
        _require(params["CatalogName"])
        try:
            tables = self._glue.tables(caller, params["DatabaseName"].lower())
            wanted = re.compile(params.get("Expression", ""), re.I)
        except AwsError as error:
            raise _metadata_error(error) from error
        except re.error as error:
            raise invalid_request(f"Expression is no regular expression: {error}") from error
        found, following = page([_table(each) for each in tables if wanted.search(each["Name"])], params)
        return {"TableMetadataList": found, **following}

    def get_table(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetTableMetadata."""
        _require(params["CatalogName"])
        try:
            table = self._glue.table(caller, params["DatabaseName"].lower(), params["TableName"].lower())
        except AwsError as error:
            raise _metadata_error(error) from error
        return {"TableMetadata": _table(table)}


def _require(name: str) -> None:
    if name.lower() != CATALOG.lower():
        raise invalid_request(f"Data catalog {name} was not found. The local endpoint has one: {CATALOG}.")


def _metadata_error(error: AwsError) -> AwsError:
    """Glue's refusal inside Athena's: clients read the inner code from these brackets."""
    inner = f"Status Code: {error.status}; Error Code: {error.code}; Request ID: {uuid.uuid4()}; Proxy: null"
    return AwsError("MetadataException", f"{error.message} (Service: AmazonDataCatalog; {inner})")


def _database(document: dict[str, Any]) -> dict[str, Any]:
    found = {
        "Name": document["Name"],
        "Description": document.get("Description"),
        "Parameters": document.get("Parameters"),
    }
    return {key: value for key, value in found.items() if value}


def _columns(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = ("Name", "Type", "Comment")
    return [{key: column[key] for key in keys if column.get(key)} for column in columns]


def _table(document: dict[str, Any]) -> dict[str, Any]:
    """Storage is shown in the parameters, as Athena does."""
    storage = document.get("StorageDescriptor", {})
    serde = storage.get("SerdeInfo", {})
    shown = {
        "inputformat": storage.get("InputFormat"),
        "location": storage.get("Location"),
        "outputformat": storage.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{key}": value for key, value in serde.get("Parameters", {}).items()},
    }
    found = {
        "Name": document["Name"],
        "CreateTime": document.get("CreateTime"),
        "LastAccessTime": document.get("LastAccessTime"),
        "TableType": document.get("TableType"),
        "Columns": _columns(storage.get("Columns", [])),
        "PartitionKeys": _columns(document.get("PartitionKeys", [])),
        "Parameters": {
            **document.get("Parameters", {}),
            **{key: value for key, value in shown.items() if value is not None},
        },
    }
    return {key: value for key, value in found.items() if value is not None}
