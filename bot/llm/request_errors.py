"""Maps what the SDK, its transport and the system raise for a request to our errors."""

import json
from dataclasses import dataclass
from typing import Final

import aiohttp
import httpx2
import openai

from bot.config.proxies import Proxy
from bot.errors import ModelError, ModelUnreachable
from bot.llm.errors.mapping import ErrorResponse, error_from
from bot.llm.errors.retry_after import retry_after_in
from bot.llm.server import Server
from bot.llm.transport import LedElsewhereError

FAILURES: Final = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    aiohttp.ClientError,
    OSError,
    UnicodeError,
)
"""Errors that a request may raise. The transport does not convert all of aiohttp's and the system's errors."""
_NO_CONNECTION: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
"""Errors of a request for which no connection to the server was made."""
_AWAY_STATUSES: Final = frozenset({502, 503, 504, *range(520, 528), 530})
"""Statuses of a gateway whose server is away (52x and 530 are Cloudflare's), and of a server that is loading its model."""


@dataclass(frozen=True, slots=True)
class RequestErrors:
    """Maps the errors of requests to one server, which go through `proxy` if there is one."""

    server: Server
    proxy: Proxy | None = None

    @property
    def way(self) -> str:
        """The words that name the proxy; "" without one."""
        return f" through {self.proxy}" if self.proxy else ""

    def mapped(self, error: Exception) -> ModelError:
        """Return our error for one of `FAILURES`. Its `unredacted` holds the server's own words."""
        if isinstance(error, openai.APIStatusError):
            seconds = retry_after_in(error.response.headers)
            found = error_from(ErrorResponse(error.status_code, _body_of(error), seconds, error.request_id))
            if self.proxy and not isinstance(error.body, dict):  # no error of an API: the proxy itself may have sent it
                found.args = (f"{found.args[0]}; it was asked{self.way}",)
            return found
        if isinstance(led := _causes(error)[-1], LedElsewhereError):
            return ModelUnreachable(
                f"{self.server.base_url} redirects to {led.address}, which is not followed: check OPENAI_BASE_URL"
            )
        check = "OPENAI_BASE_URL" if self.proxy is None else "that proxy, or name the server in NO_PROXY"
        if self.proxy and self.proxy.speaks_socks:
            check = "NO_PROXY, where the server can be named, because SOCKS is not supported; HTTP proxies are"
        return ModelUnreachable(
            f"{self.server.base_url} cannot be reached{self.way} ({root_cause(error)}): check {check}",
            connected=not any(isinstance(cause, _NO_CONNECTION) for cause in _causes(error)),
        )


def status_of(error: Exception) -> int | None:
    """Return the status of an error response, None for any other error."""
    return error.status_code if isinstance(error, openai.APIStatusError) else None


def root_cause(error: BaseException) -> str:
    """Return the name of the innermost cause, because the SDK reports most causes as a time-out."""
    return type(_causes(error)[-1]).__name__


def is_away(error: Exception) -> bool:
    """Return whether a look at the server failed because it is away: it says so, takes no connections, or drops them."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _AWAY_STATUSES
    causes = _causes(error)
    slow = any(isinstance(cause, aiohttp.SocketTimeoutError) for cause in causes)
    return not slow and any(isinstance(cause, (*_NO_CONNECTION, aiohttp.ClientConnectionError)) for cause in causes)


def _body_of(error: openai.APIStatusError) -> object:
    """Return the whole body of an error response. The SDK keeps only its field `error`, although some codes stand beside it."""
    body = error.body
    try:
        return body if body is None else json.loads(error.response.text)
    except (ValueError, RecursionError, httpx2.StreamError):
        return body


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and its causes, the innermost last."""
    causes = [error]
    while (cause := causes[-1].__cause__) is not None:
        causes.append(cause)
    return causes
