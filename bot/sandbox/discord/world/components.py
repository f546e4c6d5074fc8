"""Components are the rows, buttons, menus and other parts of a message or a modal, kept as a tree of JSON objects.

A message keeps those fields of a component that the OpenAPI document's component responses have, and drops all others.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, cast

from bot.sandbox.wire import Json, as_list, as_object


class ComponentType(IntEnum):
    """Discord's component types."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        ComponentType.STRING_SELECT,
        ComponentType.USER_SELECT,
        ComponentType.ROLE_SELECT,
        ComponentType.MENTIONABLE_SELECT,
        ComponentType.CHANNEL_SELECT,
    }
)


_WITH_CHILDREN = frozenset({ComponentType.ACTION_ROW, ComponentType.SECTION, ComponentType.CONTAINER})
_SINGLE_CHILD: dict[int, str] = {ComponentType.SECTION: "accessory", ComponentType.LABEL: "component"}

_OF_SELECTS = frozenset({"custom_id", "placeholder", "min_values", "max_values", "disabled", "default_values"})
_FIELDS: dict[int, frozenset[str]] = {
    ComponentType.ACTION_ROW: frozenset({"components"}),
    ComponentType.BUTTON: frozenset({"custom_id", "style", "label", "disabled", "emoji", "url", "sku_id"}),
    ComponentType.STRING_SELECT: _OF_SELECTS - {"default_values"} | {"options"},
    ComponentType.USER_SELECT: _OF_SELECTS,
    ComponentType.ROLE_SELECT: _OF_SELECTS,
    ComponentType.MENTIONABLE_SELECT: _OF_SELECTS,
    ComponentType.CHANNEL_SELECT: _OF_SELECTS | {"channel_types"},
    ComponentType.SECTION: frozenset({"components", "accessory"}),
    ComponentType.TEXT_DISPLAY: frozenset({"content"}),
    ComponentType.THUMBNAIL: frozenset({"media", "description", "spoiler"}),
    ComponentType.MEDIA_GALLERY: frozenset({"items"}),
    ComponentType.FILE: frozenset({"file", "spoiler"}),
    ComponentType.SEPARATOR: frozenset({"spacing", "divider"}),
    ComponentType.CONTAINER: frozenset({"components", "accent_color", "spoiler"}),
}
"""The fields of a message's component beside its type and id."""

_PARTS: dict[str, frozenset[str]] = {
    "emoji": frozenset({"id", "name", "animated"}),
    "options": frozenset({"label", "value", "description", "emoji", "default"}),
    "default_values": frozenset({"id", "type"}),
    "items": frozenset({"media", "description", "spoiler"}),
    "media": frozenset({"url"}),
    "file": frozenset({"url"}),
}
"""The fields of the objects in such a field."""

_NUMBERS = frozenset({"style", "min_values", "max_values", "spacing", "accent_color"})
_SWITCHES = frozenset({"disabled", "spoiler", "divider", "default", "animated"})

_DEFAULTS: dict[int, Json] = {
    ComponentType.CONTAINER: {"accent_color": None, "spoiler": False},
    ComponentType.SEPARATOR: {"spacing": 1, "divider": True},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
}
"""The values that a message's component has by default (OpenAPI document, the component responses)."""


def walk(components: list[Json], path: str = "components") -> Iterator[tuple[str, Json]]:
    """Go through a tree of components from the top, each with the path that a form's errors name it by."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        kind: object = component.get("type")
        if not isinstance(kind, int):
            continue
        if kind in _WITH_CHILDREN:
            inner = [one for child in as_list(component.get("components")) or [] if (one := as_object(child))]
            yield from walk(inner, f"{here}.components")
        if (key := _SINGLE_CHILD.get(kind)) and (single := as_object(component.get(key))):
            yield f"{here}.{key}", single


def numbered(components: list[Json]) -> list[Json]:
    """Give every component without an id the next free number, as Discord does."""
    taken = {int(component.get("id") or 0) for _, component in walk(components)}
    number = 0
    for _, component in walk(components):
        component["id"] = int(component.get("id") or 0)
        if not component["id"]:
            number = next(n for n in range(number + 1, number + len(taken) + 2) if n not in taken)
            component["id"] = number
    return components


def completed(components: list[Json]) -> list[Json]:
    """Write a message's checked components as Discord keeps them: numbered, with defaults, without unknown fields."""
    return numbered([_completed(component) for component in components])


def _completed(component: Json) -> Json:
    kind: int = component["type"]
    return _DEFAULTS.get(kind, {}) | _kept(component, _FIELDS[kind] | {"type", "id"})


def _kept(shape: Json, fields: frozenset[str]) -> Json:
    return {key: _value(key, value) for key, value in shape.items() if key in fields and value is not None}


def _value(key: str, value: Any) -> object:  # noqa: ANN401 - any JSON
    """Write a field's value; numbers and switches may have come as text."""
    if key == "components":
        return [_completed(one) for one in value]
    if key == "accessory":
        return _completed(value)
    if (fields := _PARTS.get(key)) is not None:
        several = cast("list[Json] | None", as_list(value))
        return _kept(value, fields) if several is None else [_kept(one, fields) for one in several]
    if key in _NUMBERS:
        return int(value)
    return str(value).lower() in {"true", "1"} if key in _SWITCHES else value


def buttons(components: list[Json]) -> list[Json]:
    """Return all buttons of a message."""
    return [component for _, component in walk(components) if component.get("type") == ComponentType.BUTTON]


def texts(components: list[Json]) -> list[str]:
    """Return the contents of the text displays."""
    found = [one.get("content") for _, one in walk(components) if one.get("type") == ComponentType.TEXT_DISPLAY]
    return [text for text in found if isinstance(text, str)]


def selects(components: list[Json]) -> list[Json]:
    """Return all select menus of a message."""
    return [component for _, component in walk(components) if component.get("type") in SELECTS]
