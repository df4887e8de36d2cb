"""kill -9 under writers: what was acknowledged is there after the next start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.localaws.conftest import EndpointProcess, policy

TRUST = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
ENOUGH = 8


class Writer(threading.Thread):
    """Writes until the endpoint is gone; `acknowledged` holds what it was told is stored."""

    def __init__(self, write: Callable[[str], Any], label: str) -> None:
        super().__init__()
        self.write, self.label = write, label
        self.acknowledged: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        for number in range(1000):
            name = f"{self.label}-{number}"
            try:
                self.write(name)
            except (BotoCoreError, ClientError):
                break
            self.acknowledged.append(name)
            if len(self.acknowledged) == ENOUGH:
                self.enough.set()


def writers(endpoint: EndpointProcess, cycle: int) -> dict[str, Writer]:
    def client(service: str) -> Any:
        return endpoint.client_of(endpoint.session(), service)

    iam, s3, glue = client("iam"), client("s3"), client("glue")
    writes: dict[str, Callable[[str], Any]] = {
        "role": lambda name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST),
        "object": lambda name: s3.put_object(Bucket="kill-lake", Key=name, Body=name.encode() * 1000),
        "database": lambda name: glue.create_database(DatabaseInput={"Name": name}),
    }
    return {kind: Writer(write, f"{kind}-{cycle}") for kind, write in writes.items()}


def test_nothing_acknowledged_is_lost(own_endpoint: EndpointProcess) -> None:
    own_endpoint.client("s3").create_bucket(Bucket="kill-lake")
    kept: dict[str, list[str]] = {"role": [], "object": [], "database": []}
    for cycle in range(2):
        running = writers(own_endpoint, cycle)
        for writer in running.values():
            writer.start()
        for writer in running.values():
            assert writer.enough.wait(60)
        own_endpoint.kill()
        for kind, writer in running.items():
            writer.join(60)
            kept[kind] += writer.acknowledged
        own_endpoint.start()
    roles = own_endpoint.client("iam").get_paginator("list_roles").paginate()
    assert set(kept["role"]) <= {role["RoleName"] for page in roles for role in page["Roles"]}
    databases = own_endpoint.client("glue").get_paginator("get_databases").paginate()
    assert set(kept["database"]) <= {database["Name"] for page in databases for database in page["DatabaseList"]}
    for name in kept["object"]:
        found = own_endpoint.client("s3").get_object(Bucket="kill-lake", Key=name)["Body"].read()
        assert found == name.encode() * 1000
