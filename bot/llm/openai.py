"""AsyncOpenAI behind `chat.ports.Model`; the SDK's objects and errors begin and end here.

One client for the process. The body goes out through the client's public `post`, because the typed methods walk every
message of the history (67 ms for 600 of them), and the stream is read raw. The SDK's retries are off: ours stop at the
first token and never repeat what cannot succeed.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Final

import httpx2
import openai
from openai import AsyncOpenAI

from bot.chat.ports import Delta, Finish, Request
from bot.config import Settings
from bot.errors import ModelBusy, ModelCutOff, ModelError, ModelRejected, ModelTimedOut, ModelUnreachable
from bot.llm.dialect import parameters
from bot.llm.reports import Report, error_from
from bot.llm.stream import Patience, read

log = logging.getLogger(__name__)

_ATTEMPTS: Final = 3
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 20.0
_CONNECT_SECONDS: Final = 10.0


class OpenAIModel:
    """A model on an OpenAI-compatible server. Get one by `connected`."""

    def __init__(self, client: AsyncOpenAI, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._patience = Patience(settings.model.first_token_seconds, settings.model.silence_seconds)
        self.name = settings.model.name

    async def stream(self, request: Request) -> AsyncGenerator[Delta | Finish, None]:
        """See `Model.stream`. Tries again, with growing pauses, while nothing was received and another try may help."""
        body = parameters(self._settings, request)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with aclosing(self._once(body)) as pieces:
                    async for piece in pieces:
                        yield piece
            except (ModelUnreachable, ModelBusy) as error:
                pause = _pause(attempt, error)
                if attempt == _ATTEMPTS or pause > _LONGEST_PAUSE_SECONDS:
                    raise
                log.info("attempt %s of %s: %s; the next in %.1f s", attempt, _ATTEMPTS, error, pause)
                await asyncio.sleep(pause)
            else:
                return

    async def names(self) -> list[str]:
        """The models that the server offers. Raises ModelError."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                return [model.id async for model in self._client.models.list()]
        except TimeoutError as error:
            raise ModelUnreachable(
                f"{self._settings.model.base_url} did not answer within {_CONNECT_SECONDS:g} s"
            ) from error
        except openai.OpenAIError as error:
            raise self._mapped(error) from error
        except (AttributeError, TypeError, ValueError) as error:  # what the SDK makes of a page that is no API
            raise ModelRejected(
                f"{self._settings.model.base_url} does not speak OpenAI's protocol: check OPENAI_BASE_URL"
            ) from error

    async def _once(self, body: dict[str, object]) -> AsyncGenerator[Delta | Finish, None]:
        """One attempt. Whatever might pass with another is ModelCutOff once text came, so that none follows."""
        begun, since = False, asyncio.get_running_loop().time()
        async with aclosing(await self._posted(body)) as response, aclosing(self._bytes(response)) as chunks:
            try:
                async with aclosing(read(chunks, self._patience, since=since)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except (ModelUnreachable, ModelBusy) as error:
                if begun:
                    raise ModelCutOff(f"the model's answer broke off: {error}") from error
                raise

    async def _posted(self, body: dict[str, object]) -> httpx2.Response:
        """The response, as soon as its head is there."""
        wait = self._patience.first_token_seconds
        try:
            async with asyncio.timeout(wait):
                return await self._client.post("/chat/completions", body=body, cast_to=httpx2.Response, stream=True)
        except TimeoutError as error:
            raise ModelTimedOut(
                f"the model's server did not answer within {wait:g} s (model.first_token_seconds)"
            ) from error
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise self._mapped(error) from error

    async def _bytes(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in response.aiter_bytes():
                yield chunk
        except httpx2.HTTPError as error:
            raise self._mapped(error) from error

    def _mapped(self, error: openai.OpenAIError | httpx2.HTTPError) -> ModelError:
        if isinstance(error, openai.APIStatusError):
            retry_after = _seconds(error.response.headers.get("retry-after"))
            return error_from(Report(error.status_code, error.body, retry_after, error.request_id))
        if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
            reason = type(error.__cause__ or error).__name__
            return ModelUnreachable(
                f"{self._settings.model.base_url} cannot be reached ({reason}): check OPENAI_BASE_URL"
            )
        return ModelRejected(f"the request could not be made ({type(error).__name__}): check the [model] section")


@asynccontextmanager
async def connected(settings: Settings) -> AsyncGenerator[OpenAIModel, None]:
    """The configured model, its connections closed at the end."""
    longest = max(settings.model.first_token_seconds, settings.model.silence_seconds) + _CONNECT_SECONDS
    client = AsyncOpenAI(
        api_key=settings.model.api_key.get_secret_value() or "none",
        base_url=settings.model.base_url,
        max_retries=0,
        timeout=httpx2.Timeout(longest, connect=_CONNECT_SECONDS),
    )
    async with client:
        yield OpenAIModel(client, settings)


def _pause(attempt: int, error: ModelError) -> float:
    """Seconds until the next attempt: what the server asked for, else twice as long each time, with some chance in it."""
    if isinstance(error, ModelBusy) and error.retry_after is not None:
        return error.retry_after
    return _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
