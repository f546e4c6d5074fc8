"""Tests of the places where components may stand, over plain HTTP."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Sandbox
from bot.sandbox.discord.forms.reading import BAD_OBJECT
from tests.sandbox.clients import RecordingClient, Reply, Rest
from tests.sandbox.discord.forms.test_components import button, menu, row

Says = Callable[..., Awaitable[Reply]]
V2 = 1 << 15


def text(content: str = "hello") -> dict[str, Any]:
    """Return a text display."""
    return {"type": 10, "content": content}


MEDIA = {"url": "https://example.org/a.png"}
LOST = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
NEWER: list[tuple[dict[str, Any], str, str]] = [
    (text(""), "content", "BASE_TYPE_BAD_LENGTH"),
    ({"type": 14, "spacing": 3}, "spacing", "NUMBER_TYPE_MAX"),
    ({"type": 9, "components": [text()]}, "accessory", "BASE_TYPE_REQUIRED"),
    ({"type": 9, "components": [text()], "accessory": text()}, "accessory", "UNION_TYPE_CHOICES"),
    (
        {"type": 9, "components": [button()], "accessory": button(custom_id="b")},
        "components.0",
        "UNION_TYPE_CHOICES",
    ),
    ({"type": 9, "components": [text()], "accessory": {"type": 11}}, "accessory.media", BAD_OBJECT[0]),
    ({"type": 12, "items": []}, "items", "BASE_TYPE_BAD_LENGTH"),
    ({"type": 12, "items": [{"media": {}}]}, "items.0.media.url", "BASE_TYPE_REQUIRED"),
    ({"type": 12, "items": [{"media": {"url": "nonsense"}}]}, "items.0.media.url", "URL_TYPE_INVALID_URL"),
    ({"type": 12, "items": [{"media": MEDIA, "description": 1}]}, "items.0.description", "BASE_TYPE_BAD_STRING"),
    ({"type": 13}, "file", BAD_OBJECT[0]),
    ({"type": 13, "file": MEDIA}, "file.url", "URL_TYPE_INVALID_SCHEME"),
    ({"type": 13, "file": {"url": "attachment://nope.txt"}}, "file.url", LOST),
    ({"type": 12, "items": [{"media": {"url": "attachment://nope.png"}}]}, "items.0.media.url", LOST),
    ({"type": 14, "divider": "x"}, "divider", "BOOLEAN_TYPE_CONVERT"),
    ({"type": 17, "components": [{"type": 14}], "accent_color": 1 << 24}, "accent_color", "NUMBER_TYPE_MAX"),
    ({"type": 17, "components": []}, "components", "BASE_TYPE_BAD_LENGTH"),
    ({"type": 17, "components": [{"type": 17, "components": []}]}, "components.0", "UNION_TYPE_CHOICES"),
]


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        ([row()], {"components.0.components": "BASE_TYPE_BAD_LENGTH"}),
        ([{"type": 1}], {"components.0.components": "BASE_TYPE_REQUIRED"}),
        ([row(*(button(custom_id=f"b{n}") for n in range(6)))], {"components.0.components": "BASE_TYPE_BAD_LENGTH"}),
        ([row(menu(), button())], {"components.0.components.1": "COMPONENT_LAYOUT_WIDTH_EXCEEDED"}),
        ([row(button(), menu())], {"components.0.components.1": "COMPONENT_LAYOUT_WIDTH_EXCEEDED"}),
        ([row(text())], {"components.0.components.0": "UNION_TYPE_CHOICES"}),
        ([button()], {"components.0": "UNION_TYPE_CHOICES"}),
        ([row(button(custom_id=f"b{n}")) for n in range(6)], {"components": "BASE_TYPE_MAX_LENGTH"}),
    ],
)
async def test_rows_hold_five_buttons_or_one_menu(
    says: Says, components: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    """A message with more than five rows, or a row with more than five buttons or one menu, is refused.

    (Discord's documentation, Component Reference, "Action Row")
    """
    assert (await says(content="x", components=components)).faults == expected


async def test_the_newer_components_need_their_flag(says: Says) -> None:
    """A newer component is refused without the flag IS_COMPONENTS_V2 (Discord's documentation, Component Reference)."""
    assert (await says(content="x", components=[text()])).faults == {"components.0": "UNION_TYPE_CHOICES"}
    assert (await says(components=[text()], flags=V2)).status == 200


@pytest.mark.parametrize(("key", "value"), [("content", "x"), ("embeds", [{"description": "x"}])])
async def test_with_the_flag_there_is_no_other_content(says: Says, key: str, value: object) -> None:
    """A message with the flag is refused if it has `content` or `embeds` (Discord's documentation, Component Reference)."""
    refused = await says(components=[text()], flags=V2, **{key: value})
    assert refused.faults == {key: "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"}


@pytest.mark.parametrize(("component", "key", "code"), NEWER)
async def test_the_newer_components_are_checked(says: Says, component: dict[str, Any], key: str, code: str) -> None:
    """A wrong newer component is refused under the path of its field.

    (Discord's documentation, Component Reference; OpenAPI document, create_message)
    """
    refused = await says(components=[component], flags=V2)
    assert refused.faults == {f"components.0.{key}": code}


async def test_a_message_has_forty_components(says: Says) -> None:
    """A message has at most forty components, nested ones included (Discord's documentation, Component Reference)."""
    container = {"type": 17, "components": [text() for _ in range(39)]}
    assert (await says(components=[container], flags=V2)).status == 200
    refused = await says(components=[container, text()], flags=V2)
    assert refused.faults == {"components": "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"}


async def test_the_text_of_all_components_is_limited_together(says: Says) -> None:
    """All texts of a message's components together have at most 4000 characters.

    (reported by bots as COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED)
    """
    refused = await says(components=[text("x" * 2001), text("x" * 2000)], flags=V2)
    assert refused.faults == {"components": "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"}


async def test_the_flag_stays_and_edits_need_not_repeat_it(
    client: RecordingClient, box: Sandbox, general: Channel, rest: Rest
) -> None:
    """A message keeps the flag through edits that do not name it (Discord's documentation, Component Reference)."""
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.TextDisplay("first"))
    sent = await client.get_partial_messageable(general.id).send(view=view)
    path = f"/channels/{general.id}/messages/{sent.id}"
    assert (await rest("PATCH", path, {"components": [text("second")]})).body["flags"] & V2
    assert (await rest("PATCH", path, {"content": "third"})).faults == {
        "content": "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    }


async def test_an_edit_may_set_the_flag(rest: Rest, says: Says, general: Channel) -> None:
    """An edit that empties the content may set the flag (Discord's documentation, Edit Message, `flags`)."""
    said = (await says(content="old")).body
    edited = await rest(
        "PATCH", f"/channels/{general.id}/messages/{said['id']}", {"content": None, "components": [text()], "flags": V2}
    )
    assert edited.body["flags"] & V2


async def test_a_file_that_comes_along_is_shown(http: aiohttp.ClientSession) -> None:
    """A file component may show an upload of the same request, and an edit may show it again.

    (Discord's documentation, Component Reference, "File"; the sandbox here is unwatched, because it answers with the
    address as it was sent, where Discord's has more to it)
    """
    async with Sandbox() as box:
        path = f"/channels/{box.discord.guild('Home').channel('general').id}/messages"
        rest = Rest(http, box.discord.api_base, box.discord.token)
        body = {"flags": V2, "components": [{"type": 13, "file": {"url": "attachment://a.txt"}}]}
        form = aiohttp.FormData({"payload_json": json.dumps(body)}, quote_fields=False)
        form.add_field("files[0]", b"x", filename="a.txt")
        sent = await rest("POST", path, form=form)
        assert sent.status == 200
        assert (await rest("PATCH", f"{path}/{sent.body['id']}", {"components": body["components"]})).status == 200
