"""A conversation with contents of every kind: each request begins with the very bytes of the one before, over a restart too."""

import json
from collections.abc import Sequence
from itertools import pairwise

from bot.intake.quotes import BEFORE
from bot.sandbox.model.requests import ModelRequest, Outcome
from tests.chat.test_recordings import OPUS
from tests.e2e.conftest import Town
from tests.e2e.pictures import png
from tests.e2e.task import running

SETTINGS = {
    "PARLEY_HISTORY__AMBIENT": "3",
    "PARLEY_HISTORY__MAX_TOKENS": "30000",
    "PARLEY_DISCORD__FOLLOW_THREADS": "true",
    "PARLEY_CHAT__BURST_SECONDS": "30",
    "PARLEY_TRANSCRIPTION__MODEL": "gpt-transcribe",
}
EMBED = {"type": "rich", "title": "Kettles and cups", "description": "All of them."}
SENT = {
    "what a thread was opened on": "the lamp is broken",
    "a quote": "> tea is hot",
    "an embed": "Kettles and cups",
    "a link": "coffee is hotter",
    "what was said before": BEFORE,
    "an ambient message": "milk is cold",
    "a spoiler": "||a surprise||",
    "a text file": "buy oil",
    "a picture": "data:image/png;base64,",
    "a forward": "news of the sea",
    "the first message of a burst": "I have a dog",
    "a message that joined": "what shall I call it?",
    "a transcript": "said aloud",
    "a sticker": "wave",
    "a poll": "Which lamp?",
}
"""Words of each content, as the model gets them."""


def written(messages: Sequence[object]) -> str:
    """Messages as JSON, without the bracket at the end."""
    return json.dumps(messages, ensure_ascii=False)[:-1]


def answered(town: Town) -> list[ModelRequest]:
    """The requests that were answered."""
    return [one for one in town.box.model.requests if one.outcome is Outcome.ANSWERED]


async def test_each_request_begins_with_the_bytes_of_the_one_before(town: Town) -> None:
    """Quotes, links, files, what was said before and all the rest are sent again as they were; the bot restarts in between."""
    box, alice, bob = town.box, town.alice, town.bob
    news = town.home.channel("news")
    linked = await bob.says(news, "coffee is hotter")
    forwarded = await bob.says(news, "news of the sea")
    thread = await bob.opens_thread(await bob.says(town.general, "the lamp is broken"), "lamps")
    quoted = await bob.says(thread, "tea is hot https://example.com")
    box.discord.unfurls(quoted, [EMBED])
    await bob.says(thread, "milk is cold")
    async with running(box, town.folder, **SETTINGS):
        url = f"https://discord.com/channels/{town.home.id}/{news.id}/{linked.id}"
        files = {"cat.png": png(64, 64), "notes.txt": b"buy oil"}
        text = f"@Parley is {url} true? ||a surprise||"
        await box.bot.answers(await alice.says(thread, text, reply_to=quoted, attachments=files))
        await box.bot.answers(await alice.forwards(forwarded, to=thread), containing="I have read")
        box.model.stalls(after=0)
        seen = len(box.model.requests)
        first = await bob.says(thread, "@Parley I have a dog,")
        await box.until(lambda: len(box.model.requests) > seen)
        await bob.says(thread, "@Parley what shall I call it?")
        await box.bot.answers(first, containing="I have read")
        box.model.audio.hears("said aloud")
        await box.bot.answers(await alice.sends_voice(thread, sound=OPUS), containing="I have read")
        await box.bot.answers(await alice.sends_sticker(thread, "wave", text="@Parley hi"), containing="I have read")
        await box.bot.answers(await bob.posts_poll(thread, "Which lamp?", ["red", "blue"]), containing="I have read")
    before = len(answered(town))
    async with running(box, town.folder, **SETTINGS):
        await box.bot.answers(await alice.says(thread, "@Parley and now?"))
    requests = answered(town)
    assert before == len(requests) - 1 == 6
    for one, after in pairwise(requests):
        assert written(after.messages).startswith(written(one.messages) + ", ")
    sent = written(requests[-1].messages)
    assert [what for what, words in SENT.items() if json.dumps(words, ensure_ascii=False)[1:-1] not in sent] == []
