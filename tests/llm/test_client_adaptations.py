"""A client asks a server that refuses parts of its requests in another way, and remembers it."""

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.content import Role, plain
from bot.chat.learnt import LIFE_MILLISECONDS
from bot.chat.ports.model import Finish
from bot.errors import ModelContextExceeded, ModelRejected
from bot.llm.adaptations import Adaptations
from bot.llm.client import adaptations_of, connected
from bot.llm.server import Server
from bot.sandbox import Picky, Refuses, Sandbox
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.llm.asking import REQUEST, answer_of, server_at, settled
from tests.llm.wire import STREAM, chunked, serving

PROMPT = (
    plain(Role.SYSTEM, "Be kind."),
    plain(Role.USER, "Alice: one"),
    plain(Role.USER, "Bob: two"),
    plain(Role.ASSISTANT, "half of an"),
)
ASKED = replace(REQUEST, prompt=PROMPT)
TURNS = Adaptations(turns=True)
NO_SYSTEM = Adaptations(no_system=True)


@pytest.fixture
def server(box: Sandbox) -> Server:
    """The sandbox's model, asked as other servers than OpenAI's are."""
    return server_at(box.model.base_url, speaks_openai=False)


@pytest.fixture
def facts() -> MemoryFacts:
    """An empty memory."""
    return MemoryFacts(State())


@pytest.mark.parametrize(
    ("part", "learnt", "refusals"),
    [
        (Refuses.TURNS_DEEPSEEK, TURNS, 1),
        (Refuses.TURNS_PERPLEXITY, TURNS, 1),
        (Refuses.TURNS_LLAMA_CPP, TURNS, 1),
        (Refuses.TURNS_MISTRAL, Adaptations(turns=True, no_system=True), 2),
        (Refuses.SYSTEM_VLLM, NO_SYSTEM, 1),
        (Refuses.SYSTEM_GOOGLE, NO_SYSTEM, 1),
        (Refuses.SYSTEM_OPENAI, NO_SYSTEM, 1),
        (Refuses.STREAM_OPENAI, Adaptations(whole=True), 1),
        (Refuses.STREAM_PLAIN, Adaptations(whole=True), 1),
        (Refuses.LENGTH_ALIBABA, Adaptations(longest_answer=2000), 1),
        (Refuses.LENGTH_GROQ, Adaptations(longest_answer=2000), 1),
        (Refuses.LENGTH_OLLAMA, Adaptations(longest_answer=2000), 1),
    ],
)
async def test_a_refused_part_is_found_out_once(
    *,
    box: Sandbox,
    server: Server,
    facts: MemoryFacts,
    caplog: pytest.LogCaptureFixture,
    part: Refuses,
    learnt: Adaptations,
    refusals: int,
) -> None:
    """A picky server answers behind its refusals, is asked rightly from then on, and so by the next run; each is one warning."""
    box.model.speaks(Picky(part))
    box.model.answers(lambda _: "there")
    async with connected(server, facts=facts) as model:
        for _ in range(refusals):
            _, refusal = await answer_of(model, ASKED)
            assert isinstance(refusal, ModelRejected)
            assert refusal.adapted
        for _ in range(2):
            text, end = await answer_of(model, ASKED)
            assert (text, type(end)) == ("there", Finish)
    assert await adaptations_of(server, facts).of(REQUEST.model) == learnt
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == refusals
    assert all("; its server's words: " in record.getMessage() for record in warnings)
    async with connected(server, [REQUEST.model], facts) as model:
        text, end = await answer_of(model, ASKED)
    assert (text, type(end)) == ("there", Finish)
    assert len(box.model.requests) == refusals + 3


async def test_a_longest_answer_that_no_server_named_is_not_stored(
    box: Sandbox, server: Server, facts: MemoryFacts
) -> None:
    """A server that refuses the limit without naming one gets half of it, until the next run asks for all of it again."""
    box.model.speaks(Picky(Refuses.LENGTH_UNNAMED))
    for _ in range(2):
        async with connected(server, facts=facts) as model:
            assert isinstance((await settled(model, ASKED))[1], Finish)
            assert isinstance((await settled(model, ASKED))[1], Finish)
    limits = [request.body["max_tokens"] for request in box.model.requests]
    assert limits == [4000, 2000, 2000] * 2


