"""Maps a response that is no event stream to an error: a page, an error report, a text, or nothing.

Servers and proxies send all of these with status 200. A page or a report of no known cause is the sign of a wrong address, so the
error names the address that was asked.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.errors import ModelError, ModelRejected, ModelSilent, ModelUnreachable
from bot.llm.errors.body import error_object
from bot.llm.errors.mapping import ErrorResponse, error_from
from bot.llm.errors.shapes import in_usual_shape

EVENT_STREAM: Final = "text/event-stream"
_FAULT: Final = re.compile(r"server|internal|unavailable|upstream|timeout|overload", re.IGNORECASE)
"""Words in the code or type of a report by which the server blames itself."""
_STATUS: Final = re.compile(r"[1-5]\d\d")


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The head of a successful response: the address that was asked, without credentials, and the content type."""

    url: str = ""
    content_type: str = EVENT_STREAM

    @property
    def promises_stream(self) -> bool:
        """Whether the content type is that of an event stream."""
        return self.content_type.lower().startswith(EVENT_STREAM)


def error_in_stream(body: object) -> ModelError:
    """Return the error that an event of a stream reports. A report of no known cause is a fault of the server."""
    error = _mapped(body, None)
    known = _mapped(body, 200) if _is_vague(error, body) else error
    return error if type(known) is ModelRejected else known


def error_instead_of_stream(body: object, head: ResponseHead) -> ModelError:
    """Return the error that a JSON body reports, sent in the place of a stream.

    A report of no known cause is a refusal, because often nothing is served at that address, unless the server blames itself or
    the response promises a stream.
    """
    if head.promises_stream:
        return error_in_stream(body)
    error = _mapped(body, None)
    if _is_vague(error, body):
        error = _mapped(body, 200)
    if type(error) is ModelRejected:
        refusal = ModelRejected(f"{error}. {_asked(head)}", error.refused)
        refusal.unredacted = error.unredacted
        return refusal
    return error


def no_stream(text: bytes, head: ResponseHead) -> ModelError:
    """Return the error for a response without any event or JSON. `text` is what it holds."""
    if not text.strip():
        return _nothing(head)
    if text.lstrip()[:1] == b"<" or "html" in head.content_type.lower():
        return ModelRejected(f"the model's server answers with a page. {_asked(head)}")
    if head.promises_stream or text.lstrip()[:1] in b"{[":
        return ModelUnreachable("the model's server sends something that is neither an event nor whole JSON")
    return ModelRejected(f"the model's server answers with text of type {_type(head)}. {_asked(head)}")


def _nothing(head: ResponseHead) -> ModelError:
    if head.promises_stream:
        return ModelSilent("the model's stream ended before it began")
    return ModelSilent(f"the model's server answers with nothing. {_asked(head)}")


def _asked(head: ResponseHead) -> str:
    return f"The address asked was {head.url}: check OPENAI_BASE_URL"


def _type(head: ResponseHead) -> str:
    return head.content_type.partition(";")[0][:64] or "unknown"


def _is_vague(error: ModelError, body: object) -> bool:
    """Whether the error is a fault of the server only for want of a status: the report names none, nor a fault."""
    if type(error) is not ModelUnreachable:
        return False
    table = error_object(in_usual_shape(body))
    words = [_word(table.get("code")), _word(table.get("type"))]
    return not any(_FAULT.search(word) or _STATUS.fullmatch(word) for word in words)


def _word(value: object) -> str:
    return str(value) if isinstance(value, str) or (isinstance(value, int) and 0 < value < 1000) else ""


def _mapped(body: object, status: int | None) -> ModelError:
    return error_from(ErrorResponse(status, in_usual_shape(body)))
