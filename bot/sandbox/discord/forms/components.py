"""These functions check buttons, menus and fields of modals, and note each fault under the path that names it.

Sources: Discord's documentation, Component Reference (which field goes with which, lengths, counts) and the request
schemas of the OpenAPI document. Codes are Discord's own where reports of them are public; elsewhere general ones stand
in.
"""

from collections.abc import Callable

from bot.sandbox.discord.forms.checks import check_list, check_number, check_text, check_url
from bot.sandbox.discord.forms.emoji import check_emoji
from bot.sandbox.discord.forms.reading import REQUIRED, Reader
from bot.sandbox.discord.world.components import SELECTS, ComponentType
from bot.sandbox.wire import Json

LINK, PREMIUM = 5, 6
SHORT, PARAGRAPH = 1, 2
MAX_CUSTOM_ID = 100
MAX_OPTIONS = 25
MAX_TYPED = 4000
"""Characters that a text input takes."""

_SCHEMES = ("http", "https", "discord")
_ID_OR_URL = ("BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified")
_DEFAULT_KINDS = {
    ComponentType.USER_SELECT: {"user"},
    ComponentType.ROLE_SELECT: {"role"},
    ComponentType.MENTIONABLE_SELECT: {"user", "role"},
    ComponentType.CHANNEL_SELECT: {"channel"},
}


