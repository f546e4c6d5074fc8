"""The prompt cache, by the two sets of rules that OpenAI's models have ("Prompt caching" in its documentation).

Models up to gpt-5.5 cache every prefix of a prompt, tools first, from 1024 tokens, in steps of 128. Any earlier request to the
same model counts, whatever its `prompt_cache_key`, and writing is not reported.

From gpt-5.6 on a prefix is cached at breakpoints only, and found only where it ends at one: there is no shorter prefix to fall
back on. One breakpoint stands by itself at the end of the newest message of a user or a tool, unless `prompt_cache_options.mode`
is `explicit`; others where a block of a message has a `prompt_cache_breakpoint`, for which the end of its message stands here. A
request writes at most four, the latest; the latest 80 are looked at. A hit needs the same `prompt_cache_key`. What is written is
reported.

Nothing is ever evicted: that an entry lives for 30 minutes is not played.
"""

import re
from dataclasses import dataclass, field
from itertools import accumulate

from bot.sandbox.model.tokens import BYTES
from bot.sandbox.wire import Json, as_list, as_object, dumps

FROM_TOKENS = 1024
STEP = 128
MOST_WRITTEN = 4
MOST_READ = 80
_STEP_BYTES = STEP * BYTES
_VERSION = re.compile(r"gpt-(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Share:
    """The tokens of a prompt that were read from the cache and written to it; `written` is None where that is not reported."""

    read: int = 0
    written: int | None = None


def has_breakpoints(model: str) -> bool:
    """Tell whether a model caches at breakpoints: gpt-5.6 and later."""
    version = _VERSION.match(model)
    return version is not None and (int(version[1]), int(version[2] or 0)) >= (5, 6)


@dataclass
class PromptCache:
    """The prefixes that were seen, each by its hash."""

    _seen: set[int] = field(default_factory=set[int])

    def admit(self, body: Json, prompt: list[bytes]) -> Share:
        """Return what of a request was cached, and remember it. `prompt` has the tokens of each message, as they are fed."""
        model = str(body.get("model"))
        if has_breakpoints(model):
            return self._admit_at_breakpoints(body, prompt)
        return Share(self._admit_in_steps(hash((model, dumps(body.get("tools")))), b"".join(prompt)))

    def _admit_in_steps(self, prefix: int, prompt: bytes) -> int:
        if len(prompt) < FROM_TOKENS * BYTES:
            return 0
        shared = 0
        for start in range(0, len(prompt) - _STEP_BYTES + 1, _STEP_BYTES):
            prefix = hash((prefix, prompt[start : start + _STEP_BYTES]))
            if prefix in self._seen:
                shared += STEP
            else:
                self._seen.add(prefix)
        return shared if shared >= FROM_TOKENS else 0

    def _admit_at_breakpoints(self, body: Json, prompt: list[bytes]) -> Share:
        tokens = list(accumulate(len(one) // BYTES for one in prompt))
        prefix = hash((str(body.get("model")), str(body.get("prompt_cache_key")), dumps(body.get("tools"))))
        prefixes = list(accumulate(prompt, lambda before, one: hash((before, one)), initial=prefix))[1:]
        messages = [as_object(one) or {} for one in as_list(body.get("messages")) or []]
        marked = [at for at, message in enumerate(messages) if _is_marked(message)]
        asked = [at for at, message in enumerate(messages) if message.get("role") in {"user", "tool"}]
        implicit = (as_object(body.get("prompt_cache_options")) or {}).get("mode") != "explicit"
        looked_at: list[int] = sorted({*marked, *asked} if implicit else marked)[-MOST_READ:]
        read = max((tokens[at] for at in looked_at if prefixes[at] in self._seen), default=0)
        own = asked[-1:] if implicit else []
        writes = [at for at in {*own, *marked[len(own) - MOST_WRITTEN :]} if tokens[at] >= FROM_TOKENS]
        self._seen.update(prefixes[at] for at in writes)
        return Share(read, max(0, max((tokens[at] for at in writes), default=0) - read))


def _is_marked(message: Json) -> bool:
    blocks = (as_object(one) or {} for one in as_list(message.get("content")) or [])
    return message.get("role") != "assistant" and any(block.get("prompt_cache_breakpoint") for block in blocks)
