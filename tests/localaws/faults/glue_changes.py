"""Changes of the catalog: databases, tables and their versions, partitions, column statistics."""

from __future__ import annotations

from typing import Any

from tests.localaws.faults.requests import Change, Effect, Key, Person, Seen, gone, has, now, versus

TYPES = ("int", "bigint", "string", "double", "date", "decimal(10,2)", "array<string>")
MOST_DATABASES, MOST_TABLES = 2, 4


def table_input(person: Person, name: str, columns: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "Name": name,
        "Description": person.dice.randbytes(20).hex(),
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "Parameters": {"classification": "parquet", "note": person.dice.randbytes(4).hex()},
        "StorageDescriptor": {"Columns": columns, "Location": f"s3://{person.label}-plain/{name}/"},
    }


def columns_of(person: Person) -> list[dict[str, str]]:
    return [{"Name": f"c{number}", "Type": person.dice.choice(TYPES)} for number in range(person.dice.randint(1, 12))]


def create_database(person: Person) -> Change | None:
    if len(person.there("database")) >= MOST_DATABASES:
        return None
    name, text = person.fresh("db"), person.dice.randbytes(8).hex()
    return Change(
        "CreateDatabase",
        lambda: person.clients.glue.create_database(DatabaseInput={"Name": name, "Description": text}),
        {("database", name): has(Description=text)},
    )


def update_database(person: Person) -> Change | None:
    key = person.one("database")
    if key is None:
        return None
    text = person.dice.randbytes(8).hex()

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        return bool(after["Description"] == text and after["CreateTime"] == before["CreateTime"])

    wanted = {"Name": key[1], "Description": text}
    return Change(
        "UpdateDatabase",
        lambda: person.clients.glue.update_database(Name=key[1], DatabaseInput=wanted),
        {key: effect},
    )


def below(person: Person, database: str, table: str | None = None) -> dict[Key, Effect]:
    """Everything that goes with a database or a table."""
    kinds = {"table": 1, "tagged": 1, "grants": 2, "filter": 2}
    return {
        key: gone
        for key in person.known
        if (at := kinds.get(key[0])) and key[at] == database and table in (None, key[at + 1])
    }


def delete_database(person: Person) -> Change | None:
    key = person.one("database")
    if key is None or person.dice.random() < 0.7:
        return None
    effects = {key: gone, **below(person, key[1])}
    return Change("DeleteDatabase", lambda: person.clients.glue.delete_database(Name=key[1]), effects)


def create_table(person: Person) -> Change | None:
    database = person.one("database")
    if database is None or len(person.there("table")) >= MOST_TABLES:
        return None
    name, columns = person.fresh("t"), columns_of(person)
    wanted = table_input(person, name, columns)

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        return after is not None and _defined(after["table"], wanted) and list(after["versions"]) == ["0"]

    return Change(
        "CreateTable",
        lambda: person.clients.glue.create_table(DatabaseName=database[1], TableInput=wanted),
        {("table", database[1], name): effect},
    )


def _defined(table: Any, wanted: dict[str, Any]) -> bool:
    same = all(table[member] == wanted[member] for member in ("Description", "Parameters", "PartitionKeys"))
    return same and bool(table["StorageDescriptor"]["Columns"] == wanted["StorageDescriptor"]["Columns"])


def update_table(person: Person) -> Change | None:
    key = person.one("table")
    if key is None:
        return None
    wanted, skip = table_input(person, key[2], columns_of(person)), person.dice.random() < 0.3

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        old, new = before["table"]["VersionId"], str(int(before["table"]["VersionId"]) + 1)
        archived = {version for version in before["versions"] if version != old or not skip}
        return (
            _defined(after["table"], wanted)
            and set(after["versions"]) == archived | {new}
            and all(after["versions"][version] == before["versions"][version] for version in archived)
            and after["partitions"] == before["partitions"]
            and after["table"]["CreateTime"] == before["table"]["CreateTime"]
        )

    tagged: Key = ("tagged", key[1], key[2])
    names = {column["Name"] for column in wanted["StorageDescriptor"]["Columns"]}

    def still_tagged(before: Seen, after: Seen) -> bool:
        """The columns that stay keep their tags; one that comes back has its old ones."""
        columns = [column for column in before["LFTagsOnColumns"] if column["Name"] in names]
        return all(column in after["LFTagsOnColumns"] for column in columns)

    return Change(
        "UpdateTable",
        lambda: person.clients.glue.update_table(DatabaseName=key[1], TableInput=wanted, SkipArchive=skip),
        {key: effect} | ({tagged: versus(still_tagged)} if tagged in person.known else {}),
    )


