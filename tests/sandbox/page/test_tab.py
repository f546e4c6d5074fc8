"""The frames that a tab is sent, which hold only what its person may see."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace

import aiohttp
import discord
import pytest

from bot.sandbox import Channel, Kind, Permission, Person, Sandbox, Server
from bot.sandbox.discord.gateway import events
from bot.sandbox.page import Page, Seen, SentMessage, StoredTurn
from tests.sandbox.conftest import Connects
from tests.sandbox.handlers import Serve, answer
from tests.sandbox.page.browser import Browser, Refused
from tests.sandbox.page.conftest import Glass, Opens, Village

HOSTILE = "<img src=x onerror=alert(1)> ](javascript:alert(1)) \u202e \x00 ```\n<script>"


async def test_a_tab_is_told_who_there_is_and_what_they_see(tab: Browser, village: Village) -> None:
    """A tab is told the people, the bot, and the places that its person sees."""
    home, alice, bob = village.home, village.alice, village.bob
    hello = await tab.told("hello")
    assert [one["global_name"] for one in hello["people"]] == ["Alice", "Bob"]
    assert hello["bot"]["username"] == "Parley"
    assert hello["inspects"]
    secret = home.channel(
        "secret", deny={home.everyone: Permission.VIEW_CHANNEL}, allow={bob.user: Permission.VIEW_CHANNEL}
    )
    home.channel("empty", kind=Kind.CATEGORY)
    await tab.look(alice, village.general)
    places = await tab.told("places", lambda frame: frame["person"] == str(alice.id))
    assert [one["name"] for one in places["guilds"][0]["channels"]] == ["general"]
    assert [one["username"] for one in places["dms"][0]["recipients"]] == ["Parley"]
    with pytest.raises(Refused, match="Unknown Channel"):
        await tab.ask("look", person=str(alice.id), place=str(secret.id))
    await tab.look(bob, secret)
    names = [one["name"] for one in (await tab.told("places"))["guilds"][0]["channels"]]
    assert names == ["general", "secret"]


async def test_messages_come_as_they_change(tab: Browser, general: Channel, alice: Person, bob: Person) -> None:
    """A tab is told of each new, edited and deleted message."""
    await tab.look(alice, general)
    message = await bob.says(general, "one")
    assert (await tab.shows("one"))["author"]["global_name"] == "Bob"
    await bob.edits(message, "one two")
    shown = await tab.shows("one two")
    assert shown["edited_timestamp"]
    changes = [frame for frame in tab.frames if frame["op"] == "messages" and not frame["fresh"]]
    assert [len(frame["changed"]) for frame in changes] == [1, 1]
    await bob.deletes(message)
    await tab.sees(lambda: not tab.messages)


async def test_content_is_shown_without_the_bots_intents(
    box: Sandbox, tab: Browser, general: Channel, alice: Person, bob: Person
) -> None:
    """Messages are shown with their content, although the bot has no intent for it."""
    first = await bob.says(general, "not for the bot")
    await alice.says(general, "nor this", reply_to=first)
    await tab.look(alice, general)
    await tab.shows("not for the bot")
    assert (await tab.shows("nor this"))["referenced_message"]["content"] == "not for the bot"


async def test_hostile_text_arrives_as_it_is(tab: Browser, general: Channel, alice: Person, bob: Person) -> None:
    """Text that looks like markup arrives as it is, with half an emoji replaced."""
    await tab.look(alice, general)
    await tab.ask("say", text=HOSTILE + "\ud83d")
    (message,) = tab.messages.values() or [await tab.shows("script")]
    assert message["content"] == HOSTILE + "\ufffd"
    (await bob.opens_thread(general, "<b>x</b>"))
    await tab.sees(lambda: any("<b>x</b>" in json.dumps(frame) for frame in tab.frames if frame["op"] == "places"))


async def test_two_tabs_are_two_people(
    opens: Opens, general: Channel, alice: Person, bob: Person, home: Server
) -> None:
    """Each tab has a person and a place of its own."""
    other = home.channel("other")
    first, second, third = await opens(), await opens(), await opens()
    await first.look(alice, general)
    await second.look(bob, general)
    await third.look(alice, other)
    await first.ask("say", text="from Alice")
    await second.ask("say", text="from Bob")
    for one in (first, second):
        assert (await one.shows("from Alice"))["author"]["id"] == str(alice.id)
        assert (await one.shows("from Bob"))["author"]["id"] == str(bob.id)
    await third.ask("say", text="elsewhere")
    await third.shows("elsewhere")
    assert len(third.messages) == 1
    assert len(first.messages) == 2


async def whisper(interaction: discord.Interaction) -> None:
    """Answer for one person alone."""
    await interaction.response.send_message("for you", ephemeral=True)


async def test_what_only_one_sees_only_one_sees(
    opens: Opens, general: Channel, alice: Person, bob: Person, serve: Serve
) -> None:
    """A response to one person is shown, and can be dismissed, in that person's tab only."""
    await serve(whisper)
    first, second = await opens(), await opens()
    await first.look(alice, general)
    await second.look(bob, general)
    await first.ask("run", command="do")
    shown = await first.shows("for you")
    await second.ask("say", text="later")
    await second.shows("later")
    assert all("for you" not in one["content"] for one in second.messages.values())
    with pytest.raises(Refused, match="Unknown Message"):
        await second.ask("dismiss", message=shown["id"])
    with pytest.raises(Refused, match="everybody sees"):
        await second.ask("dismiss", message=(await second.shows("later"))["id"])
    await first.ask("dismiss", message=shown["id"])
    await first.sees(lambda: shown["id"] not in first.messages)


