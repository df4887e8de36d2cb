"""A known difference between AWS and this endpoint, written down where it is caused, shown by `--describe`."""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """`about` names the matter in a few words; `aws` and `here` are what each does, as clauses without a full stop."""

    about: str
    aws: str
    here: str
