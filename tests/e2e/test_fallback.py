"""Two servers of models: one answers while the other cannot, and people notice nothing but the answer."""

import json
import re
from collections.abc import AsyncGenerator

import pytest

from bot.chat.ports.alerts import Alert
from bot.errors import ModelFiltered
from bot.gateway.texts import ALERTS
from bot.sandbox import Sandbox
from tests.e2e.conftest import Town
from tests.e2e.task import running


@pytest.fixture
async def spare(town: Town) -> AsyncGenerator[Sandbox]:
    """Another sandbox, whose model answers in place of the town's."""
    async with Sandbox() as box:
        box.model.answers(lambda _: "from the spare")
        town.box.model.answers(lambda _: "from the first")
        yield box


def tables(spare: Sandbox, **keys: object) -> dict[str, str]:
    """The settings of a bot with both models."""
    table = {
        "name": "gpt-5.4",
        "base_url": spare.model.base_url,
        "api_key": spare.model.key,
        "dialect": "openai",
        **keys,
    }
    return {"PARLEY_MODELS__SPARE": json.dumps(table), "PARLEY_MODEL__FALLBACKS": "spare"}


FIRST, SPARE = "from the first", "from the spare"


async def ask(town: Town, text: str, answer: str) -> None:
    """Ask something, and wait for this answer."""
    question = await town.alice.says(town.general, f"@Parley {text}")
    await town.box.bot.answers(question, containing=answer)


async def test_a_server_that_is_away_is_stood_in_for_until_it_is_back(town: Town, spare: Sandbox) -> None:
    """While the first server is away the spare one answers with the whole conversation; when it is back, it answers again."""
    async with running(town.box, town.folder, **tables(spare)) as bot:
        await ask(town, "one", FIRST)
        assert not spare.model.requests
        town.box.model.goes_away()
        await ask(town, "two", SPARE)
        await ask(town, "three", SPARE)
        assert [one["content"] for one in spare.model.requests[-1].messages if one["role"] == "assistant"] == [
            "from the first",
            "from the spare",
        ]
        town.box.model.comes_back()
        await bot.logs("can be reached again")
        await ask(town, "four", FIRST)
    (content,) = (await exported(town, spare)).values()
    calls = [call for turn in json.loads(content)["conversations"][0]["turns"] for call in turn.get("calls", [])]
    assert [(call["provider"], call["model"], call["reason"]) for call in calls] == [
        ("default", "gpt-6-luna", "stop"),
        ("default", "gpt-6-luna", "unreachable"),
        ("spare", "gpt-5.4", "stop"),
        ("spare", "gpt-5.4", "stop"),
        ("default", "gpt-6-luna", "stop"),
    ]


async def exported(town: Town, spare: Sandbox) -> dict[str, bytes]:
    """Return the files of an export of the channel."""
    async with running(town.box, town.folder, **tables(spare)):
        return (await town.alice.runs("export", town.general, format="json")).files


@pytest.mark.parametrize(
    ("status", "code", "headers"),
    [
        (429, "rate_limit_exceeded", {"retry-after": "60"}),
        (429, "insufficient_quota", {}),
        (529, None, {}),
        (404, "model_not_found", {}),
    ],
)
async def test_a_model_that_serves_nobody_is_stood_in_for(
    town: Town, spare: Sandbox, status: int, code: str | None, headers: dict[str, str]
) -> None:
    """A limit, an empty account, an overload and a model that is gone let the spare model answer, now and the next time."""
    town.box.model.fails(status, code=code, headers=headers, times=1)
    async with running(town.box, town.folder, **tables(spare)):
        await ask(town, "one", SPARE)
        await ask(town, "two", SPARE)
    assert len(town.box.model.requests) == 1
    assert len(spare.model.requests) == 2


async def test_the_owner_hears_of_an_empty_account_behind_an_answer(town: Town, spare: Sandbox) -> None:
    """The owner is told that the account is used up although people got their answer."""
    town.box.model.fails(429, code="insufficient_quota", times=None)
    async with running(town.box, town.folder, **tables(spare)):
        await ask(town, "one", SPARE)
        channel = await town.box.discord.owner.dm()
        await town.box.until(
            lambda: [one.content for one in town.box.discord.messages(channel)] == [ALERTS[Alert.QUOTA_SPENT]]
        )


async def test_a_silent_server_is_stood_in_for(town: Town, spare: Sandbox) -> None:
    """A server that takes the question and says nothing loses it to the spare one."""
    town.box.model.stalls(before_headers=True)
    async with running(town.box, town.folder, PARLEY_MODEL__FIRST_TOKEN_SECONDS="2", **tables(spare)):
        await ask(town, "one", SPARE)


async def test_a_filtered_question_is_shown_to_no_other_model(town: Town, spare: Sandbox) -> None:
    """A question that a filter refuses goes to no other server."""
    town.box.model.fails(400, code="content_filter")
    async with running(town.box, town.folder, **tables(spare)):
        question = await town.alice.says(town.general, "@Parley badword")
        await town.box.bot.answers(question, containing=ModelFiltered.public)
    assert not spare.model.requests


async def test_models_of_one_server_share_it_and_differ_in_their_parameters(town: Town) -> None:
    """Another model of the same server and key is asked with its own effort and length."""
    town.box.model.fails(529, when=lambda request: request.model == "gpt-6-luna", times=None)
    table = {"name": "gpt-5.4", "reasoning_effort": "high", "max_reply_tokens": 700}
    settings = {"PARLEY_MODELS__CLEVER": json.dumps(table), "PARLEY_MODEL__FALLBACKS": "clever"}
    async with running(town.box, town.folder, **settings):
        question = await town.alice.says(town.general, "@Parley hello")
        await town.box.bot.answers(question)
    first, second = (request.body for request in town.box.model.requests)
    assert (first["model"], first["reasoning_effort"], first["max_completion_tokens"]) == ("gpt-6-luna", "none", 4000)
    assert (second["model"], second["reasoning_effort"], second["max_completion_tokens"]) == ("gpt-5.4", "high", 700)


async def test_the_footer_says_who_answered(town: Town, spare: Sandbox) -> None:
    """With `answers.footer` each answer ends with its model, tokens and time, which no model is sent."""
    town.box.model.fails(529, times=1)
    async with running(town.box, town.folder, PARLEY_ANSWERS__FOOTER="true", **tables(spare)):
        question = await town.alice.says(town.general, "@Parley one")
        shown = await town.box.bot.answers(question, containing="gpt-5.4 · ")
        assert re.fullmatch(r"from the spare\n-# gpt-5\.4 · \d+ tokens · \d+\.\d s", shown.text)
        await ask(town, "two", SPARE)
    assert not any("gpt-5.4 ·" in str(message["content"]) for message in spare.model.requests[-1].messages)
