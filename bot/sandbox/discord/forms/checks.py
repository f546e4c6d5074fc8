"""These functions check single fields of a request, and note each fault in its `Reader`."""

from collections.abc import Sequence

from bot.sandbox.discord.forms.reading import BAD_LIST, BAD_STRING, REQUIRED, Reader, too_long, url_fault
from bot.sandbox.wire import as_list, as_object


def bad_length(low: int, high: int) -> tuple[str, str]:
    """Word the refusal of a text or list that is too short or too long."""
    return "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length."


def check_text(reader: Reader, key: str, high: int, *, low: int = 0, required: bool = False) -> None:
    """Check a text that is not trimmed; an empty one counts as missing where it may not be empty."""
    value: object = reader.body.get(key)
    if value is None:
        if required:
            reader.wrong(key, REQUIRED)
    elif not isinstance(value, str):
        reader.wrong(key, BAD_STRING)
    elif not low <= len(value) <= high:
        reader.wrong(key, bad_length(low, high) if low else too_long(high))


def check_url(reader: Reader, key: str, schemes: Sequence[str]) -> None:
    """Check an address, if there is a text."""
    value: object = reader.body.get(key)
    if isinstance(value, str) and (fault := url_fault(value, schemes)) is not None:
        reader.wrong(key, fault)


def check_number(reader: Reader, key: str, low: int, high: int, default: int) -> int:
    """Check a number's bounds and return it."""
    number = reader.integer(key, default)
    if number < low:
        reader.wrong(key, ("NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}."))
    if number > high:
        reader.wrong(key, ("NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}."))
    return number


def check_list(reader: Reader, key: str, low: int, high: int) -> list[Reader]:
    """Check a list's length; return a reader for each of its objects."""
    value: object = reader.body.get(key)
    listed = as_list(value)
    if listed is None:
        if low or value is not None:
            reader.wrong(key, REQUIRED if value is None else BAD_LIST)
        return []
    if not low <= len(listed) <= high:
        reader.wrong(key, bad_length(low, high))
    return [reader.child(f"{key}.{index}", as_object(one) or {}) for index, one in enumerate(listed)]
