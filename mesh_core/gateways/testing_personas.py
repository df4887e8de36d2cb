"""A persona: a role's credentials, and assertions about what it reads.

`must_not_read` looks through two doors: Athena with the persona's credentials, and the table's files in S3. It passes
only when the persona was refused for want of a right, or got nothing but NULL where there are values; a column that
does not exist, or a query that fails for another reason, is an error, so that a misspelled test does not pass for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mesh_core.errors import NotFoundError, QueryFailedError
from mesh_core.gateways.testing_grants import split
from mesh_core.gateways.testing_queries import Rows, run

if TYPE_CHECKING:
    import boto3

    from mesh_core.gateways.testing import LocalAws

# How Athena refuses: what may not be seen is said to be absent
_REFUSALS = (
    *("COLUMN_NOT_FOUND", "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "PERMISSION_DENIED", "ACCESS_DENIED"),
    *("Insufficient permissions", "Insufficient Lake Formation", "is not authorized to perform", "Access Denied"),
)


# A persona that may not keep its results would be refused whatever it asks
_NO_PROOF = ("writing output", "write output")


@dataclass(frozen=True)
class Persona:
    """An IAM role in a test. `session` has its credentials, for boto3."""

    name: str
    arn: str
    session: boto3.Session
    aws: LocalAws

    def client(self, service: str) -> Any:
        """A boto3 client of a service with the persona's credentials."""
        return self.aws.client_of(self.session, service)

    def sql(self, text: str, database: str = "default") -> Rows:
        """Run a statement in the persona's work group. QueryFailedError with Athena's reason."""
        return run(self.client("athena"), text, database, {"WorkGroup": self.name})

    def must_read(self, what: str) -> None:
        """Assert that `database.table` (all columns that it has) or `database.table.column` can be selected.

        AssertionError that says Athena's reason and what the persona holds; NotFoundError when there is no such thing.
        """
        database, table, column = self._there(what)
        columns = [column] if column else self._columns(database, table)
        for each in columns:
            try:
                self.sql(_counted(database, table, each))
            except QueryFailedError as error:
                held = self.aws.grants.that_let(self.arn, database, table)
                raise AssertionError(
                    f"{self.name} can't read {database}.{table}.{each}: {error.reason}\n{_listed('It holds', held)}"
                ) from None

    def must_not_read(self, what: str) -> None:
        """Assert that no value of `database.table` or `database.table.column` comes out, by Athena or from its files.

        AssertionError that names the grants which let it through; NotFoundError when there is no such thing.
        """
        database, table, column = self._there(what)
        for each in [column] if column else self._columns(database, table):
            if leaked := self._leak(database, table, each):
                found = self.aws.grants.that_let(self.arn, database, table, each)
                raise AssertionError(
                    f"{self.name} can read {database}.{table}.{each}: {leaked}\n"
                    f"{_listed('It is let through by', found)}"
                )
        if opened := self._open_file(database, table):
            raise AssertionError(
                f"{self.name} can read the files of {database}.{table}: s3:GetObject on {opened} is allowed by its IAM "
                "policies or the bucket's. Lake Formation is not asked there."
            )

    def _leak(self, database: str, table: str, column: str) -> str:
        """How the column's values come out; "" when they don't. QueryFailedError for other reasons than rights."""
        sql = _counted(database, table, column)
        try:
            (seen,) = self.sql(sql)
        except QueryFailedError as error:
            if any(words in error.reason for words in _NO_PROOF) or not any(
                words in error.reason for words in _REFUSALS
            ):
                raise
            return ""
        if seen["known"]:
            return f"{seen['known']} values in {seen['rows']} rows."
        try:
            (there,) = self.aws.sql(sql)
        except QueryFailedError:
            there = {"known": 0}
        return "" if there["known"] else "the column can be selected (there is no value that could be hidden)."

    def _there(self, what: str) -> tuple[str, str, str]:
        database, table, column = split(what)
        if not table:
            raise NotFoundError(f"'{what}' is no table. Write database.table or database.table.column.")
        columns = self._columns(database, table)
        if column and column.partition(".")[0] not in columns:
            raise NotFoundError(
                f"{database}.{table} has no column {column}: a test of it would always pass. "
                f"It has {', '.join(columns)}."
            )
        return database, table, column

    def _columns(self, database: str, table: str) -> list[str]:
        found = self._table(database, table)
        return [each["Name"] for each in [*found["StorageDescriptor"]["Columns"], *found.get("PartitionKeys", [])]]

    def _table(self, database: str, table: str) -> dict[str, Any]:
        glue = self.aws.client("glue")
        try:
            found: dict[str, Any] = glue.get_table(DatabaseName=database, Name=table)["Table"]
        except glue.exceptions.EntityNotFoundException as error:
            raise NotFoundError(
                f"There is no table {database}.{table}: a test of it would always pass. Lay it first."
            ) from error
        return found

    def _open_file(self, database: str, table: str) -> str:
        """The URI of one of the table's files if the persona may read it by itself, else ""."""
        location = self._table(database, table)["StorageDescriptor"].get("Location", "")
        bucket, _, prefix = location.partition("://")[2].partition("/")
        if not bucket:
            return ""
        listed = self.aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=100).get("Contents", [])
        s3 = self.client("s3")
        for each in listed:
            try:
                s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].close()
            except s3.exceptions.ClientError:
                continue
            return f"s3://{bucket}/{each['Key']}"
        return ""


def statements_for_querying(name: str, results: str, region: str, account_id: str) -> list[dict[str, Any]]:
    """IAM statements: query through Athena in the work group `name`, results under `results` (`bucket/prefix`)."""
    bucket = results.partition("/")[0]
    group = f"arn:aws:athena:{region}:{account_id}:workgroup/{name}"
    looking = (
        *("glue:Get*", "glue:BatchGet*", "glue:SearchTables", "lakeformation:GetDataAccess", "athena:ListWorkGroups"),
        *("athena:ListDataCatalogs", "athena:GetDataCatalog", "athena:ListDatabases", "athena:GetDatabase"),
        *("athena:ListTableMetadata", "athena:GetTableMetadata"),
    )
    files = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
    return [
        _allow(("athena:*",), group),
        _allow(looking, "*"),
        _allow(files, f"arn:aws:s3:::{results}/*"),
        _allow(("s3:GetBucketLocation",), f"arn:aws:s3:::{bucket}"),
    ]


def _allow(actions: tuple[str, ...], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _counted(database: str, table: str, column: str) -> str:
    """SQL: how many rows, and in how many the column has a value. A dot leads into a struct."""
    path = ".".join(f'"{part}"' for part in column.split("."))
    return f'SELECT count(*) AS rows, count({path}) AS known FROM "{database}"."{table}"'


def _listed(title: str, sentences: list[str]) -> str:
    if not sentences:
        return f"{title}: no grant that ListPermissions shows."
    return f"{title}:\n" + "\n".join(f"  {sentence}" for sentence in sentences)
