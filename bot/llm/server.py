"""A server of models as the client needs to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server: its address, its key, how it is spoken to, and for how many seconds it may be silent.

    `speaks_openai`: it knows the parameters that only OpenAI's own server knows. `extra` are further request parameters.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    speaks_openai: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    first_token_seconds: float = 60.0
    silence_seconds: float = 60.0
