"""A logged change done again by moto's IAM, without the half of its work that only describes the answer.

Nobody reads the answer of a replay. Without HTTP's wrapping, authentication and XML a change takes a tenth of the time,
and a log of thousands is replayed while the endpoint starts.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import moto.iam.responses
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import camelcase_to_underscores, get_service_model

from mesh_core.localaws.http import Reply
from mesh_core.localaws.iam.change_log import Form

_method_of = cache(camelcase_to_underscores)


class Replay(moto.iam.responses.IamResponse):  # type: ignore[misc]
    """moto's IAM for one account; `again` changes its backend as a request did before."""

    def __init__(self, account_id: str) -> None:
        super().__init__()
        self.current_account, self.partition, self.region = account_id, "aws", self.default_region
        self.uri_match: dict[str, Any] = {}
        self.body, self.access_key = "", "AKIAEXAMPLE"
        self._parser = cache(self._new_parser)

    def again(self, form: Form) -> Reply:
        """Do it; an empty answer. Raises what moto raises when it refuses."""
        action = form["Action"]
        self.querystring = self.data = {name: [value] for name, value in form.items()}
        self.params = self._parser(action).parse({"values": form, "headers": {}})
        getattr(self, _method_of(action))()
        return Reply(200)

    def _new_parser(self, action: str) -> Any:
        operation = get_service_model("iam").operation_model(action)
        return PROTOCOL_PARSERS["query"](operation, map_type=self.PROTOCOL_PARSER_MAP_TYPE)
