"""`read_body` reads the body of a request: JSON, a form, or multipart with files.

Source: Discord's documentation, Reference, "Content Type" and "Uploading Files"; Create Message, "Limitations" (25 MiB
a request). The wording for a wrong content type is that of public reports, the code that of the documentation.
"""

import zlib
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.sandbox.discord.forms.messages import Upload
from bot.sandbox.discord.world.errors import ApiError, InvalidFormError, too_large
from bot.sandbox.wire import JSON_TYPE, Json, as_object, loads

MAX_REQUEST = 25 * 1024 * 1024
"""Bytes a request may have."""

_FORM_TYPE = "application/x-www-form-urlencoded"
_MULTIPART_TYPE = "multipart/form-data"
_WRONG_TYPE = (
    "CONTENT_TYPE_INVALID",
    f"Expected \"Content-Type\" header to be one of {{'{_FORM_TYPE}', '{_MULTIPART_TYPE}', '{JSON_TYPE}'}}.",
)
_UNREADABLE = (
    *(ValueError, AssertionError, RuntimeError, LookupError),
    *(zlib.error, HttpProcessingError, web.RequestPayloadError),
)
"""The errors of aiohttp for a body that is not well formed, or in a character set or encoding unknown to it."""


@dataclass(frozen=True, slots=True)
class Body:
    """A request's JSON (of a form, an object of texts) and its files."""

    value: object = None
    uploads: list[Upload] = field(default_factory=list[Upload])


async def read_body(request: web.Request) -> Body:
    """Read a request to its end. Raises ApiError 50035, 50109 or 40005."""
    try:
        if request.content_type == _MULTIPART_TYPE:
            return await _read_multipart(request)
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large() from None
    except _UNREADABLE:
        raise _invalid_json() from None
    if not raw:
        return Body()
    if request.content_type == JSON_TYPE:
        return Body(_parsed(raw))
    if request.content_type == _FORM_TYPE:
        return Body(dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True)))
    raise InvalidFormError({"": _WRONG_TYPE})


async def _read_multipart(request: web.Request) -> Body:
    try:
        parts = (await request.post()).items()
    except _UNREADABLE:
        raise InvalidFormError({"": ("CONTENT_TYPE_INVALID", "The body is no multipart form.")}) from None
    fields: Json = {}
    uploads: list[Upload] = []
    for key, value in parts:
        if isinstance(value, web.FileField):
            with value.file as file:  # aiohttp closes it only behind a request that is answered
                uploads.append(Upload(_index(key, len(uploads)), value.filename, file.read()))
        else:
            fields[key] = value if isinstance(value, str) else bytes(value).decode(errors="replace")
    if "payload_json" not in fields:
        return Body(fields or None, uploads)
    payload = _parsed(fields.pop("payload_json").encode())
    inner = as_object(payload)
    return Body(payload if inner is None else fields | inner, uploads)


def _index(key: str, position: int) -> int:
    number = key.removeprefix("files[").removesuffix("]")
    return int(number) if number.isdecimal() and len(number) < 20 else position


def _parsed(raw: bytes) -> object:
    try:
        return loads(raw)
    except ValueError:
        raise _invalid_json() from None


def _invalid_json() -> ApiError:
    return ApiError(400, 50109, "The request body contains invalid JSON.")
