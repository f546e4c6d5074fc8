"""Implements `chat.ports.model.Model` and `chat.ports.transcriber.Transcriber` with AsyncOpenAI.

The SDK's errors are mapped in `request_errors.py`.

Each server has its own client, on aiohttp, which reads a stream at half of httpx's cost. The body is sent with the client's
public `post`, because the typed methods walk every message of the history (67 ms for 600 of them), and the stream is read raw.
The SDK's retries are off, because only the caller knows what may be repeated.
"""

import asyncio
import json
import logging
import os
import ssl
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import astuple, replace
from functools import cache, lru_cache
from typing import Any, Final

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient

from bot.chat.learnt import Learnt
from bot.chat.ports.clock import Clock, now
from bot.chat.ports.facts import Facts
from bot.chat.ports.model import ModelEvent, ModelRequest, Spent
from bot.chat.ports.transcriber import Recording, Transcript
from bot.config.proxies import Proxy, proxy_for, proxy_variables
from bot.errors import (
    NOTHING_REFUSED,
    ConfigError,
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelKeyRejected,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)
from bot.llm.adaptations import Adaptations, leaves_no_room
from bot.llm.chat_completions import PATH, body, encoded
from bot.llm.deadline import Deadline, given_up
from bot.llm.errors.no_stream import ResponseHead
from bot.llm.errors.redaction import redacted, unshortened
from bot.llm.events import AnswerEvents
from bot.llm.model_list import ListedModel, models_in
from bot.llm.request_errors import FAILURES, RequestErrors, is_away, root_cause, status_of
from bot.llm.server import Server
from bot.llm.stream import Timeouts, read
from bot.llm.thinking import ThoughtFilter
from bot.llm.transcription import transcribed
from bot.llm.transport import SocketBatches, is_proxied, make_readable, unread

log = logging.getLogger(__name__)

_CONNECT_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 5.0
"""The most that connecting, and each silence, may take while the server is looked at; all of it may take twice as long."""
_SLOWEST_TOKENS_PER_SECOND: Final = 20
"""A model that does not stream gives its first sign with the whole answer, for which it gets this long."""
_LIMITS: Final = httpx2.Limits(max_connections=1000, keepalive_expiry=30.0)
"""Far more connections than answers are written at a time. An idle connection is kept 30 s for the next question."""

