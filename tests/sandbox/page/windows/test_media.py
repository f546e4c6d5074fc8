"""Pictures, files, voice messages, stickers and polls on the page."""

import struct

import pytest
from playwright.async_api import Page as Window
from playwright.async_api import expect

from bot.sandbox.discord.world.messages import MessageFlag
from bot.sandbox.page import Picture, Seen, SentMessage, SentPicture
from tests.sandbox.page.conftest import Glass, Village

pytestmark = pytest.mark.asyncio(loop_scope="module")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f0003860180a6c0c8e50000000049454e44ae426082"
)


async def test_pictures_files_and_spoilers(window: Window, village: Village) -> None:
    """Pictures are shown and can be enlarged, files show their size, and spoilers are hidden until they are opened."""
    await village.bob.says(village.general, "||the end||", attachments={"dot.png": PIXEL, "a.csv": b"1,2"})
    log = window.get_by_role("log")
    image = log.get_by_role("img", name="dot.png")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    await expect(log.locator(".file")).to_contain_text("3 bytes")
    spoiler = log.get_by_role("button", name="Spoiler, hidden")
    await expect(spoiler).to_have_css("color", "rgba(0, 0, 0, 0)")
    await spoiler.press("Enter")
    await expect(log.locator(".spoiler")).to_have_attribute("aria-expanded", "true")
    await log.get_by_role("button", name="Show dot.png in large").click()
    await expect(window.get_by_role("dialog", name="dot.png").get_by_role("img")).to_be_visible()
    await window.keyboard.press("Escape")
    await expect(window.get_by_role("dialog")).to_have_count(0)


async def test_stickers_and_polls(window: Window, village: Village) -> None:
    """A sticker is a tile with its name; a poll shows its answers with their votes and is hostile to nobody's page."""
    sticker = await village.bob.sends_sticker(village.general, "lighthouse", "<b>gull</b>")
    poll = await village.bob.posts_poll(village.general, "Which <i>lamp</i>?", ["Oil", "Gas"], several=True)
    await village.bob.votes(poll, 2)
    await village.alice.votes(poll, 1, 2)
    await village.bob.says(village.general, "Look", reply_to=sticker)
    await village.bob.says(village.general, "Vote", reply_to=poll)
    log = window.get_by_role("log")
    await expect(log.get_by_role("img", name="Sticker: lighthouse")).to_be_visible()
    await expect(log.locator(".sticker").last).to_have_text("<b>gull</b>")
    shown = log.get_by_role("group", name="Poll: Which <i>lamp</i>?")
    await expect(shown.get_by_role("listitem")).to_have_text(["Oil1 vote · 33 %", "Gas2 votes · 67 %"])
    await expect(shown).to_contain_text("One or more answers")
    await expect(shown).to_contain_text("3 votes · ends")
    await expect(shown.locator(".mine")).to_have_count(2)
    quotes = log.locator(".above .quote")
    await expect(quotes).to_have_text(["Sticker: lighthouse, Sticker: <b>gull</b>", "Poll: Which <i>lamp</i>?"])


async def test_a_file_is_sent(window: Window, village: Village) -> None:
    """A file is picked, listed and sent."""
    picker = window.locator("input[type=file]")
    await picker.set_input_files([{"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}])
    await expect(window.get_by_role("list", name="Files to send")).to_contain_text("note.txt (5 bytes)")
    await window.get_by_role("button", name="Send").click()
    await expect(window.get_by_role("log").get_by_role("link", name="note.txt", exact=True)).to_be_visible()
    (message,) = village.box.discord.messages(village.general)
    assert message.files == {"note.txt": b"hello"}


async def test_several_files_are_pasted_dropped_and_chosen(window: Window, village: Village) -> None:
    """Files that are pasted, dropped and chosen come together; pictures are drawn small before they are sent."""
    give = """([kind, how, name, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes)], name, {type: kind}));
        const at = document.querySelector(how === "paste" ? "#draft" : "#composer .box");
        const event = how === "paste" ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
            : new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
        at.dispatchEvent(event);
    }"""
    listed = window.get_by_role("list", name="Files to send")
    await window.evaluate(give, ["image/png", "paste", "pasted.png", list(PIXEL)])
    await expect(listed).to_contain_text("pasted.png")
    await window.evaluate(give, ["text/plain", "drop", "dropped.txt", list(b"dropped")])
    await expect(listed).to_contain_text("dropped.txt")
    await window.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": b"chosen"} for name in ("a.txt", "b.txt")]
    )
    await expect(listed.get_by_role("listitem")).to_have_count(4)
    assert await listed.locator("img").evaluate("image => image.decode().then(() => image.clientWidth)") == 34
    await window.get_by_role("button", name="Send").click()
    await expect(window.get_by_role("log").get_by_role("img", name="pasted.png")).to_be_visible()
    (message,) = village.box.discord.messages(village.general)
    assert list(message.files) == ["pasted.png", "dropped.txt", "a.txt", "b.txt"]


async def test_voice_messages_are_shown_as_such(window: Window, village: Village) -> None:
    """A recording can be sent as a voice message, which has its length, its wave and a player, and no name."""
    rate = 8_000
    heard = b"".join(bytes([128 + at % 2 * level]) for level in (10, 120, 60) for at in range(rate))
    head = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8) + b"data" + struct.pack("<I", len(heard))
    wav = b"RIFF" + struct.pack("<I", 12 + len(head) + len(heard)) + b"WAVEfmt " + head + heard
    picker = window.locator("input[type=file]")
    await picker.set_input_files([{"name": "talk.wav", "mimeType": "audio/wav", "buffer": wav}])
    await window.get_by_role("button", name="Send as voice message").click()
    voice = window.get_by_role("log").get_by_role("group", name="Voice message, 0:03")
    await expect(voice.locator("audio")).to_be_visible()
    await expect(voice).not_to_contain_text("talk.wav")
    await expect(voice.locator(".wave i")).to_have_count(64)
    (message,) = village.box.discord.messages(village.general)
    assert message.flags is MessageFlag.IS_VOICE_MESSAGE
    assert message.files == {"voice-message.ogg": wav}


async def test_the_panel_shows_the_pictures_of_the_request(window: Window, village: Village, glass: Glass) -> None:
    """The panel draws the pictures that the model was sent small, with their size and tokens."""
    panel = window.get_by_role("complementary", name="What the model sees")
    glass.pictures["ab12"] = Picture("image/png", PIXEL)
    sent = [SentMessage("user", "what is this?", 700, [SentPicture("ab12", "cat.png", 640, 480, 300)])]
    glass.seen_by_place[village.general.id] = Seen(sent, 703, 0, 8000, 0, [], "/data/history.db")
    await village.alice.says(village.general, "hi")
    await panel.get_by_text("what is this?").first.click()
    shown = panel.get_by_role("img", name="cat.png")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    await expect(panel.locator(".shown")).to_contain_text("640 × 480, 300 tok")
