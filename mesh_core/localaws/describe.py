"""What this endpoint answers, refuses and does differently from AWS, read from the code that does it.

`python -m mesh_core.localaws --describe` prints it as JSON; docs/localaws.md is made from that.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from mesh_core.localaws import differences, listener
from mesh_core.localaws.athena import connections, engine, functions, rewrite_forms, service, statements
from mesh_core.localaws.athena import differences as of_athena
from mesh_core.localaws.folder import Folder
from mesh_core.localaws.glue import differences as of_glue
from mesh_core.localaws.iam import differences as of_iam
from mesh_core.localaws.lakeformation import differences as of_lake_formation
from mesh_core.localaws.s3 import differences as of_s3
from mesh_core.localaws.server import assemble

TITLES = {
    "s3": "S3",
    "glue": "Glue Data Catalog",
    "lakeformation": "Lake Formation",
    "athena": "Athena",
    "iam": "IAM",
    "sts": "STS",
}
_DIFFERENCES = {
    "Endpoint": differences,
    "S3": of_s3,
    "Glue Data Catalog": of_glue,
    "Lake Formation": of_lake_formation,
    "Athena": of_athena,
    "IAM and STS": of_iam,
}


def describe() -> dict[str, Any]:
    """Plain data: services with their operations, Athena's statements and functions, differences, limits."""
    return {
        "services": _services(),
        "athena": _athena(),
        "differences": {title: [each._asdict() for each in of.DIFFERENCES] for title, of in _DIFFERENCES.items()},
        "limits": _limits(),
    }


def _services() -> list[dict[str, Any]]:
    """`answered` and `refused` together are AWS's service model, without what AWS itself calls deprecated."""
    with tempfile.TemporaryDirectory() as folder:
        place = Folder(Path(folder))
        endpoint = assemble(place, 0, None, None)
        answered = {name: api.operations() for name, api in endpoint.gate.apis.items()}
        endpoint.close()
        place.release()
    return [{"name": name, "title": title, **_operations(name, answered[name])} for name, title in TITLES.items()]


def _operations(name: str, answered: frozenset[str]) -> dict[str, list[str]]:
    model = ServiceModel(Loader().load_service_model(name, "service-2"), name)
    offered = {each for each in model.operation_names if not model.operation_model(each).deprecated}
    return {"answered": sorted(answered), "refused": sorted(offered - answered)}


def _athena() -> dict[str, list[str]]:
    refused = set(rewrite_forms.REFUSED)
    known = set(functions.registry()) | set(rewrite_forms.FORMS)
    return {
        "statements": sorted(" ".join(words) for words in statements.VERBS) + ["SELECT, VALUES, WITH"],
        "refused_statements": sorted(what for what, _ in statements.REFUSED.values()),
        "functions": sorted(known - refused),
        "refused_functions": sorted(refused),
    }


def _limits() -> dict[str, str]:
    gib, mib = 1024**3, 1024**2
    return {
        "queries at once (more wait)": str(service.WIDTH),
        "memory of a query, before it spills to disk": connections.MEMORY_LIMIT,
        "disk that a query may spill to": connections.SPILL_LIMIT,
        "time of a query": f"{engine.TIME_LIMIT_S // 60} minutes",
        "body of an S3 request": f"{listener.MAX_BODY_BYTES // gib} GiB",
        "body of any other request": f"{listener.MAX_CALL_BYTES // mib} MiB",
    }
