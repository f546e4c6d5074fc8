"""`Audio` serves transcriptions: its script, its faults, its log. `box.model.audio` in the hands of a test.

Every fault meets the next request for a transcript, unless it is told otherwise; those for chats meet none of them.
"""

import asyncio
from collections.abc import Callable
from typing import Unpack

from aiohttp import BodyPartReader, web

from bot.sandbox.model.dialect import Dialect
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.events import written as as_json
from bot.sandbox.model.failures import Failures
from bot.sandbox.model.faults import Delay, Disconnect, LostAnswer, RawAnswer, Refusal, Silence
from bot.sandbox.model.requests import Outcome
from bot.sandbox.model.transcriptions import (
    MODELS,
    MOST_BYTES,
    PATH,
    Hearing,
    TranscriptionRequest,
    check,
    too_large,
    written,
)
from bot.sandbox.schedule import Selection
from bot.sandbox.wire import Json, hang_up, reset
from bot.sandbox.witness import Witness


class Audio(Failures[TranscriptionRequest]):
    """The endpoint for transcripts. `requests` holds every request with its recording; `models` are those that exist."""

    def __init__(self, seed: str, changed: Callable[[], None], witness: Witness) -> None:
        super().__init__(seed)
        self.requests: list[TranscriptionRequest] = []
        self.models: list[str] = list(MODELS)
        self._hearing = Hearing()
        self._changed = changed
        self._witness = witness

    def hears(self, *texts: str, seconds: float | None = None) -> None:
        """Queue transcripts for the next requests, one each, of recordings that count as long as told."""
        self._hearing.scripted.extend((text, seconds) for text in texts)

    def answers(self, answer: Callable[[TranscriptionRequest], str] | None) -> None:
        """Let a callable write whatever transcript is not scripted."""
        self._hearing.answer = answer

    def resets(self, *, carried_out: bool = False, **which: Unpack[Selection[TranscriptionRequest]]) -> None:
        """Reset the connection before the status line; when it was `carried_out`, the tokens are spent all the same."""
        self._faults.add(LostAnswer(cleanly=False) if carried_out else Disconnect(cleanly=False), **which)

    def hangs_up(self, **which: Unpack[Selection[TranscriptionRequest]]) -> None:
        """Close the connection before the status line, as a server that is restarted."""
        self._faults.add(Disconnect(cleanly=True), **which)

    def stalls(self, **which: Unpack[Selection[TranscriptionRequest]]) -> None:
        """Send nothing, not even a status line, until the client leaves."""
        self._faults.add(Silence(), **which)

    async def serve(self, http: web.Request, dialect: Dialect) -> web.Response:
        """Serve one request for a transcript."""
        request = TranscriptionRequest(http.headers.copy())
        try:
            return await self._serve(http, dialect, request)
        except ModelError as error:
            return self._refused(dialect, request, error, {})
        except (asyncio.CancelledError, ConnectionError):
            request.ended(Outcome.ABANDONED)
            raise
        finally:
            self._changed()

    async def _serve(self, http: web.Request, dialect: Dialect, request: TranscriptionRequest) -> web.Response:
        await _read(http, request)
        self.requests.append(request)
        self._changed()
        if dialect.official:
            self._witness.asked("POST", PATH, http.query, _form(request))
        fault = self._faults.next(request)
        match fault:
            case Refusal():
                return self._refused(dialect, request, fault.error, fault.headers)
            case RawAnswer():
                request.status = fault.status
                request.ended(Outcome.BROKEN)
                return web.Response(body=fault.body, status=fault.status, headers={"Content-Type": fault.content_type})
            case Silence():
                await asyncio.Event().wait()
            case Disconnect():
                return _disconnected(http, request, cleanly=fault.cleanly)
            case _:
                pass
        self._admit(dialect, request)
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        self._hearing.next(request)
        if isinstance(fault, LostAnswer):
            return _disconnected(http, request, cleanly=fault.cleanly)
        return self._answered(dialect, request)

    def _admit(self, dialect: Dialect, request: TranscriptionRequest) -> None:
        check(request, strict=dialect.official)
        if (error := dialect.model_error(request.model, self.models)) is not None:
            raise error

    def _answered(self, dialect: Dialect, request: TranscriptionRequest) -> web.Response:
        request.status = 200
        request.ended(Outcome.ANSWERED)
        if request.wants_text:
            return web.Response(text=request.text + "\n")
        body = written(request, usage=dialect.official)
        if dialect.official:
            self._witness.answered("POST", PATH, 200, body)
        return web.Response(body=as_json(body), headers={"Content-Type": dialect.json_type})

    def _refused(
        self, dialect: Dialect, request: TranscriptionRequest, error: ModelError, headers: dict[str, str]
    ) -> web.Response:
        request.status = error.status
        request.ended(Outcome.REFUSED)
        body = dialect.error_body(error) if error.body is None else error.body
        if dialect.official and error.body is None:
            self._witness.answered("POST", PATH, error.status, body)
        headers = dialect.error_headers(headers)
        return web.Response(
            body=as_json(body), status=error.status, headers={**headers, "Content-Type": dialect.json_type}
        )


async def _read(http: web.Request, request: TranscriptionRequest) -> None:
    """Read the form. Raises ModelError 400 or 413."""
    if http.content_type != "multipart/form-data":
        raise ModelError(400, "Could not parse multipart form")
    read = 0
    async for part in await http.multipart():
        if not isinstance(part, BodyPartReader):
            raise ModelError(400, "Could not parse multipart form")
        raw = bytearray()
        while chunk := await part.read_chunk():
            raw += chunk
            read += len(chunk)
            if read > MOST_BYTES:
                raise too_large(read)
        if part.name == "file":
            request.filename, request.data = part.filename or "", bytes(raw)
            request.content_type = part.headers.get("Content-Type", "")
        else:
            request.fields[part.name or ""] = raw.decode(errors="replace")


def _form(request: TranscriptionRequest) -> Json:
    return {**request.fields, **({"file": ""} if request.filename else {})}


def _disconnected(http: web.Request, request: TranscriptionRequest, *, cleanly: bool) -> web.Response:
    request.ended(Outcome.BROKEN)
    return hang_up(http) if cleanly else reset(http)
