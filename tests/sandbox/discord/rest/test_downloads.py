"""Tests of the file server: expired links, and the faults that downloads meet (the sandbox's own promises)."""

import asyncio

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, File, Intent, Person, Sandbox
from bot.sandbox.discord.rest.downloads import GONE
from bot.sandbox.discord.world.messages import Message
from tests.sandbox.clients import RecordingClient, Rest
from tests.sandbox.conftest import Connects
from tests.sandbox.test_images import PNG


@pytest.fixture
async def link(client: RecordingClient, general: Channel, alice: Person) -> str:
    """The address of a file of 1,000 bytes that a person has attached."""
    said = await alice.says(general, attachments={"a.bin": b"x" * 1000})
    return (await heard(client, said)).attachments[0].url


async def heard(client: RecordingClient, said: Message) -> discord.Message:
    """Return a message as discord.py got it."""
    return await client.sees("message", discord.Message, lambda one: one.id == said.id)


async def test_an_expired_link_is_gone_and_a_fetched_message_has_a_fresh_one(
    box: Sandbox, http: aiohttp.ClientSession, rest: Rest, general: Channel, link: str
) -> None:
    """`expires` ends every link that was given out; the message fetched anew has links that hold."""
    box.discord.files.expires()
    async with http.get(link) as response:
        assert (response.status, await response.text()) == (404, GONE)
    [message] = (await rest("GET", f"/channels/{general.id}/messages")).body
    async with http.get(message["attachments"][0]["url"]) as response:
        assert (response.status, await response.read()) == (200, b"x" * 1000)
    assert [(one.filename, one.status, one.sent) for one in box.discord.files.downloads] == [
        ("a.bin", 404, 0),
        ("a.bin", 200, 1000),
    ]


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_a_download_fails(box: Sandbox, http: aiohttp.ClientSession, link: str, status: int) -> None:
    """`fails` answers the next download with a status; the one after it succeeds."""
    box.discord.files.fails(status, "no")
    for expected in (status, 200):
        async with http.get(link) as response:
            assert response.status == expected


async def test_a_file_is_lost(box: Sandbox, http: aiohttp.ClientSession, link: str) -> None:
    """`loses` answers as if the file were gone, for as many downloads as told."""
    box.discord.files.loses(times=None, when=lambda one: one.filename == "a.bin")
    for _ in range(2):
        async with http.get(link) as response:
            assert (response.status, await response.text()) == (404, GONE)
    box.discord.files.is_well()
    async with http.get(link) as response:
        assert response.status == 200


async def test_a_download_is_redirected(box: Sandbox, http: aiohttp.ClientSession, link: str) -> None:
    """`redirects` sends the client to another address."""
    box.discord.files.redirects("http://127.0.0.1:9/elsewhere")
    async with http.get(link, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "http://127.0.0.1:9/elsewhere")


async def test_a_download_hangs_until_the_client_leaves(box: Sandbox, http: aiohttp.ClientSession, link: str) -> None:
    """`hangs` sends nothing, not even a status."""
    box.discord.files.hangs()
    asking = asyncio.create_task(http.get(link))
    await box.until(lambda: box.discord.files.downloads)
    asking.cancel()
    await asyncio.wait([asking])
    assert box.discord.files.downloads[0].status == 0


async def test_a_download_drips(box: Sandbox, http: aiohttp.ClientSession, link: str) -> None:
    """`drips` sends the whole file, in small pieces."""
    box.discord.files.drips(piece=250, pause=0.001)
    async with http.get(link) as response:
        assert (response.content_length, await response.read()) == (1000, b"x" * 1000)


@pytest.mark.parametrize("after", [0, 300])
async def test_a_download_is_cut(box: Sandbox, http: aiohttp.ClientSession, link: str, after: int) -> None:
    """`cuts` resets the connection, before the status line or within the file."""
    box.discord.files.cuts(after=after, times=2)  # aiohttp asks once more where nothing came
    with pytest.raises(aiohttp.ClientError):
        async with http.get(link) as response:
            await response.read()


async def test_a_download_floods(box: Sandbox, http: aiohttp.ClientSession, link: str) -> None:
    """`floods` sends a file without a length, and more than the file."""
    box.discord.files.floods()
    async with http.get(link) as response:
        assert response.content_length is None
        assert len(await response.content.readexactly(500_000)) == 500_000


async def test_a_file_may_be_declared_wrongly(
    http: aiohttp.ClientSession, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A `File` may have another type and size than Discord says, and several files may have one name."""
    files = [File("a.png", PNG, content_type="text/plain", size=7), File("a.png", b"no picture")]
    first, second = (await heard(client, await alice.says(general, attachments=files))).attachments
    assert (first.content_type, first.size, first.width) == ("text/plain", 7, 3)
    assert (second.content_type, second.size, second.width) == ("image/png", 10, None)
    async with http.get(first.url) as response:
        assert (response.content_type, await response.read()) == ("text/plain", PNG)


async def test_a_voice_message_holds_its_sound(
    http: aiohttp.ClientSession, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A voice message has its bytes, a type, a length and a waveform (Discord's documentation, "Voice Messages")."""
    message = await heard(client, await alice.sends_voice(general, 2.5, sound=b"OggS and more"))
    [file] = message.attachments
    assert (file.content_type, file.duration, file.waveform) == ("audio/ogg", 2.5, b"\0\0\0")
    async with http.get(file.url) as response:
        assert await response.read() == b"OggS and more"


async def test_forwards_and_replies_carry_files(
    box: Sandbox, http: aiohttp.ClientSession, client: RecordingClient, general: Channel, alice: Person
) -> None:
    """A forward's snapshot and the message that a reply refers to carry their files; their links expire as others do."""
    voice = await alice.sends_voice(general, 2.5)
    forward = await heard(client, await alice.forwards(voice, to=general))
    [copied] = forward.message_snapshots[0].attachments
    assert (copied.duration, forward.message_snapshots[0].flags.voice) == (2.5, True)
    reply = await heard(client, await alice.says(general, "@Parley this", reply_to=voice))
    assert reply.reference is not None
    assert isinstance(reply.reference.resolved, discord.Message)
    [quoted] = reply.reference.resolved.attachments
    box.discord.files.expires()
    for url, message in ((copied.url, forward), (quoted.url, reply)):
        async with http.get(url) as response:
            assert response.status == 404
        fetched = await message.channel.fetch_message(message.id)
        resolved = fetched.reference and fetched.reference.resolved
        held = resolved if isinstance(resolved, discord.Message) else fetched.message_snapshots[0]
        async with http.get(held.attachments[0].url) as response:
            assert response.status == 200


async def test_forwards_and_replies_come_without_files_where_the_intent_is_missing(
    connects: Connects, box: Sandbox, general: Channel, alice: Person
) -> None:
    """Without the content intent, a forward and the message that a reply refers to come without files, by REST too."""
    box.discord.application.privileged = Intent.NONE
    client = await connects(discord.Intents.default())
    picture = await alice.says(general, attachments={"a.png": PNG})
    for said in (await alice.forwards(picture, to=general), await alice.says(general, "@Parley it", reply_to=picture)):
        message = await heard(client, said)
        for shown in (message, await message.channel.fetch_message(message.id)):
            resolved = shown.reference and shown.reference.resolved
            held = resolved if isinstance(resolved, discord.Message) else shown.message_snapshots[0]
            assert held.attachments == []
