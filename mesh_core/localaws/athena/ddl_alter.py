"""The grammar of ALTER TABLE."""

from __future__ import annotations

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_create import column, columns, name, partition_spec, properties
from mesh_core.localaws.athena.ddl_text import Cursor


def alter(cursor: Cursor) -> f.Form:
    """What follows ALTER TABLE."""
    table = name(cursor)
    cursor.use_hive()
    if cursor.accept("ADD"):
        return _add(cursor, table)
    if cursor.accept("DROP"):
        return _drop(cursor, table)
    if cursor.accept("REPLACE", "COLUMNS"):
        return f.ReplaceColumns(table, columns(cursor))
    if cursor.accept("CHANGE"):
        return _change(cursor, table)
    if cursor.accept("RENAME"):
        return _rename(cursor, table)
    if cursor.accept("PARTITION"):
        return _partition(cursor, table)
    if cursor.accept("UNSET", "TBLPROPERTIES"):
        cursor.rest()
        return f.Refused("ALTER TABLE ... UNSET TBLPROPERTIES (an Iceberg statement)")
    return _set(cursor, table, None)


def _add(cursor: Cursor, table: f.Name) -> f.Form:
    if cursor.accept("COLUMNS"):
        return f.AddColumns(table, columns(cursor))
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    found = []
    while cursor.accept("PARTITION"):
        found.append((partition_spec(cursor), cursor.string() if cursor.accept("LOCATION") else None))
    if not found:
        raise cursor.fault("expecting 'COLUMNS' or 'PARTITION'")
    return f.AddPartitions(table, if_not_exists, tuple(found))


def _drop(cursor: Cursor, table: f.Name) -> f.Form:
    if cursor.accept("COLUMN"):
        cursor.rest()
        return f.Refused("ALTER TABLE ... DROP COLUMN (an Iceberg statement)")
    if_exists = cursor.accept("IF", "EXISTS")
    found = []
    while cursor.accept("PARTITION"):
        found.append(partition_spec(cursor))
        cursor.accept_symbol(",")
    if not found:
        raise cursor.fault("expecting 'PARTITION'")
    return f.DropPartitions(table, if_exists, tuple(found))


def _change(cursor: Cursor, table: f.Name) -> f.Form:
    cursor.accept("COLUMN")
    old, new, after = cursor.identifier().lower(), column(cursor), None
    if cursor.accept("FIRST"):
        after = ""
    elif cursor.accept("AFTER"):
        after = cursor.identifier().lower()
    return f.ChangeColumn(table, old, new, after)


def _rename(cursor: Cursor, table: f.Name) -> f.Form:
    if cursor.accept("TO"):
        cursor.rest()
        return f.Refused("ALTER TABLE ... RENAME TO (an Iceberg statement)")
    cursor.expect("PARTITION")
    return _rename_to(cursor, table, partition_spec(cursor))


def _partition(cursor: Cursor, table: f.Name) -> f.Form:
    spec = partition_spec(cursor)
    if cursor.accept("RENAME"):
        return _rename_to(cursor, table, spec)
    return _set(cursor, table, spec)


def _rename_to(cursor: Cursor, table: f.Name, old: f.Spec) -> f.Form:
    cursor.expect("TO", "PARTITION")
    return f.RenamePartition(table, old, partition_spec(cursor))


def _set(cursor: Cursor, table: f.Name, partition: f.Spec | None) -> f.Form:
    if partition is None and cursor.accept("SET", "TBLPROPERTIES"):
        return f.SetProperties(table, properties(cursor))
    cursor.expect("SET", "LOCATION")
    return f.SetLocation(table, partition, cursor.string())
