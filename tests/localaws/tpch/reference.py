"""The answers of TPC-H's 22 queries, calculated row by row with Python's decimals: no SQL, no engine.

Decimals are Trino's: a sum keeps its digits behind the point, an average has those of its argument, a quotient the more
of both sides, and the last digit is rounded half away from zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.localaws.tpch.data import Row, Tables

Answer = list[tuple[Any, ...]]


def divided(one: Decimal, other: Decimal, scale: int) -> Decimal:
    return (one / other).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)


def average(values: list[Decimal]) -> Decimal:
    return divided(sum(values, Decimal(0)), Decimal(len(values)), 2)


def price(line: Row) -> Decimal:
    return Decimal(line["l_extendedprice"] * (1 - line["l_discount"]))


class Reference:
    """The tables and what their keys lead to."""

    def __init__(self, tables: Tables) -> None:
        self.of = tables
        self.nations = {each["n_nationkey"]: each["n_name"] for each in tables.nation}
        regions = {each["r_regionkey"]: each["r_name"] for each in tables.region}
        self.regions = {each["n_nationkey"]: regions[each["n_regionkey"]] for each in tables.nation}
        self.suppliers = {each["s_suppkey"]: each for each in tables.supplier}
        self.customers = {each["c_custkey"]: each for each in tables.customer}
        self.parts = {each["p_partkey"]: each for each in tables.part}
        self.orders = {each["o_orderkey"]: each for each in tables.orders}
        self.stock = {(each["ps_partkey"], each["ps_suppkey"]): each for each in tables.partsupp}
        self.lines: dict[int, list[Row]] = defaultdict(list)
        for each in tables.lineitem:
            self.lines[each["l_orderkey"]].append(each)

    def answer(self, number: int) -> Answer:
        method: Callable[[], Answer] = getattr(self, f"q{number}")
        return method()

    def _supplied_from(self, row: Row) -> str:
        return str(self.nations[self.suppliers[row]["s_nationkey"]])

    def q1(self) -> Answer:
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for each in self.of.lineitem:
            if each["l_shipdate"] <= date(1998, 9, 2):
                groups[each["l_returnflag"], each["l_linestatus"]].append(each)
        return [
            (
                *key,
                sum(x["l_quantity"] for x in rows),
                sum(x["l_extendedprice"] for x in rows),
                sum(price(x) for x in rows),
                sum(price(x) * (1 + x["l_tax"]) for x in rows),
                *(average([x[name] for x in rows]) for name in ("l_quantity", "l_extendedprice", "l_discount")),
                len(rows),
            )
            for key, rows in sorted(groups.items())
        ]

    def q2(self) -> Answer:
        cheapest: dict[int, Decimal] = {}
        near = [x for x in self.of.partsupp if self._region(x["ps_suppkey"]) == "EUROPE"]
        for each in near:
            cost = each["ps_supplycost"]
            cheapest[each["ps_partkey"]] = min(cost, cheapest.get(each["ps_partkey"], cost))
        found = []
        for each in near:
            part, who = self.parts[each["ps_partkey"]], self.suppliers[each["ps_suppkey"]]
            wanted = part["p_size"] == 15 and part["p_type"].endswith("BRASS")
            if wanted and each["ps_supplycost"] == cheapest[part["p_partkey"]]:
                found.append((who, self.nations[who["s_nationkey"]], part))
        found.sort(key=lambda x: (-x[0]["s_acctbal"], x[1], x[0]["s_name"], x[2]["p_partkey"]))
        return [
            (s["s_acctbal"], s["s_name"], n, p["p_partkey"], p["p_mfgr"], s["s_address"], s["s_phone"], s["s_comment"])
            for s, n, p in found[:100]
        ]

    def _region(self, supplier: int) -> str:
        return str(self.regions[self.suppliers[supplier]["s_nationkey"]])

    def q3(self) -> Answer:
        day = date(1995, 3, 15)
        found = []
        for order in self.of.orders:
            builds = self.customers[order["o_custkey"]]["c_mktsegment"] == "BUILDING"
            late = [x for x in self.lines[order["o_orderkey"]] if x["l_shipdate"] > day]
            if builds and order["o_orderdate"] < day and late:
                revenue = sum(map(price, late))
                found.append((order["o_orderkey"], revenue, order["o_orderdate"], order["o_shippriority"]))
        return sorted(found, key=lambda x: (-x[1], x[2]))[:10]

    def q4(self) -> Answer:
        found = Counter(
            order["o_orderpriority"]
            for order in self.of.orders
            if date(1993, 7, 1) <= order["o_orderdate"] < date(1993, 10, 1)
            and any(x["l_commitdate"] < x["l_receiptdate"] for x in self.lines[order["o_orderkey"]])
        )
        return sorted(found.items())

    def _joined(self) -> Iterator[tuple[Row, Row, Row]]:
        for each in self.of.lineitem:
            order = self.orders[each["l_orderkey"]]
            yield each, order, self.customers[order["o_custkey"]]

    def q5(self) -> Answer:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for line, order, customer in self._joined():
            nation = self.suppliers[line["l_suppkey"]]["s_nationkey"]
            near = customer["c_nationkey"] == nation and self.regions[nation] == "ASIA"
            if near and order["o_orderdate"].year == 1994:
                found[self.nations[nation]] += price(line)
        return sorted(found.items(), key=lambda x: -x[1])

    def q6(self) -> Answer:
        found = [
            x["l_extendedprice"] * x["l_discount"]
            for x in self.of.lineitem
            if x["l_shipdate"].year == 1994 and x["l_quantity"] < 24
            and Decimal("0.05") <= x["l_discount"] <= Decimal("0.07")
        ]  # fmt: skip
        return [(sum(found),)]

    def q7(self) -> Answer:
        found: dict[tuple[str, str, int], Decimal] = defaultdict(Decimal)
        for line, _, customer in self._joined():
            one, other = self._supplied_from(line["l_suppkey"]), self.nations[customer["c_nationkey"]]
            if {one, other} == {"FRANCE", "GERMANY"} and line["l_shipdate"].year in (1995, 1996):
                found[one, other, line["l_shipdate"].year] += price(line)
        return [(*key, value) for key, value in sorted(found.items())]

    def q8(self) -> Answer:
        all_of: dict[int, Decimal] = defaultdict(Decimal)
        brazil: dict[int, Decimal] = defaultdict(Decimal)
        for line, order, customer in self._joined():
            year, part = order["o_orderdate"].year, self.parts[line["l_partkey"]]
            here = self.regions[customer["c_nationkey"]] == "AMERICA"
            if here and year in (1995, 1996) and part["p_type"] == "ECONOMY ANODIZED STEEL":
                all_of[year] += price(line)
                brazil[year] += price(line) if self._supplied_from(line["l_suppkey"]) == "BRAZIL" else 0
        return [(year, divided(brazil[year], all_of[year], 4)) for year in sorted(all_of)]

    def q9(self) -> Answer:
        found: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
        for line, order, _ in self._joined():
            if "green" in self.parts[line["l_partkey"]]["p_name"]:
                cost = self.stock[line["l_partkey"], line["l_suppkey"]]["ps_supplycost"] * line["l_quantity"]
                found[self._supplied_from(line["l_suppkey"]), order["o_orderdate"].year] += price(line) - cost
        return [(*key, found[key]) for key in sorted(found, key=lambda x: (x[0], -x[1]))]

    def q10(self) -> Answer:
        found: dict[int, Decimal] = defaultdict(Decimal)
        for line, order, customer in self._joined():
            if date(1993, 10, 1) <= order["o_orderdate"] < date(1994, 1, 1) and line["l_returnflag"] == "R":
                found[customer["c_custkey"]] += price(line)
        best = sorted(found.items(), key=lambda x: -x[1])[:20]
        return [self._returner(self.customers[key], value) for key, value in best]

    def _returner(self, who: Row, revenue: Decimal) -> tuple[Any, ...]:
        head = (who["c_custkey"], who["c_name"], revenue, who["c_acctbal"], self.nations[who["c_nationkey"]])
        return (*head, who["c_address"], who["c_phone"], who["c_comment"])

    def q11(self) -> Answer:
        found: dict[int, Decimal] = defaultdict(Decimal)
        for each in self.of.partsupp:
            if self._supplied_from(each["ps_suppkey"]) == "GERMANY":
                found[each["ps_partkey"]] += each["ps_supplycost"] * each["ps_availqty"]
        least = sum(found.values()) * Decimal("0.0001")
        return sorted(((k, v) for k, v in found.items() if v > least), key=lambda x: -x[1])

    def q12(self) -> Answer:
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for line, order, _ in self._joined():
            timely = line["l_shipdate"] < line["l_commitdate"] < line["l_receiptdate"]
            if line["l_shipmode"] in ("MAIL", "SHIP") and timely and line["l_receiptdate"].year == 1994:
                found[line["l_shipmode"]][order["o_orderpriority"][0] not in "12"] += 1
        return [(mode, *counts) for mode, counts in sorted(found.items())]

    def q13(self) -> Answer:
        counts = Counter(x["o_custkey"] for x in self.of.orders if not _like(x["o_comment"], "special", "requests"))
        found = Counter(counts[key] for key in self.customers)
        return sorted(found.items(), key=lambda x: (-x[1], -x[0]))

    def q14(self) -> Answer:
        lines = [x for x in self.of.lineitem if date(1995, 9, 1) <= x["l_shipdate"] < date(1995, 10, 1)]
        promo = sum(price(x) for x in lines if self.parts[x["l_partkey"]]["p_type"].startswith("PROMO"))
        return [(divided(Decimal("100.00") * promo, Decimal(sum(map(price, lines))), 6),)]

    def q15(self) -> Answer:
        found: dict[int, Decimal] = defaultdict(Decimal)
        for each in self.of.lineitem:
            if date(1996, 1, 1) <= each["l_shipdate"] < date(1996, 4, 1):
                found[each["l_suppkey"]] += price(each)
        best = max(found.values())
        return [
            (x["s_suppkey"], x["s_name"], x["s_address"], x["s_phone"], best)
            for x in self.of.supplier
            if found[x["s_suppkey"]] == best
        ]

    def q16(self) -> Answer:
        found: dict[tuple[str, str, int], set[int]] = defaultdict(set)
        for each in self.of.partsupp:
            part, who = self.parts[each["ps_partkey"]], self.suppliers[each["ps_suppkey"]]
            wanted = part["p_brand"] != "Brand#45" and not part["p_type"].startswith("MEDIUM POLISHED")
            fine = not _like(who["s_comment"], "Customer", "Complaints")
            if wanted and fine and part["p_size"] in (49, 14, 23, 45, 19, 3, 36, 9):
                found[part["p_brand"], part["p_type"], part["p_size"]].add(each["ps_suppkey"])
        rows = [(*key, len(value)) for key, value in found.items()]
        return sorted(rows, key=lambda x: (-x[3], *x[:3]))

    def q17(self) -> Answer:
        sold: dict[int, list[Row]] = defaultdict(list)
        for each in self.of.lineitem:
            sold[each["l_partkey"]].append(each)
        total = Decimal("0.00")
        for key, rows in sold.items():
            if (self.parts[key]["p_brand"], self.parts[key]["p_container"]) == ("Brand#23", "MED BOX"):
                most = Decimal("0.2") * average([x["l_quantity"] for x in rows])
                total += sum(x["l_extendedprice"] for x in rows if x["l_quantity"] < most)
        return [(divided(total, Decimal("7.0"), 2),)]

    def q18(self) -> Answer:
        found = []
        for order in self.of.orders:
            quantity = sum(x["l_quantity"] for x in self.lines[order["o_orderkey"]])
            if quantity > 300:
                who = self.customers[order["o_custkey"]]
                head = (who["c_name"], who["c_custkey"], order["o_orderkey"], order["o_orderdate"])
                found.append((*head, order["o_totalprice"], quantity))
        return sorted(found, key=lambda x: (-x[4], x[3]))[:100]

    def q19(self) -> Answer:
        cases = {"Brand#12": ("SM", 1, 5, {"CASE", "BOX", "PACK", "PKG"}),
                 "Brand#23": ("MED", 10, 10, {"BAG", "BOX", "PKG", "PACK"}),
                 "Brand#34": ("LG", 20, 15, {"CASE", "BOX", "PACK", "PKG"})}  # fmt: skip
        total = Decimal(0)
        for each in self.of.lineitem:
            part = self.parts[each["l_partkey"]]
            fast = each["l_shipmode"] in ("AIR", "AIR REG") and each["l_shipinstruct"] == "DELIVER IN PERSON"
            if fast and part["p_brand"] in cases:
                size, least, largest, kinds = cases[part["p_brand"]]
                held, kind = part["p_container"].split(" ")
                fits = held == size and kind in kinds and part["p_size"] <= largest
                total += price(each) if fits and least <= each["l_quantity"] <= least + 10 else 0
        return [(total,)]

    def q20(self) -> Answer:
        sold: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for each in self.of.lineitem:
            if each["l_shipdate"].year == 1994:
                sold[each["l_partkey"], each["l_suppkey"]] += each["l_quantity"]
        keys = {
            key[1]
            for key, each in self.stock.items()
            if self.parts[key[0]]["p_name"].startswith("forest") and key in sold
            and each["ps_availqty"] > Decimal("0.5") * sold[key]
        }  # fmt: skip
        named = [x for x in self.of.supplier if x["s_suppkey"] in keys and self.nations[x["s_nationkey"]] == "CANADA"]
        return sorted((x["s_name"], x["s_address"]) for x in named)

    def q21(self) -> Answer:
        found: Counter[str] = Counter()
        for order in self.of.orders:
            rows = self.lines[order["o_orderkey"]]
            late = [x for x in rows if x["l_receiptdate"] > x["l_commitdate"]]
            if order["o_orderstatus"] == "F":
                found.update(self._kept_waiting(rows, late))
        return sorted(found.items(), key=lambda x: (-x[1], x[0]))[:100]

    def _kept_waiting(self, rows: list[Row], late: list[Row]) -> Iterable[str]:
        for each in late:
            who = each["l_suppkey"]
            others = any(x["l_suppkey"] != who for x in rows) and all(x["l_suppkey"] == who for x in late)
            if others and self._supplied_from(who) == "SAUDI ARABIA":
                yield str(self.suppliers[who]["s_name"])

    def q22(self) -> Answer:
        codes = ("13", "31", "23", "29", "30", "18", "17")
        here = [x for x in self.of.customer if x["c_phone"][:2] in codes]
        usual = average([x["c_acctbal"] for x in here if x["c_acctbal"] > 0])
        buyers = {x["o_custkey"] for x in self.of.orders}
        found: dict[str, list[Decimal]] = defaultdict(list)
        for each in here:
            if each["c_acctbal"] > usual and each["c_custkey"] not in buyers:
                found[each["c_phone"][:2]].append(each["c_acctbal"])
        return [(code, len(rows), sum(rows)) for code, rows in sorted(found.items())]


def _like(text: str, first: str, second: str) -> bool:
    at = text.find(first)
    return at >= 0 and second in text[at + len(first) :]
