"""A governed mesh on a running endpoint: roles, a registered bucket, and tables with files."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tests.localaws.conftest import EndpointProcess

LAKE, RESULTS, OWN = "governed-lake", "governed-results", "governed-own"
TEXT = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


def allow(*actions: str, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def code_of(call: Any, **arguments: Any) -> str:
    """The code with which a call is refused; "" when it is not."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


class Mesh:
    """`admin` is the administrator, `owner` owns database `sales`; every role has all rights but those on the lake."""

    def __init__(self, endpoint: EndpointProcess, *roles: str) -> None:
        self.endpoint = endpoint
        for bucket in (LAKE, RESULTS, OWN):
            endpoint.client("s3").create_bucket(Bucket=bucket)
        for role in ("admin", "owner", *roles):
            self.role(role)
        self.settings()
        self.call("RegisterResource", ResourceArn=f"arn:aws:s3:::{LAKE}", RoleArn=endpoint.role_arn("registrar"))
        self.grant("owner", {"Catalog": {}}, "CREATE_DATABASE")
        self.grant("owner", {"DataLocation": {"ResourceArn": f"arn:aws:s3:::{LAKE}/sales"}}, "DATA_LOCATION_ACCESS")
        self.glue("owner").create_database(DatabaseInput={"Name": "sales", "LocationUri": f"s3://{LAKE}/sales/"})

    def role(self, name: str, *statements: dict[str, Any], trust: dict[str, Any] | None = None) -> None:
        """A role with full rights on the services and on its results, none on the lake's bucket."""
        own = [f"arn:aws:s3:::{bucket}{tail}" for bucket in (RESULTS, OWN) for tail in ("", "/*")]
        services = allow("glue:*", "athena:*", "lakeformation:*", "sts:*")
        self.endpoint.make_role(name, *(statements or (services, allow("s3:*", resource=own))), trust=trust)

    def settings(self, **more: Any) -> None:
        """Put the settings: `admin` administers, Lake Formation decides about what is new."""
        admins = [{"DataLakePrincipalIdentifier": self.endpoint.role_arn("admin")}]
        self.endpoint.client("lakeformation").put_data_lake_settings(
            DataLakeSettings={"DataLakeAdmins": admins, **more}
        )

    def lf(self, role: str | None = "admin") -> Any:
        return self.endpoint.client("lakeformation", role)

    def glue(self, role: str | None) -> Any:
        return self.endpoint.client("glue", role)

    def call(self, operation: str, by: str = "admin", **params: Any) -> dict[str, Any]:
        """A Lake Formation operation, by its name in the API."""
        client = self.lf(by)
        methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
        answer: dict[str, Any] = getattr(client, methods[operation])(**params)
        return answer

    def grant(self, to: str, resource: dict[str, Any], *permissions: str, passing: tuple[str, ...] = ()) -> None:
        principal = {"DataLakePrincipalIdentifier": self.endpoint.role_arn(to)}
        given = {"Permissions": list(permissions), "PermissionsWithGrantOption": list(passing)}
        self.call("GrantPermissions", Principal=principal, Resource=resource, **given)

    def revoke(self, of: str, resource: dict[str, Any], *permissions: str) -> None:
        principal = {"DataLakePrincipalIdentifier": self.endpoint.role_arn(of)}
        self.call("RevokePermissions", Principal=principal, Resource=resource, Permissions=list(permissions))

    def table(self, name: str, columns: str, rows: dict[str, str], keys: str = "", location: str = "") -> None:
        """A comma-separated table of `owner` with its files ({"": text}, or {partition's value: text})."""
        location = location or f"s3://{LAKE}/sales/{name}/"
        serde = {"SerializationLibrary": TEXT, "Parameters": {"field.delim": ","}}
        storage = {"Columns": fields(columns), "Location": location, "SerdeInfo": serde}
        table = {"Name": name, "StorageDescriptor": storage, "PartitionKeys": fields(keys)}
        self.glue("owner").create_table(DatabaseName="sales", TableInput={**table, "TableType": "EXTERNAL_TABLE"})
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        for value, text in rows.items():
            folder = f"{keys.split(':')[0]}={value}/" if keys else ""
            self.endpoint.client("s3").put_object(Bucket=bucket, Key=f"{prefix}{folder}part-0", Body=text.encode())
            if keys:
                at = {**storage, "Location": f"{location}{folder}"}
                wanted = {"Values": [value], "StorageDescriptor": at}
                self.glue("owner").create_partition(DatabaseName="sales", TableName=name, PartitionInput=wanted)

    def cells(self, to: str, table: str, name: str, rows: str | None, *columns: str) -> None:
        """A data cells filter, and SELECT on it."""
        where = {"TableCatalogId": self.endpoint.account_id, "DatabaseName": "sales", "TableName": table, "Name": name}
        row_filter: dict[str, Any] = {"AllRowsWildcard": {}} if rows is None else {"FilterExpression": rows}
        chosen: dict[str, Any] = {"ColumnNames": list(columns)} if columns else {"ColumnWildcard": {}}
        self.call("CreateDataCellsFilter", TableData={**where, "RowFilter": row_filter, **chosen})
        self.grant(to, {"DataCellsFilter": where}, "SELECT")

    def sql(self, text: str, role: str, **arguments: Any) -> list[list[str | None]]:
        """The rows of a statement, header first. AssertionError when it fails."""
        place = {"OutputLocation": f"s3://{RESULTS}/{role}/"}
        return self.endpoint.sql(text, role, ResultConfiguration=place, **arguments)


def fields(text: str) -> list[dict[str, str]]:
    return [dict(zip(("Name", "Type"), part.split(":", 1), strict=True)) for part in text.split()]


def table(name: str) -> dict[str, Any]:
    return {"Table": {"DatabaseName": "sales", "Name": name}}


def columns(name: str, *names: str) -> dict[str, Any]:
    return {"TableWithColumns": {"DatabaseName": "sales", "Name": name, "ColumnNames": list(names)}}
