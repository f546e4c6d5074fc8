"""The model server: its settings, its log of requests, and its routes."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn

from aiohttp import web

from bot.sandbox.changes import Changes
from bot.sandbox.model import errors
from bot.sandbox.model.answers import Answer
from bot.sandbox.model.audio import Audio
from bot.sandbox.model.dialect import BASE, Dialect, Limits
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.events import DONE, Writing, written
from bot.sandbox.model.faults import (
    Broken,
    Declined,
    Delay,
    Disconnect,
    End,
    Ended,
    Fault,
    Instead,
    LostAnswer,
    RawAnswer,
    Refusal,
    Silence,
)
from bot.sandbox.model.orders import Orders
from bot.sandbox.model.prompt_cache import PromptCache
from bot.sandbox.model.quirks import Quirk, odd
from bot.sandbox.model.replies import Reply, cut
from bot.sandbox.model.requests import ModelRequest, Outcome
from bot.sandbox.model.tokens import prompt_tokens, tokens_of
from bot.sandbox.wire import Json, Loopback, as_object, hang_up, loads, reset
from bot.sandbox.witness import Nobody, Witness

MAX_REQUEST = 64 * 1024 * 1024
MODELS = ("gpt-5.4-mini", "gpt-5.4", "gpt-5.5", "gpt-5.6", "gpt-6", "gpt-6-luna", "gpt-4o-mini")

_WAITS = frozenset({"retry-after", "Retry-After", "retry-after-ms"})
"""Headers with which a test says itself when to come back."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request on its way: as it came, what is noted of it, and the dialect that was spoken when it came."""

    http: web.Request
    request: ModelRequest
    dialect: Dialect

    def json(self, status: int, body: object, headers: dict[str, str] | None = None) -> web.Response:
        """Build a response."""
        kind, raw = (
            ("text/plain; charset=utf-8", body) if isinstance(body, bytes) else (self.dialect.json_type, written(body))
        )
        headers = {**(headers or {}), "Content-Type": kind}
        response = web.Response(body=raw, status=status, headers=headers)
        if headers.get("Connection") == "close":
            response.force_close()
        return response

    def error_body(self, error: ModelError) -> object:
        """Return an error as it stands on the wire."""
        return self.dialect.error_body(error) if error.body is None else error.body

    def refused(self, error: ModelError, headers: dict[str, str]) -> web.Response:
        """End it with an error."""
        self.request.status = error.status
        self.request.ended(Outcome.REFUSED)
        wait = {} if headers.keys() & _WAITS else self.dialect.retry_headers(error)
        return self.json(error.status, self.error_body(error), self.dialect.error_headers({**wait, **headers}))

    def disconnected(self, *, cleanly: bool) -> web.Response:
        """End it without an answer."""
        self.request.ended(Outcome.BROKEN)
        return hang_up(self.http) if cleanly else reset(self.http)


