"""Events: a reply as server-sent events, ready for the wire.

OpenAI writes text as UTF-8, not as escapes, so a line separator of Unicode stands in a line as it is. What all chunks of a
reply share is written once.
"""

import json
import secrets
import time
from dataclasses import dataclass

from bot.sandbox.model.dialect import Dialect
from bot.sandbox.model.replies import Reply
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.wire import Json

DONE = b"data: [DONE]\n\n"
_PADDING = "aZ3kQ9xLr7Tb0mVe"


@dataclass(slots=True)
class Event:
    """Bytes that go out at once. `text` and `tokens` are what they add to the answer; `due` is how many pieces are out then.

    Nothing follows for `pause` seconds. What `closes` the stream comes after all of its text.
    """

    data: bytes
    text: str = ""
    tokens: int = 0
    due: int = 1
    pause: float = 0.0
    closes: bool = False


_quoted = json.JSONEncoder(ensure_ascii=False).encode
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = json.JSONEncoder(separators=(",", ":")).encode


def written(body: object) -> bytes:
    """Write JSON as UTF-8; where that cannot be, as with half an emoji, in ASCII with escapes."""
    try:
        return _written(body).encode()
    except UnicodeEncodeError:
        return _escaped(body).encode()


def event(body: object) -> bytes:
    """Write one event."""
    return b"data: " + written(body) + b"\n\n"


class Writing:
    """One reply to one request, as a dialect writes it."""

    def __init__(self, request: ModelRequest, reply: Reply, dialect: Dialect, name: str) -> None:
        """`name` is the model's, as the answer tells it."""
        self._request = request
        self._reply = reply
        self._dialect = dialect
        self._envelope: Json = {
            "id": f"chatcmpl-{secrets.token_hex(14)}",
            "created": int(time.time()),
            "model": name,
            **dialect.envelope(),
        }
        head = _written({"object": "chat.completion.chunk", **self._envelope})[:-1]
        tail = dialect.chunk_tail(request)
        self._head, self._tail = (
            ('data: {"choices":[', f"{tail},{head[1:]}")
            if dialect.choices_first
            else (f'data: {head},"choices":[', tail)
        )
        self._pads = dialect.pads and request.obfuscated

    def whole(self) -> Json:
        """Return the body of an answer that is not streamed."""
        reply, dialect = self._reply, self._dialect
        said = dialect.whole_choice(None if reply.refuses else reply.text, reply.text if reply.refuses else None)
        choices = [{"index": index, "finish_reason": reply.finish, **said} for index in range(self._request.choices)]
        extras = dialect.whole_extras(self._request)
        return {"object": "chat.completion", **self._envelope, "choices": choices, **extras}

    def events(self) -> list[Event]:
        """Return the events of a streamed answer: the role, the pieces, the finish, the usage, the end."""
        reply, choices = self._reply, self._request.choices
        found = [Event(self.chunk(self._dialect.opening, index)) for index in range(choices)]
        for number, (piece, tokens) in enumerate(reply.parts, start=1):
            found.append(Event(self.said(piece), piece, tokens, number))
            if choices > 1:
                found += [Event(self.said(piece, other), "", 1, number) for other in range(1, choices)]
        last = max(len(reply.parts), 1)
        return [*found, *(Event(data, due=last, closes=True) for data in self._closing())]

    def said(self, piece: str, index: int = 0) -> bytes:
        """Write the chunk of one piece."""
        key = "refusal" if self._reply.refuses else "content"
        return self.chunk(f'{{"{key}":{_quoted(piece)}}}', index, padding=len(piece))

    def chunk(self, delta: str, index: int = 0, *, finish: str = "null", extras: str = "", padding: int = 0) -> bytes:
        """Write one chunk. A padding hides how long a piece of that many characters is."""
        obfuscation = f',"obfuscation":"{_PADDING[padding % 16 :]}"' if self._pads else ""
        text = f"{self._head}{self._dialect.choice(index, delta, finish)}]{self._tail}{extras}{obfuscation}}}\n\n"
        try:
            return text.encode()
        except UnicodeEncodeError:
            return text.encode(errors="backslashreplace")

    def _closing(self) -> list[bytes]:
        indices = range(self._request.choices)
        if self._dialect.ends_each_choice:
            found = [data for index in indices for data in (*self._finish(index), *self._usage())]
        else:
            found = [*(data for index in indices for data in self._finish(index)), *self._usage()]
        return [*found, DONE] if self._dialect.says_done else found

    def _finish(self, index: int) -> list[bytes]:
        if not self._dialect.finishes:
            return []
        extras = "".join(
            f",{_quoted(name)}:{_written(value)}" for name, value in self._dialect.finish_extras(self._request).items()
        )
        return [self.chunk("{}", index, finish=f'"{self._reply.finish}"', extras=extras)]

    def _usage(self) -> list[bytes]:
        if (usage := self._dialect.usage_chunk(self._request)) is None:
            return []
        padding = {"obfuscation": _PADDING[:2]} if self._pads else {}
        return [event({"object": "chat.completion.chunk", **self._envelope, **usage, **padding})]
