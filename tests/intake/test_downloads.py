"""Files are fetched from Discord's file servers only, within a time; what cannot be fetched is left out."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial

import pytest

from bot.chat.content import Text
from bot.chat.places import PlaceKind
from bot.chat.ports.intake import MessageDeleted, Rendered
from bot.chat.turns import Question
from bot.config import FileSettings
from bot.intake.downloads import Downloads
from bot.intake.message import asked
from bot.sandbox import File
from tests.gateway.test_proxy import proxying
from tests.intake.reading import PICTURE, Reading, media_of, reading
from tests.truth.watch import Watch


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Reading, None]:
    """The town; nobody has asked anything."""
    async with reading(watch) as here:
        yield here


async def test_an_expired_link_is_fetched_anew(town: Reading) -> None:
    """Files whose links have expired are read by the links of their message, which is fetched once."""
    said = await town.alice.says(await town.alice.dm(), "look", attachments={"a.png": PICTURE, "b.txt": b"x"})
    message = await town.hears(said)
    town.box.discord.files.expires()
    rendered = await town.reads(message)

    assert len(media_of(rendered)) == 2
    assert rendered.remarks == ()
    assert town.fetches() == 1


async def test_a_file_that_is_gone_is_left_out(town: Reading) -> None:
    """A file that has no valid link any more, one that was taken off its message, or whose message is gone is left out."""
    dm = await town.alice.dm()
    town.box.discord.files.loses(times=None)
    rendered = await town.asks(a_png=PICTURE)
    assert rendered.remarks == ("a.png was left out: it is not on Discord any more.",)

    said = await town.alice.says(dm, "look", attachments={"a.png": PICTURE})
    message = await town.hears(said)
    await town.alice.deletes(said)
    rendered = await town.reads(message)
    assert rendered.remarks == ("a.png was left out: it is not on Discord any more.",)


async def test_a_message_is_asked_for_in_vain(town: Reading) -> None:
    """Where Discord fails to hand over the message of an expired link, the file is left out."""
    said = await town.alice.says(await town.alice.dm(), "look", attachments={"a.png": PICTURE})
    message = await town.hears(said)
    town.box.discord.files.expires()
    town.box.discord.fails("GET", "/channels/{channel_id}/messages/{message_id}", 403, code=50001)
    rendered = await town.reads(message)

    assert rendered.remarks == ("a.png was left out: Discord did not hand it over.",)


async def test_a_file_server_that_fails_costs_the_file_only(town: Reading) -> None:
    """Errors, redirects, cut connections and floods leave a file out, and the others are read."""
    files = town.box.discord.files
    town.settings.value = FileSettings(max_bytes=1_000_000)
    for number, fault in enumerate((files.fails, partial(files.cuts, after=10), files.floods)):
        fault(when=lambda download: download.filename == "bad.png")
        rendered = await town.asks(bad_png=PICTURE, good_txt=b"x")
        assert [media.name for media in media_of(rendered)] == ["good.txt"]
        why = "it is larger than 1 MB" if number == 2 else "Discord did not hand it over"
        assert rendered.remarks == (f"bad.png was left out: {why}.",)
    files.redirects(town.box.discord.api_base + "/elsewhere")
    rendered = await town.asks(bad_png=PICTURE)
    assert rendered.remarks == ("bad.png was left out: Discord did not hand it over.",)
    assert not [call for call in town.box.discord.calls if "elsewhere" in call.path]


async def test_what_is_late_is_left_out(town: Reading) -> None:
    """Links that hang or drip are given up when the time of the question's files is over; what is there is read."""
    files = town.box.discord.files
    town.settings.value = FileSettings(seconds=3)
    files.hangs(when=lambda download: download.filename == "hangs.png")
    files.drips(when=lambda download: download.filename == "drips.png")
    rendered = await town.asks(hangs_png=PICTURE, drips_png=PICTURE, good_txt=b"x")

    assert [media.name for media in media_of(rendered)] == ["good.txt"]
    assert rendered.remarks == tuple(
        f"{name} was left out: it was not fetched and read in 3 seconds." for name in ("hangs.png", "drips.png")
    )


async def test_a_file_that_is_declared_too_large_is_not_fetched(town: Reading) -> None:
    """A file whose declared size is too large is not fetched; one that is larger than declared is not read to its end."""
    town.settings.value = FileSettings(max_bytes=1_000)
    rendered = await town.sends([File("a.txt", b"x", size=1_001), File("b.txt", b"x" * 2_000, size=10)])

    assert rendered.remarks == tuple(f"{name} was left out: it is larger than 1 kB." for name in ("a.txt", "b.txt"))
    assert [download.filename for download in town.box.discord.files.downloads] == ["b.txt"]