@pytest.mark.parametrize(
    "words", ["max_tokens exceeds what is left", "max_tokens for `m` must be less than or equal to 96"]
)
async def test_an_answer_without_room_is_a_prompt_that_is_too_long(
    box: Sandbox, server: Server, facts: MemoryFacts, words: str
) -> None:
    """A limit that is refused although the prompt has made it small says nothing about the model's longest answer."""
    box.model.fails(400, message=words)
    short = replace(ASKED, reply_tokens=400, shortened=True)
    async with connected(server, facts=facts) as model:
        _, refusal = await answer_of(model, short)
    assert isinstance(refusal, ModelContextExceeded)
    assert refusal.words
    assert await adaptations_of(server, facts).of(REQUEST.model) == Adaptations()


async def test_turns_are_taken_on_the_wire(box: Sandbox, server: Server) -> None:
    """Questions without an answer are joined, and an answer at the end gets a question behind it; no text is lost."""
    box.model.speaks(Picky(Refuses.SYSTEM_VLLM, Refuses.TURNS_PERPLEXITY))
    async with connected(server) as model:
        assert isinstance((await settled(model, ASKED))[1], Finish)
    assert [(message["role"], message["content"]) for message in box.model.requests[-1].messages] == [
        ("user", "Be kind.\n\nAlice: one\n\nBob: two"),
        ("assistant", "half of an"),
        ("user", "[…]"),
    ]


async def test_a_server_may_refuse_everything_in_turn(box: Sandbox, server: Server, facts: MemoryFacts) -> None:
    """A server that takes no system message, no stream, no long answer and no repetition is answered from all the same."""
    parts = (Refuses.SYSTEM_OPENAI, Refuses.TURNS_LLAMA_CPP, Refuses.STREAM_OPENAI, Refuses.LENGTH_ALIBABA)
    box.model.speaks(Picky(*parts))
    async with connected(server, facts=facts) as model:
        assert isinstance((await settled(model, ASKED))[1], Finish)
    assert len(box.model.requests) == len(parts) + 1
    known = await adaptations_of(server, facts).of(REQUEST.model)
    assert known == Adaptations(no_system=True, turns=True, whole=True, longest_answer=2000)


async def test_requests_that_are_refused_at_once_learn_all_of_it(
    box: Sandbox, server: Server, facts: MemoryFacts
) -> None:
    """Concurrent requests that are refused for different parts may all be sent again, and nothing of it is lost."""
    box.model.speaks(Picky(Refuses.LENGTH_UNNAMED, Refuses.SYSTEM_VLLM))
    short = replace(ASKED, reply_tokens=100)
    async with connected(server, facts=facts) as model:
        ends = [end for _, end in await asyncio.gather(*(answer_of(model, one) for one in (ASKED, short) * 3))]
        assert [isinstance(end, ModelRejected) and end.adapted for end in ends] == [True] * 6
        ends = [end for _, end in await asyncio.gather(*(answer_of(model, one) for one in (ASKED, short) * 3))]
    assert [type(end) for end in ends] == [Finish] * 6
    assert await adaptations_of(server, facts).of(REQUEST.model) == Adaptations(no_system=True)


# ------------------------------------------------------------------------------------------ expiry


async def test_what_was_learnt_expires(box: Sandbox, server: Server, facts: MemoryFacts) -> None:
    """After seven days a server is asked as any other, so that one which has changed is found out, in the same run too."""
    now = [0]
    box.model.speaks(Picky(Refuses.SYSTEM_VLLM))
    async with connected(server, facts=facts, clock=lambda: now[0]) as model:
        await settled(model, ASKED)
        now[0] = LIFE_MILLISECONDS
        await settled(model, ASKED)
        assert box.model.requests[-1].messages[0]["role"] == "user"
        now[0] += 1
        box.model.speaks(Picky())
        await answer_of(model, ASKED)
    assert box.model.requests[-1].messages[0]["role"] == "system"


