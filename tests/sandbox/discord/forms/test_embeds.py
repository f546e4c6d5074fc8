"""Tests of the checks of embeds. Source unless another is named: Discord's documentation, Message, "Embed Limits"."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.sandbox.clients import Reply
from tests.sandbox.discord.forms.test_messages import error_at

Says = Callable[..., Awaitable[Reply]]


@pytest.mark.parametrize(
    ("embed", "path"),
    [
        ({"title": "x" * 257}, "title"),
        ({"description": "x" * 4097}, "description"),
        ({"footer": {"text": "x" * 2049}}, "footer.text"),
        ({"author": {"name": "x" * 257}}, "author.name"),
        ({"fields": [{"name": "x" * 257, "value": "v"}]}, "fields.0.name"),
        ({"fields": [{"name": "n", "value": "x" * 1025}]}, "fields.0.value"),
        ({"fields": [{"name": "n", "value": "v"}] * 26}, "fields"),
    ],
)
async def test_each_part_has_a_limit(says: Says, embed: dict[str, Any], path: str) -> None:
    """An embed with a part above its limit is refused ("Embed Limits")."""
    assert error_at(await says(embeds=[embed]), f"embeds.0.{path}") == "BASE_TYPE_MAX_LENGTH"


async def test_all_embeds_together_have_a_limit(says: Says) -> None:
    """All embeds of a message together have at most 6000 characters ("Embed Limits")."""
    embeds = [{"description": "x" * 3000}, {"description": "x" * 3000}]
    assert (await says(embeds=embeds)).status == 200
    refused = await says(embeds=[*embeds, {"title": "y"}])
    assert error_at(refused, "embeds") == "MAX_EMBED_SIZE_EXCEEDED"
    assert refused.body["errors"]["embeds"]["_errors"][0]["message"] == "Embed size exceeds maximum size of 6000"


@pytest.mark.parametrize(
    ("embed", "path", "code"),
    [
        ({"fields": [{"value": "v"}]}, "fields.0.name", "BASE_TYPE_REQUIRED"),
        ({"fields": [{"name": "n", "value": " "}]}, "fields.0.value", "BASE_TYPE_REQUIRED"),
        ({"color": 1 << 24}, "color", "NUMBER_TYPE_MAX"),
        ({"title": 1}, "title", "BASE_TYPE_BAD_STRING"),
        ({"url": "nowhere"}, "url", "URL_TYPE_INVALID_URL"),
        ({"url": "attachment://x.png"}, "url", "URL_TYPE_INVALID_SCHEME"),
        ({"author": {"name": "a", "url": "attachment://x.png"}}, "author.url", "URL_TYPE_INVALID_SCHEME"),
        ({"timestamp": "yesterday"}, "timestamp", "DATE_TIME_TYPE_PARSE"),
        ({"image": {"url": "ftp://a.b/c"}}, "image.url", "URL_TYPE_INVALID_SCHEME"),
    ],
)
async def test_parts_have_their_shape(says: Says, embed: dict[str, Any], path: str, code: str) -> None:
    """A part of the wrong shape is refused under its path (OpenAPI document, RichEmbed)."""
    assert error_at(await says(embeds=[embed]), f"embeds.0.{path}") == code


async def test_an_empty_embed_is_no_message(says: Says) -> None:
    """A message with nothing but an empty embed is refused (Discord's documentation, "JSON Error Codes", 50006)."""
    assert (await says(embeds=[{}])).body["code"] == 50006


async def test_an_embed_is_rich_whatever_it_says(says: Says) -> None:
    """An embed is kept as `rich`, without fields that bots cannot set.

    (Discord's documentation, Create Message, "Limitations")
    """
    sent = await says(
        embeds=[{"type": "video", "title": "t", "provider": {"name": "p"}, "video": {"url": "https://a.b"}}]
    )
    assert sent.body["embeds"] == [{"type": "rich", "title": "t"}]


async def test_pictures_may_be_attached(says: Says) -> None:
    """An embed may show an attached file (Discord's documentation, Reference, "Using Attachments within Embeds")."""
    image = {"url": "attachment://x.png"}
    sent = await says(embeds=[{"image": image, "footer": {"text": "f", "icon_url": "attachment://x.png"}}])
    assert sent.body["embeds"][0]["image"] == image


async def test_a_timestamp_has_a_zone(says: Says) -> None:
    """A timestamp without a zone is taken as UTC (Discord's documentation, Message, "Embed Structure": ISO8601)."""
    sent = await says(embeds=[{"title": "t", "timestamp": "2026-01-01T00:00:00"}])
    assert sent.body["embeds"][0]["timestamp"] == "2026-01-01T00:00:00+00:00"
