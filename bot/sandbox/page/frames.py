"""Frames: what a browser asks for, read with the care that anything from a browser needs."""

from base64 import b64decode
from collections.abc import Mapping

from bot.sandbox.discord.world.world import snowflake
from bot.sandbox.wire import Json, as_list, as_object, loads


class BadFrameError(Exception):
    """A frame is not one that the page sends; the text says what is wrong with it."""


class Ask:
    """One thing that a tab asks for. `number` is repeated in the answer; None where there was none to read."""

    def __init__(self, body: Json) -> None:
        self._body = body
        number = body.get("re")
        self.number = number if isinstance(number, int) and not isinstance(number, bool) else None
        self.op = self.text("op")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text. Raises BadFrameError."""
        value = self._body.get(key, default)
        if not isinstance(value, str):
            raise BadFrameError(f"{key}: a text is missing")
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half an emoji is none

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a yes or no. Raises BadFrameError."""
        value = self._body.get(key, default)
        if not isinstance(value, bool):
            raise BadFrameError(f"{key}: true or false is missing")
        return value

    def seconds(self, key: str, most: float) -> float:
        """Return a length of time, from 1 to `most` seconds. Raises BadFrameError."""
        value = self._body.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadFrameError(f"{key}: a number is missing")
        return min(max(1.0, float(value)), most)

    def id(self, key: str) -> int:
        """Return an id. Raises BadFrameError."""
        return snowflake(self.text(key))

    def optional_id(self, key: str) -> int | None:
        """Return an id, or None where there is none. Raises BadFrameError."""
        return None if self._body.get(key) is None else self.id(key)

    def values(self, key: str) -> Mapping[str, object]:
        """Return an object; missing, it is empty. Raises BadFrameError."""
        found = as_object(self._body.get(key, {}))
        if found is None:
            raise BadFrameError(f"{key}: an object is missing")
        return found

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; missing, it is empty. Raises BadFrameError."""
        found = as_list(self._body.get(key, []))
        if found is None or not all(isinstance(one, str) for one in found):
            raise BadFrameError(f"{key}: a list of texts is missing")
        return [str(one) for one in found]

    def files(self, key: str, most_bytes: int) -> dict[str, bytes]:
        """Return files by name, which came as base64. Raises BadFrameError."""
        found: dict[str, bytes] = {}
        for one in as_list(self._body.get(key, [])) or []:
            match as_object(one):
                case {"name": str(name), "content": str(content)} if name:
                    found[_unused(name, found)] = _decoded(content)
                case _:
                    raise BadFrameError(f"{key}: a file has a name and a content")
        if sum(map(len, found.values())) > most_bytes:
            raise BadFrameError(f"these files are too large: together they may have {most_bytes // 2**20} MB")
        return found


def read_ask(raw: str) -> Ask:
    """Read a frame. Raises BadFrameError."""
    try:
        body = as_object(loads(raw))
    except ValueError:
        body = None
    if body is None:
        raise BadFrameError("a frame is a JSON object")
    return Ask(body)


def _decoded(content: str) -> bytes:
    try:
        return b64decode(content, validate=True)
    except ValueError:
        raise BadFrameError("a file's content is base64") from None


def _unused(name: str, taken: Mapping[str, bytes]) -> str:
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    number, unused = 2, name
    while unused in taken:
        unused, number = f"{stem}-{number}{dot}{ending}", number + 1
    return unused
