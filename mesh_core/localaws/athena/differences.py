"""Known differences from Amazon Athena (engine version 3)."""

from __future__ import annotations

from mesh_core.localaws.difference import Difference

DIFFERENCES = (
    Difference(
        "the engine",
        "a distributed Trino",
        "one process: SQL is compiled to DuckDB; its speed says nothing about Athena's",
    ),
    Difference(
        "SQL that the engine can't run, or would answer differently",
        "runs",
        "refused by name (`... runs on Athena but not on the local engine`), never approximated",
    ),
    Difference(
        "formats",
        "Parquet, ORC, Avro, CSV, JSON, Ion, patterns and more",
        "Parquet; OpenCSVSerde, LazySimpleSerDe, both JSON SerDes in UTF-8, plain or with gzip, bz2 or zstd; others "
        "are refused by name",
    ),
    Difference("approximate functions", "within their error", "within the same error, with other digits"),
    Difference("rows without ORDER BY", "come in any order", "come in any order, and not in Athena's"),
    Difference(
        "result reuse",
        "a result of the last minutes may be given again to everybody in the work group who may read its file",
        "to the principal who got it, while the tables' definitions and his rights are the same",
    ),
    Difference(
        "managed query results, Identity Center, S3 Access Grants", "settings of a work group", "refused by name"
    ),
    Difference(
        "encryption of results, CloudWatch metrics, requester pays",
        "acted upon",
        "kept in the work group and shown, without effect",
    ),
    Difference("data catalogs", "Glue, Lambda, Hive, federated ones", "`AwsDataCatalog`"),
    Difference("user-defined functions, notebooks, Spark", "run on Lambda and Spark", "refused by name"),
)
