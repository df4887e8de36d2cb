"""Doors of S3 and of the history: the tables' files, and other people's results, statements and work groups.

IAM closes them, whatever Lake Formation says: personas have the demo mesh's policies.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from tests.localaws import door_data as data
from tests.localaws.door_visit import Visit
from tests.localaws.door_world import NAMING, OWN, Answer

Door = Callable[[Visit], None]
DOORS: dict[str, Door] = {}


def door(function: Door) -> Door:
    DOORS[function.__name__] = function
    return function


def _refused(visit: Visit, *answers: Answer) -> None:
    for answer in answers:
        assert not answer.ok, f"{visit.person.name} must be refused: {answer.said}\n-> {answer.text}"
    visit.hear()


def _object(visit: Visit, bucket: str, key: str) -> list[Answer]:
    """One object by every operation that gives its bytes or what is in it."""
    path, ask = f"/{bucket}/{quote(key)}", visit.person.s3
    mine = f"/{OWN}/{visit.person.name}/stolen{next(visit.world.numbers)}"
    source = {"x-amz-copy-source": quote(f"/{bucket}/{key}")}
    select = b"<SelectObjectContentRequest><Expression>SELECT * FROM s3object</Expression></SelectObjectContentRequest>"
    found = [
        ask("GET", path),
        ask("HEAD", path),
        ask("GET", path, headers={"range": "bytes=0-40"}),
        ask("GET", f"{path}?versionId=null"),
        ask("GET", f"{path}?partNumber=1"),
        ask("GET", f"{path}?attributes", headers={"x-amz-object-attributes": "ObjectSize"}),
        ask("GET", f"{path}?tagging"),
        ask("GET", f"{path}?acl"),
        ask("PUT", mine, headers=source),
        ask("POST", f"{path}?select&select-type=2", select),
        ask("PUT", f"{path}?acl", headers={"x-amz-acl": "public-read"}),
        ask("DELETE", path),
        visit.person.presigned(path),
    ]
    started = ask("POST", f"{mine}?uploads")
    if started.ok:
        upload = started.text.partition("<UploadId>")[2].partition("</UploadId>")[0]
        found.append(ask("PUT", f"{mine}?partNumber=1&uploadId={upload}", headers=source))
        ask("DELETE", f"{mine}?uploadId={upload}")
    return found


@door
def files_of_tables(visit: Visit) -> None:
    for file in data.files():
        _refused(visit, *_object(visit, file.bucket, file.key))


@door
def listings_of_tables(visit: Visit) -> None:
    for bucket in (data.LAKE, data.HYBRID):
        for query in (
            "",
            "?list-type=2",
            "?versions",
            "?uploads",
            "?list-type=2&prefix=two%2F",
            "?policy",
            "?location",
        ):
            _refused(visit, visit.person.s3("GET", f"/{bucket}{query}"))
        policy = b'{"Version":"2012-10-17","Statement":[]}'
        _refused(visit, visit.person.s3("HEAD", f"/{bucket}"), visit.person.s3("PUT", f"/{bucket}?policy", policy))
    visit.person.s3("GET", "/")
    visit.hear()


@door
def results_of_others(visit: Visit) -> None:
    for key in visit.world.result_keys[visit.aim.row :: 4]:
        _refused(visit, *_object(visit, NAMING.control_bucket, key)[:6])
    for prefix in ("", "results/", "results/owner/", "results/owner", f"results/{visit.person.name}"):
        asked = f"/{NAMING.control_bucket}?list-type=2&prefix={quote(prefix, safe='')}"
        _refused(visit, visit.person.s3("GET", asked))
    _refused(visit, visit.person.s3("GET", f"/{NAMING.control_bucket}?versions&prefix=results%2Fowner%2F"))


@door
def roles_of_others(visit: Visit) -> None:
    """Nobody becomes another, or widens his own policies."""
    form, me = visit.person.form, visit.person.name
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    _refused(
        visit,
        *(
            form("sts", Action="AssumeRole", RoleArn=NAMING.role_arn(name), RoleSessionName="stranger")
            for name in ("owner", "other" if me == "reader" else "reader", "steward")
        ),
        form("iam", Action="PutRolePolicy", RoleName=me, PolicyName="more", PolicyDocument=policy),
        form("iam", Action="AttachRolePolicy", RoleName=me, PolicyArn=administrator),
        form("iam", Action="UpdateAssumeRolePolicy", RoleName="owner", PolicyDocument=policy),
        form("iam", Action="CreateUser", UserName="x"),
        form("iam", Action="CreateAccessKey", UserName="root"),
    )


@door
def history_of_others(visit: Visit) -> None:
    ask = visit.person.ask
    for number in visit.world.past:
        _refused(
            visit,
            ask("athena", "GetQueryResults", QueryExecutionId=number),
            ask("athena", "GetQueryExecution", QueryExecutionId=number),
            ask("athena", "GetQueryRuntimeStatistics", QueryExecutionId=number),
            ask("athena", "StopQueryExecution", QueryExecutionId=number),
        )
    asked = {"QueryExecutionIds": visit.world.past[:5]}
    named = {"NamedQueryId": visit.world.named}
    prepared = {"WorkGroup": "owner", "StatementName": "secret"}
    _refused(
        visit,
        ask("athena", "BatchGetQueryExecution", **asked),
        ask("athena", "ListQueryExecutions", WorkGroup="owner"),
        ask("athena", "GetNamedQuery", **named),
        ask("athena", "BatchGetNamedQuery", NamedQueryIds=[visit.world.named]),
        ask("athena", "ListNamedQueries", WorkGroup="owner"),
        ask("athena", "GetPreparedStatement", **prepared),
        ask("athena", "BatchGetPreparedStatement", WorkGroup="owner", PreparedStatementNames=["secret"]),
        ask("athena", "ListPreparedStatements", WorkGroup="owner"),
        ask("athena", "GetWorkGroup", WorkGroup="owner"),
        ask("athena", "UpdateWorkGroup", WorkGroup="owner", ConfigurationUpdates={}),
    )


@door
def work_groups_of_others(visit: Visit) -> None:
    """A query in another's work group, in the common one, or with its result in another's place."""
    text = f"SELECT * FROM {visit.aim.table}"
    theirs = {"OutputLocation": f"s3://{NAMING.control_bucket}/results/owner/"}
    ran = visit.run(text, WorkGroup="owner")
    assert ran.state == "REFUSED", ran
    visit.run(text, WorkGroup="primary", ResultConfiguration=theirs)
    visit.run(text, ResultConfiguration=theirs)
    visit.run("EXECUTE secret")
    for name in (visit.person.ask("athena", "ListQueryExecutions", WorkGroup=visit.person.name),):
        assert not set(visit.world.past) & set(name.document["QueryExecutionIds"])
    visit.hear()
