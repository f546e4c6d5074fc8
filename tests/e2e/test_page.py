"""The demo's page in a real browser, on the sandbox, with the real bot behind it."""

import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from playwright.async_api import Page as Window

from bot.errors import ModelRejected
from bot.sandbox import Sandbox, Server
from bot.sandbox.page import Page
from tests.browser import Windows, ask, draft, driven, log, windows
from tests.e2e.task import Bot, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
expect.set_options(timeout=45_000)

CODE = "\n".join(f"def step_{n}(value: int) -> str:\n    return f'{{value}} {n}'  # step {n}\n" for n in range(60))


@dataclass
class Stage:
    """Shared by all these tests, because it takes seconds to start: a sandbox, the bot on it, and a browser."""

    box: Sandbox
    bot: Bot
    home: Server
    browser: Browser


@dataclass
class Desk:
    """One test's own: a page over a channel that nobody has written in, and windows to open it in."""

    box: Sandbox
    bot: Bot
    home: Server
    page: Page
    windows: Windows

    async def opens(self, **options: int) -> Window:
        """Open the page and wait until it can be used."""
        window = await self.windows.opens(self.page.url, **options)
        await expect(draft(window)).to_be_enabled()
        await expect(window.get_by_role("heading", level=1)).to_have_text("general")
        return window


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(browser_address: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stage]:
    """A bot that is connected, and a browser."""
    async with (
        driven(browser_address) as browser,
        Sandbox() as box,
        running(box, tmp_path_factory.mktemp("bot")) as bot,
    ):
        yield Stage(box, bot, box.discord.guild("Home"), browser)


@pytest_asyncio.fixture(loop_scope="module")
async def desk(stage: Stage) -> AsyncGenerator[Desk]:
    """A page with the empty channel general, for Alice and Bob; the model echoes."""
    box = stage.box
    for channel in box.discord.world.channels_of(stage.home.guild):
        box.discord.deletes_channel(channel)
    stage.home.channel("general")
    box.model.is_well()
    box.model.pace()
    people = [box.discord.user("Alice"), box.discord.user("Bob")]
    async with Page(box, people, port=0) as page, windows(stage.browser) as opened:
        yield Desk(box, stage.bot, stage.home, page, opened)


async def test_chat_streams(desk: Desk) -> None:
    """A mention is completed by its name, and its answer grows on the page as a reply, behind a typing indicator."""
    words = [f"word{n}" for n in range(100)]
    desk.box.model.replies_with(" ".join(words))
    desk.box.model.pace(first_seconds=1.0, tokens_per_second=100)
    window = await desk.opens()
    await window.evaluate(
        """() => {
            window.lengths = new Set();
            window.typed = new Set();
            const typing = document.getElementById("typing");
            new MutationObserver(() => window.typed.add(typing.textContent)).observe(typing, {childList: true, subtree: true});
            const last = () => document.querySelector("#messages li:last-child .text")?.textContent ?? "";
            const look = () => window.lengths.add(last().length);
            new MutationObserver(look).observe(document.getElementById("log"), {childList: true, subtree: true});
        }"""
    )
    await draft(window).press_sequentially("hello @Par")
    await expect(window.get_by_role("option", name="Parley")).to_be_visible()
    await draft(window).press("Enter")
    await expect(draft(window)).to_have_value("hello @Parley ")
    await draft(window).press("Enter")
    await expect(log(window)).to_contain_text(words[-1])
    assert "Parley is typing…" in await window.evaluate("[...window.typed]")
    answer = log(window).get_by_role("listitem").last
    await expect(answer.locator(".tag")).to_have_text("BOT")
    await expect(answer.locator(".above")).to_contain_text("Alice")
    await expect(window.locator("#typing")).to_be_empty()
    assert len(await window.evaluate("[...window.lengths]")) > 4, "the answer must have grown"
    assert await window.title() == "#general · Parley"


