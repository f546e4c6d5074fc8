"""Reading: a JSON body field by field, with every fault collected under its path before anything is refused."""

from bot.sandbox.discord.errors import InvalidFormError
from bot.sandbox.wire import Json, as_list, as_object

BAD_STRING = ("BASE_TYPE_BAD_STRING", "Could not interpret value as string.")
BAD_LIST = ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
BAD_OBJECT = ("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
BAD_INTEGER = ("NUMBER_TYPE_COERCE", "Value is not int.")
REQUIRED = ("BASE_TYPE_REQUIRED", "This field is required")


def too_long(limit: int) -> tuple[str, str]:
    """Word the refusal of a text or list that is too long."""
    return "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length."


class Reader:
    """Reads one JSON object. Nothing raises before `done`."""

    def __init__(self, body: Json, path: str = "", errors: dict[str, tuple[str, str]] | None = None) -> None:
        self.body = body
        self._path = path
        self._errors = {} if errors is None else errors

    def wrong(self, key: str, reason: tuple[str, str]) -> None:
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

    def integer(self, key: str, default: int = 0) -> int:
        """Read an integer."""
        value: object = self.body.get(key)
        if value is None:
            return default
        if not isinstance(value, int):
            self.wrong(key, BAD_INTEGER)
            return default
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Read a boolean."""
        value: object = self.body.get(key)
        return default if value is None else bool(value)