async def test_typing_shows_where_one_looks(opens: Opens, village: Village) -> None:
    """Typing is shown in the tabs that look at its channel, and not to the person who types."""
    box, general, alice = village.box, village.general, village.alice
    other = village.home.channel("other")
    here, there = await opens(), await opens()
    await here.look(alice, general)
    await there.look(alice, other)
    events.typing_started(box.discord.world, general, box.bot.user)
    assert (await here.told("typing")) == {"op": "typing", "place": str(general.id), "user": str(box.bot.id)}
    await here.ask("type")
    await village.bob.says(general, "done")
    await here.shows("done")
    assert sum(frame["op"] == "typing" for frame in here.frames) == 1, "one's own typing is not shown"
    assert not [frame for frame in there.frames if frame["op"] == "typing"]


async def test_older_messages_come_when_asked_for(tab: Browser, general: Channel, alice: Person) -> None:
    """A tab shows the newest hundred messages, and older ones when it asks for them."""
    for n in range(105):
        await alice.says(general, f"m{n}")
    await tab.look(alice, general)
    assert len(tab.messages) == 100
    assert (await tab.told("messages"))["older"]
    await tab.ask("older")
    await tab.sees(lambda: len(tab.messages) == 105)
    assert not (await tab.told("messages"))["older"]


async def test_a_place_that_goes_away_is_left(box: Sandbox, tab: Browser, home: Server, alice: Person) -> None:
    """A tab in a channel that is deleted is told so."""
    gone = home.channel("gone")
    await tab.look(alice, gone)
    box.discord.deletes_channel(gone)
    await tab.told("lost")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("{", "JSON object"),
        ("[]", "JSON object"),
        ("{}", "op: a text is missing"),
        ('{"op": 1}', "op: a text is missing"),
        ('{"op": "fly"}', "knows how to 'fly'"),
        ('{"op": "look", "person": "1", "place": null}', "no such person"),
        ('{"op": "look", "person": 1}', "person: a text is missing"),
        ('{"op": "say", "place": "x", "text": "t"}', "Unknown Channel"),
        ('{"op": "watch", "on": 1}', "on: true or false is missing"),
        ("[" * 100_000, "JSON object"),
    ],
)
async def test_malformed_frames_are_answered(tab: Browser, general: Channel, alice: Person, raw: str, why: str) -> None:
    """A malformed frame is answered with an error, and its tab goes on."""
    await tab.look(alice, general)
    await tab.socket.send_str(raw)
    assert why in (await tab.told("error"))["text"]
    await tab.ask("say", text="still here")
    await tab.shows("still here")


async def test_bytes_are_no_frame_and_too_much_is_refused(opens: Opens, general: Channel, alice: Person) -> None:
    """A frame of bytes is answered with an error; one that is too large ends its own tab only."""
    first, second = await opens(), await opens()
    await first.look(alice, general)
    await second.look(alice, general)
    await first.socket.send_bytes(b"{}")
    assert (await first.told("error"))["text"] == "a frame is text"
    with suppress(ConnectionError):  # it may be closed before all is out
        await first.socket.send_str(" " * (12 * 1024 * 1024 + 1))
    await first.ends()
    await second.ask("say", text="unharmed")
    await second.shows("unharmed")


