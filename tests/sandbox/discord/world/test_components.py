"""Tests of the tree of components that a message keeps."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.sandbox.discord.world.components import buttons, completed, numbered, walk
from bot.sandbox.wire import Json
from tests.sandbox.clients import Reply


def tree() -> list[dict[str, Any]]:
    """Return a row with two buttons, the second with an id of its own, and a section with an accessory."""
    row = {"type": 1, "components": [{"type": 2, "label": "a"}, {"type": 2, "label": "b", "id": 2}]}
    section = {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": {"type": 2, "label": "c"}}
    return [row, section]


def test_every_component_gets_a_number_of_its_own() -> None:
    """Components without an id get the free numbers from 1 on (Component Reference, "Anatomy of a Component")."""
    ids = [component["id"] for _, component in walk(numbered(tree()))]
    assert ids == [1, 3, 2, 4, 5, 6]


def test_a_menu_of_a_message_tells_how_many_it_takes() -> None:
    """A kept menu has the default `min_values` and `max_values`, and no field that only modals have.

    (OpenAPI document, StringSelectComponentResponse)
    """
    menu: dict[str, Any] = {"type": 3, "custom_id": "c", "options": [], "required": True, "placeholder": None}
    kept = completed([{"type": 1, "components": [menu]}])[0]["components"][0]
    assert kept == {"type": 3, "custom_id": "c", "options": [], "min_values": 1, "max_values": 1, "id": 2}


def test_buttons_are_found_wherever_they_are() -> None:
    """`buttons` finds the buttons in rows and beside sections (Discord's documentation, Component Reference, "Section")."""
    assert [button["label"] for button in buttons(tree())] == ["a", "b", "c"]


def test_paths_are_those_of_form_errors() -> None:
    """`walk` names each component by the path that form errors have.

    (Discord's documentation, Reference, "Error Messages")
    """
    assert [path for path, _ in walk(tree())][1] == "components.0.components.0"


FOREIGN: list[Json] = [{"components": [{"type": []}]}, {"options": [{"type": 4}]}, {"accessory": {}}]


@pytest.mark.parametrize("extra", FOREIGN)
async def test_what_is_not_a_components_own_is_ignored(says: Callable[..., Awaitable[Reply]], extra: Json) -> None:
    """A button keeps its own fields alone; foreign ones are dropped (OpenAPI document, ButtonComponentResponse)."""
    button = {"type": 2, "style": 1, "label": "a", "custom_id": "a", "disabled": "true"}
    sent = await says(content="x", components=[{"type": 1, "components": [button | extra]}])
    assert sent.body["components"][0]["components"] == [button | {"id": 2, "disabled": True}]
