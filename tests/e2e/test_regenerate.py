"""Regenerate in the menu of a message offers other models and personas for one more answer."""

import json
from collections.abc import AsyncGenerator

import pytest

from bot.cogs.texts import AGAIN, ANSWERED_MEANWHILE, GONE_MEANWHILE, NOT_OPEN, NOT_YOUR_MODEL, NOT_YOUR_QUESTION
from bot.sandbox import Message
from bot.sandbox.driver.responses import OpenModal
from tests.e2e.buttons import offered
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

SETTINGS = {
    "PARLEY_MODELS__CLEVER": json.dumps({"name": "gpt-5.5"}),
    "PARLEY_MODELS__SMALL": json.dumps({"name": "gpt-5.4-mini", "context_tokens": 900, "max_reply_tokens": 300}),
    "PARLEY_PERSONAS__PIRATE": json.dumps({"description": "Talks like a pirate", "system_prompt": "Say arr."}),
    "PARLEY_PERSONAS__TUTOR": json.dumps({"system_prompt": "Ask back.", "model": "clever"}),
    "PARLEY_PERSONAS__LONG": json.dumps({"system_prompt": "be kind " * 300}),
}
DEFAULT_MODEL = "gpt-6-luna"


@pytest.fixture
async def bot(town: Town) -> AsyncGenerator[Bot]:
    """A bot with three models and four personas."""
    async with running(town.box, town.folder, **SETTINGS) as connected:
        yield connected


async def answered(town: Town) -> tuple[Message, Message]:
    """A question and the message of its answer, once its buttons stand."""
    town.box.model.replies_with("one")
    question = await town.alice.says(town.general, "@Parley hello")
    return question, await offered(town.box, question, "Regenerate")


async def window(town: Town, message: Message) -> OpenModal:
    """Open the window of Regenerate."""
    return (await town.alice.uses("Regenerate", message)).modal


def asked(town: Town) -> tuple[str, str]:
    """The model and the first words of the system text of the newest request."""
    request = town.box.model.requests[-1]
    return str(request.body["model"]), str(request.messages[0]["content"]).partition(".")[0]


@pytest.mark.parametrize(
    ("chosen", "model", "system"),
    [
        ({"model": "clever"}, "gpt-5.5", "You are"),
        ({"persona": "pirate"}, DEFAULT_MODEL, "Say arr"),
        ({"persona": "tutor"}, "gpt-5.5", "Ask back"),
        ({"persona": "tutor", "model": "small"}, "gpt-5.4-mini", "Ask back"),
        ({}, DEFAULT_MODEL, "You are"),
    ],
)
async def test_another_model_or_persona_answers_once(
    town: Town, bot: Bot, chosen: dict[str, str], model: str, system: str
) -> None:
    """The same question goes to the chosen model and persona, and the next question to those of the place again."""
    box = town.box
    question, message = await answered(town)
    modal = await window(town, message)
    assert [len(field["options"]) for _, field in modal.modal.fields()] == [3, 4]
    box.model.replies_with("two")
    response = await town.alice.submits(modal, {name: [value] for name, value in chosen.items()})
    assert (response.content, response.ephemeral) == (AGAIN, True)
    await offered(box, question, "<", "2/2", "Regenerate")
    assert message.content == "two"
    assert (asked(town)[0], asked(town)[1][: len(system)]) == (model, system)
    await box.bot.answers(await town.alice.says(town.general, "@Parley and now?"))
    assert asked(town)[0] == DEFAULT_MODEL


async def test_what_is_chosen_is_checked_when_it_is_sent(town: Town) -> None:
    """A persona without room, a restricted model, and one that was taken out of the configuration are declined in private."""
    box = town.box
    settings = {**SETTINGS, "PARLEY_ACCESS__MODELS": json.dumps({"clever": [1]})}
    async with running(box, town.folder, **settings):
        question, message = await answered(town)
        assert (await town.bob.uses("Regenerate", message)).content == NOT_YOUR_QUESTION
        modal = await window(town, message)
        assert "clever" not in str(modal.modal.components)
        forged = await town.alice.submits(modal, {"model": ["clever"]}, forged=True)
        assert forged.content == NOT_YOUR_MODEL.format(model="clever")
        by_persona = await town.alice.submits(await window(town, message), {"persona": ["tutor"]})
        assert by_persona.content == NOT_YOUR_MODEL.format(model="clever")
        no_room = await town.alice.submits(await window(town, message), {"model": ["small"], "persona": ["long"]})
        assert "do not go together" in no_room.content
        kept = await window(town, message), await window(town, message), await window(town, message)
    async with running(box, town.folder, PARLEY_MODELS__OTHER=json.dumps({"name": "gpt-5.4"})):
        for modal, chosen in ((kept[0], {"model": ["small"]}), (kept[1], {"persona": ["pirate"]})):
            gone = await town.alice.submits(modal, chosen)
            assert gone.content == GONE_MEANWHILE.format(name=next(iter(chosen.values()))[0])
        box.model.replies_with("two")
        await town.alice.presses(message, "Regenerate")
        await offered(box, question, "<", "2/2", "Regenerate")
        assert (await town.alice.submits(kept[2], {})).content == ANSWERED_MEANWHILE
        await town.alice.runs("reset", town.general)
        assert (await town.alice.uses("Regenerate", message)).content == NOT_OPEN
    assert len(box.model.requests) == 2
