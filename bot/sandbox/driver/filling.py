"""Filling in: what a person chooses in a menu or writes into a modal, checked as their client checks it.

Source: Discord's documentation, Component Reference, the "Interaction Response Structure" of each component.
"""

from collections.abc import Callable, Mapping
from typing import cast

from bot.sandbox.discord.forms.components import MAX_TYPED, SHORT
from bot.sandbox.discord.payloads.resolved import Named, Resolved
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.components import SELECTS, ComponentType
from bot.sandbox.discord.world.guilds import Role
from bot.sandbox.discord.world.modals import Modal
from bot.sandbox.discord.world.users import User
from bot.sandbox.driver.surroundings import RefusedError
from bot.sandbox.wire import Json

_KINDS: dict[int, tuple[type, ...]] = {
    ComponentType.USER_SELECT: (User,),
    ComponentType.ROLE_SELECT: (Role,),
    ComponentType.MENTIONABLE_SELECT: (User, Role),
    ComponentType.CHANNEL_SELECT: (Channel,),
}
_WITH_VALUES = SELECTS | {ComponentType.CHECKBOX_GROUP}
"""The components that send a list of values."""


def chosen(menu: Json, values: list[object], resolved: Resolved) -> list[str]:
    """Return the values of a menu for what was chosen: labels or values of options, people, roles, channels."""
    name = menu.get("placeholder") or menu["custom_id"]
    low, high = _bounds(menu)
    if not low <= len(values) <= high:
        raise RefusedError(f"menu {name!r} takes {low} to {high} values, not {len(values)}")
    if menu.get("options") is not None:
        return [_option(menu, value) for value in values]
    if not all(isinstance(value, _KINDS[menu["type"]]) for value in values):
        raise RefusedError(f"menu {name!r} does not take {values!r}")
    allowed: list[int] = menu.get("channel_types") or []
    if allowed and any(isinstance(value, Channel) and value.kind not in allowed for value in values):
        raise RefusedError(f"menu {name!r} takes channels of type {allowed}")
    return [resolved.add(cast("Named", value)) for value in values]


def _bounds(menu: Json) -> tuple[int, int]:
    low, high = menu.get("min_values"), menu.get("max_values")
    optional = menu.get("required") is False
    return (0 if optional else 1 if low is None else low), (1 if high is None else high)


def _option(menu: Json, value: object) -> str:
    for option in menu["options"]:
        if value in {option["label"], option["value"]}:
            return option["value"]
    raise RefusedError(f"there is no option {value!r}; there are {[one['label'] for one in menu['options']]}")


def submission(modal: Modal, values: Mapping[str, object], resolved: Resolved, *, forged: bool = False) -> list[Json]:
    """Return the components of a submitted modal; fields are named by label or custom id. Raises RefusedError.

    `forged` values are not checked.
    """
    fields = modal.fields()
    known = {name for label, field in fields for name in (label, field["custom_id"])}
    if unknown := set(values) - known:
        raise RefusedError(f"the modal has no field {sorted(unknown)}; it has {[label for label, _ in fields]}")
    filled: dict[str, Json] = {}
    for label, field in fields:
        value = values.get(label, values.get(field["custom_id"]))
        filled[field["custom_id"]] = _forged(field, value) if forged else _filled(label, field, value, resolved)
    return [_outer(one, filled) for one in modal.components]


def _outer(component: Json, filled: dict[str, Json]) -> Json:
    shape: Json = {"type": component["type"], "id": component["id"]}
    match component["type"]:
        case ComponentType.LABEL:
            return shape | {"component": filled[component["component"]["custom_id"]]}
        case ComponentType.ACTION_ROW:
            return shape | {"components": [filled[one["custom_id"]] for one in component["components"]]}
        case _:
            return shape


def _named(field: Json) -> Json:
    return {key: field[key] for key in ("type", "id", "custom_id")}


def _forged(field: Json, value: object) -> Json:
    if field["type"] in _WITH_VALUES:
        return _named(field) | {"values": [str(one) for one in _several(field, value)]}
    return _named(field) | {"value": field.get("value", "") if value is None else value}


def _filled(label: str, field: Json, value: object, resolved: Resolved) -> Json:
    shape = _named(field)
    if field["type"] in _WITH_VALUES:
        return shape | {"values": chosen(field, _several(field, value), resolved)}
    fill = _FILLS.get(field["type"])
    if fill is None:
        raise RefusedError(f"field {label!r} cannot be filled in here")
    return shape | {"value": fill(label, field, value)}


def _several(field: Json, value: object) -> list[object]:
    if value is None:
        options: list[Json] = field.get("options") or []
        return [option["value"] for option in options if option.get("default")]
    return list(cast("list[object]", value)) if isinstance(value, list | tuple) else [value]


def _written(label: str, field: Json, value: object) -> str:
    text = str(field.get("value") or "") if value is None else str(value)
    if not text and field.get("required") is not False:
        raise RefusedError(f"field {label!r} must be filled in")
    if field["style"] == SHORT and "\n" in text:
        raise RefusedError(f"field {label!r} takes one line")
    low, high = field.get("min_length") or 0, field.get("max_length") or MAX_TYPED
    if text and not low <= len(text) <= high:
        raise RefusedError(f"field {label!r} takes {low} to {high} characters, not {len(text)}")
    return text


def _picked(label: str, field: Json, value: object) -> str | None:
    found = [_option(field, one) for one in _several(field, value)]
    if not found and field.get("required") is not False:
        raise RefusedError(f"field {label!r} must be filled in")
    return found[0] if found else None


def _ticked(label: str, field: Json, value: object) -> bool:
    del label
    return bool(field.get("default") if value is None else value)


_FILLS: dict[int, Callable[[str, Json, object], object]] = {
    ComponentType.TEXT_INPUT: _written,
    ComponentType.RADIO_GROUP: _picked,
    ComponentType.CHECKBOX: _ticked,
}
