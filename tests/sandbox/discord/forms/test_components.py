"""Tests of buttons and menus over plain HTTP, since discord.py would not send most of these."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest

from bot.sandbox import Channel, Sandbox
from tests.sandbox.clients import RecordingClient, Reply

Says = Callable[..., Awaitable[Reply]]


def row(*components: dict[str, Any]) -> dict[str, Any]:
    """Return an action row."""
    return {"type": 1, "components": list(components)}


def button(**changed: object) -> dict[str, Any]:
    """Return a valid button, changed."""
    return {"type": 2, "style": 1, "label": "Press", "custom_id": "press"} | changed


def menu(**changed: object) -> dict[str, Any]:
    """Return a valid string select, changed."""
    return {"type": 3, "custom_id": "choose", "options": [option("a"), option("b")]} | changed


def option(value: str, **changed: object) -> dict[str, Any]:
    """Return a valid option of a string select, changed."""
    return {"label": value.upper(), "value": value} | changed


LINK = {"type": 2, "style": 5, "label": "Docs", "url": "https://example.org"}
WHO = "default_values.0.type"
WHOM = "default_values.0.id"
MANY = [option(f"o{number}") for number in range(26)]


@pytest.mark.parametrize(
    ("wrong", "key", "code"),
    [
        (button(style=7), "style", "BASE_TYPE_CHOICES"),
        (button(label=None), "label", "BASE_TYPE_REQUIRED"),
        (button(emoji={"name": "notanemoji"}), "emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI"),
        (button(emoji={"name": "custom", "id": "1"}), "emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI"),
        (button(emoji={}), "emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI"),
        (button(emoji=5), "emoji", "MODEL_TYPE_CONVERT"),
        (button(disabled="x"), "disabled", "BOOLEAN_TYPE_CONVERT"),
        (LINK | {"url": "https://"}, "url", "URL_TYPE_INVALID_URL"),
        (LINK | {"url": "https://["}, "url", "URL_TYPE_INVALID_URL"),
        (button(label="x" * 81), "label", "BASE_TYPE_MAX_LENGTH"),
        (button(custom_id=None), "custom_id", "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"),
        (button(custom_id="x" * 101), "custom_id", "BASE_TYPE_BAD_LENGTH"),
        (button(url="https://example.org"), "url", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"),
        (LINK | {"custom_id": "x"}, "custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"),
        (LINK | {"url": None}, "url", "BASE_TYPE_REQUIRED"),
        (LINK | {"url": "https://x.org/" + "x" * 512}, "url", "BASE_TYPE_MAX_LENGTH"),
        (LINK | {"url": "ftp://example.org"}, "url", "URL_TYPE_INVALID_SCHEME"),
        ({"type": 2, "style": 6}, "sku_id", "BASE_TYPE_REQUIRED"),
        ({"type": 2, "style": 6, "sku_id": "1", "label": "Buy"}, "label", "BASE_TYPE_CHOICES"),
    ],
)
async def test_buttons_are_checked(says: Says, wrong: dict[str, Any], key: str, code: str) -> None:
    """A wrong button is refused under the path of its field (Discord's documentation, Component Reference, "Button")."""
    refused = await says(content="x", components=[row(button(custom_id="first"), wrong)])
    assert (refused.status, refused.body["code"]) == (400, 50035)
    assert refused.faults == {f"components.0.components.1.{key}": code}


@pytest.mark.parametrize(
    ("wrong", "key", "code"),
    [
        (menu(custom_id=""), "custom_id", "BASE_TYPE_BAD_LENGTH"),
        (menu(custom_id=None), "custom_id", "BASE_TYPE_REQUIRED"),
        (menu(custom_id=1), "custom_id", "BASE_TYPE_BAD_STRING"),
        (menu(placeholder="x" * 151), "placeholder", "BASE_TYPE_MAX_LENGTH"),
        (menu(options=[]), "options", "BASE_TYPE_BAD_LENGTH"),
        (menu(options=None), "options", "BASE_TYPE_REQUIRED"),
        (menu(options="a"), "options", "LIST_TYPE_CONVERT"),
        (menu(options=MANY), "options", "BASE_TYPE_BAD_LENGTH"),
        (menu(min_values=-1), "min_values", "NUMBER_TYPE_MIN"),
        ({"type": 5, "custom_id": "who", "max_values": 26}, "max_values", "NUMBER_TYPE_MAX"),
        (menu(min_values=2), "min_values", "NUMBER_TYPE_MAX"),
        (menu(max_values=3), "options", "BASE_TYPE_MIN_LENGTH"),
        (menu(options=[option("a"), option("a")]), "options.1.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"),
        (menu(options=[option("a", label="")]), "options.0.label", "BASE_TYPE_BAD_LENGTH"),
        (menu(disabled="x"), "disabled", "BOOLEAN_TYPE_CONVERT"),
        (menu(options=[option("a", default="q")]), "options.0.default", "BOOLEAN_TYPE_CONVERT"),
        (menu(options=[option("a", emoji="x")]), "options.0.emoji", "MODEL_TYPE_CONVERT"),
        (menu(options=[option("a", emoji={"name": "x"})]), "options.0.emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI"),
        ({"type": 5, "custom_id": "who", "default_values": [{"type": "user"}]}, WHOM, "BASE_TYPE_REQUIRED"),
        (menu(options=[option("a", description="x" * 101)]), "options.0.description", "BASE_TYPE_MAX_LENGTH"),
        (
            menu(options=[option("a", default=True), option("b", default=True)]),
            "options",
            "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
        ),
        ({"type": 5, "custom_id": "who", "default_values": [{"id": "1", "type": "role"}]}, WHO, "BASE_TYPE_CHOICES"),
    ],
)
async def test_menus_are_checked(says: Says, wrong: dict[str, Any], key: str, code: str) -> None:
    """A wrong menu is refused under the path of its field.

    (Discord's documentation, Component Reference, "String Select")
    """
    refused = await says(content="x", components=[row(wrong)])
    assert refused.faults == {f"components.0.components.0.{key}": code}


@pytest.mark.parametrize("kind", [5, 6, 7, 8])
async def test_menus_of_people_roles_and_channels_need_no_options(says: Says, kind: int) -> None:
    """Menus of people, roles, mentionables and channels need no options.

    (Discord's documentation, Component Reference, "User Select")
    """
    assert (await says(content="x", components=[row({"type": kind, "custom_id": "who"})])).status == 200


async def test_a_custom_id_stands_once_in_a_message(says: Says) -> None:
    """A second component with the same custom id is refused (Discord's documentation, Component Reference, "Custom ID")."""
    refused = await says(content="x", components=[row(button()), row(button())])
    assert refused.faults == {"components.1.components.0.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"}


async def test_link_buttons_come_without_custom_ids(client: RecordingClient, box: Sandbox, general: Channel) -> None:
    """A link button is taken without a custom id (Discord's documentation, Component Reference, "Button")."""
    view = discord.ui.View()
    view.add_item(discord.ui.Button[discord.ui.View](label="Docs", url="https://example.org"))
    sent = await client.get_partial_messageable(general.id).send("see", view=view)
    (made,) = box.discord.world.message(general, sent.id).components[0]["components"]
    assert (made["url"], "custom_id" in made) == ("https://example.org", False)


@pytest.mark.parametrize(("number", "code"), [([1], "COERCE"), ({"a": 1}, "COERCE"), ("x", "COERCE"), (1 << 31, "MAX")])
async def test_an_id_is_a_number(says: Says, number: object, code: str) -> None:
    """A component's id that is no number of 32 bits is refused.

    (Discord's documentation, "Anatomy of a Component": 32 bits)
    """
    refused = await says(content="x", components=[row(button(id=number))])
    assert refused.faults == {"components.0.components.0.id": f"NUMBER_TYPE_{code}"}


async def test_an_id_stands_once_in_a_message(says: Says) -> None:
    """A second component with the same id is refused, unless the id is 0.

    (Discord's documentation, "Anatomy of a Component": 0 is none)
    """
    refused = await says(content="x", components=[row(button(id=5), button(id="5", custom_id="other"))])
    assert (refused.status, list(refused.faults)) == (400, ["components.0.components.1.id"])
    assert (await says(content="x", components=[row(button(id=0), button(id=0, custom_id="other"))])).status == 200


async def test_an_emoji_is_a_label_too(says: Says) -> None:
    """A button with an emoji needs no label.

    (Discord's documentation, Component Reference, "Button": label and/or emoji)
    """
    thumb = {"id": None, "name": "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", "animated": False}
    sent = await says(content="x", components=[row(button(label=None, emoji=thumb))])
    assert sent.body["components"][0]["components"][0]["emoji"] == {"name": thumb["name"], "animated": False}
