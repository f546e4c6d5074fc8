"""What the events of one stream have said so far: text, thoughts, the reason of the end, usage. No clock, no network."""

import json
from collections.abc import Iterable
from typing import Any, Final, cast

from pydantic_core import from_json

from bot.chat.ports import Finish
from bot.chat.turns import Usage
from bot.errors import ModelCutOff, ModelError, ModelSilent, ModelSpentThinking
from bot.llm.reports import Report, error_from
from bot.llm.thinking import Thoughts

_DONE: Final = b"[DONE]"
_REASONING: Final = ("reasoning_content", "reasoning")
"""Where servers put what a model thinks before it answers: never shown, but a sign of life."""

_REASONS: Final = {"max_tokens": "length", "model_length": "length", "safety": "content_filter"}
"""Other words for OpenAI's reasons."""


class Answer:
    """One answer as its events come in."""

    def __init__(self) -> None:
        self.begun = False
        self.thought = False
        self.done = False
        self.reason = ""
        self.marks = 0
        """Counts the events that held text, thoughts or an end: the signs of life."""
        self._thoughts = Thoughts()
        self._texts: list[str] = []
        self._blank = True
        self._refuses = False
        self._usage: Usage | None = None
        self._reasoning_tokens = 0

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
            spent = f"{self._reasoning_tokens} tokens of thoughts" if self._reasoning_tokens else "its thoughts"
            raise ModelSpentThinking(f"the model spent its whole answer on {spent}: raise model.max_reply_tokens")
        reason = "refusal" if self._refuses and self.reason in {"", "stop"} else self.reason
        return Finish(reason or "stop", self._usage, self._reasoning_tokens)

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
            word = str(reason).lower()
            self.reason = _REASONS.get(word, word)
            self.marks += 1

    def _hear(self, delta: dict[str, Any]) -> None:
        content = delta.get("content")
        if content:
            self.marks += 1
            self._texts.append(self._thoughts.without(content if isinstance(content, str) else _texts_in(content)))
            self.thought = self.thought or self._thoughts.seen
        elif refusal := delta.get("refusal"):
            self.marks += 1
            self._refuses = True
            self._texts.append(str(refusal))
        elif delta.get(_REASONING[0]) or delta.get(_REASONING[1]):
            self.marks += 1
            self.thought = True

    def _count(self, usage: dict[str, Any]) -> None:
        cached = _detail(usage, "prompt_tokens_details", "cached_tokens")
        self._usage = Usage(_whole(usage.get("prompt_tokens")), cached, _whole(usage.get("completion_tokens")))
        self._reasoning_tokens = _detail(usage, "completion_tokens_details", "reasoning_tokens")


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
        raise error_from(Report(None, event))
    return event


def _texts_in(parts: object) -> str:
    """The texts of a content in parts, of which others hold thoughts, as Mistral's models that reason send it."""
    if not isinstance(parts, list):
        return ""
    texts = [
        cast("dict[str, Any]", part).get("text")
        for part in cast("list[object]", parts)
        if isinstance(part, dict) and cast("dict[str, Any]", part).get("type") == "text"
    ]
    return "".join(text for text in texts if isinstance(text, str))


def _detail(usage: dict[str, Any], group: str, key: str) -> int:
    details = usage.get(group)
    return _whole(cast("dict[str, Any]", details).get(key)) if isinstance(details, dict) else 0


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
