"""Settings: one frozen, typed value for every variable that decides how the portal runs.

`Settings.from_env` is the only reader of the environment for these; whatever else needs a setting is given one. The
README's table lists the same variables, and a test compares the two.

Units are in the names (`_s`: seconds). An empty variable counts as one that is not set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from mesh_core.errors import SettingsError


class Target(StrEnum):
    """Where the mesh lives."""

    LOCAL = "local"
    AWS = "aws"


def _path(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _target(text: str) -> Target:
    return Target(text)


def _matching(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return read


def _switch(text: str) -> bool:
    return {"1": True, "0": False}[text]


def _port(text: str) -> int:
    if not 1 <= int(text) <= 65535:
        raise ValueError(text)
    return int(text)


def _seconds(text: str) -> float:
    if not 0 < float(text) <= 3600:
        raise ValueError(text)
    return float(text)


def _setting(variable: str, default: str, read: Callable[[str], Any], expects: str, doc: str) -> Any:
    """A field whose default is written as it would be in the environment: README, code and message share it."""
    metadata = {"variable": variable, "default": default, "read": read, "expects": expects, "doc": doc}
    return field(default_factory=lambda: read(default), metadata=metadata)


def _optional(pattern: str) -> Callable[[str], str | None]:
    read = _matching(pattern)
    return lambda text: read(text) if text else None


@dataclass(frozen=True)
class Settings:
    """How the portal runs. Build it with `from_env`; tests may construct it directly."""

    home: Path = _setting("MESH_HOME", ".mesh", _path, "a folder", "folder of the local mesh's state")
    target: Target = _setting(
        "MESH_TARGET", "local", _target, "local or aws", "`local`: the endpoint of this project; `aws`: your account"
    )
    region: str | None = _setting(
        "MESH_REGION",
        "",
        _optional(r"[a-z]{2}(-[a-z]+)+-\d"),
        "a region like eu-central-1",
        "AWS region; unset: the local mesh's own (`us-east-1` for a new one), on `aws` the one AWS_REGION names",
    )
    account_id: str | None = _setting(
        "MESH_ACCOUNT",
        "",
        _optional(r"\d{12}"),
        "12 digits",
        "account id; unset: the local mesh's own (`000000000000` for a new one), on `aws` the one of the credentials",
    )
    demo: bool = _setting("MESH_DEMO", "1", _switch, "1 or 0", "load the demo mesh at the first start")
    start_timeout_s: float = _setting(
        "MESH_START_TIMEOUT_S",
        "30",
        _seconds,
        "seconds, more than 0 and at most 3600",
        "how long a local endpoint may take to answer, in seconds",
    )
    port: int = _setting("PORT", "8501", _port, "a port from 1 to 65535", "port of the portal under `make portal`")

    @property
    def endpoint_folder(self) -> Path:
        """The local endpoint's own folder, its `--data-dir`."""
        return self.home / "localaws"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from variables. Raises SettingsError for a value that can't be used, naming variable and value.

        On an account the region may also be given the AWS way, by AWS_REGION or AWS_DEFAULT_REGION.
        """
        given = dict(environ)
        if given.get("MESH_TARGET") == Target.AWS and not given.get("MESH_REGION"):
            given["MESH_REGION"] = given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION") or ""
        return cls(**{f.name: _read(f, given) for f in fields(cls)})


def _read(setting: Field[Any], environ: Mapping[str, str]) -> Any:
    variable, default = setting.metadata["variable"], setting.metadata["default"]
    text = environ.get(variable, "").strip() or default
    try:
        return setting.metadata["read"](text)
    except (ValueError, KeyError) as error:
        raise SettingsError(
            f"{variable}={text} can't be used: {setting.metadata['expects']} is expected. Nothing was started. "
            f"Correct {variable}, or unset it for the default ({default or 'none'})."
        ) from error
