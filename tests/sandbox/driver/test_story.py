"""The text of the error of a wait that failed."""

import aiohttp
import pytest
from openai import AsyncOpenAI

from bot.sandbox import Channel, Person, Sandbox, TookTooLongError
from tests.sandbox.clients import Rest
from tests.sandbox.model.asking import ask


async def test_a_failed_wait_tells_what_happened(
    box: Sandbox, ai: AsyncOpenAI, rest: Rest, general: Channel, alice: Person
) -> None:
    """The error of a failed wait tells connection, seed, messages, REST calls and requests to the model."""
    question = await alice.says(general, "@Parley " + "very " * 50 + "long")
    await ask(ai, "what the model got")
    await rest("GET", f"/channels/{general.id}")
    with pytest.raises(TookTooLongError) as caught:
        await box.bot.answers(question, timeout=0.01)
    story = str(caught.value)
    assert "not connected" in story
    assert f"the seed is {box.seed}" in story
    assert "#general Alice" in story
    assert f"GET /api/v10/channels/{general.id} -> 200" in story
    assert "asked 'what the model got'" in story
    assert max(len(line) for line in story.splitlines()) < 400


async def test_the_story_tells_which_calls_were_disturbed(box: Sandbox, rest: Rest, general: Channel) -> None:
    """The error of a failed wait tells which calls met an ordered fault (the sandbox's own promise)."""
    box.discord.resets("POST", "/channels/{channel_id}/typing")
    with pytest.raises((aiohttp.ClientError, OSError)):
        await rest("POST", f"/channels/{general.id}/typing")
    with pytest.raises(TookTooLongError, match=r"-> no answer \(Reset\)"):
        await box.until(lambda: False, timeout=0.01)
