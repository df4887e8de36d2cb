"""Data in the shape and size of TPC-H at scale factor 0.01: the same every time, and rich in what is asked."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
SUPPLIERS, CUSTOMERS, PARTS, ORDERS = 100, 1500, 2000, 15000
REGIONS = ("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST")
NATIONS = (
    ("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0), ("FRANCE", 3),
    ("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4), ("JAPAN", 2), ("JORDAN", 4),
    ("KENYA", 0), ("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1), ("CHINA", 2), ("ROMANIA", 3), ("SAUDI ARABIA", 4),
    ("VIETNAM", 2), ("RUSSIA", 3), ("UNITED KINGDOM", 3), ("UNITED STATES", 1),
)  # fmt: skip
COLOURS = ("green", "forest", "azure", "blush", "coral", "drab", "ghost", "honeydew", "ivory", "khaki")
TYPES = (("ECONOMY", "PROMO", "MEDIUM", "STANDARD"), ("ANODIZED", "POLISHED", "PLATED"), ("STEEL", "BRASS", "TIN"))
CONTAINERS = (("SM", "MED", "LG", "JUMBO"), ("CASE", "BOX", "PACK", "PKG", "BAG"))
WORDS = ("special", "requests", "pending", "Customer", "Complaints", "deposits", "ironic", "quickly", "naïve", "💧")
FIRST, DAYS, TODAY = date(1992, 1, 1), 2405, date(1995, 6, 17)


@dataclass(frozen=True)
class Tables:
    """The eight tables as lists of rows."""

    region: list[Row]
    nation: list[Row]
    supplier: list[Row]
    customer: list[Row]
    part: list[Row]
    partsupp: list[Row]
    orders: list[Row]
    lineitem: list[Row]


def made() -> Tables:
    """All rows."""
    rng = random.Random(22)
    region = [{"r_regionkey": key, "r_name": name, "r_comment": ""} for key, name in enumerate(REGIONS)]
    nation = [
        {"n_nationkey": key, "n_name": name, "n_regionkey": of, "n_comment": ""}
        for key, (name, of) in enumerate(NATIONS)
    ]
    part = [_part(rng, key) for key in range(1, PARTS + 1)]
    supplier = [_party(rng, "s", key, "Supplier") for key in range(1, SUPPLIERS + 1)]
    customer = [_party(rng, "c", key, "Customer") for key in range(1, CUSTOMERS + 1)]
    for each in customer:
        each["c_mktsegment"] = rng.choice(("BUILDING", "AUTOMOBILE", "MACHINERY", "HOUSEHOLD", "FURNITURE"))
    partsupp = [_stock(rng, key, index) for key in range(1, PARTS + 1) for index in range(4)]
    orders, lineitem = [], []
    for key in range(1, ORDERS + 1):
        order, lines = _order(rng, key, part)
        orders.append(order)
        lineitem += lines
    return Tables(region, nation, supplier, customer, part, partsupp, orders, lineitem)


def _money(rng: random.Random, low: int, high: int) -> Decimal:
    return Decimal(rng.randint(low, high)).scaleb(-2)


def _text(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=4))


def _party(rng: random.Random, mark: str, key: int, what: str) -> Row:
    nation = rng.randrange(len(NATIONS))
    phone = f"{nation + 10}-{rng.randint(100, 999)}-{rng.randint(100, 999)}-{rng.randint(1000, 9999)}"
    return {
        f"{mark}_{'supp' if mark == 's' else 'cust'}key": key,
        f"{mark}_name": f"{what}#{key:09}",
        f"{mark}_address": f"{_text(rng)}, {key}",
        f"{mark}_nationkey": nation,
        f"{mark}_phone": phone,
        f"{mark}_acctbal": _money(rng, -99999, 999999),
        f"{mark}_comment": _text(rng),
    }


def _part(rng: random.Random, key: int) -> Row:
    maker = rng.randint(1, 5)
    return {
        "p_partkey": key,
        "p_name": " ".join(rng.sample(COLOURS, 3)),
        "p_mfgr": f"Manufacturer#{maker}",
        "p_brand": f"Brand#{maker}{rng.randint(1, 5)}",
        "p_type": " ".join(rng.choice(each) for each in TYPES),
        "p_size": rng.randint(1, 50),
        "p_container": " ".join(rng.choice(each) for each in CONTAINERS),
        "p_retailprice": Decimal(90000 + key % 20001 + 100 * (key % 1000)).scaleb(-2),
        "p_comment": "",
    }


def _supplier(part: int, index: int) -> int:
    return (part + index * (SUPPLIERS // 4 + (part - 1) // SUPPLIERS)) % SUPPLIERS + 1


def _stock(rng: random.Random, part: int, index: int) -> Row:
    return {
        "ps_partkey": part,
        "ps_suppkey": _supplier(part, index),
        "ps_availqty": rng.randint(1, 9999),
        "ps_supplycost": _money(rng, 100, 100000),
        "ps_comment": "",
    }


def _order(rng: random.Random, key: int, parts: list[Row]) -> tuple[Row, list[Row]]:
    day = FIRST + timedelta(rng.randint(0, DAYS))
    large = key % 50 == 0  # of over 300 pieces
    count, least = (7, 43) if large else (rng.randint(1, 7), 1)
    lines = [_line(rng, (key, number), day, (rng.choice(parts), least)) for number in range(1, count + 1)]
    states = {each["l_linestatus"] for each in lines}
    cents = Decimal("0.01")
    total = sum(
        (each["l_extendedprice"] * (1 + each["l_tax"]) * (1 - each["l_discount"])).quantize(cents) for each in lines
    )
    customer = rng.randint(1, CUSTOMERS // 3) * 3 - rng.randint(1, 2)  # every third customer has never ordered
    return {
        "o_orderkey": key,
        "o_custkey": customer,
        "o_orderstatus": states.pop() if len(states) == 1 else "P",
        "o_totalprice": Decimal(total),
        "o_orderdate": day,
        "o_orderpriority": rng.choice(("1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW")),
        "o_clerk": f"Clerk#{rng.randint(1, 10):09}",
        "o_shippriority": 0,
        "o_comment": _text(rng),
    }, lines


def _line(rng: random.Random, key: tuple[int, int], day: date, bought: tuple[Row, int]) -> Row:
    part, least = bought
    shipped, quantity = day + timedelta(rng.randint(1, 121)), rng.randint(least, 50)
    received = shipped + timedelta(rng.randint(1, 30))
    return {
        "l_orderkey": key[0],
        "l_partkey": part["p_partkey"],
        "l_suppkey": _supplier(part["p_partkey"], rng.randrange(4)),
        "l_linenumber": key[1],
        "l_quantity": Decimal(quantity * 100).scaleb(-2),
        "l_extendedprice": part["p_retailprice"] * quantity,
        "l_discount": _money(rng, 0, 10),
        "l_tax": _money(rng, 0, 8),
        "l_returnflag": rng.choice("RA") if received <= TODAY else "N",
        "l_linestatus": "O" if shipped > TODAY else "F",
        "l_shipdate": shipped,
        "l_commitdate": day + timedelta(rng.randint(30, 90)),
        "l_receiptdate": received,
        "l_shipinstruct": rng.choice(("DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN")),
        "l_shipmode": rng.choice(("AIR", "AIR REG", "MAIL", "SHIP", "RAIL", "TRUCK", "FOB")),
        "l_comment": "",
    }


_ARROW = {int: pa.int64(), str: pa.string(), date: pa.date32(), Decimal: pa.decimal128(15, 2)}
_HIVE = {int: "bigint", str: "string", date: "date", Decimal: "decimal(15,2)"}


def columns(rows: list[Row]) -> dict[str, str]:
    """Hive's types of a table's columns."""
    return {name: _HIVE[type(value)] for name, value in rows[0].items()}


def write(rows: list[Row], path: Path) -> None:
    """A table as a Parquet file."""
    schema = pa.schema([(name, _ARROW[type(value)]) for name, value in rows[0].items()])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
