"""Tests of files: uploads, attachments, and the links by which they are read."""

import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Person, Sandbox, Server
from tests.sandbox.clients import RecordingClient, Reply, Rest
from tests.sandbox.discord.forms.test_messages import error_at
from tests.sandbox.test_images import PNG


class Uploads:
    """A client that sends files to a channel as multipart."""

    def __init__(self, rest: Rest, channel: Channel) -> None:
        self._rest, self._channel = rest, channel

    async def __call__(self, files: dict[int, str], entries: list[dict[str, Any]] | None, on: str = "") -> Reply:
        """Post files by index and name, or edit a message."""
        form = aiohttp.FormData(quote_fields=False)
        for index, name in files.items():
            form.add_field(f"files[{index}]", io.BytesIO(name.encode()), filename=name)
        form.add_field("payload_json", json.dumps({} if entries is None else {"attachments": entries}))
        path = f"/channels/{self._channel.id}/messages"
        return await self._rest("PATCH" if on else "POST", f"{path}/{on}" if on else path, form=form)


@pytest.fixture
def uploads(rest: Rest, general: Channel) -> Uploads:
    """Send files to the text channel."""
    return Uploads(rest, general)


def names(reply: Reply) -> list[str]:
    """Return the names of a message's files."""
    return [one["filename"] for one in reply.body["attachments"]]


async def test_entries_name_and_describe_the_files(uploads: Uploads) -> None:
    """The entries of `attachments` name and describe the uploaded files.

    (Discord's documentation, Reference, "Uploading Files")
    """
    entries = [{"id": 7, "filename": "b.txt", "description": "second"}, {"id": "0"}]
    sent = await uploads({0: "a", 7: "b"}, entries)
    assert names(sent) == ["b.txt", "a"]
    assert sent.body["attachments"][0]["description"] == "second"


async def test_an_entry_without_its_file_is_refused(uploads: Uploads) -> None:
    """An entry of `attachments` without its file is refused (public reports of ATTACHMENT_NOT_FOUND)."""
    refused = await uploads({0: "a"}, [{"id": 0}, {"id": 1, "filename": "b"}])
    assert error_at(refused, "attachments.1") == "ATTACHMENT_NOT_FOUND"


async def test_an_entry_needs_its_id(uploads: Uploads) -> None:
    """An entry of `attachments` without an id is refused (OpenAPI document, MessageAttachmentRequest)."""
    assert error_at(await uploads({0: "a"}, [{"filename": "b"}]), "attachments.0.id") == "BASE_TYPE_REQUIRED"


async def test_an_edit_keeps_the_files_that_it_lists(uploads: Uploads) -> None:
    """An edit keeps the files that it lists; without a list it keeps all.

    (Discord's documentation, "Editing Message Attachments")
    """
    sent = await uploads({0: "a", 1: "b"}, None)
    first, message = sent.body["attachments"][0]["id"], sent.body["id"]
    assert names(await uploads({0: "c"}, [{"id": first, "description": "kept"}, {"id": 0}], on=message)) == ["a", "c"]
    assert names(await uploads({0: "d"}, None, on=message)) == ["a", "c", "d"]


async def test_an_image_tells_its_size(client: RecordingClient, general: Channel, alice: Person) -> None:
    """An image comes with width and height, a text without (OpenAPI document, MessageAttachmentResponse)."""
    await alice.says(general, attachments={"a.png": PNG, "a.txt": b"text"})
    heard = await client.sees("message", discord.Message)
    image, text = heard.attachments
    assert (image.width, image.height, image.content_type) == (3, 2, "image/png")
    assert (text.width, text.height) == (None, None)