def check_kind(reader: Reader, allowed: frozenset[ComponentType]) -> ComponentType | None:
    """Return a component's type if it may stand where it does."""
    kind: object = reader.body.get("type")
    if isinstance(kind, int) and not isinstance(kind, bool) and kind in allowed:
        reader.integer("id", low=0)
        return ComponentType(kind)
    listed = ", ".join(str(int(one)) for one in sorted(allowed))
    reader.wrong("", ("UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed}).'))
    return None


def check_interactive(reader: Reader, kind: ComponentType) -> None:
    """Check a button, a menu or a field of a modal."""
    if kind is ComponentType.BUTTON:
        _check_button(reader)
        return
    check_text(reader, "custom_id", MAX_CUSTOM_ID, low=1, required=True)
    if kind in SELECTS:
        _check_select(reader, kind)
    elif (check := _FIELDS.get(kind)) is not None:
        check(reader)


def _check_button(reader: Reader) -> None:
    style = reader.integer("style")
    if not 1 <= style <= PREMIUM:
        reader.wrong("style", ("BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}."))
        return
    check_text(reader, "label", 80)
    check_emoji(reader)
    reader.flag("disabled")
    if style == PREMIUM:
        _check_premium(reader)
        return
    if not reader.body.get("label") and reader.body.get("emoji") is None:
        reader.wrong("label", REQUIRED)
    if style == LINK:
        _check_link(reader)
    else:
        if not reader.body.get("custom_id"):
            reader.wrong("custom_id", ("BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required"))
        check_text(reader, "custom_id", MAX_CUSTOM_ID, low=1)
        if reader.body.get("url") is not None:
            reader.wrong("url", _ID_OR_URL)


def _check_link(reader: Reader) -> None:
    if reader.body.get("custom_id") is not None:
        reader.wrong("custom_id", _ID_OR_URL)
    check_text(reader, "url", 512, required=True)
    check_url(reader, "url", _SCHEMES)


def _check_premium(reader: Reader) -> None:
    if reader.snowflake("sku_id") is None:
        reader.wrong("sku_id", REQUIRED)
    for key in ("custom_id", "label", "url", "emoji"):
        if reader.body.get(key) is not None:
            reader.wrong(key, ("BASE_TYPE_CHOICES", "Premium buttons cannot have this field."))


def _check_select(reader: Reader, kind: ComponentType) -> None:
    check_text(reader, "placeholder", 150)
    reader.flag("disabled")
    low = check_number(reader, "min_values", 0, MAX_OPTIONS, 1)
    high = check_number(reader, "max_values", 1, MAX_OPTIONS, 1)
    if low > high:
        reader.wrong("min_values", ("NUMBER_TYPE_MAX", f"min_values value should be less than or equal to {high}."))
    if kind is ComponentType.STRING_SELECT:
        _check_options(reader, high)
    else:
        _check_default_values(reader, kind, low, high)


def _check_options(reader: Reader, most: int) -> None:
    options = check_list(reader, "options", 1, MAX_OPTIONS)
    values: set[object] = set()
    for option in options:
        _check_option(option)
        if (value := str(option.body.get("value"))) in values:
            text = "The specified option value is already used"
            option.wrong("value", ("SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text))
        values.add(value)
    if options and most > len(options):
        reader.wrong("options", ("BASE_TYPE_MIN_LENGTH", f"Must be {most} or more in length."))
    if sum(option.flag("default") for option in options) > most:
        text = "The specified number of default values exceeds the specified maximum values"
        reader.wrong("options", ("SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", text))


def _check_option(option: Reader) -> None:
    check_text(option, "label", 100, low=1, required=True)
    check_text(option, "value", 100, low=1, required=True)
    check_text(option, "description", 100)
    check_emoji(option)
    option.flag("default")


def _check_default_values(reader: Reader, kind: ComponentType, low: int, high: int) -> None:
    if not reader.body.get("default_values"):
        return
    for one in check_list(reader, "default_values", low, high):
        if one.snowflake("id") is None:
            one.wrong("id", REQUIRED)
        if str(one.body.get("type")) not in _DEFAULT_KINDS[kind]:
            one.wrong("type", ("BASE_TYPE_CHOICES", f"Value must be one of {sorted(_DEFAULT_KINDS[kind])}."))


def _check_text_input(reader: Reader) -> None:
    """Check a text input. A value of several lines in one line is reported to fail so (discord-net/Discord.Net#2789).

    Under which path has no source, nor that a value out of its own bounds is refused in the same way.
    """
    style = reader.integer("style")
    if style not in {SHORT, PARAGRAPH}:
        reader.wrong("style", ("BASE_TYPE_CHOICES", "Value must be one of {1, 2}."))
    low = check_number(reader, "min_length", 0, MAX_TYPED, 0)
    high = check_number(reader, "max_length", 1, MAX_TYPED, MAX_TYPED)
    if low > high:
        reader.wrong("min_length", ("NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}."))
    check_text(reader, "value", MAX_TYPED)
    check_text(reader, "placeholder", 100)
    value: object = reader.body.get("value")
    if isinstance(value, str) and value and (not low <= len(value) <= high or (style == SHORT and "\n" in value)):
        reader.wrong("value", ("COMPONENT_VALIDATION_FAILED", "Component validation failed"))


def _check_radio_group(reader: Reader) -> None:
    for option in check_list(reader, "options", 2, 10):
        _check_option(option)


def _check_checkbox_group(reader: Reader) -> None:
    for option in check_list(reader, "options", 1, 10):
        _check_option(option)


_FIELDS: dict[ComponentType, Callable[[Reader], None]] = {
    ComponentType.TEXT_INPUT: _check_text_input,
    ComponentType.RADIO_GROUP: _check_radio_group,
    ComponentType.CHECKBOX_GROUP: _check_checkbox_group,
}


def check_unique_ids(reader: Reader, walked: list[tuple[str, Json]]) -> None:
    """Refuse an id or a custom id that another component of the same message or modal has.

    An id of 0 asks for one; how a repeated id is worded has no source.
    """
    seen: set[str] = set()
    numbers: set[int] = set()
    for path, component in walked:
        number = reader.child(path, component).integer("id", low=0)
        if number and number in numbers:
            reader.wrong(f"{path}.id", ("COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated"))
        numbers.add(number)
        custom_id: object = component.get("custom_id")
        if isinstance(custom_id, str):
            if custom_id in seen:
                text = "Component custom id cannot be duplicated"
                reader.wrong(f"{path}.custom_id", ("COMPONENT_CUSTOM_ID_DUPLICATED", text))
            seen.add(custom_id)
