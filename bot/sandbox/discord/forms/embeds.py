"""`read_embeds` checks the embeds of a message and returns them as Discord keeps them.

Source: Discord's documentation, Message, "Embed Limits" (the 6000 characters hold for all embeds of a message
together), and Create Message, "Limitations" (the type is always `rich`). The OpenAPI document has the bounds of the
rest.
"""

from collections.abc import Sequence

from bot.sandbox.discord.forms.reading import REQUIRED, Reader, moment_fault, read_moment, url_fault
from bot.sandbox.wire import Json

MAX_EMBEDS = 10
MAX_EMBED_TEXT = 6000
_MAX_FIELDS = 25
_MAX_URL = 2048
_LINKS = ("http", "https")
_IMAGES = (*_LINKS, "attachment")
_TOO_LARGE = ("MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}")


def read_embeds(reader: Reader) -> list[Json] | None:
    """Read a form's embeds as they will be shown."""
    found = reader.objects("embeds", MAX_EMBEDS)
    if found is None:
        return None
    embeds = [_read(reader.child(f"embeds.{index}", one)) for index, one in enumerate(found)]
    if sum(_size(one) for one in embeds) > MAX_EMBED_TEXT:
        reader.wrong("embeds", _TOO_LARGE)
    return embeds


def _read(reader: Reader) -> Json:
    shape: Json = {
        "type": "rich",
        "title": reader.text("title", 256),
        "description": reader.text("description", 4096),
        "url": _url(reader, "url", _LINKS),
        "timestamp": _timestamp(reader),
        "color": reader.integer("color", low=0, high=0xFFFFFF),
        "fields": _fields(reader),
        "footer": _part(reader, "footer", ("text", 2048)),
        "author": _part(reader, "author", ("name", 256)),
        "image": _part(reader, "image"),
        "thumbnail": _part(reader, "thumbnail"),
    }
    return {key: value for key, value in shape.items() if value}


def _fields(reader: Reader) -> list[Json]:
    shapes: list[Json] = []
    for index, one in enumerate(reader.objects("fields", _MAX_FIELDS) or []):
        inner = reader.child(f"fields.{index}", one)
        shapes.append(
            {
                "name": _needed(inner, "name", 256),
                "value": _needed(inner, "value", 1024),
                "inline": inner.flag("inline"),
            }
        )
    return shapes


def _needed(reader: Reader, key: str, limit: int) -> str:
    text = reader.text(key, limit)
    if not text:
        reader.wrong(key, REQUIRED)
    return text or ""


def _part(reader: Reader, key: str, text: tuple[str, int] | None = None) -> Json | None:
    inner = reader.inner(key)
    if inner is None:
        return None
    shape: Json = {} if text is None else {text[0]: inner.text(*text)}
    shape |= {"url": _url(inner, "url", _LINKS if text else _IMAGES), "icon_url": _url(inner, "icon_url", _IMAGES)}
    return {name: value for name, value in shape.items() if value}


def _url(reader: Reader, key: str, schemes: Sequence[str]) -> str | None:
    found = reader.text(key, _MAX_URL)
    if not found:
        return found
    if (fault := url_fault(found, schemes)) is not None:
        reader.wrong(key, fault)
    return found


def _timestamp(reader: Reader) -> str | None:
    found = reader.text("timestamp", 64)
    if not found:
        return None
    try:
        return read_moment(found).isoformat()
    except ValueError:
        reader.wrong("timestamp", moment_fault(found))
        return None


def _size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [embed.get("footer", {}).get("text"), embed.get("author", {}).get("name")]
    texts += [text for field in embed.get("fields", []) for text in (field["name"], field["value"])]
    return sum(len(text) for text in texts if text)
