"""The settings of each model server."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bot.chat.configured import ANSWERS
from bot.chat.learnt import ServerIdentity
from bot.chat.ports.model import Model
from bot.chat.ports.transcriber import Transcriber
from bot.config import Settings, is_openai

TRANSCRIPTS: Final = "transcription"
"""The name of the server that transcribes, where that is another one."""


class ModelServer(Model, Transcriber, Protocol):
    """A server with models that answer, and with models that transcribe."""


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server: address, key, dialect and time-outs.

    `speaks_openai`: the server accepts the parameters that only OpenAI's own server knows. `extra` are further request
    parameters. `first_token_seconds` limits the wait for the first text, `silence_seconds` each later pause. `context_tokens` and
    `reply_tokens` are what the operator set for its model; a change of them makes what was learnt worth nothing. `credentials`
    (`user:password`) take the place of the key; `query` are parameters of every request's address. `vision`: whether its
    models see images, None where that is to be found out.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    speaks_openai: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    first_token_seconds: float = 60.0
    silence_seconds: float = 60.0
    context_tokens: int = 0
    reply_tokens: int = 0
    credentials: str = field(default="", repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    vision: bool | None = None

    @property
    def identity(self) -> ServerIdentity:
        """Return the address and a hash of all settings that requests depend on. No key and no password is among them."""
        versions = [value for name, value in self.query if name == "api-version"]
        settings = [self.speaks_openai, dict(self.extra), self.context_tokens, self.reply_tokens, versions]
        settings += [] if self.vision is None else [self.vision]
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


def servers_of(settings: Settings) -> Mapping[str, tuple[Server, tuple[str, ...]]]:
    """Return the servers that the settings describe, by name, each with the names of the models that answer there."""
    model, address = settings.model, settings.model.address
    server = Server(
        base_url=address.url,
        api_key=model.api_key.get_secret_value(),
        credentials=address.credentials,
        query=address.query,
        speaks_openai=model.dialect == "openai" or (model.dialect == "auto" and settings.is_openai),
        extra=model.extra,
        first_token_seconds=model.first_token_seconds,
        silence_seconds=model.silence_seconds,
        context_tokens=model.context_tokens,
        reply_tokens=model.max_reply_tokens,
        vision=None if model.vision == "auto" else model.vision,
    )
    transcriber = _transcriber(settings)
    return {ANSWERS: (server, (model.name,)), **({TRANSCRIPTS: (transcriber, ())} if transcriber else {})}


def _transcriber(settings: Settings) -> Server | None:
    """Return the server that transcribes; None where it is the one that answers, or none."""
    section, address = settings.transcription, settings.transcription.address
    if not section.base_url or settings.transcription_model is None:
        return None
    return Server(
        base_url=address.url,
        api_key=section.api_key.get_secret_value(),
        credentials=address.credentials,
        query=address.query,
        speaks_openai=is_openai(address.url),
    )


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