async def test_a_link_elsewhere_is_not_followed(town: Reading) -> None:
    """A file whose link leads to another host is left out, without a request."""
    said = await town.alice.says(await town.alice.dm(), "look", attachments={"a.txt": b"x"})
    message = await town.hears(said)
    for link in (
        "http://127.0.0.1:9/attachments/1/2/a.txt",
        "https://cdn.discordapp.com@127.0.0.1/",
        "file:///etc/passwd",
        "[",
    ):
        message.attachments[0].url = link
        rendered = await town.reads(message)
        assert rendered.remarks == ("a.txt was left out: Discord did not hand it over.",)
    assert town.box.discord.files.downloads == []


async def test_ten_bad_links_at_once_hold_up_nobody_else(town: Reading) -> None:
    """Ten questions with hanging links end in their time, and a question without files is rendered meanwhile."""
    town.settings.value = FileSettings(seconds=3)
    town.box.discord.files.hangs(times=None)
    dm = await town.alice.dm()
    messages = [
        await town.hears(await town.alice.says(dm, f"{number}", attachments={"a.png": PICTURE})) for number in range(10)
    ]
    waiting = asyncio.gather(*(town.reads(message) for message in messages))
    plain = await town.reads(await town.hears(await town.alice.says(dm, "plain")))

    assert plain == Rendered((Text("plain"),))
    assert not waiting.done()
    assert {one.remarks for one in await waiting} == {
        ("a.png was left out: it was not fetched and read in 3 seconds.",)
    }


async def test_one_persons_bad_links_keep_no_other_from_being_read(town: Reading) -> None:
    """While a person's links hang in ten questions, the file of another person is read."""
    town.settings.value = FileSettings(seconds=60)
    files = town.box.discord.files
    files.hangs(times=None, when=lambda download: download.filename == "hangs.png")
    bob = town.box.discord.user("Bob")
    hanging = [File("hangs.png", PICTURE)] * 2
    said = [await town.alice.says(await town.alice.dm(), "look", attachments=hanging) for _ in range(10)]
    waiting = [asyncio.create_task(town.reads(await town.hears(one))) for one in said]
    async with asyncio.timeout(30):
        while len(files.downloads) < 4:  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(0.01)
    theirs = await bob.says(await bob.dm(), "look", attachments={"good.txt": b"x", "lamp.png": PICTURE})
    rendered = await town.reads(await town.hears(theirs))

    assert [media.name for media in media_of(rendered)] == ["good.txt", "lamp.png"]
    assert len([one for one in files.downloads if one.filename == "hangs.png"]) == 4
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_question_that_is_stopped_fetches_no_longer(town: Reading) -> None:
    """When a question is stopped, its downloads end."""
    town.box.discord.files.hangs()
    said = await town.alice.says(await town.alice.dm(), "look", attachments={"a.png": PICTURE})
    reading = asyncio.create_task(town.reads(await town.hears(said)))
    async with asyncio.timeout(30):
        while not town.box.discord.files.downloads:  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(0.01)

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("file ")]
    assert (await town.reads_held(said)).unread
    assert town.fetches() == 0


async def test_a_message_that_is_gone_is_not_rendered(town: Reading) -> None:
    """A question whose message was deleted before its files were read is deleted, too."""
    said = await town.alice.says(await town.alice.dm(), "look", attachments={"a.png": PICTURE})
    question = asked(await town.hears(said))
    await town.alice.deletes(said)
    assert question.place.kind is PlaceKind.DM

    with pytest.raises(MessageDeleted):
        await town.intake.render(Question(1, said.id, 1, question.place, question.author, "raw", 0))


@pytest.mark.parametrize("credentials", ["", "me:hush@"])
async def test_files_are_fetched_through_the_proxy(town: Reading, credentials: str) -> None:
    """Where Discord is asked through a proxy, its file server is too, with the proxy's user and password."""
    message = await town.hears(
        await town.alice.says(await town.alice.dm(), "look", attachments={"a.txt": b"It rains."})
    )
    async with proxying() as proxy:
        downloads = Downloads(town.box.discord.api_base, proxy.url.replace("//", f"//{credentials}"))
        async with downloads.session() as session:
            assert await downloads.fetch(session, message.attachments[0].url, 100) == b"It rains."
    ((path, given),) = proxy.seen
    assert ("a.txt" in path, given) == (True, bool(credentials))


async def test_discords_own_hosts_are_known() -> None:
    """With Discord's own API only its two hosts are asked, by https."""
    origins = Downloads()._origins  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no test asks Discord

    assert sorted(str(origin) for origin in origins) == ["https://cdn.discordapp.com", "https://media.discordapp.net"]
