"""People choose the model and the persona of a place, see what holds there, and read what an answer was made of."""

import json
import sqlite3
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bot.chat.profiles import OWN
from bot.chat.texts import MODEL_GONE
from bot.cogs import texts
from bot.sandbox import Channel, Permission
from bot.sandbox.driver.person import Person
from bot.sandbox.driver.responses import Response
from tests.e2e.conftest import Town
from tests.e2e.task import Bot, running

SETTINGS = {
    "PARLEY_MODELS__CLEVER": json.dumps({"name": "gpt-5.5", "extra": {"logprobs": False}}),
    "PARLEY_MODELS__SMALL": json.dumps({"name": "gpt-5.4-mini", "context_tokens": 900, "max_reply_tokens": 300}),
    "PARLEY_PERSONAS__PIRATE": json.dumps({"description": "Talks like a pirate", "system_prompt": "Say arr."}),
    "PARLEY_PERSONAS__TUTOR": json.dumps({"system_prompt": "Ask back.", "model": "clever", "extra": {"seed": 7}}),
}
DEFAULT_MODEL = "gpt-6-luna"


@pytest.fixture
async def bot(town: Town) -> AsyncGenerator[Bot]:
    """A bot with three models and two personas besides the default one."""
    async with running(town.box, town.folder, **SETTINGS) as connected:
        yield connected


@pytest.fixture
def mona(town: Town) -> Person:
    """A moderator, who may manage channels and the server."""
    mods = town.home.role("mods", Permission.MANAGE_CHANNELS | Permission.MANAGE_GUILD)
    mona = town.box.discord.user("Mona")
    mona.joins(town.home, roles=[mods])
    return mona


async def choose(by: Person, command: str, channel: Channel, name: str | None = None, target: str = "here") -> Response:
    """Run /model or /persona."""
    options: dict[str, Any] = {"for": target} if name is None else {"for": target, "name": name}
    return await by.runs(command, channel, **options)


async def ask(town: Town, channel: Channel, by: Person | None = None) -> tuple[str, str]:
    """Ask something and return the model that answered, and the first words of its system text."""
    question = await (by or town.alice).says(channel, "@Parley hello")
    await town.box.bot.answers(question)
    request = town.box.bot.requests(question)[-1]
    system = str(request.messages[0]["content"])
    return str(request.body["model"]), system.splitlines()[0].partition(".")[0]


def said(town: Town, channel: Channel) -> str:
    """The newest message of the bot in a channel that all can read."""
    return [one.content for one in town.box.discord.messages(channel) if one.author is town.box.bot.user][-1]


def panel(response: Response) -> str:
    """The text of a panel that only its user sees."""
    assert response.ephemeral
    return response.content


def options(response: Response) -> dict[str, bool]:
    """The values of a menu, and whether each is marked."""
    (row,) = response.message.components
    (select,) = row["components"]
    return {one["value"]: one.get("default", False) for one in select["options"]}


async def test_the_nearest_choice_answers(town: Town, bot: Bot, mona: Person) -> None:
    """Choices for server, category, channel, thread and conversation: the nearest answers, and each is said in one line."""
    category = town.home.category("rooms")
    room = town.home.channel("room", category=category)
    assert await ask(town, room) == (DEFAULT_MODEL, "You are a helpful and friendly assistant in a Discord chat")
    await choose(mona, "model", room, "small", "server")
    assert said(town, room) == texts.MODEL_CHOSEN.format(person=mona.mention, name="small", where="for this server")
    assert (await ask(town, room))[0] == (await ask(town, town.general))[0] == "gpt-5.4-mini"
    await choose(mona, "model", room, "CLEVER ", "category")
    assert (await ask(town, room))[0] == "gpt-5.5"
    assert (await ask(town, town.general))[0] == "gpt-5.4-mini"
    await mona.runs("model", room, name="default")
    thread = await town.alice.opens_thread(room, "a thread")
    assert (await ask(town, thread))[0] == DEFAULT_MODEL
    await mona.runs("model", thread, name="small")
    assert (await ask(town, thread))[0] == "gpt-5.4-mini"
    assert (await ask(town, room))[0] == DEFAULT_MODEL
    await choose(mona, "model", thread, "clever", "conversation")
    assert (await ask(town, thread))[0] == "gpt-5.5"
    await town.alice.runs("reset", thread)
    assert (await ask(town, thread))[0] == "gpt-5.4-mini"
    await mona.runs("model", thread, name="-")
    assert said(town, thread) == texts.MODEL_TAKEN_BACK.format(
        person=mona.mention, name="default", where="for this thread"
    )
    assert (await ask(town, thread))[0] == DEFAULT_MODEL
    nothing = await mona.runs("model", thread, name="-")
    assert nothing.ephemeral
    assert nothing.content == texts.NOTHING_CHOSEN.format(where="for this thread")


