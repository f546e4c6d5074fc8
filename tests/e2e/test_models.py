"""Answers and errors of many models and servers: people see the answer or one clear line, and the log has the rest."""

import json

import pytest

from bot.errors import (
    ModelCutOff,
    ModelError,
    ModelFiltered,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelOnlyThought,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelSpentThinking,
)
from bot.sandbox import Quirk, Shape, Strict
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running


async def test_thoughts_are_neither_shown_nor_remembered(town: Town, bot: Bot) -> None:
    """Thoughts between tags are neither shown nor sent with the next question."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=200)
    box.model.replies_with("<think>\nWho is Alice, and what does she want?\n</think>\n\nHello Alice.")
    question = await town.alice.says(town.general, "@Parley hello")
    assert (await box.bot.answers(question, containing="Hello Alice.")).text == "Hello Alice."
    later = await town.alice.says(town.general, "@Parley and now?")
    await box.bot.answers(later)
    assert box.bot.requests(later)[0].messages[-2] == {"role": "assistant", "content": "Hello Alice."}


async def test_a_model_that_thinks_to_the_end_is_told_from_a_silent_one(town: Town) -> None:
    """An answer whose tokens were all spent on thoughts says so; the log names the setting that allows more."""
    async with running(town.box, town.folder, PARLEY_MODEL__MAX_REPLY_TOKENS="16") as bot:
        town.box.model.replies_with("<think>" + "who is that and what do they mean " * 9)
        question = await town.alice.says(town.general, "@Parley hello")
        await town.box.bot.answers(question, containing=ModelSpentThinking.public)
        await bot.logs("raise model.max_reply_tokens")


async def test_a_refusal_is_shown_in_the_models_own_words(town: Town, bot: Bot) -> None:
    """A refusal in a field of its own is shown as the answer."""
    town.box.model.declines("I'm sorry, I can't help with that.")
    question = await town.alice.says(town.general, "@Parley something bad")
    assert (await town.box.bot.answers(question)).text == "I'm sorry, I can't help with that."


async def test_a_filtered_question_is_said_to_be_one(town: Town, bot: Bot) -> None:
    """A filtered question gets a line of ours without a Retry button; the log has the code and the server's words."""
    body = {"error": {"code": "content_filter", "param": "prompt", "message": "PROVIDER words", "type": None}}
    town.box.model.fails(400, body=body)
    question = await town.alice.says(town.general, "@Parley something bad")
    answer = await town.box.bot.answers(question, containing=ModelFiltered.public)
    assert answer.messages[0].components == []
    await bot.logs("code content_filter")
    await bot.logs("its words: PROVIDER words")
    assert "PROVIDER" not in answer.text


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (429, "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota.", ModelQuotaSpent),
        (400, "Your credit balance is too low to access the API.", ModelQuotaSpent),
        (403, "Project `p` does not have access to model `m`", ModelNotAllowed),
        (404, "No models loaded. Please load a model in the developer page.", ModelNotLoaded),
    ],
)  # rows of a table # fmt: skip
async def test_what_only_the_words_tell_is_said_at_once(
    town: Town, bot: Bot, status: int, message: str, error: type[ModelError]
) -> None:
    """A refusal that no code tells apart is said for what it is after one request, and the owner reads the words."""
    town.box.model.fails(status, body={"error": {"message": message, "type": "x", "code": str(status)}}, times=None)
    question = await town.alice.says(town.general, "@Parley hello")
    answer = await town.box.bot.answers(question, containing=error.public)
    assert message not in answer.text
    assert len(town.box.model.requests) == 1
    await bot.logs(f"its words: {message}")


@pytest.mark.parametrize(
    ("headers", "when"), [({"retry-after": "540"}, "in about 9 minutes"), ({}, "in a few minutes")]
)
async def test_an_overloaded_model_says_when_to_ask_again(
    town: Town, bot: Bot, headers: dict[str, str], when: str
) -> None:
    """An overloaded model is shown with the time after which to ask again, if the server names one."""
    town.box.model.fails(529, type="overloaded_error", headers=headers, times=3)
    question = await town.alice.says(town.general, "@Parley hello")
    answer = await town.box.bot.answers(question, containing=ModelOverloaded.public.partition(". ")[0])
    assert when in answer.text


async def test_what_a_strict_server_does_not_know_is_found_out_once(town: Town) -> None:
    """A parameter that a strict server refuses is left out from then on, also after a restart."""
    box = town.box
    box.model.speaks(Strict(Shape.PYDANTIC))
    async with running(box, town.folder) as bot:
        await box.bot.answers(await town.alice.says(town.general, "@Parley one"))
        await bot.logs("does not take max_completion_tokens, prompt_cache_key")
    found_out = len(box.model.requests)
    assert found_out == 2
    async with running(box, town.folder):
        await box.bot.answers(await town.alice.says(town.general, "@Parley two"))
    assert len(box.model.requests) == found_out + 1
    assert box.model.requests[-1].body.keys() == {"model", "messages", "stream", "max_tokens"}


WHOLE = {
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "A tower."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}