async def test_a_refusal_is_told_to_the_one_who_asked(
    opens: Opens, home: Server, general: Channel, alice: Person, bob: Person
) -> None:
    """A refusal is told with its reason to the tab that asked, and to no other."""
    read_only = home.channel("news", deny={home.everyone: Permission.SEND_MESSAGES})
    first, second = await opens(), await opens()
    await first.look(alice, read_only)
    await second.look(bob, read_only)
    with pytest.raises(Refused, match="lacks SEND_MESSAGES"):
        await first.ask("say", text="hello")
    with pytest.raises(Refused, match="at most 4000 characters, not 4001"):
        await first.ask("say", text="x" * 4001, place=str(general.id))
    assert not [frame for frame in second.frames if frame["op"] == "error"]


async def test_whether_the_bot_is_there_is_told(
    tab: Browser, alice: Person, general: Channel, connects: Connects
) -> None:
    """A tab is told when the bot connects and when it leaves."""
    await tab.look(alice, general)
    assert not (await tab.told("places"))["online"]
    client = await connects()
    await tab.told("places", lambda frame: frame["online"])
    await client.close()
    await tab.sees(lambda: not [one for one in tab.frames if one["op"] == "places"][-1]["online"])


async def test_too_much_at_once_is_refused(tab: Browser, general: Channel, alice: Person, serve: Serve) -> None:
    """A tab that asks for too much at once is refused."""

    async def slowly(interaction: object) -> None:
        del interaction

    await serve(slowly)
    await tab.look(alice, general)
    for _ in range(70):
        await tab.begin("run", command="do")
    await tab.told("error", lambda frame: "too much at once" in frame["text"])
    assert sum("too much" in frame.get("text", "") for frame in tab.frames) <= 6


async def test_the_model_s_view_is_told_while_it_is_watched(
    tab: Browser, general: Channel, alice: Person, glass: Glass
) -> None:
    """The model's view is told while it is watched: after each change, and as none where the inspector fails."""
    seen = Seen(
        [SentMessage("user", "hi", 4)], 10, 2, 8000, 1, [StoredTurn("Alice", "hi", "done", 4, sent=True)], "/x/y.db"
    )
    glass.seen_by_place[general.id] = seen
    await tab.look(alice, general)
    await tab.ask("watch", on=True)
    frame = await tab.told("seen")
    assert frame["place"] == str(general.id)
    assert frame["seen"]["messages"] == [{"role": "user", "content": "hi", "tokens": 4, "pictures": []}]
    assert frame["seen"]["turns"][0] == {"author": "Alice", "text": "hi", "state": "done", "tokens": 4, "sent": True}
    glass.seen_by_place[general.id] = replace(seen, prompt_tokens=20)
    await alice.says(general, "more")
    await tab.told("seen", lambda one: one["seen"]["prompt_tokens"] == 20)
    glass.failing = True
    await alice.says(general, "and more")
    await tab.told("seen", lambda one: one["seen"] is None)
    await tab.ask("watch", on=False)
    count = sum(one["op"] == "seen" for one in tab.frames)
    glass.failing = False
    await alice.says(general, "unwatched")
    await tab.shows("unwatched")
    await asyncio.sleep(0.5)  # longer than the page waits before it looks
    assert sum(one["op"] == "seen" for one in tab.frames) == count


async def test_without_an_inspector_nothing_is_offered(
    box: Sandbox, alice: Person, general: Channel, http: aiohttp.ClientSession
) -> None:
    """A page without an inspector tells its tabs that it has none."""
    async with Page(box, [alice], port=0) as page:
        tab = Browser(await http.ws_connect(f"{page.url}socket"))
        assert not (await tab.told("hello"))["inspects"]
        await tab.close()


async def test_commands_are_those_one_may_use(tab: Browser, village: Village, serve: Serve) -> None:
    """A tab is told the commands that its person may use, also when they change."""
    general, alice = village.general, village.alice
    await tab.look(alice, general)
    assert (await tab.told("place"))["commands"] == []
    await serve(answer)
    await tab.told("place", lambda frame: [one["name"] for one in frame["commands"]] == ["do"])
    village.home.permits(general, deny={alice.user: Permission.USE_APPLICATION_COMMANDS})
    await tab.told("place", lambda frame: frame["commands"] == [])
    await tab.look(village.bob, general)
    assert [one["name"] for one in (await tab.told("place"))["commands"]] == ["do"]