async def test_a_long_code_answer_is_whole(desk: Desk) -> None:
    """Code over several messages is shown in coloured blocks without a missing line."""
    desk.box.model.replies_with(f"Here it is:\n\n```python\n{CODE}```\nThat was **all**.")
    window = await desk.opens()
    await ask(window, "@Parley code please", "That was all.")
    blocks = window.locator(".code code")
    assert await blocks.count() > 1
    assert "\n".join(await blocks.all_text_contents()).split() == CODE.split()
    await expect(window.locator(".code .tok-keyword").first).to_have_text("def")
    await expect(log(window).locator("strong").last).to_have_text("all")


async def test_a_thread_goes_on_from_a_message(desk: Desk) -> None:
    """A thread opened on an answer continues from it, and can be found again by its link in the channel."""
    desk.box.model.replies_with("the first answer", "the answer in the thread")
    window = await desk.opens()
    await ask(window, "@Parley one", "the first answer")
    answer = log(window).get_by_role("listitem").last
    await answer.hover()
    await answer.get_by_role("button", name="Create thread").click()
    dialog = window.get_by_role("dialog")
    await dialog.get_by_label("Thread name").fill("Side talk")
    await dialog.get_by_role("button", name="Create thread").click()
    await expect(window.get_by_role("heading", level=1)).to_have_text("Side talk")
    await expect(log(window)).to_contain_text("the first answer")
    await ask(window, "@Parley two", "the answer in the thread")
    contents = [str(one["content"]) for one in desk.box.model.requests[-1].messages]
    assert any("the first answer" in one for one in contents)
    await window.get_by_role("button", name="#general", exact=True).click()
    await expect(log(window).locator(".thread-link")).to_contain_text("Side talk")
    await log(window).locator(".thread-link").click()
    await expect(log(window)).to_contain_text("the answer in the thread")


async def test_reset_and_undo(desk: Desk) -> None:
    """/reset and its Undo button work on the page."""
    window = await desk.opens()
    await ask(window, "@Parley remember me", "remember me")
    await draft(window).press_sequentially("/res")
    await expect(window.get_by_role("option", name="/reset")).to_be_visible()
    await draft(window).press("Enter")
    await window.get_by_role("button", name="Run").press("Enter")
    await expect(log(window)).to_contain_text("Nothing was deleted")
    await expect(log(window).locator(".above").last).to_have_text(re.compile("Alice.*used /reset"))
    await log(window).get_by_role("button", name="Undo").click()
    await expect(log(window)).to_contain_text("taken back")
    await expect(log(window).get_by_role("button", name="Undo")).to_have_count(0)


async def test_an_export_is_downloaded_and_dismissed(desk: Desk, tmp_path: Path) -> None:
    """/export gives a private message with a file to download, which can be dismissed."""
    desk.box.model.replies_with("a fine answer")
    window = await desk.opens()
    await ask(window, "@Parley a fine question", "a fine answer")
    (general,) = desk.box.discord.world.channels_of(desk.home.guild)
    await desk.bot.logs(f"question {desk.box.discord.messages(general)[0].id}: done")
    await draft(window).press_sequentially("/export ")
    await window.get_by_label("format").select_option(index=2)
    await window.get_by_role("button", name="Run").click()
    private = log(window).get_by_role("listitem").filter(has_text="Only you can see this")
    async with window.expect_download() as downloading:
        await private.get_by_role("link", name="Download").click()
    download = await downloading.value
    assert re.fullmatch(r"parley-\d+\.json", download.suggested_filename)
    await download.save_as(tmp_path / "export.json")
    turns = json.loads((tmp_path / "export.json").read_text())["conversations"][0]["turns"]
    assert [turn["text"].rpartition("> ")[2] for turn in turns] == ["a fine question", "a fine answer"]
    await private.get_by_role("button", name="Dismiss message").click()
    await expect(private).to_have_count(0)


async def test_an_error_is_friendly_and_tried_again(desk: Desk) -> None:
    """An error is shown in a line of ours, and its Retry button replaces it by the answer."""
    desk.box.model.fails(400, code="invalid_value")
    desk.box.model.replies_with("now it works")
    window = await desk.opens()
    await ask(window, "@Parley hello", ModelRejected.public)
    await log(window).get_by_role("button", name="Retry").click()
    await expect(log(window)).to_contain_text("now it works")
    await expect(log(window).get_by_role("button", name="Retry")).to_have_count(0)


