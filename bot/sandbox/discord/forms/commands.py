"""`check_command` checks a command as Discord does, and notes each fault under the path that names it.

Sources: Discord's documentation, Application Commands (naming, structure, options, choices, subcommands, localization,
the 8000 characters); OpenAPI document (ApplicationCommandCreateRequest). Codes are Discord's own where reports of them
are public; elsewhere general ones stand in.
"""

import re
from collections.abc import Iterator

from bot.sandbox.discord.forms.checks import bad_length, check_list, check_number, check_text
from bot.sandbox.discord.forms.choices import INTEGER, NUMBER, STRING, read_choices
from bot.sandbox.discord.forms.reading import BAD_OBJECT, Reader
from bot.sandbox.wire import Json, as_list, as_object

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
CHANNEL = 7
MAX_OPTIONS = 25
MAX_SIZE = 8000
MAX_TYPED = 6000
LOCALES = frozenset(
    {
        *(
            "id",
            "da",
            "de",
            "en-GB",
            "en-US",
            "es-ES",
            "es-419",
            "fr",
            "hr",
            "it",
            "lt",
            "hu",
            "nl",
            "no",
            "pl",
            "pt-BR",
        ),
        *("ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko"),
    }
)
"""The languages of Discord's client (Discord's documentation, Reference, "Locales")."""

