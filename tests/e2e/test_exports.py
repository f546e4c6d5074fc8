"""Exports beside each other: few at a time, one for each person, bounded on the disk, and nothing left of them."""

import asyncio
import io
import signal
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path

from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.driver.responses import Response
from tests.e2e import process
from tests.e2e.conftest import Town
from tests.e2e.pictures import picture
from tests.e2e.task import Bot, running

_FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
_UPLOAD_LIMIT = 700


async def said(town: Town) -> None:
    """Let something be asked and answered that needs more than one upload."""
    town.box.model.replies_with(" ".join(str(n * n) for n in range(250)))
    question = await town.alice.says(town.general, "@Parley squares")
    await town.box.bot.answers(question)
    town.box.discord.world.upload_limit = _UPLOAD_LIMIT


class Uploads:
    """The uploads that reached Discord. Each is held there by the fault that `hold` orders for it."""

    def __init__(self, town: Town) -> None:
        self.arrived = 0
        self.most_at_once = 0
        self.most_on_disk = 0
        self.modes: set[int] = set()
        self._town = town

    def look(self, call: Call) -> bool:
        """Count an upload, and look at the disk of the bot."""
        if not call.uploads:
            return False
        self.arrived += 1
        done = sum(bool(one.uploads) for one in self._town.box.discord.calls if one.template == _FOLLOW_UP)
        self.most_at_once = max(self.most_at_once, self.arrived - done)
        self.most_on_disk = max(self.most_on_disk, sum(path.stat().st_size for path in pieces(self._town.folder)))
        self.modes |= {stat.S_IMODE(folder.stat().st_mode) for folder in self._town.folder.glob("*-export-tmp")}
        return True


def exports(town: Town, name: str) -> asyncio.Task[Response]:
    """Let a person ask for an export."""
    return asyncio.create_task(town.box.discord.user(name).runs("export", town.general, format="json"))


def pieces(folder: Path) -> list[Path]:
    """The files of exports on the disk of a bot."""
    return [path for path in folder.rglob("*.zip*") if path.is_file()]


async def test_exports_of_many_people_take_turns(town: Town, bot: Bot) -> None:
    """Of many exports at once two are made at a time, all arrive, and the disk holds no more than these two."""
    await said(town)
    uploads = Uploads(town)
    town.box.discord.delays("POST", _FOLLOW_UP, 0.05, times=None, when=uploads.look)
    responses = await asyncio.gather(*(exports(town, f"Person {number}") for number in range(8)))
    for response in responses:
        joined = b"".join(response.files[name] for name in sorted(response.files))
        assert len(response.files) > 1
        assert zipfile.ZipFile(io.BytesIO(joined)).testzip() is None
    assert (uploads.arrived, uploads.most_at_once) == (8, 2)
    assert 0 < uploads.most_on_disk <= 2 * 10 * _UPLOAD_LIMIT
    assert uploads.modes == {0o700}
    await bot.stop()
    assert pieces(town.folder) == []


async def test_a_person_has_one_export_at_a_time(town: Town, bot: Bot) -> None:
    """A second export of a person is refused privately while the first is made; another person's is not."""
    await said(town)
    uploads = Uploads(town)
    town.box.discord.stalls("POST", _FOLLOW_UP, when=uploads.look)
    first = exports(town, "Alice")
    await town.box.until(lambda: pieces(town.folder))
    second = await exports(town, "Alice")
    assert second.ephemeral
    assert second.files == {}
    assert "busy with your last one" in second.content
    assert (await exports(town, "Bob")).files
    first.cancel()
    await bot.stop()
    assert pieces(town.folder) == []


async def test_what_fits_an_upload_touches_no_disk(town: Town, bot: Bot) -> None:
    """An export that fits one upload is sent from memory."""
    await said(town)
    town.box.discord.world.upload_limit = 1_000_000
    uploads = Uploads(town)
    town.box.discord.delays("POST", _FOLLOW_UP, 0, when=uploads.look)
    response = await exports(town, "Alice")
    assert list(response.files) == [f"parley-{town.general.id}.json"]
    assert (uploads.arrived, uploads.most_on_disk, uploads.modes) == (1, 0, set())


async def test_what_a_killed_process_left_is_removed_at_the_next_start(town: Town) -> None:
    """A process that is killed during an export leaves its pieces, which the next start removes with their folder."""
    async with process.running(town.box, town.folder) as killed:
        await said(town)
        town.box.discord.stalls("POST", _FOLLOW_UP)
        waiting = exports(town, "Alice")
        await town.box.until(lambda: pieces(town.folder))
        await killed.stop(signal.SIGKILL)
        waiting.cancel()
    assert pieces(town.folder)
    async with running(town.box, town.folder):
        assert list(town.folder.glob("*-export-tmp")) == []


async def test_pictures_come_along_where_they_are_asked_for(town: Town) -> None:
    """`/export files:` brings the pictures of a place in a zip file with the text; without it the text alone comes."""
    media, blob = picture()
    async with running(town.box, town.folder):
        await town.box.bot.answers(await town.alice.says(town.general, "@Parley what is this?"))
    with closing(sqlite3.connect(town.folder / "history.db")) as connection, connection:
        connection.execute(
            "INSERT INTO blobs VALUES (?, ?, ?, ?, ?, ?)",
            (blob.hash, blob.media_type, len(blob.data), blob.width, blob.height, blob.data),
        )
        connection.execute(
            "INSERT INTO contents (position, sibling, step, number, kind, media, name, blob, tokens) "
            "VALUES (1, 0, 0, 1, 'media', 'image', ?, ?, 256)",
            (media.name, blob.hash),
        )
        connection.execute("UPDATE questions SET rich = 1")
    async with running(town.box, town.folder):
        alone = await town.alice.runs("export", town.general)
        response = await town.alice.runs("export", town.general, files=True)
    (name, text), ((zip_name, data),) = *alone.files.items(), response.files.items()
    line = f"*With it: image cat.png (`files/{blob.hash.hex()[:16]}.png`).*"
    assert line in text.decode()
    assert zip_name == f"{name}.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [name, f"files/{blob.hash.hex()[:16]}.png"]
        assert archive.read(archive.namelist()[1]) == blob.data
        assert line in archive.read(name).decode()