async def test_two_users_in_two_tabs(desk: Desk) -> None:
    """Two people in two tabs see each other's messages; private answers and direct messages stay with their reader."""
    alice, bob = await desk.opens(), await desk.opens()
    await bob.get_by_role("button", name="You are Alice").click()
    await bob.get_by_role("menuitemradio", name="Bob").click()
    await expect(bob.get_by_role("button", name="You are Bob")).to_be_visible()
    await expect(bob.get_by_role("heading", level=1)).to_have_text("general")
    await ask(bob, "@Parley from Bob", "from Bob")
    await expect(log(alice)).to_contain_text("from Bob")
    await draft(alice).press_sequentially("/help ")
    await alice.get_by_role("button", name="Run").click()
    await expect(log(alice)).to_contain_text("Only you can see this")
    await ask(alice, "to everybody", "to everybody")
    await expect(log(bob)).to_contain_text("to everybody")
    await expect(log(bob)).not_to_contain_text("Only you can see this")
    await bob.get_by_role("navigation").get_by_role("button", name="Parley").click()
    await expect(bob.get_by_role("heading", level=1, name="Parley")).to_be_visible()
    await ask(bob, "just between us", "just between us")
    await expect(log(bob).locator(".tag").last).to_be_visible()


async def test_a_narrow_screen(desk: Desk) -> None:
    """On a screen of 400 pixels nothing scrolls sideways, and the places open from a button."""
    garden = desk.home.channel("garden")
    desk.box.model.replies_with(f"wide:\n```\n{'x' * 300}\n```\n{'y' * 300}")
    window = await desk.opens(width=400, height=760)
    await ask(window, "@Parley something wide", "yyy")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await window.evaluate(overflow) == 0
    assert await log(window).evaluate("element => element.scrollWidth - element.clientWidth") == 0
    places = window.get_by_role("navigation", name="Places and people")
    await expect(places).to_be_hidden()
    await window.get_by_role("button", name="Show places").click()
    await places.get_by_role("button", name=garden.name).click()
    await expect(window.get_by_role("heading", level=1)).to_have_text("garden")
    await expect(places).to_be_hidden()
    await expect(draft(window)).to_be_in_viewport()


async def test_the_keyboard_alone_is_enough(desk: Desk) -> None:
    """Writing, editing, replying and changing the place work by the keyboard alone."""
    desk.home.channel("garden")
    window = await desk.opens()
    keys = window.keyboard
    await expect(draft(window)).to_be_focused()
    await keys.type("first line")
    await keys.press("Shift+Enter")
    await keys.type("second line")
    await keys.press("Enter")
    await expect(log(window)).to_contain_text("first line\nsecond line")
    await keys.press("ArrowUp")
    await expect(window.locator(".note")).to_contain_text("Editing your message")
    await expect(draft(window)).to_have_value("first line\nsecond line")
    await keys.press("Escape")
    await expect(draft(window)).to_have_value("")
    await keys.press("ArrowUp")
    await keys.type(", changed")
    await keys.press("Enter")
    await expect(log(window)).to_contain_text("second line, changed(edited)")
    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await expect(log(window).get_by_role("listitem").last).to_be_focused()
    await keys.press("Enter")
    await expect(window.get_by_role("menu")).to_be_visible()
    await window.get_by_role("menuitem", name="Reply").press("Enter")
    await expect(window.locator(".note")).to_contain_text("Replying to Alice")
    await expect(draft(window)).to_be_focused()
    await keys.type("@Par")
    await keys.press("Tab")
    await keys.type("an answer")
    await keys.press("Enter")
    await expect(log(window).locator(".tag")).to_be_visible()
    await keys.type("/")
    await keys.press("Escape")
    await expect(window.get_by_role("listbox")).to_be_hidden()
    await window.get_by_role("navigation").get_by_role("button", name="general").focus()
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(window.get_by_role("heading", level=1)).to_have_text("garden")
