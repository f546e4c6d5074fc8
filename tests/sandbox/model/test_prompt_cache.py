"""The prompt cache under both sets of rules. Source: OpenAI's documentation, "Prompt caching"."""

from typing import Any

import pytest
from openai import AsyncOpenAI

from bot.sandbox.model.prompt_cache import PromptCache, Share, has_breakpoints
from bot.sandbox.model.tokens import prompt_tokens, tokens_of


def message(text: str, role: str = "user") -> dict[str, Any]:
    """Return a message."""
    return {"role": role, "content": text}


LONG = message("word " * 2000, "system")
SHORT = message("hello", "assistant")


def size(*messages: dict[str, Any]) -> int:
    """Return the tokens of messages, without those that prime the answer."""
    return prompt_tokens(map(tokens_of, messages)) - 3


def admitted(cache: PromptCache, *messages: dict[str, Any], model: str = "m", **body: object) -> Share:
    """Let a cache have a request; return what it says."""
    return cache.admit({"model": model, "messages": list(messages), **body}, [tokens_of(one) for one in messages])


def read(cache: PromptCache, *messages: dict[str, Any], model: str = "m", **body: object) -> int:
    """Let a cache have a request; return what was read from it."""
    return admitted(cache, *messages, model=model, **body).read


def test_an_appended_prompt_is_cached_in_steps_of_128() -> None:
    """The beginning that a prompt has in common with an earlier one is cached in steps of 128 tokens."""
    cache = PromptCache()
    first = [LONG, message("hello")]
    assert admitted(cache, *first) == Share(0, None)
    cached = read(cache, *first, message("hi", "assistant"), message("more"))
    assert cached % 128 == 0
    assert size(*first) - 128 < cached <= size(*first)


def test_short_prompts_are_never_cached() -> None:
    """A prompt below 1024 tokens is never cached."""
    cache = PromptCache()
    short = [message("word " * 900)]
    read(cache, *short)
    assert read(cache, *short) == 0


def test_a_short_common_beginning_is_not_cached() -> None:
    """A common beginning below 1024 tokens is not cached, however long the prompts are."""
    cache = PromptCache()
    read(cache, message("word " * 600 + "one " * 1000))
    assert read(cache, message("word " * 600 + "two " * 1000)) == 0


def test_a_changed_beginning_costs_everything() -> None:
    """A prompt with a changed beginning has nothing cached."""
    cache = PromptCache()
    read(cache, message("12:00", "system"), LONG)
    assert read(cache, message("12:01", "system"), LONG) == 0


def test_a_message_that_changes_in_the_middle_is_cached_up_to_there() -> None:
    """A message that changes in the middle is cached up to there, and not at all under another role."""
    cache = PromptCache()
    read(cache, message("word " * 3000 + "end"))
    cached = read(cache, message("word " * 3000 + "other end"))
    assert 2900 < cached < 3010
    assert read(cache, message("word " * 3000 + "end", "system")) == 0


def test_models_do_not_share_a_cache() -> None:
    """Another model, or other tools, share nothing of a cache."""
    cache = PromptCache()
    read(cache, LONG, model="one")
    assert read(cache, LONG, model="other") == 0
    assert read(cache, LONG, model="one", tools=[{"type": "function"}]) == 0


async def test_the_usage_tells_the_cached_tokens(ai: AsyncOpenAI) -> None:
    """The usage tells the cached tokens in `prompt_tokens_details.cached_tokens`."""
    for expected in (0, 1920):
        done = await ai.chat.completions.create(
            model="gpt-5.4-mini", messages=[{"role": "user", "content": "word " * 2000}]
        )
        assert done.usage is not None
        assert done.usage.prompt_tokens_details is not None
        assert done.usage.prompt_tokens_details.cached_tokens == expected


@pytest.mark.parametrize(
    ("model", "has"),
    [
        ("gpt-4o-mini", False),
        ("gpt-5.5", False),
        ("gpt-5.6", True),
        ("gpt-6", True),
        ("gpt-6-luna", True),
        ("o3", False),
    ],
)
def test_the_name_of_a_model_tells_its_rules(model: str, has: bool) -> None:
    """Models from gpt-5.6 on cache at breakpoints, and the others every prefix."""
    assert has_breakpoints(model) is has