async def test_a_choice_outlives_a_restart_and_moves_no_turn(town: Town, mona: Person) -> None:
    """A conversation goes from one model to another and back with all that was said, also after a restart."""
    town.box.model.answers(lambda request: f"from {request.body['model']}")
    async with running(town.box, town.folder, **SETTINGS):
        await ask(town, town.general)
        await mona.runs("model", town.general, name="clever")
    async with running(town.box, town.folder, **SETTINGS):
        assert (await ask(town, town.general))[0] == "gpt-5.5"
        await mona.runs("model", town.general, name="default")
        await ask(town, town.general)
    answers = [one["content"] for one in town.box.model.requests[-1].messages if one["role"] == "assistant"]
    assert answers == [f"from {DEFAULT_MODEL}", "from gpt-5.5"]


async def test_a_persona_has_its_words_its_model_and_its_parameters(town: Town, bot: Bot, mona: Person) -> None:
    """A persona answers with its system prompt, its model and its parameters; a model that was chosen nearer wins."""
    await mona.runs("persona", town.general, name="tutor")
    assert await ask(town, town.general) == ("gpt-5.5", "Ask back")
    body = town.box.model.requests[-1].body
    assert (body["seed"], body["logprobs"]) == (7, False)
    await choose(mona, "model", town.general, "default", "conversation")
    assert await ask(town, town.general) == (DEFAULT_MODEL, "Ask back")
    await mona.runs("persona", town.general, name="pirate")
    assert await ask(town, town.general) == (DEFAULT_MODEL, "Say arr")


async def test_a_menu_marks_what_holds(town: Town, bot: Bot, mona: Person) -> None:
    """Called bare, a command shows a menu with the current choice marked; choosing in it is said in the channel."""
    bare = await mona.runs("model", town.general)
    assert bare.ephemeral
    assert bare.content == texts.WHICH_MODEL.format(where="for this channel", now="default")
    assert options(bare) == {"default": True, "clever": False, "small": False, "-": False}
    chosen = await mona.chooses(bare.message, texts.MODEL_MENU, "clever")
    assert bare.message.content == texts.CHOICE_MADE
    assert bare.message.components == []
    await town.box.until(lambda: chosen.followups)
    assert [one.content for one in chosen.followups] == [
        texts.MODEL_CHOSEN.format(person=mona.mention, name="clever", where="for this channel")
    ]
    assert (await ask(town, town.general))[0] == "gpt-5.5"
    again = await choose(mona, "persona", town.general, target="server")
    assert options(again) == {"default": True, "pirate": False, "tutor": False, "+": False, "-": False}
    forged = await mona.chooses(again.message, texts.PERSONA_MENU, "x" * 100, forged=True)
    assert forged.ephemeral
    assert forged.content.startswith("I know no persona “xxx")


