"""The prompt cache. Source: OpenAI's documentation, "Prompt caching"."""

from typing import Any

from openai import AsyncOpenAI

from bot.sandbox.model.prompt_cache import PromptCache
from bot.sandbox.model.tokens import fed, prompt_tokens


def message(text: str, role: str = "user") -> dict[str, Any]:
    """Return a message."""
    return {"role": role, "content": text}


LONG = message("word " * 2000, "system")


def test_an_appended_prompt_is_cached_in_steps_of_128() -> None:
    """The beginning that a prompt has in common with an earlier one is cached in steps of 128 tokens."""
    cache = PromptCache()
    first = [LONG, message("hello")]
    assert cache.admit("m", fed(first)) == 0
    cached = cache.admit("m", fed([*first, message("hi", "assistant"), message("more")]))
    assert cached % 128 == 0
    assert prompt_tokens(fed(first)) - 128 - 3 < cached <= prompt_tokens(fed(first))


def test_short_prompts_are_never_cached() -> None:
    """A prompt below 1024 tokens is never cached."""
    cache = PromptCache()
    short = [message("word " * 900)]
    cache.admit("m", fed(short))
    assert cache.admit("m", fed(short)) == 0


def test_a_short_common_beginning_is_not_cached() -> None:
    """A common beginning below 1024 tokens is not cached, however long the prompts are."""
    cache = PromptCache()
    cache.admit("m", fed([message("word " * 600 + "one " * 1000)]))
    assert cache.admit("m", fed([message("word " * 600 + "two " * 1000)])) == 0


def test_a_changed_beginning_costs_everything() -> None:
    """A prompt with a changed beginning has nothing cached."""
    cache = PromptCache()
    cache.admit("m", fed([message("12:00", "system"), LONG]))
    assert cache.admit("m", fed([message("12:01", "system"), LONG])) == 0


def test_a_message_that_changes_in_the_middle_is_cached_up_to_there() -> None:
    """A message that changes in the middle is cached up to there, and not at all under another role."""
    cache = PromptCache()
    cache.admit("m", fed([message("word " * 3000 + "end")]))
    cached = cache.admit("m", fed([message("word " * 3000 + "other end")]))
    assert 2900 < cached < 3010
    assert cache.admit("m", fed([message("word " * 3000 + "end", "system")])) == 0


def test_models_do_not_share_a_cache() -> None:
    """Another model, or other tools, share nothing of a cache."""
    cache = PromptCache()
    cache.admit("one", fed([LONG]))
    assert cache.admit("other", fed([LONG])) == 0
    assert cache.admit("one", fed([LONG]), tools=[{"type": "function"}]) == 0


async def test_the_usage_tells_the_cached_tokens(ai: AsyncOpenAI) -> None:
    """The usage tells the cached tokens in `prompt_tokens_details.cached_tokens`."""
    for expected in (0, 1920):
        done = await ai.chat.completions.create(
            model="gpt-5.4-mini", messages=[{"role": "user", "content": "word " * 2000}]
        )
        assert done.usage is not None
        assert done.usage.prompt_tokens_details is not None
        assert done.usage.prompt_tokens_details.cached_tokens == expected
