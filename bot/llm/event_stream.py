"""Parses server-sent events as the HTML standard defines them (section 9.2.6), from bytes that arrive in arbitrary chunks.

Lines end with LF, CR or CRLF, a byte order mark may come first, and an event may have several `data` lines. Bytes are split at
these line ends only, because Unicode's line separators are part of the text.

Beyond the standard, it reads events without a blank line between them, the field `error` (llama.cpp until 2025), and JSON that
stands in no event: an error, or a whole answer.
"""

from typing import Final, cast

from bot.llm.errors.shapes import is_error, is_notice
from bot.llm.lenient_json import container_in, is_json_object, read_json

_BOM: Final = b"\xef\xbb\xbf"
_DONE: Final = b"[DONE]"
_FRAME: Final = b"data: "
_DEFAULT_TYPES: Final = (b"", b"message")
_MOST_UNFRAMED: Final = 8 * 1024 * 1024
"""The most bytes outside of events that are kept: far more than the longest whole answer."""
_MOST_OF_AN_EVENT: Final = 8 * 1024 * 1024
"""The most bytes of a line, or of an event, that are kept until it ends."""
_VAIN_BYTES: Final = 64 * 1024
"""Bytes that are parsed in vain, in all, before a growing text is parsed only when its size has doubled."""


