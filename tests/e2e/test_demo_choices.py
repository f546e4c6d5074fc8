"""`/model` and `/persona` in `parley demo`, as a newcomer tries them in the browser."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from bot.cogs import texts
from tests.browser import ask, draft, driven, log, windows
from tests.e2e.show import demo

expect.set_options(timeout=45_000)


async def run_bare(window: Page, command: str) -> None:
    """Run a command without options."""
    await draft(window).press_sequentially(f"/{command} ")
    await window.get_by_role("button", name="Run").click()


async def choose(window: Page, option: str) -> None:
    """Open the menu of `/persona`, and choose an option in it."""
    await run_bare(window, "persona")
    await log(window).get_by_role("button", name=texts.PERSONA_MENU).click()
    await window.get_by_role("menuitemradio", name=option).click()


def facts(window: Page) -> Locator:
    """The values in the panel, with their sources."""
    return window.get_by_role("complementary", name="What the model sees").get_by_role("definition")


@pytest.mark.long
async def test_a_newcomer_chooses_who_answers(tmp_path: Path, browser_address: str) -> None:
    """Alice chooses a persona in its menu and writes one, the panel tells each source, and Bob is refused in a private line."""
    async with driven(browser_address) as browser, demo(tmp_path, "--no-browser") as show, windows(browser) as opened:
        window = await opened.opens(show.url, width=1360)
        await expect(draft(window)).to_be_enabled()
        await ask(window, "@Parley my cat is called Ada", "or let somebody else ask.")
        await expect(facts(window).nth(1)).to_have_text("defaultdemothe configuration")
        await choose(window, "hurried")
        await expect(log(window)).to_contain_text("@Alice chose the persona “hurried” for this channel.")
        await ask(window, "@Parley what is my cat called?", "Your cat is called Ada.")
        chosen = "chosen for this channel by @Alice"
        await expect(facts(window).first).to_have_text(f"hurried{chosen}")
        await expect(facts(window).nth(1)).to_have_text(f"briefdemo-brief{texts.FROM_PERSONA}")
        await choose(window, texts.WRITE_ONE)
        dialog = window.get_by_role("dialog", name=texts.PERSONA_TITLE)
        await dialog.get_by_label(texts.PERSONA_LABEL).fill("You are a poet. End each answer with “So it is sung.”")
        await dialog.get_by_role("button", name="Submit").click()
        await expect(log(window)).to_contain_text("@Alice wrote a persona for this channel.")
        await expect(log(window).get_by_role("button", name=texts.PERSONA_MENU)).to_have_count(0)
        await ask(window, "@Parley thanks", "You are welcome, Alice. So it is sung.")
        await expect(facts(window).first).to_have_text(f"{texts.IS_WRITTEN}{chosen}")
        await expect(facts(window).nth(1)).to_have_text("defaultdemothe configuration")
        await window.get_by_role("button", name="You are Alice").click()
        await window.get_by_role("menuitemradio", name="Bob").click()
        await expect(window.get_by_role("button", name="You are Bob")).to_be_visible()
        await expect(window.get_by_role("heading", level=1)).to_have_text("general")
        await run_bare(window, "model")
        await expect(log(window)).to_contain_text("Only people with the permission “Manage Channels”")
        await expect(log(window)).to_contain_text("Only you can see this")
