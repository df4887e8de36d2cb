"""The local endpoint in tests of governance: start it, lay tables, make personas, grant, ask who reads what.

`localaws_pytest` has the pytest fixtures over this; without pytest: `with LocalAws.start(folder) as aws: ...`. It
stands among the gateways because it speaks boto3, and starts the endpoint as a process, as everybody does.

The account is in Lake Formation mode: nothing is open to everybody whom IAM allows, the root is the data lake
administrator, and the bucket of the tables is registered. So a persona reads what it was granted and nothing else.

Not thread-safe; one `LocalAws` per process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from mesh_core.gateways.localaws_process import LocalEndpoint, root_key
from mesh_core.gateways.testing_grants import Grants
from mesh_core.gateways.testing_personas import Persona, statements_for_querying
from mesh_core.gateways.testing_queries import Rows, run
from mesh_core.gateways.testing_tables import Data, Tables

LAKE, RESULTS = "localaws-lake", "localaws-results"
CONFIG = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


class LocalAws:
    """A running endpoint, seen as its root. Use as a context manager, or call `close`."""

    def __init__(self, process: LocalEndpoint) -> None:
        self._process, self._where = process, process.endpoint
        self._clients: dict[str, Any] = {}
        # One for all sessions: each would read botocore's large models anew
        self._models = botocore.session.get_session().get_component("data_loader")
        self.session = self._session(*root_key(self._where.credentials_file))
        """The root's boto3 session."""
        self._prepare()
        self.grants = Grants(self.client, self.account_id)
        self._tables = Tables(self.client, LAKE)

    @classmethod
    def start(cls, folder: Path) -> LocalAws:
        """Start one on a folder (made if needed). EndpointError when it does not answer, EndpointStateError."""
        return cls(LocalEndpoint.open(folder))

    def close(self) -> None:
        """End the process and wait until it is gone."""
        self._process.close()

    def __enter__(self) -> LocalAws:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it answers: http://127.0.0.1:PORT."""
        return self._where.url

    @property
    def region(self) -> str:
        """Its region."""
        return self._where.region

    @property
    def account_id(self) -> str:
        """Its account's 12 digits."""
        return self._where.account_id

    def client(self, service: str) -> Any:
        """The root's boto3 client of a service; kept."""
        if service not in self._clients:
            self._clients[service] = self.client_of(self.session, service)
        return self._clients[service]

    def client_of(self, session: boto3.Session, service: str) -> Any:
        """A boto3 client of any session on this endpoint, without retries."""
        return session.client(service, endpoint_url=self.url, config=CONFIG)  # type: ignore[call-overload]

    def environment(self, persona: Persona | None = None) -> dict[str, str]:
        """The variables that lead other programs here (AWS CLI, dbt, awswrangler), as the root or as a persona."""
        credentials = (persona.session if persona else self.session).get_credentials()
        assert credentials is not None
        found = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return found | ({"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {})

    def sql(self, text: str, database: str = "default") -> Rows:
        """Run a statement as the root. QueryFailedError with Athena's reason."""
        output = {"ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/root/"}}
        return run(self.client("athena"), text, database, output)

    def table(self, database: str, name: str, data: Data, partitioned_by: Sequence[str] = ()) -> str:
        """Lay a table, in place of one of that name: `database.name` is returned.

        `data` is a list of dictionaries, a path of a Parquet file, a pyarrow Table or a pandas DataFrame; types are
        taken from it. Grants on a table of that name end, as on AWS.
        """
        return self._tables.lay(database.lower(), name.lower(), data, [column.lower() for column in partitioned_by])

    def persona(self, name: str, policies: Sequence[Mapping[str, Any]] = ()) -> Persona:
        """An IAM role that may query through Athena in a work group of its own; made, or found again.

        `policies` are further IAM statements. Being able to query opens no table: grants do.
        """
        statements = [*statements_for_querying(name, f"{RESULTS}/{name}", self.region, self.account_id), *policies]
        arn = self._role(name, statements)
        got = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        session = self._session(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
        return Persona(name, arn, session, self)

    def grant(
        self,
        to: Persona | str,
        on: str,
        *permissions: str,
        columns: Sequence[str] = (),
        without: Sequence[str] = (),
        rows: str = "",
    ) -> None:
        """Grant permissions (SELECT, if none is named) to a persona or a principal's ARN.

        `on` is `database`, `database.*`, `database.table` or `database.table.column`. `columns` or `without` narrow a
        table to columns, `rows` to those that an expression is true for (`country = 'de'`).
        """
        principal = to if isinstance(to, str) else to.arn
        self.grants.give(principal, on, permissions or ("SELECT",), columns=columns, without=without, rows=rows)

    def tag(self, on: str, **tags: str) -> None:
        """Put LF-tags (`pii="true"`) on a database, a table or a column; keys and values are made as needed."""
        self.grants.tag(on, tags)

    def grant_by_tags(self, to: Persona | str, *permissions: str, **tags: str | Sequence[str]) -> None:
        """Grant permissions (SELECT, if none is named) on every table and column whose LF-tags fit."""
        self.grants.give_by_tags(to if isinstance(to, str) else to.arn, permissions or ("SELECT",), tags)

    def _session(self, key: str, secret: str, token: str | None = None) -> boto3.Session:
        core = botocore.session.get_session()
        core.register_component("data_loader", self._models)
        return boto3.Session(key, secret, token, self.region, core)

    def _prepare(self) -> None:
        for bucket in (LAKE, RESULTS):
            if self.region == "us-east-1":
                self.client("s3").create_bucket(Bucket=bucket)
            else:
                place = {"LocationConstraint": self.region}
                self.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        lake = self.client("lakeformation")
        settings = lake.get_data_lake_settings()["DataLakeSettings"]
        settings |= {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}
        settings["DataLakeAdmins"] = [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{self.account_id}:root"}]
        lake.put_data_lake_settings(DataLakeSettings=settings)
        lake.register_resource(ResourceArn=f"arn:aws:s3:::{LAKE}", UseServiceLinkedRole=True)

    def _role(self, name: str, statements: list[Mapping[str, Any]]) -> str:
        iam, athena = self.client("iam"), self.client("athena")
        account = {"AWS": f"arn:aws:iam::{self.account_id}:root"}
        trust = {"Effect": "Allow", "Principal": account, "Action": "sts:AssumeRole"}
        try:
            arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document([trust]))["Role"]["Arn"])
            place = {"ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/{name}/"}}
            enforced = {**place, "EnforceWorkGroupConfiguration": True}
            athena.create_work_group(Name=name, Configuration=enforced)
        except iam.exceptions.EntityAlreadyExistsException:
            arn = f"arn:aws:iam::{self.account_id}:role/{name}"
        iam.put_role_policy(RoleName=name, PolicyName="persona", PolicyDocument=_document(statements))
        return arn


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