class ModelServer(Orders):
    """An OpenAI-compatible server. `key` None accepts every key, and none; `models` are those that exist.

    `requests` holds every request with its whole body, and grows for as long as the sandbox lives.
    """

    def __init__(self, changes: Changes, seed: int, witness: Witness) -> None:
        super().__init__(f"{seed}/model")
        self.key: str | None = f"sk-sandbox-{secrets.token_urlsafe(24)}"
        self.models: list[str] = list(MODELS)
        self.context_tokens = 272_000
        self.output_tokens = 128_000
        self.max_request_bytes = MAX_REQUEST
        self.requests: list[ModelRequest] = []
        self.origin = ""
        self.failures: list[Exception] = []
        self._changes = changes
        self._witness = witness
        self._cache = PromptCache()
        self.audio = Audio(f"{seed}/audio", changes.notify, witness)

    @property
    def base_url(self) -> str:
        """The base URL for clients."""
        return self.origin + BASE

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Listen while the context lasts."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        async with Loopback(app, self.failures) as loopback:
            self.origin = loopback.origin
            yield

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        if self._away:
            return reset(http)
        on = _Exchange(http, ModelRequest({}, http.headers.copy()), self._dialect)
        try:
            return await self._routed(on)
        except ModelError as error:
            if error.status != 405:  # the document has no such operation
                self._show(on, error.status, on.error_body(error))
            return on.refused(error, {})
        except asyncio.CancelledError:
            on.request.ended(Outcome.ABANDONED)
            raise
        except ConnectionError:
            on.request.ended(Outcome.ABANDONED)
            return web.Response()  # to nobody: the client is gone
        except Exception:
            on.request.ended(Outcome.BROKEN)
            raise
        finally:
            self._changes.notify()

    async def _routed(self, on: _Exchange) -> web.StreamResponse:
        http, dialect = on.http, on.dialect
        self._authorize(on)
        if dialect.completes(http.method, http.path):
            return await self._serve(on)
        if dialect.transcribes(http.method, http.path):
            return await self.audio.serve(http, dialect)
        body = dialect.resource(http.method, http.path, self.models)
        self._show(on, 200, body)
        return on.json(200, body)

    def _authorize(self, on: _Exchange) -> None:
        if (error := on.dialect.unavailable()) is not None:
            raise error
        if self.key is None:
            return
        header = on.http.headers.get("Authorization", "")
        given = header.removeprefix("Bearer ") if header.startswith("Bearer ") else None
        if (error := on.dialect.key_error(on.http.path, given, self.key)) is not None:
            raise error

    def _show(self, on: _Exchange, status: int, body: object) -> None:
        """Let the witness see an answer, where the official document is about it."""
        if on.dialect.official:
            path = on.http.path.removeprefix(BASE)
            template = "/models/{model}" if path.startswith("/models/") else path
            self._witness.answered(on.http.method, template, status, body)

    async def _serve(self, on: _Exchange) -> web.StreamResponse:
        request = on.request
        request.body = await self._parsed(on.http, on.dialect)
        self._witness.asked("POST", "/chat/completions", on.http.query, request.body)
        self.requests.append(request)
        self._changes.notify()
        order = self._faults.due(request)
        if order is not None and isinstance(order.fate, Instead):
            self._faults.use(order)
            return await self._instead(on, order.fate)
        self._admit(on)
        fault = None if order is None else self._faults.use(order)
        async with on.dialect.turn():
            return await self._answer(on, fault)

    async def _parsed(self, http: web.Request, dialect: Dialect) -> Json:
        raw = bytearray()
        try:
            async for chunk in http.content.iter_any():
                raw += chunk
                if len(raw) > self.max_request_bytes:
                    raise errors.body_too_large(self.max_request_bytes)
            body = as_object(_strictly.decode(raw.decode()))
        except (ValueError, RecursionError, web.RequestPayloadError):
            body = None
        if body is None:
            raise dialect.unreadable(bytes(raw))
        return body

    async def _instead(self, on: _Exchange, fault: Instead) -> web.Response:
        """Return what a request gets that is never looked at."""
        match fault:
            case Refusal():
                return on.refused(fault.error, fault.headers)
            case RawAnswer():
                on.request.status = fault.status
                on.request.ended(Outcome.BROKEN if fault.status == 200 else Outcome.REFUSED)
                headers = {"Content-Type": fault.content_type}
                return web.Response(body=fault.body, status=fault.status, headers=headers)
            case Disconnect():
                return on.disconnected(cleanly=fault.cleanly)
            case Silence():
                return await _silence()

    def _admit(self, on: _Exchange) -> None:
        dialect, request = on.dialect, on.request
        dialect.check(request.body)
        if (error := dialect.model_error(request.model, self.models)) is not None:
            raise error
        prompt = [tokens_of(message, dialect.vocabulary, request.model) for message in request.messages]
        request.prompt_tokens = prompt_tokens(prompt)
        dialect.check_length(request, Limits(self.context_tokens, self.output_tokens))
        share = self._cache.admit(request.body, prompt)
        request.cached_tokens, request.cache_write_tokens = share.read, share.written

    async def _answer(self, on: _Exchange, fault: Fault | None) -> web.StreamResponse:
        request, dialect = on.request, on.dialect
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        request.status = 200
        reply = self._reply(on, fault)
        request.reply = reply.text
        request.reply_tokens = reply.tokens * request.choices
        if isinstance(fault, LostAnswer):
            return on.disconnected(cleanly=fault.cleanly)
        writing = Writing(request, reply, dialect, dialect.name_of(request.model, self.models))
        kind = dialect.stream_headers if request.streams else {"Content-Type": dialect.json_type}
        headers = {**dialect.headers(request), **kind}
        answer = Answer(on.http, request, headers, self._replies.pace, self._changes.notify)
        if request.streams:
            return await self._stream(on, answer, writing, fault)
        if isinstance(fault, Broken):
            return await _broken(on, writing, fault)
        body = writing.whole()
        self._show(on, 200, body)
        return await answer.whole(written(body), reply.text, reply.tokens)

    def _reply(self, on: _Exchange, fault: Fault | None) -> Reply:
        request, vocabulary = on.request, on.dialect.vocabulary
        if isinstance(fault, Declined):
            return Reply(vocabulary.parts(fault.text), refuses=True)
        reply = cut(self._replies.next(request), request, self.context_tokens - request.prompt_tokens, vocabulary)
        return Reply(reply.parts[: fault.after], fault.reason) if isinstance(fault, Ended) else reply

    async def _stream(self, on: _Exchange, answer: Answer, writing: Writing, fault: Fault | None) -> web.StreamResponse:
        events = writing.events()
        if on.dialect.official and not isinstance(
            self._witness, Nobody
        ):  # to read them again costs too much for nobody
            for one in events:
                if one.data != DONE:
                    self._witness.told("chat.completion.chunk", loads(one.data.removeprefix(b"data: ")))
        if isinstance(fault, Broken):
            error = None if fault.error is None else fault.error.body or on.dialect.stream_error_body(fault.error)
            return await answer.stream(fault.applied(events, error), fault.then)
        return await answer.stream(odd(fault, events, writing) if isinstance(fault, Quirk) else events)


async def _broken(on: _Exchange, writing: Writing, fault: Broken) -> web.StreamResponse:
    """Break an answer that is not streamed: nothing of it was out before."""
    if fault.then is End.STALL:
        return await _silence()
    if fault.error is not None:
        return on.refused(fault.error, {})
    if not fault.garbled:
        return on.disconnected(cleanly=fault.then is not End.RESET)
    on.request.ended(Outcome.BROKEN)
    body = written(writing.whole())
    return web.Response(body=body[: len(body) // 2], headers={"Content-Type": on.dialect.json_type})


async def _silence() -> NoReturn:
    """Say nothing more, until the client leaves."""
    while True:
        await asyncio.Event().wait()


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_strictly = json.JSONDecoder(parse_constant=_no_number)
