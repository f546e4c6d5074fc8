"""Images: the image parts of a request, checked as OpenAI checks them, and their tokens.

Sources: OpenAI's OpenAPI document (`ChatCompletionRequestMessageContentPartImage`), its guide "Images and vision" (patches of 32
pixels, at most 1536, times a factor; tiles of 512 pixels on the 4o models), and people's reports for the wording: opencode 23983
(data URLs), STranslate 277 and ai-filemetadata 26 (unsupported formats). Addresses other than data URLs are never fetched here.
"""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from bot.sandbox.images import Size, image_size
from bot.sandbox.model.errors import ModelError, invalid_choice, missing_parameter
from bot.sandbox.wire import Json, as_list, as_object

MOST_PATCHES = 1536
PATCH, TILE = 32, 512
UNKNOWN_SIZE_TOKENS = 765
"""Tokens of an image whose size cannot be read, and of an address that is not looked at: 1024 by 1024 in tiles."""
_DETAILS = ("auto", "low", "high")
_LOW_TOKENS = 85
_SHORT_SIDE, _LONG_SIDE = 768, 2048
_FACTORS = {"mini": 1.62, "nano": 2.46}
_TYPES = frozenset({"image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp"})
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_EXPECTED = (
    "Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')"
)
_HEAD = 256 * 1024
"""Characters of a data URL that are read for the image's size."""


@dataclass(frozen=True, slots=True)
class Image:
    """The image of a data URL: its declared type, its bytes, and its width and height in pixels where they can be read."""

    media_type: str
    data: bytes = field(repr=False)
    size: Size | None


def images_in(messages: Sequence[Json]) -> list[Image]:
    """Return the images of messages, in order; those that are no data URLs are left out."""
    found = (image_of(url) for message in messages for url in urls_in(message))
    return [image for image in found if image is not None]


def urls_in(message: Json) -> list[str]:
    """Return the addresses of a message's image parts."""
    parts = [as_object(one) or {} for one in as_list(message.get("content")) or []]
    images = [as_object(part.get("image_url")) or {} for part in parts if part.get("type") == "image_url"]
    return [str(image.get("url")) for image in images]


def image_of(url: str) -> Image | None:
    """Return the image of a data URL, None for any other address and for broken base64."""
    media_type, data = _parts(url)
    try:
        raw = b64decode(data or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return Image(media_type, raw, image_size(raw)) if media_type and raw else None


def check_image(here: str, image: Json) -> None:
    """Check the object of an image part. Raises ModelError 400."""
    if (detail := image.get("detail")) is not None and detail not in _DETAILS:
        raise invalid_choice(f"{here}.detail", detail, _DETAILS)
    url: object = image.get("url")
    if not isinstance(url, str):
        raise missing_parameter(f"{here}.url")
    if url.startswith(("http://", "https://")):
        text = f"Failed to download image from {url}. Image URL is invalid."
        raise ModelError(400, text, code="invalid_image_url", param="url")
    _check_data(here, url)


def _check_data(here: str, url: str) -> None:
    media_type, data = _parts(url)
    if not url.startswith("data:") or data is None:
        raise _wrong(here, "a value without the 'data:' prefix")
    if media_type not in _TYPES:
        raise _wrong(here, f"unsupported MIME type '{media_type}'")
    if not data:
        raise _wrong(here, "empty base64-encoded bytes")
    if (image := image_of(url)) is None:
        raise _wrong(here, "an invalid base64-encoded value")
    if not image.data.startswith(_MAGIC) and not (image.data[:4] == b"RIFF" and image.data[8:12] == b"WEBP"):
        text = "You uploaded an unsupported image. Please make sure your image has of one the following formats: "
        raise ModelError(400, f"{text}['png', 'jpeg', 'gif', 'webp'].", code="invalid_image_format")
    if image.size is None:
        text = "You uploaded an unsupported image. Please make sure your image is valid."
        raise ModelError(400, text, code="image_parse_error")


def _wrong(here: str, got: str) -> ModelError:
    return ModelError(400, f"Invalid '{here}'. {_EXPECTED}, but got {got}.", code="invalid_value", param=here)


def _parts(url: str) -> tuple[str, str | None]:
    """Return the type of a data URL, and its base64 (None where there is none)."""
    head, comma, data = url.partition(",")
    media_type, mark, _ = head.removeprefix("data:").partition(";base64")
    return media_type.lower(), data if comma and mark else None


def image_tokens(url: str, detail: object, model: str) -> int:
    """Return the tokens of an image for a model: tiles for those of 4o's class, else patches."""
    _, data = _parts(url)
    size = _size_in(data or "")
    if size is None or not all(size):
        return UNKNOWN_SIZE_TOKENS
    if "4o" in model:
        base, tile = (2833, 5667) if "mini" in model else (_LOW_TOKENS, 170)
        return base if detail == "low" else base + tile * _tiles(*size)
    factor = next((factor for word, factor in _FACTORS.items() if word in model), 1.0)
    return ceil(factor * patches(*size))


def _size_in(data: str) -> Size | None:
    try:
        return image_size(b64decode(data[:_HEAD]))
    except (binascii.Error, ValueError):
        return None


def patches(width: int, height: int) -> int:
    """Return how many patches cover an image, at most 1536: a larger image is scaled down."""
    return min(ceil(width / PATCH) * ceil(height / PATCH), MOST_PATCHES)


def _tiles(width: int, height: int) -> int:
    scale = min(1.0, _LONG_SIDE / max(width, height))
    scale *= min(1.0, _SHORT_SIDE / (min(width, height) * scale))
    return ceil(width * scale / TILE) * ceil(height * scale / TILE)


def marks(url: str, tokens: int) -> bytes:
    """Return tokens that stand for an image in a prompt: the same for the same, others for another."""
    return hashlib.blake2b(url.encode(errors="replace"), digest_size=4).digest() * tokens