@pytest.mark.parametrize(
    "change",
    [
        {"models": [["m", {"top_p": 0.5}, 9, 9]]},
        {"vision": {"m": True}},
        {"speaks_openai": True},
        {"query": (("api-version", "2"),)},
    ],
)
async def test_what_was_learnt_is_forgotten_when_the_settings_change(
    server: Server, facts: MemoryFacts, change: dict[str, Any]
) -> None:
    """Other settings of the server make what was learnt of it unknown; another key does not, and is stored nowhere."""
    await adaptations_of(server, facts).learn("m", lambda known: replace(known, turns=True))
    other_key = replace(server, api_key="sk-secret-2", credentials="a:b", query=(("key", "x"),), silence_seconds=1.0)
    assert await adaptations_of(other_key, facts).of("m") == TURNS
    assert await adaptations_of(replace(server, **change), facts).of("m") == Adaptations()
    assert server.api_key not in str(facts.state.facts)


# ------------------------------------------------------------------------------------------ thoughts


def answering(*texts: str) -> bytes:
    """A stream of these pieces of text."""
    events = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    lines = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    return STREAM + chunked(
        *lines, b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    )


async def test_that_a_model_leaves_out_a_tag_is_known_to_the_next_run(facts: MemoryFacts) -> None:
    """Thoughts without an opening tag are remembered, so that the next run holds the answer back, until one has none."""
    async with serving(answering("Hm, who asks?\n</think>\n\nHi.")) as wire:
        server = server_at(wire.url)
        async with connected(server, facts=facts) as model:
            assert (await answer_of(model))[0] == "Hi."
        assert (await adaptations_of(server, facts).of(REQUEST.model)).unopened_thoughts
        async with connected(server, facts=facts) as model:
            assert await adaptations_of(server, facts).expires_at(REQUEST.model) is not None
            wire.reply = answering("Hi", " again.")
            assert (await answer_of(model))[0] == "Hi again."
        assert not (await adaptations_of(server, facts).of(REQUEST.model)).unopened_thoughts


# ------------------------------------------------------------------------------------------ bad input

HOSTILE = [
    {"message": "Conversation roles must alternate"},
    {"message": "System role not supported"},
    {"message": "Streaming is not supported"},
    {"message": "max_tokens exceeds what we like"},
    {"message": "Range of max_tokens should be [1, 0]"},
    {"message": "Range of max_tokens should be [1, 99999999999]"},
    {"message": "Last message must have role `user`. System role not supported. Streaming is not supported."},
]


@pytest.mark.parametrize("error", HOSTILE)
async def test_a_server_that_refuses_whatever_it_is_sent_is_soon_given_up(
    box: Sandbox, server: Server, error: dict[str, str]
) -> None:
    """A server that repeats its refusal is asked in another form a few times at most, and then never again in vain."""
    box.model.fails(400, body={"error": error}, times=None)
    async with connected(server) as model:
        _, end = await settled(model, ASKED)
        asked = len(box.model.requests)
        assert asked <= 5
        _, end = await answer_of(model, ASKED)
    assert isinstance(end, ModelRejected)
    assert not end.adapted
    assert len(box.model.requests) == asked + 1


async def test_a_whole_answer_may_take_as_long_as_it_is(box: Sandbox, server: Server, facts: MemoryFacts) -> None:
    """A server that does not stream has the time to write the longest answer before it counts as silent."""
    hasty = replace(server, first_token_seconds=0.001)
    await adaptations_of(hasty, facts).learn(REQUEST.model, lambda known: replace(known, whole=True))
    box.model.speaks(Picky())
    box.model.delays(0.05)
    async with connected(hasty, facts=facts) as model:
        assert isinstance((await answer_of(model, replace(REQUEST, reply_tokens=2000)))[1], Finish)
