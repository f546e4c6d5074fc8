"""Servers that refuse a part of what they are sent: people get answers all the same, and the owner one line about it.

The other wordings of each refusal are tried in `tests/llm/test_client_adaptations.py`.
"""

import json

import pytest

from bot.chat.texts import CUT_BY_LENGTH
from bot.errors import ModelContextExceeded, ModelFiltered, ModelSilent
from bot.sandbox import Ollama, Picky, Refuses
from tests.e2e.conftest import Town
from tests.e2e.process import ended, environment
from tests.e2e.task import Bot, running

COMPATIBLE = {"PARLEY_MODEL__DIALECT": "compatible"}
TURNS = [Refuses.TURNS_DEEPSEEK, Refuses.TURNS_LLAMA_CPP, Refuses.TURNS_MISTRAL]


@pytest.mark.parametrize("part", TURNS)
async def test_a_failed_answer_does_not_end_a_conversation(town: Town, part: Refuses) -> None:
    """After an answer that failed, the next question is answered by a server whose roles must take turns, and so are others."""
    box = town.box
    box.model.speaks(Picky(part))
    box.model.answers(lambda _: "A tower.")
    async with running(box, town.folder, **COMPATIBLE):
        box.model.ends_early(after=0, times=3)
        first = await town.alice.says(town.general, "@Parley who are you?")
        await box.bot.answers(first, containing=ModelSilent.public.partition(". ")[0])
        box.model.is_well()
        for number in range(3):
            question = await town.alice.says(town.general, f"@Parley what is a lighthouse? {number}")
            assert (await box.bot.answers(question, containing="A tower.")).text == "A tower."
    sent = [str(message["content"]) for message in box.model.requests[-1].messages]
    assert sum("who are you?" in text for text in sent) == 1
    assert any("who are you?" in text and "lighthouse? 0" in text for text in sent)
    found_out = len(box.model.requests)
    async with running(box, town.folder, **COMPATIBLE):
        question = await town.alice.says(town.general, "@Parley and now?")
        await box.bot.answers(question, containing="A tower.")
    assert len(box.model.requests) == found_out + 1


async def test_a_question_that_a_filter_refuses_does_not_end_a_conversation(town: Town) -> None:
    """A question that the provider's filter refused is not sent with later ones."""
    box = town.box
    box.model.fails(400, code="content_filter", times=None, when=lambda request: "badword" in json.dumps(request.body))
    box.model.answers(lambda _: "A tower.")
    async with running(box, town.folder):
        first = await town.alice.says(town.general, "@Parley badword")
        await box.bot.answers(first, containing=ModelFiltered.public)
        for number in range(2):
            question = await town.alice.says(town.general, f"@Parley what is a lighthouse? {number}")
            assert (await box.bot.answers(question)).text == "A tower."


async def test_an_answer_is_continued_where_roles_must_take_turns(town: Town) -> None:
    """Continue works on a server that wants a question last, with a question that failed before it."""
    box = town.box
    box.model.speaks(Picky(Refuses.TURNS_PERPLEXITY, Refuses.SYSTEM_VLLM))
    async with running(box, town.folder, **COMPATIBLE):
        box.model.ends_early(after=0, times=3)
        failed = await town.alice.says(town.general, "@Parley hello")
        await box.bot.answers(failed, containing=ModelSilent.public.partition(". ")[0])
        box.model.is_well()
        box.model.runs_out(after=3)
        box.model.replies_with("one two three four", " four five")
        question = await town.alice.says(town.general, "@Parley count")
        answer = await box.bot.answers(question, containing=CUT_BY_LENGTH)
        await town.alice.presses(answer.messages[-1], "Continue")
        await box.bot.answers(question, containing="five")
    assert [message["role"] for message in box.model.requests[-1].messages] == ["user", "assistant", "user"]


async def test_a_system_text_reaches_a_model_without_a_system_role(town: Town) -> None:
    """The system text stands before the first question where there is no role for it; the owner reads of it once."""
    box = town.box
    box.model.speaks(Picky(Refuses.SYSTEM_VLLM))
    box.model.answers(lambda _: "A tower.")
    async with running(box, town.folder, PARLEY_CHAT__SYSTEM_PROMPT="Be kind.", **COMPATIBLE) as bot:
        for _ in range(2):
            question = await town.alice.says(town.general, "@Parley what is a lighthouse?")
            assert (await box.bot.answers(question)).text == "A tower."
        await bot.logs("takes no system message: its text goes before the first question")
        assert bot.log.count("takes no system message") == 1
    assert len(box.model.requests) == 3
    assert str(box.model.requests[-1].messages[0]["content"]).startswith("Be kind.\n\n")


@pytest.mark.parametrize("part", [Refuses.LENGTH_ALIBABA, Refuses.LENGTH_UNNAMED])
async def test_an_answers_limit_above_the_models_own_is_made_smaller(town: Town, part: Refuses) -> None:
    """The default limit of 4,000 tokens is refused once, and then smaller; the owner reads which setting to lower."""
    box = town.box
    box.model.speaks(Picky(part))
    async with running(box, town.folder, **COMPATIBLE) as bot:
        for text in ("one", "two"):
            await box.bot.answers(await town.alice.says(town.general, f"@Parley {text}"))
        await bot.logs("writes at most 2000 tokens: lower model.max_reply_tokens")
        assert bot.log.count("max_reply_tokens") == 1
    assert [request.body["max_tokens"] for request in box.model.requests] == [4000, 2000, 2000]


