"""The `Expression` of GetTables and the `Pattern` of GetUserDefinedFunctions.

Two habits live with clients: Hive's (`sales_*|hr_*`, where `*` is any text) and regular expressions
(`.*orders.*`, as awswrangler sends). A text of names, `*` and `|` alone is read as Hive's; all else as a regular
expression of the whole name.
"""

from __future__ import annotations

import re

from mesh_core.localaws.aws_error import invalid
from mesh_core.localaws.glue.validation import NAME

_HIVE = re.compile(r"[\w\- *|]*")


def name_pattern(expression: str | None) -> re.Pattern[str]:
    """A pattern for `fullmatch`; None and "" match every name. AwsError InvalidInputException."""
    if not expression:
        return re.compile(".*", re.DOTALL)
    problem = NAME.problem(expression[:255])
    if problem:
        raise invalid(f"1 validation error detected: Value '{expression}' at 'expression' failed: {problem}")
    text = expression.replace("*", ".*") if _HIVE.fullmatch(expression) else expression
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise invalid(f"'{expression}' is not a regular expression: {error}") from error
