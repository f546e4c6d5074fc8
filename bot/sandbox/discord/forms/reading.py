"""`Reader` reads a JSON body field by field, and collects every fault under its path before it refuses the body."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.sandbox.discord.world.errors import InvalidFormError
from bot.sandbox.snowflakes import MAX_SNOWFLAKE
from bot.sandbox.wire import Json, as_list, as_object

BAD_STRING = ("BASE_TYPE_BAD_STRING", "Could not interpret value as string.")
BAD_LIST = ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
BAD_OBJECT = ("MODEL_TYPE_CONVERT", "Expected an object/dictionary.")
BAD_FLAG = ("BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
_NO_URL = ("URL_TYPE_INVALID_URL", "Not a well formed URL.")
REQUIRED = ("BASE_TYPE_REQUIRED", "This field is required")


Reason = tuple[str, str]
"""The code and the words of one fault."""

_ENOUGH_DIGITS = 22  # to tell that a number is beyond 64 bits; Python refuses to read endless ones
_FLAGS: dict[object, bool] = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}


def number_fault(value: object, kind: str, low: int, high: int) -> Reason | None:
    """Return the fault of a number, which may be written as text; `kind` is Discord's word for it."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        return "NUMBER_TYPE_COERCE", f'Value "{value}" is not {kind}.'
    number = int(text[:_ENOUGH_DIGITS])
    if number > high:
        return "NUMBER_TYPE_MAX", f"{kind} value should be less than or equal to {high}."
    return ("NUMBER_TYPE_MIN", f"{kind} value should be greater than or equal to {low}.") if number < low else None


def read_moment(text: str) -> datetime:
    """Read a moment in ISO 8601; without a zone it is in UTC, as clients send it. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_fault(text: str) -> Reason:
    """Word the refusal of a text that is no moment."""
    return "DATE_TIME_TYPE_PARSE", f"Could not parse {text}. Should be ISO8601."


def url_fault(text: str, schemes: Sequence[str]) -> Reason | None:
    """Return the fault of an address, if it has one."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return _NO_URL
    if not parts.scheme or not (parts.hostname or parts.scheme == "discord"):
        return _NO_URL
    if parts.scheme not in schemes:
        words = f'Scheme "{parts.scheme}" is not supported. Scheme must be one of {tuple(schemes)}.'
        return "URL_TYPE_INVALID_SCHEME", words
    return None


def too_long(limit: int) -> Reason:
    """Word the refusal of a text or list that is too long."""
    return "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length."


class Reader:
    """Reads one JSON object. Nothing raises before `done`."""

    def __init__(self, body: Json, path: str = "", errors: dict[str, Reason] | None = None) -> None:
        self.body = body
        self._path = path
        self._errors = {} if errors is None else errors

    def wrong(self, key: str, reason: Reason) -> None:
        """Note a fault; the first of a field counts."""
        path = ".".join(part for part in (self._path, key) if part)
        self._errors.setdefault(path, reason)

    def done(self) -> None:
        """Raise InvalidFormError if anything was wrong."""
        if self._errors:
            raise InvalidFormError(self._errors)

    def text(self, key: str, limit: int) -> str | None:
        """Read a text and trim it; its length is counted in code points."""
        value: object = self.body.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(key, BAD_STRING)
            return None
        trimmed = value.strip()
        if len(trimmed) > limit:
            self.wrong(key, too_long(limit))
        return trimmed

    def items(self, key: str, limit: int) -> list[object] | None:
        """Read a list; an explicit null is an empty one."""
        value: object = self.body.get(key)
        if value is None:
            return [] if key in self.body else None
        found = as_list(value)
        if found is None:
            self.wrong(key, BAD_LIST)
            return None
        if len(found) > limit:
            self.wrong(key, too_long(limit))
        return found

    def objects(self, key: str, limit: int) -> list[Json] | None:
        """Read a list of objects."""
        found = self.items(key, limit)
        if found is None:
            return None
        objects = [as_object(one) for one in found]
        for index, one in enumerate(objects):
            if one is None:
                self.wrong(f"{key}.{index}", BAD_OBJECT)
        return [one for one in objects if one is not None]

    def snowflakes(self, key: str, limit: int) -> list[int]:
        """Read a list of ids, empty if it is not there; a null in it is left out."""
        ids: list[int] = []
        for index, value in enumerate(self.items(key, limit) or []):
            fault = None if value is None else number_fault(value, "snowflake", 0, MAX_SNOWFLAKE)
            if fault is not None:
                self.wrong(f"{key}.{index}", fault)
            elif value is not None:
                ids.append(int(str(value)))
        return ids

    def inner(self, key: str) -> "Reader | None":
        """Read a nested object, whose faults are reported under its key."""
        value: object = self.body.get(key)
        if value is None:
            return None
        body = as_object(value)
        if body is None:
            self.wrong(key, BAD_OBJECT)
            return None
        return self.child(key, body)

    def child(self, path: str, body: Json) -> "Reader":
        """Read an object further down; its faults are collected here."""
        return Reader(body, ".".join(part for part in (self._path, path) if part), self._errors)

    def integer(self, key: str, default: int = 0, low: int = -(1 << 31), high: int = (1 << 31) - 1) -> int:
        """Read an integer, of 32 bits unless told otherwise."""
        value: object = self.body.get(key)
        if value is None:
            return default
        if (fault := number_fault(value, "int", low, high)) is not None:
            self.wrong(key, fault)
            return default
        return int(str(value))

    def snowflake(self, key: str) -> int | None:
        """Read an id."""
        value: object = self.body.get(key)
        if value is None:
            return None
        if (fault := number_fault(value, "snowflake", 0, MAX_SNOWFLAKE)) is not None:
            self.wrong(key, fault)
            return None
        return int(str(value))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Read a boolean; a form has it as text."""
        value: object = self.body.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if not isinstance(value, str | int) or (found := _FLAGS.get(str(value))) is None:
            self.wrong(key, BAD_FLAG)
            return default
        return found