NEW = "gpt-6"


def test_a_conversation_that_grows_reads_all_but_what_is_new() -> None:
    """A newer model writes up to the newest question, and the next request reads exactly that."""
    cache = PromptCache()
    first, more = [LONG, message("one")], [message("hi", "assistant"), message("two")]
    assert admitted(cache, *first, model=NEW) == Share(0, size(*first))
    assert admitted(cache, *first, model=NEW) == Share(size(*first), 0)
    assert admitted(cache, *first, *more, model=NEW) == Share(size(*first), size(*more))


def test_a_last_message_that_changes_never_hits() -> None:
    """A newer model reads nothing where the newest message changes, and writes it all again (openai/codex 35300)."""
    cache = PromptCache()
    admitted(cache, LONG, message("one, at 12:00"), model=NEW)
    changed = [LONG, message("one, at 12:01")]
    assert admitted(cache, *changed, model=NEW) == Share(0, size(*changed))
    assert admitted(cache, *changed[:1], message("one"), SHORT, message("two, at 12:02"), model=NEW).read == 0


def test_a_marked_block_is_read_where_the_rest_changes() -> None:
    """A breakpoint of the client's own is found again whatever follows it."""
    cache = PromptCache()
    block = {"type": "text", "text": "word " * 2000, "prompt_cache_breakpoint": {"mode": "explicit"}}
    marked = {"role": "system", "content": [block]}
    admitted(cache, marked, message("12:00"), model=NEW)
    assert admitted(cache, marked, message("12:01"), model=NEW) == Share(size(marked), size(message("12:01")))


def test_the_explicit_mode_writes_nothing_by_itself() -> None:
    """In the explicit mode a request without marks neither reads nor writes."""
    cache, explicit = PromptCache(), {"prompt_cache_options": {"mode": "explicit"}}
    admitted(cache, LONG, message("one"), model=NEW)
    assert admitted(cache, LONG, message("one"), model=NEW, **explicit) == Share(0, 0)


def test_only_the_latest_breakpoints_are_looked_at() -> None:
    """A request finds an entry among its latest 80 breakpoints, and no older one."""
    cache = PromptCache()
    admitted(cache, LONG, message("one"), model=NEW)
    later = [message(f"{number}") for number in range(80)]
    assert read(cache, LONG, message("one"), *later[:79], model=NEW) > 0
    cache = PromptCache()
    admitted(cache, LONG, message("one"), model=NEW)
    assert read(cache, LONG, message("one"), *later, model=NEW) == 0


def test_a_short_prompt_is_not_written() -> None:
    """A newer model caches nothing below 1024 tokens either."""
    cache = PromptCache()
    assert [admitted(cache, message("word " * 900), model=NEW) for _ in range(2)] == [Share(0, 0)] * 2


def test_another_key_shares_nothing() -> None:
    """A newer model finds an entry under the key that it was written with."""
    cache = PromptCache()
    admitted(cache, LONG, message("one"), model=NEW, prompt_cache_key="a")
    assert read(cache, LONG, message("one"), model=NEW, prompt_cache_key="b") == 0
    assert read(cache, LONG, message("one"), model=NEW, prompt_cache_key="a") > 0


async def test_the_usage_tells_the_written_tokens(ai: AsyncOpenAI) -> None:
    """The usage of a newer model tells what was written in `cache_write_tokens`; that of an older one does not."""
    for model, expected in ((NEW, [(0, True), (2005, False)]), ("gpt-5.5", [(0, None), (1920, None)])):
        for cached, writes in expected:
            done = await ai.chat.completions.create(model=model, messages=[{"role": "user", "content": "word " * 2000}])
            assert done.usage is not None
            details = done.usage.to_dict()["prompt_tokens_details"]
            assert isinstance(details, dict)
            assert details["cached_tokens"] == cached
            assert (details["cache_write_tokens"] > 0 if "cache_write_tokens" in details else None) is writes
