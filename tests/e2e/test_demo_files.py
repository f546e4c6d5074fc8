"""Files in `parley demo`, as a newcomer tries them in the browser."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import ask, draft, driven, log, windows
from tests.chat.test_recordings import OPUS
from tests.e2e.pictures import png
from tests.e2e.show import demo

expect.set_options(timeout=45_000)


@pytest.mark.long
async def test_a_newcomer_shows_files(tmp_path: Path, browser_address: str) -> None:
    """The demo tells what it was sent: pictures, files and voice messages; the panel shows them, a later question finds them."""
    async with driven(browser_address) as browser, demo(tmp_path, "--no-browser") as show, windows(browser) as opened:
        window = await opened.opens(show.url, width=1360)
        await expect(draft(window)).to_be_enabled()
        await window.locator("input[type=file]").set_input_files(
            [
                {"name": "lamp.png", "mimeType": "image/png", "buffer": png(320, 200)},
                {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Lamps of the north were lit in 1782."},
            ]
        )
        await expect(window.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(2)
        await ask(window, "@Parley what is this?", "320 × 200 pixels")
        await expect(log(window)).to_contain_text("it begins “Lamps of the north were lit in 1782.”")
        panel = window.get_by_role("complementary", name="What the model sees")
        await expect(panel.get_by_role("table")).to_contain_text(
            "done"
        )  # until then the panel is drawn again and again
        await panel.locator("summary").filter(has_text="what is this?").click()
        shown = panel.get_by_role("img", name="lamp.png")
        await expect(shown).to_be_visible()
        assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
        await expect(panel.locator(".shown")).to_contain_text("320 × 200")
        await ask(window, "@Parley what was in the picture?", "With message 1, of Alice, I was sent")
        await window.get_by_role("navigation").get_by_role("button", name="Parley").click()
        await expect(window.get_by_role("heading", level=1, name="Parley")).to_be_visible()
        await window.locator("input[type=file]").set_input_files(
            [{"name": "talk.ogg", "mimeType": "audio/ogg", "buffer": OPUS}]
        )
        await window.get_by_role("button", name="Send as voice message").click()
        await expect(log(window).get_by_role("group", name="Voice message")).to_be_visible()
        await expect(log(window)).to_contain_text("nobody listens")
        await expect(log(window).locator(".wave i")).to_have_count(3)
