"""The settings of one model server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server: address, key, dialect and time-outs.

    `speaks_openai`: the server accepts the parameters that only OpenAI's own server knows. `extra` are further request
    parameters. `first_token_seconds` limits the wait for the first text, `silence_seconds` each later pause.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    speaks_openai: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    first_token_seconds: float = 60.0
    silence_seconds: float = 60.0