_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The variables that name other certificates than the system's (httpx2's documentation, "SSL")."""
_NOT_FOUND: Final = frozenset({404, 405, 501})
"""Statuses of a page that a server does not have, or not for this method."""

_EFFORT: Final = "reasoning_effort"
"""A parameter that the bot sets by itself, so that its refusal is remembered like that of its other parameters."""
_REPEATED: Final = (ModelUnreachable, ModelBusy, ModelTimedOut)
"""Errors that let the caller send the request again."""


class OpenAIClient:
    """A client of an OpenAI-compatible server. Create one with `connected`."""

    def __init__(
        self, client: AsyncOpenAI, server: Server, learnt: Learnt[Adaptations], proxy: Proxy | None = None
    ) -> None:
        self._client = client
        self._errors = RequestErrors(server, proxy)
        self._server = server
        self._learnt = learnt
        self._timeouts = Timeouts(server.first_token_seconds, server.silence_seconds)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `Model.stream`. Sends exactly one request, without retries. Raises StoreError too."""
        adaptations = await self._learnt.of(request.model)
        request_body = adaptations.applied_to(body(self._server, request))
        answer = AnswerEvents(ThoughtFilter(holds=adaptations.unopened_thoughts))
        timeouts = self._timeouts_for(request_body, request)
        since = asyncio.get_running_loop().time()
        late = given_up(request.could_begin, since, timeouts.first_token_seconds)
        try:
            async with (
                aclosing(await self._post(request_body, request.blobs, timeouts, late)) as response,
                aclosing(self._bytes(response)) as chunks,
                aclosing(
                    read(
                        chunks,
                        timeouts,
                        since=since,
                        late=late,
                        answer=answer,
                        head=_head(response),
                        batches=SocketBatches(response),
                    )
                ) as events,
            ):
                async for event in events:
                    yield event
        except ModelError as error:
            await self._add_words(error, request)
            if answer.usage is not None:
                yield Spent(answer.usage)
            understood = await self._understood(error, request, request_body, begun=answer.begun)
            if understood is not error:
                raise understood from error
            raise
        finally:
            await self._learn_from(answer, adaptations, request, request_body)

    async def transcribe(self, recording: Recording) -> Transcript:
        """See `Transcriber.transcribe`."""
        try:
            return await transcribed(self._client, recording)
        except FAILURES as failure:
            error = self._errors.mapped(failure)
            raw, error.unredacted = error.unredacted, ""
            secrets = self._server.secrets
            error.words = redacted(raw, (recording.name,), keys=secrets, model=recording.model) if raw else ""
            raise error from failure

    async def _understood(
        self, error: ModelError, request: ModelRequest, request_body: Mapping[str, Any], *, begun: bool
    ) -> ModelError:
        """Learn from an error, and return the one that the caller gets. `begun`: text has arrived before it."""
        if isinstance(error, ModelRejected) and leaves_no_room(error.refused, shortened=request.shortened):
            too_long = ModelContextExceeded(str(error))
            too_long.words = error.words
            return too_long
        if isinstance(error, ModelRejected) and error.refused != NOTHING_REFUSED:
            error.adapted = await self._adapt(error, request, request_body)
        if begun and isinstance(error, _REPEATED):  # a repeated request would repeat the text
            return ModelCutOff(f"the model's answer broke off: {error}")
        return error

    async def _learn_from(
        self, answer: AnswerEvents, adaptations: Adaptations, request: ModelRequest, request_body: Mapping[str, Any]
    ) -> None:
        """Learn from an answer that has ended, under the adaptations with which it was asked for."""
        unopened = answer.thoughts.unopened or (adaptations.unopened_thoughts and not answer.complete)
        if unopened != adaptations.unopened_thoughts:
            await self._learn(request.model, lambda known: replace(known, unopened_thoughts=unopened))
        if adaptations.guess is not None and answer.complete:
            wanted = request.reply_tokens
            await self._learnt.learn(request.model, lambda known: known.after_answer(request_body, wanted))

    def _timeouts_for(self, request_body: Mapping[str, Any], request: ModelRequest) -> Timeouts:
        if request_body["stream"]:
            return self._timeouts
        first = self._timeouts.first_token_seconds + request.reply_tokens / _SLOWEST_TOKENS_PER_SECOND
        return replace(self._timeouts, first_token_seconds=first)

    async def _adapt(self, error: ModelRejected, request: ModelRequest, request_body: Mapping[str, Any]) -> bool:
        """Learn from a refusal. Return whether the same request would now be sent in another form."""
        extra = {name: value for name, value in request.parameters.items() if name != _EFFORT}
        images = error.refused.images
        if images and (not request.blobs or request.model in self._server.vision):
            return False
        adaptations = await self._learn(
            request.model,
            lambda known: known.after(error.refused, request_body, extra, shortened=request.shortened),
            error.words,
        )
        return images or adaptations.applied_to(body(self._server, request)) != request_body

    async def _learn(self, model: str, change: Callable[[Adaptations], Adaptations], words: str = "") -> Adaptations:
        """Change what is known of a model, and tell the operator what is new. `words` are the provider's own about it."""
        before = await self._learnt.of(model)
        adaptations = await self._learnt.learn(model, change)
        for line in adaptations.described():
            if line not in before.described():
                log.warning("learnt of %s: it %s%s", model, line, f"; its server's words: {words}" if words else "")
        return adaptations

    async def models(self) -> list[ListedModel]:
        """Return the models that the server lists; none where it has no list. Raises ModelError."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                response = await self._client.get("/models", cast_to=httpx2.Response)
            return models_in(json.loads(response.content))
        except TimeoutError as error:
            raise ModelUnreachable(
                f"{self._server.base_url} did not answer{self._errors.way} within {_CONNECT_SECONDS:g} s"
            ) from error
        except (RecursionError, ValueError) as error:  # a page that is no API
            raise ModelRejected(
                f"{self._server.base_url} does not speak OpenAI's protocol: check OPENAI_BASE_URL"
            ) from error
        except FAILURES as failure:
            error = (
                await self._without_list(failure) if status_of(failure) in _NOT_FOUND else self._errors.mapped(failure)
            )
            if error is None:
                return []
            error.words, error.unredacted = unshortened(error.unredacted, keys=self._server.secrets), ""
            raise error from failure

    async def _without_list(self, failure: Exception) -> ModelError | None:
        """Return None where only the list is missing, and the error where the whole address or the key is wrong.

        It sends a request for an answer that holds neither a model nor a question. Servers refuse that without charge.
        """
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self._client.post(PATH, body={}, cast_to=httpx2.Response)
        except (TimeoutError, *FAILURES) as refusal:
            error = self._errors.mapped(failure if status_of(refusal) in _NOT_FOUND else refusal)
            return error if status_of(refusal) in _NOT_FOUND or isinstance(error, ModelKeyRejected) else None
        return None

    async def sees(self, model: str) -> bool:
        """See `Model.sees`."""
        if model in self._server.vision:
            return self._server.vision[model]
        return not (await self._learnt.of(model)).blind

    async def reachable(self) -> bool:
        """See `Model.reachable`. Asks for the list of models, which goes the same way (proxy, TLS, gateway) as a question."""
        wait = min(_LOOK_SECONDS, self._timeouts.first_token_seconds)
        try:
            async with asyncio.timeout(2 * wait):
                await self._client.get("/models", cast_to=httpx2.Response, options={"timeout": httpx2.Timeout(wait)})
        except TimeoutError:
            return True  # it takes connections, and is slow
        except FAILURES as error:
            return not is_away(error)
        return True

    async def _post(
        self,
        request_body: dict[str, Any],
        blobs: Mapping[bytes, bytes],
        timeouts: Timeouts,
        late: Callable[[], float],
    ) -> httpx2.Response:
        """Send the request; return the response as soon as its headers have arrived."""
        wait = timeouts.first_token_seconds
        headers = {"Accept-Encoding": "identity"}  # compression would buffer the stream
        content = await asyncio.to_thread(encoded, request_body, blobs) if blobs else None
        if content is not None:
            headers["Content-Type"] = "application/json"
        deadline = Deadline(late(), late)
        try:
            with deadline:
                return await self._client.post(
                    PATH,
                    body=request_body if content is None else None,
                    content=content,
                    options={"headers": headers},
                    cast_to=httpx2.Response,
                    stream=True,
                )
        except TimeoutError as error:
            raise ModelTimedOut(
                f"the model's server did not answer{self._errors.way} within {wait:g} s (model.first_token_seconds)"
            ) from error
        except FAILURES as error:
            raise self._errors.mapped(error) from error
        finally:
            deadline.close()

    async def _bytes(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        compressed = response.headers.get("content-encoding", "identity") != "identity"
        try:
            async with aclosing(response.aiter_bytes() if compressed else response.aiter_raw()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except FAILURES as error:
            if rest := unread(response):
                yield rest
            url = self._server.base_url
            raise ModelUnreachable(f"the connection to {url}{self._errors.way} broke ({root_cause(error)})") from error

    async def _add_words(self, error: ModelError, request: ModelRequest) -> None:
        """Keep of the provider's words what may be logged."""
        if error.unredacted:
            texts = [
                text
                for message in request.prompt
                for content in message.contents
                for text in astuple(content)
                if isinstance(text, str)
            ]
            raw, error.unredacted = error.unredacted, ""
            error.words = await asyncio.to_thread(redacted, raw, texts, keys=self._server.secrets, model=request.model)


