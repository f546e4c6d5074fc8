"""Parses the events of one streamed answer: text, reasoning, finish reason and usage. Uses no clock and no network."""

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
"""Fields in which servers send a model's reasoning. It is never shown, but it proves that the server is working."""

_MAX_COUNT: Final = 2**53 - 1
"""The largest count that is stored: the largest integer that every JSON reader keeps exactly."""
_MAX_REASON: Final = 64
_REASONS: Final = {"max_tokens": "length", "model_length": "length", "safety": "content_filter"}
"""Other servers' finish reasons, mapped to OpenAI's."""


class AnswerEvents:
    """Collects the events of one answer as they arrive.

    `begun`: text has arrived. `thought`: reasoning has arrived. `done`: `[DONE]` has arrived. `reason` is the finish reason,
    empty until it arrives.
    """

    def __init__(self) -> None:
        self.begun = False
        self.thought = False
        self.done = False
        self.reason = ""
        self.marks = 0
        """The number of events that held text, reasoning or an end, which prove that the server is working."""
        self._thoughts = ThoughtFilter()
        self._texts: list[str] = []
        self._is_blank = True
        self._is_refusal = False
        self.usage: Usage | None = None

    @property
    def complete(self) -> bool:
        """Whether the whole text has arrived, so that a later failure does not matter."""
        return self.done or bool(self.reason)

    def take(self, payloads: Iterable[bytes]) -> tuple[str, ModelError | None]:
        """Read events. Return their text and the error that followed it; None if there was none or the text was complete."""
        error = None
        try:
            for data in payloads:
                self._read(data)
        except ModelError as raised:
            error = None if self.complete else raised
        return self._pop_text(), error

    def rest(self) -> str:
        """Return the text that was held back because it could have begun a `<think>` block."""
        self._texts.append(self._thoughts.rest())
        return self._pop_text()

    def finish(self) -> Finish:
        """Return the Finish of a stream that has ended.

        Raises ModelCutOff or ModelSilent when the answer is not complete, ModelSpentThinking when reasoning used up its token
        limit.
        """
        if not self.complete or self.reason == "error":
            raise self._premature_end()
        if self.reason == "length" and self._is_blank:
            thoughts = self.usage.reasoning if self.usage else 0
            spent = f"{thoughts} tokens of thoughts" if thoughts else "its thoughts"
            raise ModelSpentThinking(f"the model spent its whole answer on {spent}: raise model.max_reply_tokens")
        reason = "refusal" if self._is_refusal and self.reason in {"", "stop"} else self.reason
        return Finish(reason or "stop", self.usage)

    def _premature_end(self) -> ModelError:
        if self.begun:
            return ModelCutOff("the model's stream ended without a finish reason")
        when = "while the model was thinking" if self.thought else "before it began"
        return ModelSilent(f"the model's stream ended {when}")

    def _pop_text(self) -> str:
        text = "".join(self._texts)
        self._texts.clear()
        if text:
            self.begun = True
            self._is_blank = self._is_blank and text.isspace()
        return text

    def _read(self, data: bytes) -> None:
        if self.done or not data:  # some servers send empty events to keep the connection open
            return
        if data.startswith(_DONE):
            self.done = True
            self.marks += 1
            return
        event = _parse(data)
        choices: object = event.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            self._read_choice(cast("dict[str, Any]", choices[0]))
        if isinstance(usage := event.get("usage"), dict):
            self._read_usage(cast("dict[str, Any]", usage))

    def _read_choice(self, choice: dict[str, Any]) -> None:
        if choice.get("index"):  # an additional choice, which was not requested
            return
        if isinstance(delta := choice.get("delta"), dict):
            self._read_delta(cast("dict[str, Any]", delta))
        if reason := choice.get("finish_reason"):
            word = clean(str(reason).lower())[:_MAX_REASON]
            self.reason = _REASONS.get(word, word)
            self.marks += 1

    def _read_delta(self, delta: dict[str, Any]) -> None:
        content, refusal = delta.get("content"), delta.get("refusal")
        thinks = any(delta.get(key) for key in _REASONING) or _has_thoughts(content)
        if content:
            self._texts.append(self._thoughts.without(content if isinstance(content, str) else _texts_in(content)))
        elif refusal:
            self._is_refusal = True
            self._texts.append(str(refusal))
        if content or refusal or thinks:
            self.marks += 1
        self.thought = self.thought or thinks or self._thoughts.seen

    def _read_usage(self, usage: dict[str, Any]) -> None:
        self.usage = Usage(
            prompt=_token_count(usage.get("prompt_tokens")),
            cached=_detail(usage, "prompt_tokens_details", "cached_tokens"),
            written=_detail(usage, "prompt_tokens_details", "cache_write_tokens"),
            completion=_token_count(usage.get("completion_tokens")),
            reasoning=_detail(usage, "completion_tokens_details", "reasoning_tokens"),
        )


def _parse(data: bytes) -> dict[str, Any]:
    """Return one event's object. Raises the error that the event reports, or ModelCutOff when it is not a JSON object."""
    try:
        event: object = from_json(data, cache_strings="keys")  # texts do not repeat, so caching them is useless
    except ValueError:
        try:
            event = json.loads(data)  # accepts lone surrogates, which some servers send
        except (ValueError, RecursionError) as error:
            raise ModelCutOff("the model's stream holds an event that is not JSON") from error
    if not isinstance(event, dict):
        raise ModelCutOff("the model's stream holds an event that is no object")
    event = cast("dict[str, Any]", event)
    if event.get("error") or event.get("object") == "error":
        raise error_from(ErrorResponse(None, event))
    return event


def _texts_in(content: object) -> str:
    """Return the text of a content in parts, as Mistral's reasoning models send it; other parts hold reasoning."""
    texts = (part.get("text") for part in _parts(content) if part.get("type") == "text")
    return "".join(text for text in texts if isinstance(text, str))


def _has_thoughts(content: object) -> bool:
    return any(part.get("type") == "thinking" for part in _parts(content))


def _parts(content: object) -> list[dict[str, Any]]:
    """Return the parts of a content that is a list of objects; [] for any other content."""
    parts = cast("list[object]", content) if isinstance(content, list) else []
    return [cast("dict[str, Any]", part) for part in parts if isinstance(part, dict)]


def _detail(usage: dict[str, Any], group: str, key: str) -> int:
    details = usage.get(group)
    return _token_count(cast("dict[str, Any]", details).get(key)) if isinstance(details, dict) else 0


def _token_count(value: object) -> int:
    """Return a count that can be stored, or 0 if `value` is not an integer."""
    return min(max(value, 0), _MAX_COUNT) if isinstance(value, int) and not isinstance(value, bool) else 0
