"""AsyncOpenAI behind `chat.ports.Model`; the SDK's objects and errors begin and end here.

One client for the process, on aiohttp, which reads a stream at half of httpx's cost. The body goes out through the client's
public `post`, because the typed methods walk every message of the history (67 ms for 600 of them), and the stream is read
raw. The SDK's retries are off: ours stop at the first token and never repeat what cannot succeed.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import httpx2
import openai
from openai import AsyncOpenAI, DefaultAioHttpClient

from bot.chat.ports import Delta, Finish, Request
from bot.config import Settings
from bot.errors import (
    ConfigError,
    ModelBusy,
    ModelCutOff,
    ModelError,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)
from bot.llm.answer import Answer
from bot.llm.dialect import parameters
from bot.llm.pauses import LONGEST_SECONDS, pause, wish
from bot.llm.refused import Facts, Refused
from bot.llm.reports import Report, error_from
from bot.llm.stream import Patience, read

log = logging.getLogger(__name__)

_ATTEMPTS: Final = 3
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
"""What a request may raise: the transport lets some of aiohttp's own errors and the system's through."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer that has begun: its first piece, the others, and what is closed at the end."""

    first: Delta | Finish
    pieces: AsyncGenerator[Delta | Finish, None]
    opened: AsyncExitStack

    async def aclose(self) -> None:
        """End the request."""
        await self.opened.aclose()


class OpenAIModel:
    """A model on an OpenAI-compatible server. Get one by `connected`."""

    def __init__(self, client: AsyncOpenAI, settings: Settings, refused: Refused) -> None:
        self._client = client
        self._settings = settings
        self._refused = refused
        self._patience = Patience(settings.model.first_token_seconds, settings.model.silence_seconds)
        self.name = settings.model.name

    async def stream(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        """See `Model.stream`. Tries again, with growing pauses, while nothing was received and another try may help."""
        async with aclosing(await self._begun(request)) as reply:
            yield reply.first
            try:
                async for piece in reply.pieces:
                    yield piece
            except (ModelUnreachable, ModelBusy) as error:  # might pass with another try, but that would say it twice
                raise ModelCutOff(f"the model's answer broke off: {error}") from error

    async def names(self) -> list[str]:
        """The models that the server offers. Raises ModelError."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                return [model.id async for model in self._client.models.list()]
        except TimeoutError as error:
            raise ModelUnreachable(
                f"{self._settings.model.base_url} did not answer within {_CONNECT_SECONDS:g} s"
            ) from error
        except (AttributeError, TypeError, ValueError) as error:  # what the SDK makes of a page that is no API
            raise ModelRejected(
                f"{self._settings.model.base_url} does not speak OpenAI's protocol: check OPENAI_BASE_URL"
            ) from error
        except _FAILURES as error:
            raise self._mapped(error) from error

    async def _begun(self, request: Request) -> _Reply:
        """The answer as soon as its first piece is there. Raises ModelError."""
        body = self._refused.left_out_of(parameters(self._settings, request))
        attempt = 1
        while True:
            answer = Answer()
            try:
                return await self._tried(body, answer)
            except ModelRejected as error:
                if not await self._refused.add(error.parameters, body):
                    raise
                body = self._refused.left_out_of(body)
            except (ModelUnreachable, ModelBusy) as error:
                seconds = pause(attempt, error)
                if attempt == _ATTEMPTS or seconds > LONGEST_SECONDS or answer.thought:
                    raise
                log.info("attempt %s of %s: %s; the next in %.1f s", attempt, _ATTEMPTS, error, seconds)
                await asyncio.sleep(seconds)
                attempt += 1

    async def _tried(self, body: dict[str, Any], answer: Answer) -> _Reply:
        """One request, and its answer up to the first piece."""
        since = asyncio.get_running_loop().time()
        async with AsyncExitStack() as opened:
            response = await opened.enter_async_context(aclosing(await self._posted(body)))
            chunks = await opened.enter_async_context(aclosing(self._bytes(response)))
            pieces = await opened.enter_async_context(
                aclosing(read(chunks, self._patience, since=since, answer=answer))
            )
            first = await anext(pieces)
            return _Reply(first, pieces, opened.pop_all())

    async def _posted(self, body: dict[str, Any]) -> httpx2.Response:
        """The response, as soon as its head is there."""
        wait = self._patience.first_token_seconds
        try:
            async with asyncio.timeout(wait):
                return await self._client.post(
                    "/chat/completions",
                    body=body,
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
            if rest := _unread(response):
                yield rest
            url = self._settings.model.base_url
            raise ModelUnreachable(f"the connection to {url} broke ({_root(error)})") from error

    def _mapped(self, error: Exception) -> ModelError:
        if isinstance(error, openai.APIStatusError):
            seconds = wish(error.response.headers)
            return error_from(Report(error.status_code, error.body, seconds, error.request_id))
        return ModelUnreachable(
            f"{self._settings.model.base_url} cannot be reached ({_root(error)}): check OPENAI_BASE_URL"
        )


def _unread(response: httpx2.Response) -> bytes:
    """What had arrived before a connection broke but was not read yet; aiohttp (3.14) keeps it, but gives the error instead."""
    stream: object = response.stream
    while (inner := getattr(stream, "_stream", None)) is not None:  # the client's own wrappers
        stream = inner
    content = getattr(getattr(stream, "_aiohttp_response", None), "content", None)
    if not isinstance(content, aiohttp.StreamReader) or content.exception() is None:
        return b""
    content.set_exception(None)  # pyright: ignore[reportArgumentType] -- there is no other way to what is left
    return content.read_nowait()


def _root(error: BaseException) -> str:
    """The name of the error beneath all others: the SDK calls most of them a time-out."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


@asynccontextmanager
async def connected(settings: Settings, facts: Facts | None = None) -> AsyncGenerator[OpenAIModel, None]:
    """The configured model, its connections closed at the end. What its server does not know is kept in `facts`.

    Raises ConfigError or StoreError.
    """
    refused = await Refused.recalled(facts, settings.model)
    timeout = httpx2.Timeout(None, connect=_CONNECT_SECONDS)  # silence is timed by the reader
    try:
        client = AsyncOpenAI(
            api_key=settings.model.api_key.get_secret_value() or "none",
            base_url=settings.model.base_url,
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAioHttpClient(timeout=timeout, limits=_LIMITS),
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise ConfigError(
            ["model.base_url, or a proxy that the environment names, is no address to connect to"]
        ) from error
    async with client:
        yield OpenAIModel(client, settings, refused)
