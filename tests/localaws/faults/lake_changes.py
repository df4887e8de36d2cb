"""Changes of Lake Formation: tags and their assignment, grants, filters, expressions, locations, settings."""

from __future__ import annotations

from typing import Any

from tests.localaws.faults.requests import Change, Key, Person, Seen, gone, has, now, versus

READER = "fault-reader"


def reader(person: Person) -> str:
    return person.clients.endpoint.role_arn(READER)


def create_tag(person: Person) -> Change | None:
    if len(person.there("tag")) >= 3:
        return None
    key, values = person.fresh("k"), ["a", "b"]
    return Change(
        "CreateLFTag",
        lambda: person.clients.lake.create_lf_tag(TagKey=key, TagValues=values),
        {("tag", key): now(lambda after: after == values)},
    )


def change_tag(person: Person) -> Change | None:
    key = person.one("tag")
    if key is None:
        return None
    value = person.fresh("v")
    if person.dice.random() < 0.3 and not _is_used(person, key[1]):
        return Change("DeleteLFTag", lambda: person.clients.lake.delete_lf_tag(TagKey=key[1]), {key: gone})
    return Change(
        "UpdateLFTag",
        lambda: person.clients.lake.update_lf_tag(TagKey=key[1], TagValuesToAdd=[value]),
        {key: versus(lambda before, after: after == sorted([*before, value]))},
    )


def _is_used(person: Person, key: str) -> bool:
    assigned = any(key in str(person.known[one]) for one in person.there("tagged"))
    return assigned or any(key in str(person.known[one]) for one in person.there("expression"))


def change_assignment(person: Person) -> Change | None:
    tag, table = person.one("tag"), person.one("table")
    if tag is None or table is None:
        return None
    columns = person.known[table]["table"]["StorageDescriptor"]["Columns"]
    name, value = person.dice.choice(columns)["Name"], person.dice.choice(person.known[tag])
    resource = {"TableWithColumns": {"DatabaseName": table[1], "Name": table[2], "ColumnNames": [name]}}
    pair = {"TagKey": tag[1], "TagValues": [value]}
    key: Key = ("tagged", table[1], table[2])

    def tags_of(seen: Seen) -> set[tuple[str, str, str]]:
        return {
            (column["Name"], one["TagKey"], one["TagValues"][0])
            for column in (seen or {}).get("LFTagsOnColumns", [])
            for one in column["LFTags"]
        }

    def assigned(before: Seen, after: Seen, answer: Any) -> bool:
        others = {one for one in tags_of(before) if one[:2] != (name, tag[1])}
        return tags_of(after) == others | {(name, tag[1], value)}

    return Change(
        "AddLFTagsToResource",
        lambda: person.clients.lake.add_lf_tags_to_resource(Resource=resource, LFTags=[pair]),
        {key: assigned},
    )


def change_grant(person: Person) -> Change | None:
    table = person.one("table")
    if table is None:
        return None
    key: Key = ("grants", reader(person), table[1], table[2])
    held = {permission for entry in person.known.get(key) or [] for permission in entry["Permissions"]}
    permission = person.dice.choice(["SELECT", "DESCRIBE", "INSERT", "ALTER"])
    principal = {"DataLakePrincipalIdentifier": reader(person)}
    resource = {"Table": {"DatabaseName": table[1], "Name": table[2]}}
    request = {"Principal": principal, "Resource": resource, "Permissions": [permission]}
    grants = permission not in held

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        now = {one for entry in after for one in entry["Permissions"]}
        return (permission in now) == grants

    send = person.clients.lake.grant_permissions if grants else person.clients.lake.revoke_permissions
    return Change("GrantPermissions" if grants else "RevokePermissions", lambda: send(**request), {key: effect})


def change_filter(person: Person) -> Change | None:
    key, account = person.one("filter"), person.clients.endpoint.account_id
    if key is not None:
        where = dict(zip(("TableCatalogId", "DatabaseName", "TableName", "Name"), key[1:], strict=True))
        if person.dice.random() < 0.4:
            return Change(
                "DeleteDataCellsFilter",
                lambda: person.clients.lake.delete_data_cells_filter(**where),
                {key: gone},
            )
        row_filter = {"FilterExpression": f"day = '{person.fresh('x')}'"}
        data = {**where, "RowFilter": row_filter, "ColumnWildcard": {}}
        return Change(
            "UpdateDataCellsFilter",
            lambda: person.clients.lake.update_data_cells_filter(TableData=data),
            {key: has(RowFilter=row_filter)},
        )
    table = person.one("table")
    if table is None:
        return None
    row_filter = {"FilterExpression": "day = 'monday'"}
    key = ("filter", account, table[1], table[2], person.fresh("f"))
    data = {"TableCatalogId": account, "DatabaseName": table[1], "TableName": table[2], "Name": key[4]}
    return Change(
        "CreateDataCellsFilter",
        lambda: person.clients.lake.create_data_cells_filter(
            TableData={**data, "RowFilter": row_filter, "ColumnWildcard": {}}
        ),
        {key: has(RowFilter=row_filter)},
    )


def change_expression(person: Person) -> Change | None:
    key, tag = person.one("expression"), person.one("tag")
    if key is not None and person.dice.random() < 0.5:
        return Change(
            "DeleteLFTagExpression", lambda: person.clients.lake.delete_lf_tag_expression(Name=key[1]), {key: gone}
        )
    if tag is None or len(person.there("expression")) >= 2:
        return None
    name, pairs = person.fresh("e"), [{"TagKey": tag[1], "TagValues": ["a"]}]
    return Change(
        "CreateLFTagExpression",
        lambda: person.clients.lake.create_lf_tag_expression(Name=name, Expression=pairs),
        {("expression", name): has(Name=name)},
    )


def change_location(person: Person) -> Change | None:
    key, role = person.one("location"), reader(person)
    if key is not None:
        return Change(
            "DeregisterResource", lambda: person.clients.lake.deregister_resource(ResourceArn=key[1]), {key: gone}
        )
    arn = f"arn:aws:s3:::{person.label}-plain/{person.fresh('place')}"
    return Change(
        "RegisterResource",
        lambda: person.clients.lake.register_resource(ResourceArn=arn, RoleArn=role),
        {("location", arn): has(RoleArn=role)},
    )


def change_settings(person: Person) -> Change | None:
    """Only one thread's: there is one set of settings."""
    if person.label != "w0":
        return None
    owners = [f"{person.dice.randint(10**11, 10**12 - 1)}"]
    wanted = {
        "DataLakeAdmins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{person.clients.endpoint.account_id}:root"}],
        "TrustedResourceOwners": owners,
    }
    return Change(
        "PutDataLakeSettings",
        lambda: person.clients.lake.put_data_lake_settings(DataLakeSettings=wanted),
        {("settings",): has(TrustedResourceOwners=owners)},
    )


CHANGES = (
    create_tag,
    change_tag,
    change_assignment,
    change_assignment,
    change_grant,
    change_grant,
    change_filter,
    change_expression,
    change_location,
    change_settings,
)
