"""Known differences from AWS in what lies before the services: transport, accounts, who is let in."""

from __future__ import annotations

from mesh_core.localaws.difference import Difference

DIFFERENCES = (
    Difference("accounts and regions", "many", "one account and one region a state folder, chosen at the first start"),
    Difference(
        "services",
        "hundreds",
        "those of the table above; a call of any other is refused by name (`UnknownService`)",
    ),
    Difference(
        "transport",
        "TLS, one host a service",
        "HTTP on 127.0.0.1, one port for all; policies are told that TLS was used, since nobody can listen in",
    ),
    Difference("anonymous requests", "answered where a bucket is public", "refused, always"),
    Difference(
        "web pages",
        "may show and send to presigned URLs, as CORS rules say",
        "every request that a web page makes is refused; a presigned URL can be opened as a page of its own",
    ),
    Difference("throttling", "calls above a service's rate are refused", "never"),
    Difference(
        "consistency",
        "a new role, policy or grant takes seconds to be known everywhere",
        "what was answered counts for the next request",
    ),
)
