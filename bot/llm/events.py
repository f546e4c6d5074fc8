"""Collects the events of one streamed answer: text, thoughts, finish reason and usage. Uses no clock and no network.

An answer is complete at `[DONE]`, or when the stream ends behind a finish reason. A finish reason alone ends nothing: some
servers send one with every chunk, or at the end of the thoughts. Text or thoughts that follow a reason make it void.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, cast

from pydantic_core import from_json

from bot.chat.calls import Usage
from bot.chat.ports.model import Delta, Finish, ModelEvent, Thinking, Withdrawn
from bot.errors import (
    ModelCalledTool,
    ModelCutOff,
    ModelError,
    ModelOnlyThought,
    ModelSilent,
    ModelSpentThinking,
    ModelUnreachable,
)
from bot.llm.delta import TEXT, THOUGHT, holds_thoughts, kind_of, refusal_of, text_of, tool_of
from bot.llm.errors.no_stream import error_in_stream
from bot.llm.errors.shapes import is_error
from bot.llm.finish_reasons import FAILED, LENGTH, STOP, finish_reason
from bot.llm.lenient_json import read_json
from bot.llm.thinking import ThoughtFilter
from bot.llm.usage import usage_in

_DONE: Final = b"[DONE]"
_NAME: Final = re.compile(r"[\w.-]{1,64}")
_TOOL_REASONS: Final = frozenset({"tool_calls", "function_call", "tool_use"})


class _UnreadableEvent(Exception):
    """An event is not a JSON object."""


class AnswerEvents:
    """Collects the events of one answer as they arrive.

    `begun`: text has arrived. `thought`: thoughts have arrived. `done`: `[DONE]` has arrived. `reason` is the newest finish
    reason, empty until one arrives. `marks` counts the signs that the server works: events with text, thoughts or an end.
    """

    def __init__(self, thoughts: ThoughtFilter | None = None) -> None:
        self.thoughts = thoughts or ThoughtFilter()
        self.begun = False
        self.thought = False
        self.done = False
        self.reason = ""
        self.marks: int = 0
        self.usage: Usage | None = None
        self._texts: list[str] = []
        self._is_blank = True
        self._is_refusal = False
        self._has_deltas = False  # text has come in a `delta`
        self._withdrew = False
        self._tool: str | None = None
        self._reason_mark: int = -1  # `marks` at the newest reason
        self._reason_behind_text = False
        self._reasons_come_early = False  # text has followed a reason that stood behind text

    @property
    def complete(self) -> bool:
        """Whether the answer is complete if the stream ends now."""
        return self.done or (bool(self.reason) and self.marks == self._reason_mark)

    @property
    def ended(self) -> bool:
        """Whether no further text is expected, though the server may keep the connection open.

        The reason `stop` shows this only behind text, and only from a server whose reasons do not come early.
        """
        if self.done or not self.complete or self._reasons_come_early:
            return self.done
        return self._has_text or self.reason != STOP

    @property
    def _has_text(self) -> bool:
        """Whether text has arrived, also if it is held back."""
        return self.begun or self.thoughts.holds_text

    def take(self, payloads: Iterable[bytes]) -> tuple[list[ModelEvent], ModelError | None]:
        """Read the data of events. Return what they bring, and the error that followed it, if any."""
        problem: ModelError | _UnreadableEvent | None = None
        told = self.thought or self.begun
        try:
            for data in payloads:
                self._read(data)
        except (ModelError, _UnreadableEvent) as raised:
            problem = raised
        events = self._new_events(told=told)
        if isinstance(problem, _UnreadableEvent):
            return events, self.broken(f"the model's stream holds {problem}")
        return events, problem

    def rest(self) -> list[ModelEvent]:
        """Return the text that was held back because it could have been thoughts."""
        text = self.thoughts.rest()
        return self._shown(text) if text else []

    def broken(self, what: str) -> ModelError:
        """Return the error of a stream that broke. Before any text, the request may be tried again."""
        return ModelCutOff(what) if self.begun else ModelUnreachable(what)

    def finish(self) -> Finish:
        """Return the Finish of a stream that has ended.

        Raises ModelCutOff, ModelSilent or ModelUnreachable when the answer is not complete, and an error that says why when it
        holds no text: ModelSpentThinking, ModelCalledTool or ModelOnlyThought.
        """
        if self.reason == FAILED:
            raise self.broken("the model's server says that it could not finish the answer")
        if not self.complete:
            raise self._premature_end()
        if self._is_blank:
            self._check_blank()
        reason = "refusal" if self._is_refusal and self.reason in {"", STOP} else self.reason
        return Finish(reason or STOP, self.usage)

    def _premature_end(self) -> ModelError:
        if self.begun:
            return ModelCutOff("the model's stream ended without [DONE] and without a finish reason")
        when = "while the model was thinking" if self.thought else "before it began"
        return ModelSilent(f"the model's stream ended {when}")

    def _check_blank(self) -> None:
        reasoning = self.usage.reasoning if self.usage else 0
        thoughts = f"{reasoning} tokens of thoughts" if reasoning else "its thoughts"
        if self.reason == LENGTH:
            raise ModelSpentThinking(f"the model spent its whole answer on {thoughts}: raise model.max_reply_tokens")
        if self._tool is not None or self.reason in _TOOL_REASONS:
            tool = f"the tool {self._tool}" if self._tool and _NAME.fullmatch(self._tool) else "a tool"
            raise ModelCalledTool(f"the model called {tool}, which nobody offered, and wrote no text ({self._end})")
        if (self.thought or reasoning) and self.reason in {"", STOP}:
            raise ModelOnlyThought(f"the model's answer holds no text but {thoughts} ({self._end})")

    @property
    def _end(self) -> str:
        return f"finish reason {self.reason or STOP!r}"

    # ------------------------------------------------------------------------------------------ what the events bring

    def _new_events(self, *, told: bool) -> list[ModelEvent]:
        """Return the events for what has been read. `told`: thoughts, or text, had arrived before."""
        text = "".join(self._texts)
        self._texts.clear()
        if text:
            text = self.thoughts.without(text)
            self.thought = self.thought or self.thoughts.seen
        events: list[ModelEvent] = [Thinking()] if self.thought and not told else []
        if self.begun and self.thoughts.withdrawn and not self._withdrew:
            self.begun, self._is_blank, self._withdrew = False, True, True
            events.append(Withdrawn())
        return events + self._shown(text) if text else events

    def _shown(self, text: str) -> list[ModelEvent]:
        self.begun = True
        self._is_blank = self._is_blank and text.isspace()
        return [Delta(text)]

    # ------------------------------------------------------------------------------------------ reading

    def _read(self, data: bytes) -> None:
        """Read an event. Most have one of two forms: a delta with nothing but text, or with nothing but thoughts."""
        if self.done:
            return
        try:
            event = from_json(data, cache_strings="keys")  # texts do not repeat, so caching them is useless
        except ValueError:
            self._read_unusual(data)
            return
        try:
            choice = event["choices"][0]
            delta = choice["delta"]
            content = delta.get("content")
        except (LookupError, TypeError, AttributeError):
            self._read_event(event)
            return
        if event.get("usage") is None and not (
            choice.get("finish_reason") or choice.get("index") or event.get("error")
        ):
            kind = TEXT if content.__class__ is str and content and len(delta) == 1 else kind_of(delta)
            if kind is TEXT:
                self._texts.append(content)
                self._has_deltas = True
                self.marks += 1
                return
            if kind is THOUGHT:
                self.thought = True
                self.marks += 1
                return
        self._read_event(event)

    def _read_unusual(self, data: bytes) -> None:
        data = data.strip()
        if data.startswith(_DONE):
            self.done = True
            self.marks += 1
        elif data:  # some servers send empty events to keep the connection open
            try:
                event = read_json(data)
            except ValueError as error:
                raise _UnreadableEvent("an event that is not JSON") from error
            self._read_event(event)

    def _read_event(self, event: object) -> None:
        if not isinstance(event, dict):
            raise _UnreadableEvent("an event that is no object")
        event = cast("dict[str, Any]", event)
        if is_error(event):
            raise error_in_stream(event)
        choices: object = event.get("choices")
        usage: object = event.get("usage")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            choice = cast("dict[str, Any]", choices[0])
            if not choice.get("index"):  # another choice was not requested
                self._read_choice(choice)
                usage = choice.get("usage") if usage is None else usage  # Moonshot
        if isinstance(usage, dict):
            self.usage = usage_in(cast("dict[str, Any]", usage))

    def _read_choice(self, choice: dict[str, Any]) -> None:
        """Read a choice. Its `message` or `text` counts only from a server that sends no text in deltas."""
        delta: object = choice.get("delta")
        if self._read_message({"content": delta} if isinstance(delta, str) else delta):
            self._has_deltas = True
        elif not self._has_deltas and not self._read_message(choice.get("message")):
            self._read_message({"content": choice.get("text")})
        if reason := finish_reason(choice.get("finish_reason")):
            self._read_reason(reason)

    def _read_message(self, message: object) -> bool:
        """Read a delta or a message. Return whether it holds text."""
        if not isinstance(message, dict):
            return False
        message = cast("dict[str, Any]", message)
        text = text_of(message.get("content"))
        if not text and (text := refusal_of(message)):
            self._is_refusal = True
        thinks = holds_thoughts(message)
        if (tool := tool_of(message)) is not None:
            self._tool = self._tool or tool
        if text:
            self._texts.append(text)
        if text or thinks:
            self.marks += 1
        self.thought = self.thought or thinks
        return bool(text)

    def _read_reason(self, reason: str) -> None:
        """Record a reason. It is a sign of work, unless it only repeats one, or is a `stop` before anything else."""
        repeats = bool(self.reason) and self.marks == self._reason_mark
        behind_text = self._has_text or bool(self._texts)
        self._reasons_come_early = self._reasons_come_early or (self._reason_behind_text and not repeats)
        self._reason_behind_text = behind_text
        if not repeats and (behind_text or self.thought or reason != STOP):
            self.marks += 1
        self.reason, self._reason_mark = reason, self.marks