async def test_a_moderator_writes_a_persona(town: Town, mona: Person) -> None:
    """A written persona answers, is kept over a restart of the bot, can be changed, and stands in no log."""
    async with running(town.box, town.folder, **SETTINGS) as bot:
        bare = await mona.runs("persona", town.general)
        modal = (await mona.chooses(bare.message, texts.PERSONA_MENU, "+")).modal
        assert modal.title == texts.PERSONA_TITLE
    async with running(town.box, town.folder, **SETTINGS) as bot:  # the window stayed open meanwhile
        written = await mona.submits(modal, text="  Be a secret poet. ")
        assert (bare.message.content, bare.message.components) == (texts.CHOICE_MADE, [])
        await town.box.until(lambda: written.followups)
        assert [one.content for one in written.followups] == [
            texts.PERSONA_WRITTEN.format(person=mona.mention, where="for this channel")
        ]
        assert not written.followups[0].ephemeral
        assert await ask(town, town.general) == (DEFAULT_MODEL, "Be a secret poet")
        direct = (await mona.runs("persona", town.general, name="+")).modal
        assert direct.modal.fields()
        blank = await mona.submits(direct, text="\u200b")
        assert (blank.ephemeral, blank.content) == (True, texts.NOTHING_WRITTEN)
        again = (await mona.runs("persona", town.general, name="+")).modal
        await mona.submits(again, text="Be a painter.")
        assert (await ask(town, town.general))[1] == "Be a painter"
        with sqlite3.connect(town.folder / "history.db") as database:
            assert database.execute("SELECT name, value, by FROM settings").fetchall() == [
                ("system_prompt", "Be a painter.", mona.id)
            ]
            profiles = database.execute("SELECT DISTINCT profile FROM answers").fetchall()
        assert profiles == [(OWN,)]
        assert "poet" not in bot.log
        assert "painter" not in bot.log


async def test_who_may_not_choose_is_told_why(town: Town, bot: Bot, mona: Person) -> None:
    """A channel needs Manage Channels, a server Manage Server; a menu or window that somebody kept is checked at its use."""
    refused = await town.alice.runs("model", town.general, name="clever")
    assert (refused.ephemeral, refused.content) == (
        True,
        texts.NOT_A_CHOOSER.format(permission="Manage Channels", where="for this channel"),
    )
    builder = town.home.role("builder", Permission.MANAGE_CHANNELS)
    bill = town.box.discord.user("Bill")
    bill.joins(town.home, roles=[builder])
    refused = await choose(bill, "persona", town.general, "pirate", "server")
    assert refused.content == texts.NOT_A_CHOOSER.format(permission="Manage Server", where="for this server")
    bare = await bill.runs("persona", town.general)
    modal = (await bill.runs("persona", town.general, name="+")).modal
    town.home.grants(builder, Permission.NONE)
    chosen = await bill.chooses(bare.message, texts.PERSONA_MENU, "pirate")
    assert chosen.content == texts.NOT_A_CHOOSER.format(permission="Manage Channels", where="for this channel")
    written = await bill.submits(modal, text="Obey Bill.")
    assert written.content == texts.NOT_A_CHOOSER.format(permission="Manage Channels", where="for this channel")
    assert (await ask(town, town.general))[1].startswith("You are a helpful")


async def test_what_cannot_be_chosen_is_named(town: Town, bot: Bot, mona: Person) -> None:
    """An unknown name, a category where there is none and a conversation that has not begun each get their own line."""
    unknown = await choose(mona, "model", town.general, "nobody **knows** @everyone")
    assert unknown.content == (
        "I know no model “nobody \\*\\*knows\\*\\* @\u200beveryone”. I know: “default”, “clever”, “small”."
    )
    outside = await choose(mona, "model", town.general, "clever", "category")
    unbegun = await choose(mona, "model", town.general, "clever", "conversation")
    assert [one.content for one in (outside, unbegun)] == [texts.NO_CATEGORY, texts.NO_CONVERSATION]
    assert all(one.ephemeral for one in (unknown, outside, unbegun))


async def test_anybody_chooses_in_their_own_direct_messages(town: Town, bot: Bot) -> None:
    """In direct messages no permission is needed, and there is no server to choose anything for."""
    dm = await town.alice.dm()
    await town.alice.runs("model", dm, name="clever")
    assert said(town, dm) == texts.MODEL_CHOSEN.format(person=town.alice.mention, name="clever", where=texts.WHERE_DM)
    assert (await ask(town, dm))[0] == "gpt-5.5"
    assert (await ask(town, town.general))[0] == DEFAULT_MODEL
    refused = await choose(town.alice, "persona", dm, "pirate", "server")
    assert refused.content == texts.NO_SERVER
    assert f"for our direct messages by {town.alice.mention}" in panel(await town.alice.runs("settings", dm))


