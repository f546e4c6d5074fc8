"""`parley demo` from the command to Ctrl-C, as a newcomer sees it in the browser."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import ask, draft, driven, log, windows
from tests.e2e.show import demo

expect.set_options(timeout=45_000)

LENGTHS = """() => {
    window.lengths = new Set();
    const last = () => document.querySelector("#messages li:last-child .text")?.textContent ?? "";
    new MutationObserver(() => window.lengths.add(last().length)).observe(
        document.getElementById("log"), {childList: true, subtree: true});
}"""


async def becomes_bob(window: Page) -> None:
    """Be somebody else."""
    await window.get_by_role("button", name="You are Alice").click()
    await window.get_by_role("menuitemradio", name="Bob").click()
    await expect(window.get_by_role("button", name="You are Bob")).to_be_visible()
    await expect(window.get_by_role("heading", level=1)).to_have_text("general")


@pytest.mark.long
async def test_a_newcomer_asks_looks_and_leaves(tmp_path: Path, browser_address: str) -> None:
    """In the browser, answers grow, the panel shows the request, and the page says so when the demo was stopped."""
    async with driven(browser_address) as browser, demo(tmp_path, "--no-browser") as show, windows(browser) as opened:
        opened.expected = ("WebSocket connection to",)
        window = await opened.opens(show.url, width=1360)
        await expect(window.get_by_role("heading", level=1)).to_have_text("general")
        await window.evaluate(LENGTHS)
        await ask(window, "@Parley my cat is called Ada", "Noted, Alice: your cat is called Ada.")
        await expect(log(window)).to_contain_text("let somebody else ask.")
        assert len(await window.evaluate("[...window.lengths]")) > 3, "the answer must have grown"
        await becomes_bob(window)
        await ask(window, "@Parley what is her cat called?", "Alice's cat is called Ada.")
        panel = window.get_by_role("complementary", name="What the model sees")
        await expect(panel.get_by_role("heading", name="The last request")).to_contain_text("4 messages")
        await panel.locator("summary").last.click()
        await expect(panel.locator("pre").last).to_contain_text("what is her cat called?")
        await expect(panel).to_contain_text(str(tmp_path))
        assert await show.ends() == (0, "")
        await expect(window.get_by_text("The demo was stopped")).to_be_visible()


@pytest.mark.long
async def test_what_is_written_before_the_bot_is_there_is_answered(tmp_path: Path, browser_address: str) -> None:
    """A direct message that was written while the bot starts is answered."""
    async with driven(browser_address) as browser, demo(tmp_path, "--no-browser") as show, windows(browser) as opened:
        window = await opened.opens(show.url)
        await window.get_by_role("navigation").get_by_role("button", name="Parley").click()
        await expect(window.get_by_role("heading", level=1, name="Parley")).to_be_visible()
        await expect(draft(window)).to_be_enabled()
        await ask(window, "who are you?", "I am the demo model")