class EventStream:
    """Streaming parser. Returns the data of each event as soon as the event is complete.

    `report` is what the server sent instead of further events: the value of an error report, or the first bytes of a page. None
    if there is nothing of the kind; nothing that follows a report is read. `framed`: the report was a field or an event.
    `seen`: an event has been found. `torn`: the stream ended in the middle of an event. `overlong`: a line or an event was longer
    than 8 MiB; nothing behind it is read.
    """

    def __init__(self) -> None:
        self.report: object = None
        self.framed = False
        self.seen = False
        self.torn = False
        self.overlong = False
        self._pieces: list[bytes] = []  # of the incomplete last line
        self._pieces_size = 0
        self._idle = True  # no event has begun
        self._data: list[bytes] = []
        self._data_size = 0
        self._data_attempts = _Attempts()
        self._type = b""
        self._skips_lf = False  # the last line end was a CR
        self._begun = False  # the first bytes are known
        self._unframed: list[bytes] = []
        self._size = 0
        self._attempts = _Attempts()

    @property
    def unframed(self) -> bytes:
        """The lines outside of events."""
        return b"\n".join(self._unframed)

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that this chunk completes. It may be empty."""
        if self.overlong:
            return []
        if self._skips_lf or b"\r" in chunk:
            chunk = self._with_lf(chunk)
        if self._pieces:
            self._pieces.append(chunk)
            self._pieces_size += len(chunk)
            if b"\n" not in chunk:
                self.overlong = self._pieces_size > _MOST_OF_AN_EVENT
                return self._read_rest() if chunk.endswith((b"}", b"]")) else []
            chunk = b"".join(self._pieces)
            self._keep(b"")
        if self._idle and chunk.startswith(_FRAME) and (found := self._plain(chunk)) is not None:
            return found
        return self._parse(chunk)

    def end(self) -> list[bytes]:
        """End the stream. Return the data of a last event that no blank line ended."""
        if self.report is not None or self.overlong:
            return []
        found = self._parse(b"".join(self._pieces) + b"\n\n")
        if self._unframed and not self.seen:
            self._find_json(self.unframed, found)
        if found and found[-1] != _DONE and not is_json_object(found[-1]):
            self.torn = True
            del found[-1]
        return found

    # ------------------------------------------------------------------------------------------ many events at once

    def _plain(self, chunk: bytes) -> list[bytes] | None:
        """Return the data of a chunk that holds only events of one line, `data: …`, which nearly all do; None for any other."""
        if chunk.count(b"\n") == 2 and chunk.endswith(b"\n\n"):
            self._begun = self.seen = True
            return [chunk[len(_FRAME) : -2]]
        whole, _, rest = chunk.rpartition(b"\n\n")
        events = whole.split(b"\n\n")
        between = len(events) - 1
        if b"\n" in rest or whole.count(b"\n") != 2 * between or whole.count(b"\n\n" + _FRAME) != between or not whole:
            return None
        self._begun = self.seen = True
        self._keep(rest)
        return [event[len(_FRAME) :] for event in events]

    def _keep(self, rest: bytes) -> None:
        """Keep the incomplete last line."""
        self._pieces = [rest] if rest else []
        self._pieces_size = len(rest)

    def _with_lf(self, chunk: bytes) -> bytes:
        """Return the chunk with each line end as a LF."""
        if self._skips_lf and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skips_lf = False
        if chunk:
            self._skips_lf = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    # ------------------------------------------------------------------------------------------ line by line

    def _parse(self, chunk: bytes) -> list[bytes]:
        if not self._begun:
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                self._keep(chunk)
                return []
            self._begun, chunk = True, chunk.removeprefix(_BOM)
        *lines, rest = chunk.split(b"\n")
        self._keep(rest)
        found: list[bytes] = []
        for line in lines:
            self._read_line(line, found)
            if self.report is not None or self.overlong:
                return found
        self._idle = not self._data and not self._type
        self.seen = self.seen or bool(found)
        return found + self._read_rest() if rest else found

    def _read_line(self, line: bytes, found: list[bytes]) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            self._dispatch(found)
        elif name == b"data":
            self._read_data(value, found)
        elif name == b"event":
            self._type = value.strip()
        elif name == b"error":
            self._read_error(value)
        elif name not in (b"", b"id", b"retry"):
            self._read_unframed(line, found)

    def _read_data(self, value: bytes, found: list[bytes]) -> None:
        """Add a line to the event. An object that is whole without it was an event that no blank line ended."""
        if self._data and self._data[-1].rstrip().endswith(b"}") and self._data_attempts.is_worth(self._data_size):
            if is_json_object(b"\n".join(self._data)):
                self._dispatch(found)
            else:
                self._data_attempts.failed(self._data_size)
        self._data.append(value)
        self._data_size += len(value) + 1
        self.overlong = self._data_size > _MOST_OF_AN_EVENT
        if value.strip() == _DONE:
            self._dispatch(found)

    def _dispatch(self, found: list[bytes]) -> None:
        """End the event. One of a type that we do not know counts only if its data is JSON."""
        data, kind = b"\n".join(self._data), self._type
        self._data.clear()
        self._data_size = 0
        self._data_attempts.begin()
        self._type = b""
        if kind == b"error":
            self._read_error(data)
        elif data and (kind in _DEFAULT_TYPES or data.strip() == _DONE or is_json_object(data)):
            found.append(data)

    def _read_error(self, value: bytes) -> None:
        try:
            report = read_json(value)
        except ValueError:
            report = value.decode("utf-8", "replace")
        if report is not None:
            self.report, self.framed = report, True

    # ------------------------------------------------------------------------------------------ outside of events

    def _read_unframed(self, line: bytes, found: list[bytes]) -> None:
        """Keep a line that is no field, and look whether it completes a JSON value."""
        if self._size < _MOST_UNFRAMED:
            self._unframed.append(line)
            self._size += len(line)
        if not self._find_json(line, found) and line.startswith((b"}", b"]")):
            self._find_json_in_all(found)
        self._find_page()

    def _read_rest(self) -> list[bytes]:
        """Return the answer that the incomplete last line completes, if any. A body without events mostly has no line end."""
        found: list[bytes] = []
        if self._unframed or self._pieces[0].lstrip()[:1] in (b"{", b"[", b"<"):
            self._find_page()
            if self.report is None and self._find_json_in_all(found, self._pieces_size):
                self._keep(b"")
                self.seen = self.seen or bool(found)
        return found

    def _find_json_in_all(self, found: list[bytes], rest: int = 0) -> bool:
        """Whether all lines outside of events are JSON, with the `rest` bytes of the incomplete last line."""
        size = self._size + rest
        first = self._unframed[0] if self._unframed else self._pieces[0]
        if not self._attempts.is_worth(size) or not first.lstrip().startswith((b"{", b"[")):
            return False
        lines = [*self._unframed, b"".join(self._pieces)] if rest else self._unframed
        if self._find_json(b"\n".join(lines), found):
            return True
        self._attempts.failed(size)
        return False

    def _find_json(self, text: bytes, found: list[bytes]) -> bool:
        """Whether the text is JSON. A chat completion is found; another value is a report if it comes first or is an error."""
        if (value := container_in(text)) is None:
            return False
        self._unframed.clear()
        self._size = 0
        self._attempts.begin()
        if isinstance(value, dict) and is_notice(value):
            return True
        report = not isinstance(value, dict) or is_error(value)
        if isinstance(value, dict) and not report and isinstance(choices := value.get("choices"), list):
            found += [text, _DONE] if _is_whole(cast("list[object]", choices)) else [text]
        elif report or not (self.seen or found):
            self.report = value
        return True

    def _find_page(self) -> None:
        if not self.seen and (first := (self._unframed or [b"".join(self._pieces[:1])])[0]).lstrip().startswith(b"<"):
            self.report = first


class _Attempts:
    """Decides when a growing text is parsed again, so that all attempts together take time in proportion to the text."""

    def __init__(self) -> None:
        self._vain = 0
        self._next = 0

    def begin(self) -> None:
        """Begin another text."""
        self._next = 0

    def is_worth(self, size: int) -> bool:
        """Whether a text that has grown to `size` bytes is parsed."""
        return self._vain < _VAIN_BYTES or size >= self._next

    def failed(self, size: int) -> None:
        """Count an attempt in vain."""
        self._vain += size
        self._next = 2 * size


def _is_whole(choices: list[object]) -> bool:
    """Whether these are the choices of a whole chat completion, which nothing follows, and not of a chunk."""
    return bool(choices) and isinstance(choices[0], dict) and "message" in choices[0] and "delta" not in choices[0]