async def test_a_model_may_be_kept_to_roles(town: Town, mona: Person) -> None:
    """A restricted model, and a persona that brings it along, may be chosen only by people with one of its roles."""
    vips = town.home.role("vips", Permission.MANAGE_CHANNELS)
    vera = town.box.discord.user("Vera")
    vera.joins(town.home, roles=[vips])
    settings = {**SETTINGS, "PARLEY_ACCESS__MODELS": json.dumps({"clever": [vips.id]})}
    async with running(town.box, town.folder, **settings):
        assert [one.value for one in await mona.suggestions("model", town.general, name="")] == [
            "default",
            "small",
            "-",
        ]
        assert len(await vera.suggestions("model", town.general, name="")) == 4
        for command, name in (("model", "clever"), ("persona", "tutor")):
            refused = await mona.runs(command, town.general, name=name)
            assert refused.content == texts.NOT_YOUR_MODEL.format(model="clever")
        await mona.runs("persona", town.general, name="pirate")
        await vera.runs("persona", town.general, name="tutor")
        assert (await ask(town, town.general))[0] == "gpt-5.5"
        dm = await vera.dm()
        await vera.runs("model", dm, name="clever")
        assert (await ask(town, dm, vera))[0] == "gpt-5.5"
        refused = await mona.runs("model", await mona.dm(), name="clever")
        assert refused.content == texts.NOT_YOUR_MODEL.format(model="clever")


async def test_a_persona_that_does_not_fit_a_model_is_refused(town: Town, bot: Bot, mona: Person) -> None:
    """A long persona and a small model are not chosen together, in whichever order; the line names both sizes."""
    modal = (await mona.runs("persona", town.general, name="+")).modal
    await mona.submits(modal, text="be kind to all " * 200)
    refused = await mona.runs("model", town.general, name="small")
    assert refused.ephemeral
    assert "do not go together" in refused.content
    assert "at most 600" in refused.content
    assert (await ask(town, town.general))[0] == DEFAULT_MODEL


async def test_suggestions_are_at_most_25_of_a_thousand_models(town: Town, mona: Person) -> None:
    """Of a thousand models 25 are suggested, those that begin with what was typed first; the menu says how many are left."""
    file = town.folder / "config.toml"
    file.write_text(
        "".join(f'[models.m{number}]\nname = "vendor/{number}"\n' for number in range(1000)), encoding="utf-8"
    )
    async with running(town.box, town.folder):
        found = await mona.suggestions("model", town.general, name="m99")
        assert [one.value for one in found] == ["m99", *(f"m99{number}" for number in range(10))]
        assert len(await mona.suggestions("model", town.general, name="")) == 25
        assert [one.name for one in await mona.suggestions("model", town.general, name="vendor/123")] == [
            "m123 – vendor/123"
        ]
        assert await mona.suggestions("model", town.general, name="nobody") == []
        await mona.runs("model", town.general, name="m999")
        bare = await mona.runs("model", town.general)
        assert bare.content.endswith(texts.MORE_TO_CHOOSE.format(number=977))
        assert len(options(bare)) == 25
        assert options(bare)["m999"]


async def test_a_model_that_was_removed_is_told_once_a_day(town: Town, mona: Person) -> None:
    """Where the chosen model is not configured any more, the default one answers, and one line says so, once."""
    async with running(town.box, town.folder, **SETTINGS):
        await mona.runs("model", town.general, name="clever")
    less = {name: value for name, value in SETTINGS.items() if "CLEVER" not in name and "TUTOR" not in name}
    async with running(town.box, town.folder, **less):
        remark = MODEL_GONE.format(gone="clever", now="default")
        first = await town.alice.says(town.general, "@Parley one")
        assert (await town.box.bot.answers(first, containing=remark)).messages
        assert town.box.bot.requests(first)[-1].body["model"] == DEFAULT_MODEL
        second = await town.alice.says(town.general, "@Parley two")
        assert remark not in (await town.box.bot.answers(second)).text
        assert texts.PASSED_OVER in panel(await mona.runs("settings", town.general))
    async with running(town.box, town.folder, **SETTINGS):
        assert (await ask(town, town.general))[0] == "gpt-5.5"