@pytest.mark.parametrize(("tier", "limit"), [(0, 10), (1, 10), (2, 50), (3, 100)])
async def test_boosts_raise_the_limit(
    client: RecordingClient, general: Channel, alice: Person, tier: int, limit: int
) -> None:
    """An interaction tells the upload limit, which grows with the guild's boosts.

    (discord.py 2.7, guild.py, `_PREMIUM_GUILD_LIMITS`)
    """
    assert general.guild is not None
    general.guild.premium_tier = tier
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="tell the limit")
    async def told(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(str(interaction.filesize_limit))

    await tree.sync()
    assert int((await alice.runs("told", general)).content) == limit * 1024 * 1024


async def test_a_boosted_guild_takes_larger_files(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel
) -> None:
    """A file of 12 MiB is refused in a plain guild and taken in a boosted one.

    (Discord's documentation, Reference, "Uploading Files"; 413, 40005)
    """
    channel = client.get_partial_messageable(general.id)
    large = b"x" * (12 * 1024 * 1024)
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send(file=discord.File(io.BytesIO(large), "large"))
    assert (caught.value.status, caught.value.code) == (413, 40005)
    home.guild.premium_tier = 2
    assert (await channel.send(file=discord.File(io.BytesIO(large), "large"))).attachments[0].size == len(large)


@pytest.fixture
async def attachment(client: RecordingClient, general: Channel) -> discord.Attachment:
    """A file that the bot has sent."""
    file = discord.File(io.BytesIO(b"bytes"), "a file.bin")
    return (await client.get_partial_messageable(general.id).send(file=file)).attachments[0]


def altered(url: str) -> dict[str, str]:
    """Return links that do not hold, by what is wrong with them."""
    bare, query = url.split("?")
    later = f"{int(parse_qs(query)['ex'][0], 16) + 3600:x}"
    return {
        "unsigned": bare,
        "prolonged": url.replace(parse_qs(query)["ex"][0], later, 1),
        "of another name": url.replace("a_file.bin", "other.bin"),
        "marked wrongly": url.replace("hm=", "hm=0"),
    }


async def test_a_link_is_signed_as_discords(attachment: discord.Attachment) -> None:
    """A link carries its issue, its end and a signature (Discord's documentation, "Signed Attachment CDN URLs")."""
    asked = parse_qs(urlsplit(attachment.url).query)
    assert asked.keys() == {"ex", "is", "hm"}
    assert int(asked["ex"][0], 16) - int(asked["is"][0], 16) == 24 * 3600
    assert len(asked["hm"][0]) == 64


@pytest.mark.parametrize("how", ["unsigned", "prolonged", "of another name", "marked wrongly"])
async def test_a_link_that_was_altered_does_not_hold(
    http: aiohttp.ClientSession, attachment: discord.Attachment, how: str
) -> None:
    """An altered link is refused (Discord's documentation, "Signed Attachment CDN URLs")."""
    async with http.get(attachment.url) as response:
        assert (response.status, await response.read()) == (200, b"bytes")
    async with http.get(altered(attachment.url)[how]) as response:
        assert (response.status, await response.text()) == (404, "This content is no longer available.")


async def test_a_link_expires(box: Sandbox, attachment: discord.Attachment) -> None:
    """A link holds for 24 hours (24 hours: public reports)."""
    box.clock.moves(seconds=24 * 3600 - 2)
    assert await attachment.read() == b"bytes"
    box.clock.moves(seconds=3)
    with pytest.raises(discord.NotFound):
        await attachment.read()


async def test_a_message_fetched_again_has_fresh_links(
    client: RecordingClient, box: Sandbox, general: Channel, attachment: discord.Attachment
) -> None:
    """A message that is fetched again has links that hold (Discord's documentation, "Signed Attachment CDN URLs")."""
    box.clock.moves(seconds=48 * 3600)
    page = [message async for message in client.get_partial_messageable(general.id).history()]
    assert page[0].attachments[0].id == attachment.id
    assert await page[0].attachments[0].read() == b"bytes"


async def test_a_links_life_can_be_shortened(box: Sandbox, client: RecordingClient, general: Channel) -> None:
    """`lifetime` shortens the life of new links (the sandbox's own promise)."""
    box.discord.world.links.lifetime = timedelta(seconds=5)
    sent = await client.get_partial_messageable(general.id).send(file=discord.File(io.BytesIO(b"x"), "x"))
    box.clock.moves(seconds=6)
    with pytest.raises(discord.NotFound):
        await sent.attachments[0].read()


async def test_links_are_refreshed(
    rest: Rest, http: aiohttp.ClientSession, box: Sandbox, attachment: discord.Attachment
) -> None:
    """An expired link is refreshed; a link to somewhere else is not (public clients of /attachments/refresh-urls)."""
    box.clock.moves(seconds=48 * 3600)
    foreign = "https://example.com/attachments/1/2/x"
    answered = await rest("POST", "/attachments/refresh-urls", {"attachment_urls": [attachment.url, foreign]})
    ours, theirs = answered.body["refreshed_urls"]
    assert (ours["original"], theirs["refreshed"]) == (attachment.url, None)
    async with http.get(ours["refreshed"]) as response:
        assert await response.read() == b"bytes"
