"""Reads the events of one stream: text, thoughts, the reason of the end, usage. No clock, no network."""

import json
from collections.abc import Iterable
from typing import Any, Final, cast

from pydantic_core import from_json

from bot.chat.calls import Usage
from bot.chat.ports.model import Finish
from bot.chat.turns import clean
from bot.errors import ModelCutOff, ModelError, ModelSilent, ModelSpentThinking
from bot.llm.errors.mapping import ErrorResponse, error_from
from bot.llm.thinking import ThoughtFilter

_DONE: Final = b"[DONE]"
_REASONING: Final = ("reasoning_content", "reasoning")
"""Where servers put what a model thinks before it answers: never shown, but a sign of life."""

_MOST: Final = 2**53 - 1
"""The largest number that every reader of JSON keeps exactly; a database keeps more."""
_LONGEST_REASON: Final = 64
_REASONS: Final = {"max_tokens": "length", "model_length": "length", "safety": "content_filter"}
"""Other words for OpenAI's reasons."""


class AnswerEvents:
    """One answer as its events come in."""

    def __init__(self) -> None:
        self.begun = False
        self.thought = False
        self.done = False
        self.reason = ""
        self.marks = 0
        """Counts the events that held text, thoughts or an end: the signs of life."""
        self._thoughts = ThoughtFilter()
        self._texts: list[str] = []
        self._blank = True
        self._refuses = False
        self.usage: Usage | None = None

    @property
    def complete(self) -> bool:
        """Whether the whole text is there, so that nothing which happens now can harm it."""
        return self.done or bool(self.reason)

    def take(self, payloads: Iterable[bytes]) -> tuple[str, ModelError | None]:
        """Read events; returns their text, and what went wrong behind it, if the text was not complete by then."""
        error = None
        try:
            for data in payloads:
                self._take(data)
        except ModelError as raised:
            error = None if self.complete else raised
        return self._spoken(), error

    def rest(self) -> str:
        """The text that was held back because more might have come that makes it none."""
        self._texts.append(self._thoughts.rest())
        return self._spoken()

    def finish(self) -> Finish:
        """The end of a stream that ended.

        Raises ModelCutOff or ModelSilent when it was not the end of the answer, ModelSpentThinking when it was, too early.
        """
        if not self.complete or self.reason == "error":
            raise self._broken()
        if self.reason == "length" and self._blank:
            thoughts = self.usage.reasoning if self.usage else 0
            spent = f"{thoughts} tokens of thoughts" if thoughts else "its thoughts"
            raise ModelSpentThinking(f"the model spent its whole answer on {spent}: raise model.max_reply_tokens")
        reason = "refusal" if self._refuses and self.reason in {"", "stop"} else self.reason
        return Finish(reason or "stop", self.usage)

    def _broken(self) -> ModelError:
        if self.begun:
            return ModelCutOff("the model's stream ended without a finish reason")
        when = "while the model was thinking" if self.thought else "before it began"
        return ModelSilent(f"the model's stream ended {when}")

    def _spoken(self) -> str:
        text = "".join(self._texts)
        self._texts.clear()
        if text:
            self.begun = True
            self._blank = self._blank and text.isspace()
        return text

    def _take(self, data: bytes) -> None:
        if self.done or not data:  # some servers send empty events to stay connected
            return
        if data.startswith(_DONE):
            self.done = True
            self.marks += 1
            return
        event = _parsed(data)
        choices: object = event.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            self._choose(cast("dict[str, Any]", choices[0]))
        if isinstance(usage := event.get("usage"), dict):
            self._count(cast("dict[str, Any]", usage))

    def _choose(self, choice: dict[str, Any]) -> None:
        if choice.get("index"):  # a second answer that nobody asked for
            return
        if isinstance(delta := choice.get("delta"), dict):
            self._hear(cast("dict[str, Any]", delta))
        if reason := choice.get("finish_reason"):
            word = clean(str(reason).lower())[:_LONGEST_REASON]
            self.reason = _REASONS.get(word, word)
            self.marks += 1

    def _hear(self, delta: dict[str, Any]) -> None:
        content, refusal = delta.get("content"), delta.get("refusal")
        thinks = any(delta.get(key) for key in _REASONING) or _has_thoughts(content)
        if content:
            self._texts.append(self._thoughts.without(content if isinstance(content, str) else _texts_in(content)))
        elif refusal:
            self._refuses = True
            self._texts.append(str(refusal))
        if content or refusal or thinks:
            self.marks += 1
        self.thought = self.thought or thinks or self._thoughts.seen

    def _count(self, usage: dict[str, Any]) -> None:
        self.usage = Usage(
            prompt=_whole(usage.get("prompt_tokens")),
            cached=_detail(usage, "prompt_tokens_details", "cached_tokens"),
            written=_detail(usage, "prompt_tokens_details", "cache_write_tokens"),
            completion=_whole(usage.get("completion_tokens")),
            reasoning=_detail(usage, "completion_tokens_details", "reasoning_tokens"),
        )


def _parsed(data: bytes) -> dict[str, Any]:
    """One event's object. Raises the error that it reports, or ModelCutOff when it is not JSON."""
    try:
        event: object = from_json(data, cache_strings="keys")  # texts are never the same twice
    except ValueError:
        try:
            event = json.loads(data)  # takes the lone surrogates that some servers send
        except (ValueError, RecursionError) as error:
            raise ModelCutOff("the model's stream holds an event that is not JSON") from error
    if not isinstance(event, dict):
        raise ModelCutOff("the model's stream holds an event that is no object")
    event = cast("dict[str, Any]", event)
    if event.get("error") or event.get("object") == "error":
        raise error_from(ErrorResponse(None, event))
    return event


def _texts_in(content: object) -> str:
    """The texts of a content in parts, of which others hold thoughts, as Mistral's models that reason send it."""
    texts = (part.get("text") for part in _parts(content) if part.get("type") == "text")
    return "".join(text for text in texts if isinstance(text, str))


def _has_thoughts(content: object) -> bool:
    return any(part.get("type") == "thinking" for part in _parts(content))


def _parts(content: object) -> list[dict[str, Any]]:
    """The parts of a content that is a list of objects."""
    parts = cast("list[object]", content) if isinstance(content, list) else []
    return [cast("dict[str, Any]", part) for part in parts if isinstance(part, dict)]


def _detail(usage: dict[str, Any], group: str, key: str) -> int:
    details = usage.get(group)
    return _whole(cast("dict[str, Any]", details).get(key)) if isinstance(details, dict) else 0


def _whole(value: object) -> int:
    """A count as it can be stored; 0 where it is none."""
    return min(max(value, 0), _MOST) if isinstance(value, int) and not isinstance(value, bool) else 0