async def test_the_panel_tells_what_holds_and_from_where(town: Town, bot: Bot, mona: Person) -> None:
    """/settings shows model, persona and sizes with their sources, and every choice that reaches the place."""
    text = panel(await town.alice.runs("settings", town.general))
    assert "Model: **default** (`gpt-6-luna`) – the configuration" in text
    assert "Persona: **default** – the configuration" in text
    assert texts.ALL_CHOICES not in text
    await mona.runs("persona", town.general, name="tutor")
    await choose(mona, "model", town.general, "small", "server")
    text = panel(await town.alice.runs("settings", town.general))
    assert f"Model: **clever** (`gpt-5.5`) – {texts.FROM_PERSONA}" in text
    assert f"Persona: **tutor** – chosen for this channel by {mona.mention} <t:" in text
    assert f"Model: **small** – chosen for this server by {mona.mention}" in text


async def test_what_an_answer_was_made_of(town: Town, bot: Bot, mona: Person) -> None:
    """/context names the model that answered, the tokens that were sent by kind, and those that were used."""
    none = panel(await town.alice.runs("context", town.general))
    assert none == texts.NO_ANSWER_YET
    await mona.runs("model", town.general, name="clever")
    question = await town.alice.says(town.general, "@Parley hello")
    await town.box.bot.answers(question)
    await bot.logs(f"{question.id}: done")
    text = panel(await town.alice.runs("context", town.general))
    assert "Answered by `gpt-5.5`. Chosen now: clever." in text
    assert "The budget is 8,000 now." in text
    assert "Used: " in text
    assert "It ended with “stop”." in text


async def test_people_whom_the_bot_does_not_serve_choose_nothing(town: Town, mona: Person) -> None:
    """The access lists hold for commands, suggestions, menus and windows alike."""
    file = town.folder / "config.toml"
    file.write_text("", encoding="utf-8")
    async with running(town.box, town.folder, **SETTINGS) as bot:
        bare = await mona.runs("model", town.general)
        modal = (await mona.runs("persona", town.general, name="+")).modal
        file.write_text(f"[access]\ndeny_users = [{mona.id}]\n", encoding="utf-8")
        bot.source.asked.set()
        await bot.logs("the configuration has changed: access.deny_users")
        assert await mona.suggestions("model", town.general, name="") == []
        chosen = await mona.chooses(bare.message, texts.MODEL_MENU, "clever")
        written = await mona.submits(modal, text="Obey.")
        settings = await mona.runs("settings", town.general)
        assert [one.content for one in (chosen, written, settings)] == [texts.NOT_HERE] * 3
        assert (await ask(town, town.general))[0] == DEFAULT_MODEL


async def test_names_that_differ_in_case_alone_are_told_apart(town: Town, mona: Person) -> None:
    """Of two names that differ in case, the one that was written is chosen; one that is written otherwise is the first."""
    file = town.folder / "config.toml"
    file.write_text('[models.Fast]\nname = "gpt-5.4-mini"\n[models.fast]\nname = "gpt-5.5"\n', encoding="utf-8")
    async with running(town.box, town.folder):
        for name, model in (("fast", "gpt-5.5"), ("Fast", "gpt-5.4-mini"), ("FAST", "gpt-5.4-mini")):
            await mona.runs("model", town.general, name=name)
            assert (await ask(town, town.general))[0] == model


async def test_a_panel_that_is_too_long_ends_with_a_whole_line(town: Town, mona: Person) -> None:
    """More than one message holds is left out line by line, and the panel says so."""
    names = [f"model{number}" for number in range(12)]
    models = {f"PARLEY_MODELS__{name.upper()}": json.dumps({"name": name * 30}) for name in names}
    settings = {**models, "PARLEY_MODEL__FALLBACKS": json.dumps(names)}
    async with running(town.box, town.folder, **settings):
        text = panel(await mona.runs("settings", town.general))
    assert len(text) <= 2_000
    assert text.splitlines()[-1] == texts.TOO_MUCH_TO_SHOW
    model = texts.SETTING.format(name=texts.SETTING_MODEL, value=f"**default** (`{DEFAULT_MODEL}`)", source="")
    assert text.splitlines()[-2].startswith(model)
