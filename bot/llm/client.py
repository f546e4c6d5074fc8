"""AsyncOpenAI behind `chat.ports.model.Model`; the SDK's objects and errors begin and end here.

One client a server, on aiohttp, which reads a stream at half of httpx's cost. The body goes out through the client's public
`post`, because the typed methods walk every message of the history (67 ms for 600 of them), and the stream is read raw. The SDK's
retries are off: who asks knows what may be repeated.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

import aiohttp
import httpx2
import openai
from openai import AsyncOpenAI, DefaultAioHttpClient

from bot.chat.ports.facts import Facts
from bot.chat.ports.model import ModelEvent, ModelRequest, Spent
from bot.errors import (
    ConfigError,
    ModelBusy,
    ModelCutOff,
    ModelError,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)
from bot.llm.chat_completions import PATH, body
from bot.llm.errors.mapping import ErrorResponse, error_from
from bot.llm.errors.retry_after import retry_after_in
from bot.llm.events import AnswerEvents
from bot.llm.server import Server
from bot.llm.stream import Timeouts, read
from bot.llm.transport import reading_paused, unread
from bot.llm.unsupported_parameters import UnsupportedParameters

log = logging.getLogger(__name__)

_CONNECT_SECONDS: Final = 10.0
_LIMITS: Final = httpx2.Limits(max_connections=1000, keepalive_expiry=30.0)
"""Connections: far more than answers are written at a time; an idle one is kept for the next question."""

_FAILURES: Final = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    aiohttp.ClientError,
    OSError,
    UnicodeError,
)
"""Errors that a request may raise: the transport lets some of aiohttp's own errors and the system's through."""


class OpenAIClient:
    """A client of an OpenAI-compatible server. Get one by `connected`."""

    def __init__(self, client: AsyncOpenAI, server: Server, facts: Facts | None) -> None:
        self._client = client
        self._server = server
        self._facts = facts
        self._refused: dict[str, UnsupportedParameters] = {}
        self._timeouts = Timeouts(server.first_token_seconds, server.silence_seconds)

    async def knows(self, model: str) -> UnsupportedParameters:
        """The parameters that the server is known not to take with a model. Raises StoreError."""
        if model not in self._refused:
            recalled = await UnsupportedParameters.recalled(self._facts, self._server, model)
            self._refused.setdefault(model, recalled)  # another request may have been first
        return self._refused[model]

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `Model.stream`. One request, which is never repeated here."""
        refused = await self.knows(request.model)
        sent = refused.left_out_of(body(self._server, request))
        answer = AnswerEvents()
        since = asyncio.get_running_loop().time()
        try:
            async with (
                aclosing(await self._posted(sent)) as response,
                aclosing(self._bytes(response)) as chunks,
                aclosing(
                    read(chunks, self._timeouts, since=since, answer=answer, paused=lambda: reading_paused(response))
                ) as events,
            ):
                async for event in events:
                    yield event
        except ModelError as error:
            if answer.usage is not None:
                yield Spent(answer.usage)
            if isinstance(error, ModelRejected):
                error.adapted = await refused.add(error.parameters, sent)
            if answer.begun and isinstance(error, ModelUnreachable | ModelBusy):  # another try would say it twice
                raise ModelCutOff(f"the model's answer broke off: {error}") from error
            raise

    async def names(self) -> list[str]:
        """The models that the server offers. Raises ModelError."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                return [model.id async for model in self._client.models.list()]
        except TimeoutError as error:
            raise ModelUnreachable(f"{self._server.base_url} did not answer within {_CONNECT_SECONDS:g} s") from error
        except (AttributeError, TypeError, ValueError) as error:  # what the SDK makes of a page that is no API
            raise ModelRejected(
                f"{self._server.base_url} does not speak OpenAI's protocol: check OPENAI_BASE_URL"
            ) from error
        except _FAILURES as error:
            raise self._mapped(error) from error

    async def _posted(self, sent: dict[str, Any]) -> httpx2.Response:
        """The response, as soon as its head is there."""
        wait = self._timeouts.first_token_seconds
        try:
            async with asyncio.timeout(wait):
                return await self._client.post(
                    PATH,
                    body=sent,
                    options={"headers": {"Accept-Encoding": "identity"}},  # who compresses a stream holds it up
                    cast_to=httpx2.Response,
                    stream=True,
                )
        except TimeoutError as error:
            raise ModelTimedOut(
                f"the model's server did not answer within {wait:g} s (model.first_token_seconds)"
            ) from error
        except _FAILURES as error:
            raise self._mapped(error) from error

    async def _bytes(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        compressed = response.headers.get("content-encoding", "identity") != "identity"
        try:
            async with aclosing(response.aiter_bytes() if compressed else response.aiter_raw()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except _FAILURES as error:
            if rest := unread(response):
                yield rest
            url = self._server.base_url
            raise ModelUnreachable(f"the connection to {url} broke ({_root(error)})") from error

    def _mapped(self, error: Exception) -> ModelError:
        if isinstance(error, openai.APIStatusError):
            seconds = retry_after_in(error.response.headers)
            return error_from(ErrorResponse(error.status_code, error.body, seconds, error.request_id))
        return ModelUnreachable(f"{self._server.base_url} cannot be reached ({_root(error)}): check OPENAI_BASE_URL")


def _root(error: BaseException) -> str:
    """The name of the error beneath all others: the SDK calls most of them a time-out."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


@asynccontextmanager
async def connected(
    server: Server, models: Iterable[str] = (), facts: Facts | None = None
) -> AsyncGenerator[OpenAIClient, None]:
    """A client of the server, its connections closed at the end.

    What the server does not take with one of `models` is known from earlier runs by `facts`, where it is kept. Raises
    ConfigError or StoreError.
    """
    timeout = httpx2.Timeout(None, connect=_CONNECT_SECONDS)  # silence is timed by the reader
    try:
        sdk = AsyncOpenAI(
            api_key=server.api_key or "none",
            base_url=server.base_url,
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAioHttpClient(timeout=timeout, limits=_LIMITS),
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise ConfigError(
            ["model.base_url, or a proxy that the environment names, is no address to connect to"]
        ) from error
    async with sdk:
        client = OpenAIClient(sdk, server, facts)
        for model in models:
            await client.knows(model)
        yield client
