"""Known differences from AWS Glue."""

from __future__ import annotations

from mesh_core.localaws.difference import Difference

DIFFERENCES = (
    Difference(
        "crawlers, jobs, workflows, connections, schemas, data quality",
        "run on Spark or elsewhere",
        "refused by name: of Glue, the Data Catalog is here",
    ),
    Difference("Iceberg tables", "are made, read and written", "refused by name"),
    Difference(
        "statistics and partition indexes",
        "make queries faster",
        "kept and shown; queries do not use them",
    ),
    Difference("catalogs of other accounts, federated catalogs", "can be shared in", "not there"),
)
