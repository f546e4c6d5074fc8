"""Failures on request: what somebody has to say to see how a bot takes it when its model fails.

Each meets the first requests for a question and not those that come after, so that waiting or a Retry ends well.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.model.demo.conversation import heard
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.server import ModelServer

_PLEASE = r"(?:please |now |can you |could you |would you )*"
_AFTER = r"(?: please| now| once| for me)*[\s.!?]*"

DOWN_TIMES = 3
BUSY_TIMES = 3
"""As often as a bot may try by itself before it gives up."""
CUT_AFTER = 24
FILTERED_AFTER = 12
RUNS_OUT_AFTER = 30
SLOW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure that can be asked for: the words that cause it, its description, and the answer after it."""

    name: str
    pattern: re.Pattern[str]
    what: str
    after: str

    def is_asked(self, text: str) -> bool:
        """Tell whether a text asks for it, and for nothing else."""
        return self.pattern.fullmatch(text.strip()) is not None


def _failure(name: str, words: str, what: str, after: str) -> Failure:
    return Failure(name, re.compile(f"{_PLEASE}(?:{words}){_AFTER}", re.IGNORECASE), what, after)


DOWN = _failure(
    "fail",
    r"(?:fail|error|crash|go down|be down)(?: with)?(?: an?)?(?: server)?(?: error)?|server error|give (?:me )?an error",
    "the model is down for a while",
    "I was down for a moment, as you asked. The bot tried again by itself, said that it waits for me, and here I am.",
)
CUT = _failure(
    "break off",
    r"(?:break|cut)(?: it| yourself| the (?:answer|stream))? ?off|break|cut the (?:answer|stream)|stop halfway",
    "the connection breaks in the middle of an answer",
    "This sentence was meant to break off in its middle, and at the first attempt the connection did break; what had come "
    "until then stayed, with a button below it. At this attempt I come to the end.",
)
BUSY = _failure(
    "rate limit",
    r"(?:be |get |hit (?:a |the )?)?rate.?limit(?:ed)?|429|be (?:busy|overloaded)",
    "the model is overloaded",
    "I refused your question with a rate limit, as you asked. Now I have time for you.",
)
FILTER = _failure(
    "content filter",
    r"(?:be |get )?(?:content.?)?filter(?:ed)?(?: yourself)?",
    "a content filter ends the answer",
    "This answer says something that the content filter of a provider might not like, so it will be ended before its end.",
)
LIMIT = _failure(
    "reach the limit",
    r"(?:reach|hit) (?:the |your )?(?:token |length )?limit|run out of (?:room|tokens)",
    "the answer reaches its token limit",
    "A model stops in the middle of a sentence when its answer may not become any longer, and the bot puts a button under it: "
    "*Continue* has me go on where I stopped, in the same message as long as there is room, and what comes of it is one "
    "answer. You read its end, so you must have pressed it.",
)
SILENT = _failure("say nothing", r"say nothing|be silent|be quiet|empty answer", "the answer is empty", "")
SLOW = _failure(
    "be slow",
    r"be slow|think hard|take your time|wait(?: a (?:bit|moment|while))?",
    "the model takes its time",
    f"I waited {SLOW_SECONDS:g} seconds before my first word. Meanwhile the bot showed that it is typing.",
)
FAILURES = (DOWN, CUT, BUSY, FILTER, LIMIT, SILENT, SLOW)


def order_failures(model: ModelServer) -> None:
    """Order all of them from a model server, for whenever somebody asks for one."""

    def first(failure: Failure, times: int) -> Callable[[ModelRequest], bool]:
        def asked(request: ModelRequest) -> bool:
            if not failure.is_asked(heard(request.messages).question.text):
                return False
            return sum(one.messages == request.messages for one in model.requests) <= times

        return asked

    model.fails(500, times=None, when=first(DOWN, DOWN_TIMES))
    model.cuts_after(CUT_AFTER, times=None, when=first(CUT, 1))
    model.fails(
        429,
        code="rate_limit_exceeded",
        message="Rate limit reached for requests",
        headers={"Retry-After": "1"},
        times=None,
        when=first(BUSY, BUSY_TIMES),
    )
    model.filters(after=FILTERED_AFTER, times=None, when=first(FILTER, 1))
    model.runs_out(after=RUNS_OUT_AFTER, times=None, when=first(LIMIT, 1))
    model.delays(SLOW_SECONDS, times=None, when=first(SLOW, 1))