def _head(response: httpx2.Response) -> ResponseHead:
    return ResponseHead(_public(str(response.url)), response.headers.get("content-type", ""))


@lru_cache(maxsize=16)
def _public(url: str) -> str:
    """Return an address without credentials, query and fragment. Every response of a server has the same one."""
    return str(httpx2.URL(url).copy_with(username=None, password=None, query=None, fragment=None))


@cache
def _certificates(*_: str | None) -> ssl.SSLContext:
    """Return the settings of TLS that clients share, for values of `_CERTIFICATES`. Reading certificates takes 30 ms."""
    return httpx2.create_ssl_context()


def adaptations_of(server: Server, facts: Facts | None, clock: Clock = now) -> Learnt[Adaptations]:
    """Return how the models of a server are asked, as far as it is known."""
    return Learnt("adaptations", Adaptations(), facts, server.identity, clock)


@asynccontextmanager
async def connected(
    server: Server, models: Iterable[str] = (), facts: Facts | None = None, clock: Clock = now
) -> AsyncGenerator[OpenAIClient, None]:
    """Open a client of the server; its connections are closed at the end of the context.

    `facts` keeps what is learnt of the server's models; what earlier runs learnt of `models` is loaded at once. Raises
    ConfigError or StoreError.
    """
    timeout = httpx2.Timeout(None, connect=_CONNECT_SECONDS)  # `stream.read` times silence itself
    try:
        tls = await asyncio.to_thread(_certificates, *map(os.environ.get, _CERTIFICATES))
    except OSError as error:
        raise ConfigError([f"{' or '.join(_CERTIFICATES)} names no certificates that can be read"]) from error
    try:
        http = DefaultAioHttpClient(
            verify=tls, timeout=timeout, limits=_LIMITS, event_hooks={"response": [make_readable]}
        )
    except (httpx2.InvalidURL, ValueError) as error:
        variables = " or ".join(proxy_variables())
        raise ConfigError([f"{variables} names no proxy that can be used: it must be like http://host:port"]) from error
    try:
        sdk = AsyncOpenAI(
            api_key=server.api_key or "none",
            base_url=server.base_url,
            default_headers=server.headers,
            default_query=dict(server.query),
            max_retries=0,
            timeout=timeout,
            http_client=http,
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise ConfigError(["model.base_url is no address to connect to"]) from error
    async with sdk:
        learnt = adaptations_of(server, facts, clock)
        proxy = proxy_for(server.base_url) if is_proxied(http, server.base_url) else None
        for model in models:
            await learnt.of(model)
        yield OpenAIClient(sdk, server, learnt, proxy)