async def test_an_answers_limit_that_fills_a_small_context_is_made_smaller(town: Town) -> None:
    """Where the limit of the answer counts towards a context of 4,096, no prompt is trimmed and nobody is told to reset."""
    box = town.box
    box.model.speaks(Picky(counts_answers=True))
    box.model.context_tokens = 4096
    box.model.answers(lambda _: "A tower with a lamp.")
    async with running(box, town.folder, **COMPATIBLE) as bot:
        for number in range(3):
            text = "what is a lighthouse? " + "It stands by the sea, and people ask about it. " * 12
            question = await town.alice.says(town.general, f"@Parley {number} {text}")
            assert (await box.bot.answers(question)).text == "A tower with a lamp."
        await bot.logs("lower model.max_reply_tokens or set model.context_tokens")
        assert bot.log.count("too many") == 1
    assert len(box.model.requests) == 4
    assert len(box.model.requests[-1].messages) == 6


async def test_a_model_that_does_not_stream_is_asked_for_whole_answers(town: Town) -> None:
    """An organisation that is not verified to stream gets whole answers; the owner reads what the provider wants."""
    box = town.box
    box.model.speaks(Picky(Refuses.STREAM_OPENAI))
    box.model.answers(lambda _: "A tower.")
    async with running(box, town.folder, **COMPATIBLE) as bot:
        question = await town.alice.says(town.general, "@Parley what is a lighthouse?")
        assert (await box.bot.answers(question)).text == "A tower."
        await bot.logs("does not stream: answers are asked for whole; its server's words: ")
    assert [request.body["stream"] for request in box.model.requests] == [True, False]


async def test_a_parameter_in_other_words_is_left_out(town: Town) -> None:
    """An `extra` that transformers serve does not expect (422) is left out with a warning."""
    box = town.box
    body = {"detail": "Unexpected fields in the request: {'logit_bias', 'seed'}"}
    box.model.fails(422, body=body, times=None, when=lambda request: "seed" in request.body)
    async with running(box, town.folder, PARLEY_MODEL__EXTRA='{"seed": 1}') as bot:
        await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
        await bot.logs("does not take seed: left out")


# ------------------------------------------------------------------------------------------ parley check


async def test_check_lists_what_was_learnt(town: Town) -> None:
    """The owner reads what was learnt of the model, until when it holds, and how it is forgotten; other settings forget it."""
    box = town.box
    box.model.speaks(
        Picky(
            Refuses.SYSTEM_VLLM,
            Refuses.TURNS_DEEPSEEK,
            Refuses.STREAM_PLAIN,
            Refuses.LENGTH_ALIBABA,
            counts_answers=True,
        )
    )
    box.model.context_tokens = 2000
    async with running(box, town.folder, **COMPATIBLE):
        await box.bot.answers(await town.alice.says(town.general, "@Parley hello"))
    settings = environment(box, town.folder, **COMPATIBLE)
    code, printed = await ended("check", settings, town.folder)
    assert code == 0
    for line in ("takes no system message", "does not stream", "writes at most 2000 tokens", "has a context of 2000"):
        assert f"ok    learnt: gpt-6-luna {line}" in printed
    assert " UTC)" in printed
    assert "parley check --forget" in printed

    for change in ({"PARLEY_MODEL__CONTEXT_TOKENS": "9000"}, {"PARLEY_MODEL__NAME": "gpt-6"}):
        _, printed = await ended("check", {**settings, **change}, town.folder)
        assert "learnt" not in printed

    code, printed = await ended("check", settings, town.folder, "--forget")
    assert code == 0
    assert "learnt" not in printed
    _, printed = await ended("check", settings, town.folder)
    assert "learnt" not in printed


async def test_check_forgets_nothing_while_the_bot_runs(town: Town) -> None:
    """`check` lists learnt limits at any time, and forgets them only while no bot runs, which it says."""
    async with running(town.box, town.folder):
        settings = environment(town.box, town.folder)
        code, _ = await ended("check", settings, town.folder)
        assert code == 0
        code, printed = await ended("check", settings, town.folder, "--forget")
    assert code == 3
    assert "FAIL  learnt:" in printed
    assert "in use by another Parley" in printed


async def test_a_server_that_found_everything_too_long_is_asked_as_before(town: Town, bot: Bot) -> None:
    """A question that is too long even when cut is one line of ours; the next one is asked as if nothing had been learnt."""
    box = town.box
    box.model.fails(400, code="context_length_exceeded", times=None)
    question = await town.alice.says(town.general, "@Parley hello")
    await box.bot.answers(question, containing=ModelContextExceeded.public.partition(". ")[0])
    await bot.logs("history.max_tokens")
    box.model.is_well()
    box.model.replies_with("I am fine.")
    question = await town.alice.says(town.general, "@Parley are you well?")
    assert (await box.bot.answers(question)).text == "I am fine."


async def test_a_prompt_that_ollama_cuts_is_said_once(town: Town) -> None:
    """A server that cuts prompts silently answers all the same; the owner reads once which setting to change."""
    box = town.box
    box.model.speaks(Ollama())
    box.model.context_tokens = 600
    box.model.answers(lambda _: "A tower.")
    async with running(box, town.folder, **COMPATIBLE) as bot:
        for number in range(6):
            question = await town.alice.says(town.general, f"@Parley {number} " + "it stands by the sea " * 80)
            await box.bot.answers(question, containing="A tower.")
        await bot.logs("num_ctx")
        assert bot.log.count("num_ctx") == 1