def delete_table(person: Person) -> Change | None:
    key = person.one("table")
    if key is None or person.dice.random() < 0.5:
        return None
    effects = {key: gone, **below(person, key[1], key[2])}
    return Change("DeleteTable", lambda: person.clients.glue.delete_table(DatabaseName=key[1], Name=key[2]), effects)


def delete_version(person: Person) -> Change | None:
    key = person.one("table")
    old = [] if key is None else list(person.known[key]["versions"])[1:]
    if key is None or not old:
        return None
    version = person.dice.choice(old)

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        rest = {name: seen for name, seen in before["versions"].items() if name != version}
        return bool(after["versions"] == rest)

    where = {"DatabaseName": key[1], "TableName": key[2], "VersionId": version}
    return Change("DeleteTableVersion", lambda: person.clients.glue.delete_table_version(**where), {key: effect})


def create_partitions(person: Person) -> Change | None:
    key = person.one("table")
    if key is None:
        return None
    values = [person.fresh("day") for _ in range(3)]
    inputs = [{"Values": [value], "StorageDescriptor": {"Location": f"s3://p/{value}/"}} for value in values]

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        return set(after["partitions"]) == {*before["partitions"], *values}

    where = {"DatabaseName": key[1], "TableName": key[2]}
    return Change(
        "BatchCreatePartition",
        lambda: person.clients.glue.batch_create_partition(**where, PartitionInputList=inputs),
        {key: effect},
    )


def change_partition(person: Person) -> Change | None:
    key = person.one("table")
    if key is None or not person.known[key]["partitions"]:
        return None
    value = person.dice.choice(list(person.known[key]["partitions"]))
    where = {"DatabaseName": key[1], "TableName": key[2]}
    if person.dice.random() < 0.5:
        return Change(
            "DeletePartition",
            lambda: person.clients.glue.delete_partition(**where, PartitionValues=[value]),
            {key: versus(lambda before, after: set(after["partitions"]) == set(before["partitions"]) - {value})},
        )
    place = f"s3://moved/{person.dice.randbytes(4).hex()}/"

    def moved(before: Seen, after: Seen, answer: Any) -> bool:
        return bool(after["partitions"][value]["StorageDescriptor"]["Location"] == place)

    changed = {"Values": [value], "StorageDescriptor": {"Location": place}}
    return Change(
        "UpdatePartition",
        lambda: person.clients.glue.update_partition(**where, PartitionValueList=[value], PartitionInput=changed),
        {key: moved},
    )


def change_statistics(person: Person) -> Change | None:
    key = person.one("table")
    if key is None:
        return None
    column = person.dice.choice(person.known[key]["table"]["StorageDescriptor"]["Columns"])
    where, distinct = {"DatabaseName": key[1], "TableName": key[2]}, person.dice.randint(1, 10**6)
    if column["Name"] in person.known[key]["statistics"] and person.dice.random() < 0.3:
        return Change(
            "DeleteColumnStatisticsForTable",
            lambda: person.clients.glue.delete_column_statistics_for_table(**where, ColumnName=column["Name"]),
            {key: now(lambda after: column["Name"] not in after["statistics"])},
        )
    statistics = {
        "ColumnName": column["Name"],
        "ColumnType": column["Type"],
        "AnalyzedTime": 1_700_000_000,
        "StatisticsData": {"Type": "LONG", "LongColumnStatisticsData": _long(distinct)},
    }

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        found = after["statistics"][column["Name"]]["StatisticsData"]["LongColumnStatisticsData"]
        return bool(found["NumberOfDistinctValues"] == distinct)

    return Change(
        "UpdateColumnStatisticsForTable",
        lambda: person.clients.glue.update_column_statistics_for_table(**where, ColumnStatisticsList=[statistics]),
        {key: effect},
    )


def _long(distinct: int) -> dict[str, int]:
    return {"MinimumValue": 0, "MaximumValue": 9, "NumberOfNulls": 0, "NumberOfDistinctValues": distinct}


CHANGES = (
    create_database,
    update_database,
    delete_database,
    create_table,
    create_table,
    update_table,
    update_table,
    delete_table,
    delete_version,
    create_partitions,
    change_partition,
    change_statistics,
)