async def test_a_whole_answer_in_the_place_of_a_stream_is_shown(town: Town, bot: Bot) -> None:
    """A server that does not stream is answered from, and what it says to have used is stored."""
    town.box.model.answers_raw(json.dumps(WHOLE))
    question = await town.alice.says(town.general, "@Parley what is a lighthouse?")
    assert (await town.box.bot.answers(question, containing="A tower.")).text == "A tower."
    await bot.logs(": done")
    (content,) = (await town.alice.runs("export", town.general, format="json")).files.values()
    (call,) = json.loads(content)["conversations"][0]["turns"][1]["calls"]
    assert (call["usage"]["prompt"], call["usage"]["completion"]) == (3, 2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<!doctype html><html>log in</html>", "text/html"),
        ('{"error": "Unexpected endpoint or method. (POST /chat/completions)"}', "application/json"),
    ],
)
async def test_a_wrong_address_is_named_in_the_log(town: Town, bot: Bot, body: str, kind: str) -> None:
    """A page or an unknown error with status 200 sends the asker to the operator, who reads which address was asked."""
    town.box.model.answers_raw(body, content_type=kind)
    question = await town.alice.says(town.general, "@Parley hello")
    await town.box.bot.answers(question, containing=ModelRejected.public)
    await bot.logs(f"{town.box.model.base_url}/chat/completions: check OPENAI_BASE_URL")
    assert len(town.box.model.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"error":{"code":400,"type":"exceed_context_size_error","message":"x","n_prompt_tokens":9000,"n_ctx":4096}}',
        'error: {"code":400,"type":"exceed_context_size_error","message":"x","n_ctx":4096}\n\ndata: [DONE]\n\n',
        'event: error\ndata: {"code":400,"type":"exceed_context_size_error","message":"x"}\n\n',
    ],
)
async def test_an_overflow_in_any_framing_is_trimmed_and_tried_again(town: Town, bot: Bot, body: str) -> None:
    """An error in an event stream is recognised without `data:`, in a field of its own, and as a type of event."""
    town.box.model.answers_raw(body, content_type="text/event-stream")
    town.box.model.replies_with("A tower.")
    question = await town.alice.says(town.general, "@Parley what is a lighthouse?")
    assert (await town.box.bot.answers(question)).text == "A tower."
    assert len(town.box.model.requests) == 2


async def test_a_first_event_that_cannot_be_read_is_tried_again(town: Town, bot: Bot) -> None:
    """A broken event before any text costs a second try and no answer."""
    town.box.model.answers_raw("data: {\n\n", content_type="text/event-stream")
    town.box.model.replies_with("A tower.")
    question = await town.alice.says(town.general, "@Parley what is a lighthouse?")
    assert (await town.box.bot.answers(question)).text == "A tower."


async def test_an_answer_whose_reasons_come_early_is_shown_whole_or_cut_off(town: Town, bot: Bot) -> None:
    """A server that says `stop` with each chunk is read to its end, and its error in the middle is a cut."""
    box = town.box
    box.model.pace(first_seconds=0.01, tokens_per_second=50)
    box.model.writes(Quirk.EARLY_REASONS)
    box.model.replies_with("one two three four five")
    question = await town.alice.says(town.general, "@Parley count")
    assert (await box.bot.answers(question)).text == "one two three four five"

    chunk = {"choices": [{"index": 0, "delta": {"content": "First half of the answer, "}, "finish_reason": "stop"}]}
    error = {"error": {"message": "upstream connect error", "code": 502}}
    body = "".join(f"data: {json.dumps(one)}\n\n" for one in (chunk, error))
    box.model.answers_raw(body, content_type="text/event-stream")
    question = await town.alice.says(town.general, "@Parley again")
    answer = await box.bot.answers(question, containing=ModelCutOff.public)
    assert answer.text.startswith("First half of the answer,")


async def test_thoughts_without_an_opening_tag_are_neither_kept_nor_remembered(town: Town, bot: Bot) -> None:
    """Thoughts whose opening tag the server's template has eaten leave the answer, and are not sent with the next question."""
    box = town.box
    thoughts = "Alright, the user wants to know about lighthouses. I should be brief.\n</think>\n\n"
    box.model.pace(first_seconds=0.01, tokens_per_second=40)
    box.model.replies_with(f"{thoughts}A tower with a lamp.", f"{thoughts}By the sea.")
    question = await town.alice.says(town.general, "@Parley what is a lighthouse?")
    answer = await box.bot.answers(question, containing="A tower with a lamp.")
    assert answer.text == "A tower with a lamp."
    later = await town.alice.says(town.general, "@Parley where?")
    assert (await box.bot.answers(later, containing="By the sea.")).text == "By the sea."
    assert box.bot.requests(later)[0].messages[-2] == {"role": "assistant", "content": "A tower with a lamp."}


async def test_thoughts_in_a_field_are_not_shown(town: Town, bot: Bot) -> None:
    """Thoughts that come in a field of their own are no text; an answer of nothing else says so, to the asker and in the log."""
    box = town.box
    box.model.writes(Quirk.THOUGHTS, times=2)
    box.model.replies_with("A tower.", "")
    question = await town.alice.says(town.general, "@Parley what is a lighthouse?")
    assert (await box.bot.answers(question)).text == "A tower."
    question = await town.alice.says(town.general, "@Parley and now?")
    await box.bot.answers(question, containing=ModelOnlyThought.public)
    await bot.logs("no text but its thoughts")


async def test_an_answer_without_text_leaves_its_reason_in_the_log(town: Town, bot: Bot) -> None:
    """The operator reads that the model ended its answer, and why, though it holds no text."""
    town.box.model.replies_with("")
    question = await town.alice.says(town.general, "@Parley hello")
    await town.box.bot.answers(question, containing="empty answer")
    await bot.logs("holds no text (finish reason 'stop')")
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "web_search", "arguments": "{}"}}
    chunk = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    town.box.model.answers_raw(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", content_type="text/event-stream")
    question = await town.alice.says(town.general, "@Parley again")
    answer = await town.box.bot.answers(question, containing="a tool that it does not have")
    assert answer.messages[0].components
    await bot.logs("ModelCalledTool: the model called the tool web_search")
