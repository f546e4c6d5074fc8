"""Rearranges the messages of a request for servers that refuse some roles or orders of roles. Everything here is pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

Message = dict[str, Any]
_Content = str | list[Message]

_SYSTEM: Final = "system"
_USER: Final = "user"
_ASSISTANT: Final = "assistant"
_JOINED: Final = frozenset({_SYSTEM, _USER, _ASSISTANT})
_BETWEEN: Final = "\n\n"
_NOTHING_SAID: Final = "[…]"
"""The text of a question that is added where a server wants one. It must not be blank."""


def has_system(messages: Sequence[Message]) -> bool:
    """Whether a message has the system role."""
    return any(message["role"] == _SYSTEM for message in messages)


def without_system(messages: Sequence[Message]) -> list[Message]:
    """Put the text of the system messages before the first question."""
    texts = [message["content"] for message in messages if message["role"] == _SYSTEM]
    others = [message for message in messages if message["role"] != _SYSTEM]
    first = next((at for at, message in enumerate(others) if _is_plain(message, _USER)), None)
    if first is None:
        return [{"role": _USER, "content": _BETWEEN.join(texts)}, *others] if texts else others
    content = others[first]["content"]
    for text in reversed(texts):
        content = _joined(text, content)
    others[first] = {**others[first], "content": content}
    return others


def takes_turns(messages: Sequence[Message]) -> bool:
    """Whether questions and answers take turns behind the system messages, from a first question to a last one."""
    turns = [message for message in messages if message["role"] != _SYSTEM]
    repeated = any(_joins(first, second) for first, second in pairwise(messages))
    return bool(turns) and not repeated and turns[0]["role"] != _ASSISTANT and turns[-1]["role"] != _ASSISTANT


def in_turns(messages: Sequence[Message]) -> list[Message]:
    """Let questions and answers take turns: join messages of one role, and add a question before or behind a lone answer."""
    joined: list[Message] = []
    for message in messages:
        if joined and _joins(joined[-1], message):
            joined[-1] = {**joined[-1], "content": _joined(joined[-1]["content"], message["content"])}
        else:
            joined.append(message)
    first = next((at for at, message in enumerate(joined) if message["role"] != _SYSTEM), len(joined))
    if first == len(joined) or joined[first]["role"] == _ASSISTANT:
        joined.insert(first, {"role": _USER, "content": _NOTHING_SAID})
    if joined[-1]["role"] == _ASSISTANT:
        joined.append({"role": _USER, "content": _NOTHING_SAID})
    return joined


def _joins(first: Message, second: Message) -> bool:
    """Whether two messages that follow each other have one role, and only texts and images. Calls of tools stay as they are."""
    return _is_plain(first, second["role"]) and _is_plain(second, first["role"])


def _is_plain(message: Message, role: str) -> bool:
    return (
        message["role"] == role
        and role in _JOINED
        and isinstance(message.get("content"), str | list)
        and not message.get("tool_calls")
    )


def _joined(first: _Content, second: _Content) -> _Content:
    """Return the contents of two messages as those of one: a text, or a list of parts where one of them is a list."""
    if isinstance(first, str) and isinstance(second, str):
        return _BETWEEN.join((first, second))
    return [*_parts(first), *_parts(second)]


def _parts(content: _Content) -> list[Message]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