_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
_INVALID_NAME = ("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
_NO_DESCRIPTION = (
    "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
    "Context menu commands cannot have description",
)
_NESTED = (
    "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    "Sub-command and sub-command group option types are mutually exclusive to all other types",
)
_NAME_TAKEN = ("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
_CHOICE_TAKEN = ("SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
_ORDER = ("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
_TOO_LARGE = ("APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MAX_SIZE})")
_CHANNEL_TYPES = {0, 1, 2, 3, 4, 5, *range(10, 17)}
_TYPED = frozenset({STRING, INTEGER, NUMBER})


def check_command(reader: Reader) -> None:
    """Check a whole command; faults are collected in the reader."""
    kind = reader.integer("type", CHAT_INPUT)
    if kind not in {CHAT_INPUT, USER, MESSAGE}:
        reader.wrong("type", ("BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}."))
        return
    _check_names(reader, lower=kind == CHAT_INPUT)
    _check_rights(reader)
    reader.flag("nsfw")
    _check_set(reader, "contexts", {0, 1, 2}, low=1)
    _check_set(reader, "integration_types", {0, 1}, low=1)
    if kind == CHAT_INPUT:
        _check_descriptions(reader)
        _check_options(reader, {None})
        if size(reader.body) > MAX_SIZE:
            reader.wrong("", _TOO_LARGE)
        return
    if reader.body.get("description"):
        reader.wrong("description", _NO_DESCRIPTION)
    if reader.body.get("options"):
        reader.wrong("options", bad_length(0, 0))


def _check_names(reader: Reader, *, lower: bool) -> None:
    check_text(reader, "name", 32, low=1, required=True)
    names = {"name": reader.body.get("name")} | _localized(reader, "name")
    for key, name in names.items():
        if not isinstance(name, str):
            continue
        valid = bool(_NAME.fullmatch(name)) and name == name.lower() if lower else bool(name.strip())
        if not valid:
            reader.wrong(key, _INVALID_NAME)


def _check_descriptions(reader: Reader) -> None:
    check_text(reader, "description", 100, low=1, required=True)
    for key, text in _localized(reader, "description").items():
        if not isinstance(text, str) or not 1 <= len(text) <= 100:
            reader.wrong(key, bad_length(1, 100))


def _localized(reader: Reader, key: str) -> dict[str, object]:
    """Return the translations of a text by the path of each."""
    value: object = reader.body.get(f"{key}_localizations")
    translations = as_object(value)
    if translations is None:
        if value is not None:
            reader.wrong(f"{key}_localizations", BAD_OBJECT)
        return {}
    for locale in translations.keys() - LOCALES:
        reader.wrong(f"{key}_localizations.{locale}", ("BASE_TYPE_CHOICES", f"Value must be one of {sorted(LOCALES)}."))
    return {f"{key}_localizations.{locale}": text for locale, text in translations.items()}


def _check_rights(reader: Reader) -> None:
    value: object = reader.body.get("default_member_permissions")
    if value is not None and not str(value).isdecimal():
        reader.wrong("default_member_permissions", ("NUMBER_TYPE_COERCE", f'Value "{value}" is not int.'))


def _check_set(reader: Reader, key: str, allowed: set[int], *, low: int = 0) -> None:
    if reader.body.get(key) is None:
        return
    listed = reader.items(key, len(allowed)) or []
    if len(listed) < low:
        reader.wrong(key, bad_length(1, len(allowed)))
    for index, one in enumerate(listed):
        if not isinstance(one, int) or one not in allowed:
            reader.wrong(f"{key}.{index}", ("BASE_TYPE_CHOICES", f"Value must be one of {allowed}."))
        elif one in listed[:index]:
            reader.wrong(f"{key}.{index}", ("SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value"))


def _check_options(reader: Reader, holders: set[int | None]) -> None:
    """Check the options of a command, group or subcommand; `holders` are the types above and of the holder itself."""
    options = check_list(reader, "options", 0, MAX_OPTIONS)
    if 0 < sum(_is_sub(option) for option in options) < len(options):
        reader.wrong("options", _NESTED)
    names: list[object] = []
    optional_seen = False
    for option in options:
        _check_option(option, holders)
        name: object = option.body.get("name")
        if name in names:
            option.wrong("name", _NAME_TAKEN)
        names.append(name)
        if option.body.get("required") and optional_seen:
            option.wrong("", _ORDER)
        optional_seen = optional_seen or not (option.body.get("required") or _is_sub(option))


def _is_sub(option: Reader) -> bool:
    return option.integer("type") in {SUB_COMMAND, SUB_COMMAND_GROUP}


def _check_option(option: Reader, holders: set[int | None]) -> None:
    kind = option.integer("type")
    if not 1 <= kind <= 11:
        option.wrong("type", ("BASE_TYPE_CHOICES", f"Value must be one of {set(range(1, 12))}."))
        return
    _check_names(option, lower=True)
    _check_descriptions(option)
    option.flag("required")
    if kind in {SUB_COMMAND, SUB_COMMAND_GROUP}:
        if SUB_COMMAND in holders or kind == SUB_COMMAND_GROUP in holders:
            option.wrong("type", _NESTED)
        _check_options(option, holders | {kind})
    elif SUB_COMMAND_GROUP in holders and SUB_COMMAND not in holders:
        option.wrong("type", _NESTED)
    elif kind == CHANNEL:
        _check_set(option, "channel_types", _CHANNEL_TYPES)
    elif kind in _TYPED:
        _check_typed(option, kind)


def _check_typed(option: Reader, kind: int) -> None:
    if option.body.get("choices") and option.body.get("autocomplete"):
        option.wrong("autocomplete", ("BASE_TYPE_CHOICES", "Options with choices cannot have autocomplete."))
    if option.body.get("choices") is not None:
        _check_choices(option, kind)
    option.flag("autocomplete")
    if kind == STRING:
        low: float | None = check_number(option, "min_length", 0, MAX_TYPED, 0)
        high: float | None = check_number(option, "max_length", 1, MAX_TYPED, MAX_TYPED)
    else:
        low, high = (_bound(option, key, kind) for key in ("min_value", "max_value"))
    if low is not None and high is not None and low > high:
        key = "min_length" if kind == STRING else "min_value"
        option.wrong(key, ("NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}."))


def _check_choices(option: Reader, kind: int) -> None:
    """Check an option's choices. The words for two choices of one name have no source."""
    choices = read_choices(option, kind)
    for index, choice in enumerate(choices):
        _localized(option.child(f"choices.{index}", choice), "name")
        if choice.get("name") in [one.get("name") for one in choices[:index]]:
            option.wrong(f"choices.{index}.name", _CHOICE_TAKEN)


def _bound(option: Reader, key: str, kind: int) -> float | None:
    value: object = option.body.get(key)
    if value is None or (isinstance(value, int if kind == INTEGER else int | float) and not isinstance(value, bool)):
        return value
    option.wrong(key, ("NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.'))
    return None


def size(body: Json) -> int:
    """Count a command's characters, as the limit of 8000 counts them."""
    return sum(_lengths(body))


def _lengths(body: Json) -> Iterator[int]:
    """Count what Discord counts: the longest of each text's translations, and the values of choices."""
    for key in ("name", "description"):
        texts = [body.get(key), *(as_object(body.get(f"{key}_localizations")) or {}).values()]
        yield max(len(text) if isinstance(text, str) else 0 for text in texts)
    if "value" in body:
        yield len(str(body["value"]))
    for key in ("options", "choices"):
        for one in as_list(body.get(key)) or []:
            yield from _lengths(as_object(one) or {})
