"""The settings of each model server."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.chat.learnt import ServerIdentity
from bot.chat.ports.model import Model
from bot.chat.ports.transcriber import Transcriber


class ModelServer(Model, Transcriber, Protocol):
    """A server with models that answer, and with models that transcribe."""


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server: address, key, dialect and time-outs.

    `speaks_openai`: the server accepts the parameters that only OpenAI's own server knows. `first_token_seconds` limits the wait
    for the first text, `silence_seconds` each later pause. `models` describes what the operator set for its models, as JSON takes
    it; a change of it makes what was learnt worth nothing. `credentials` (`user:password`) take the place of the key; `query` are
    parameters of every request's address. `vision` tells by name which models see images, without those of which that is to be
    found out.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    speaks_openai: bool = False
    first_token_seconds: float = 60.0
    silence_seconds: float = 60.0
    models: Sequence[Any] = ()
    credentials: str = field(default="", repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    vision: Mapping[str, bool] = field(default_factory=dict[str, bool], hash=False)

    @property
    def identity(self) -> ServerIdentity:
        """Return the address and a hash of all settings that requests depend on. No key and no password is among them."""
        versions = [value for name, value in self.query if name == "api-version"]
        settings: list[Any] = [self.speaks_openai, list(self.models), versions]
        settings += [dict(self.vision)] if self.vision else []
        text = json.dumps(settings, sort_keys=True, default=str)
        return ServerIdentity(self.base_url, hashlib.sha256(text.encode()).hexdigest()[:16])

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything in requests to the server that no text may show."""
        _, _, password = self.credentials.partition(":")
        values = (value for name, value in self.query if name != "api-version")
        return (self.api_key, self.credentials, _base64(self.credentials), password, *values)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each request besides the key's: basic authentication where the address holds credentials."""
        return {"Authorization": f"Basic {_base64(self.credentials)}"} if self.credentials else {}


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
