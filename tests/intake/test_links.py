"""Links to messages in a question: read for who may read them now, and otherwise told as unread, whatever is behind them."""

from collections.abc import AsyncGenerator, Callable

import discord
import pytest

from bot.chat.content import Text
from bot.chat.ports.intake import Sourced
from bot.chat.speakers import short_id
from bot.config import AccessSettings, ChatSettings, Current
from bot.intake.consent import Consent
from bot.intake.links import Links
from bot.intake.quotes import UNREAD_LINK
from bot.intake.rendering import DiscordIntake
from bot.intake.surroundings import Surroundings
from bot.sandbox import Channel, Kind, Message, Permission, Person
from bot.sandbox.discord.rest.faults import Garbling
from tests.intake.conftest import Town, joined
from tests.listening import listening
from tests.truth.watch import Watch


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """The town, with an intake that follows links."""
    async with listening(watch) as here:
        yield Town(
            box=here.box,
            home=here.home,
            general=here.general,
            alice=here.alice,
            client=here.client,
            heard=here.heard,
            intake=following(here.client),
        )


def following(client: discord.Client, access: object = None, *, seconds: float = 30) -> DiscordIntake:
    """An intake that follows links, with these access lists."""
    lists = Current(AccessSettings.model_validate(access or {}))
    links = Links(client, lists, Consent(lists))
    around = Surroundings(client, links=links, seconds=Current(seconds))
    return DiscordIntake(client, Current(ChatSettings()), around=around)


def link(to: Message, host: str = "discord.com") -> str:
    """The link to a message, as Discord's client copies it."""
    guild = to.channel.guild
    return f"https://{host}/channels/{guild.id if guild else '@me'}/{to.channel.id}/{to.id}"


def unread(url: str) -> str:
    """The line for a link that was not followed."""
    return "\n" + UNREAD_LINK.format(link=url)


async def asks(town: Town, text: str, by: Person | None = None, at: Channel | None = None) -> str:
    """The part that the model reads of a question behind its words."""
    said = await (by or town.alice).says(at or town.general, f"@Parley look {text}")
    read = await town.read(await town.hears(said))
    return read.partition(f"look {text}")[2]


@pytest.mark.parametrize("host", ["discord.com", "canary.discord.com", "ptb.discord.com", "discordapp.com"])
async def test_a_linked_message_is_quoted(town: Town, host: str) -> None:
    """A link to a message of a place that the asker reads brings its words along, as a content of its author and message."""
    bob, news = town.box.discord.user("Bob"), town.home.channel("news")
    said = await bob.says(news, f"tea for {bob.mention} ||secretly||")
    url = link(said, host)
    question = town.held(await town.hears(await town.alice.says(town.general, f"@Parley look {url}")))
    rendered = await town.intake.render(question)

    head = f"The link leads to a message of Bob (#{short_id(bob.id)}), in #news:"
    assert rendered.contents[1:] == (Sourced(Text(f"\n{head}\n> tea for @Bob ||secretly||"), bob.id, said.id),)
    first = rendered.contents[0]
    assert isinstance(first, Text)
    assert first.text.endswith(f": look {url}")


async def test_what_the_asker_cannot_read_looks_like_what_is_not_there(town: Town) -> None:
    """Links to a hidden place, to one without its history, to no message, no place and no server are all the same line."""
    bob = town.box.discord.user("Bob")
    secret = town.home.channel("secret", deny={town.alice.user: Permission.VIEW_CHANNEL})
    blind = town.home.channel("blind", deny={town.alice.user: Permission.READ_MESSAGE_HISTORY})
    voice = town.home.channel("voice", kind=Kind.VOICE, deny={town.alice.user: Permission.CONNECT})
    mute = town.home.channel("mute", deny={town.home.bot_role: Permission.READ_MESSAGE_HISTORY})
    hidden = [link(await bob.says(place, "psst")) for place in (secret, blind, voice, mute)]
    gone = await bob.says(town.general, "gone")
    await bob.deletes(gone)
    nowhere = f"https://discord.com/channels/{town.home.id}/111111111111111111/222222222222222222"
    elsewhere = "https://discord.com/channels/333333333333333333/111111111111111111/222222222222222222"
    for url in (*hidden, nowhere, elsewhere):
        assert await asks(town, url) == unread(url)
    assert town.fetches() == 0
    assert await asks(town, link(gone)) == unread(link(gone))
    assert "psst" in await asks(town, hidden[0], by=bob)


async def test_rights_are_those_of_the_moment(town: Town) -> None:
    """A right that was given or taken since the asker was last seen counts for the next question."""
    bob, readers = town.box.discord.user("Bob"), town.home.role("Readers")
    room = town.home.channel("room", deny={town.home.everyone: Permission.VIEW_CHANNEL}, allow={
        readers: Permission.VIEW_CHANNEL, town.home.bot_role: Permission.VIEW_CHANNEL, bob.user: Permission.VIEW_CHANNEL
    })  # fmt: skip
    url = link(await bob.says(room, "psst"))
    assert await asks(town, url) == unread(url)
    town.alice.joins(town.home, [readers])
    assert "> psst" in await asks(town, url)
    town.alice.joins(town.home, [])
    assert await asks(town, url) == unread(url)


async def test_a_private_thread_is_read_for_its_members(town: Town) -> None:
    """A link into a private thread is followed for who is in it, and for who manages threads; an archived thread is found too."""
    bob, moderator = town.box.discord.user("Bob"), town.box.discord.user("Mod")
    moderator.joins(town.home, [town.home.role("Mods", Permission.MANAGE_THREADS)])
    thread = await bob.opens_thread(town.general, "hidden", private=True)
    await bob.adds_bot(thread)
    url = link(await bob.says(thread, "psst"))
    assert await asks(town, url) == unread(url)
    for person in (bob, moderator):
        assert "> psst" in await asks(town, url, by=person)
    public = await bob.opens_thread(town.general, "open")
    old = link(await bob.says(public, "long ago"))
    await bob.archives(public)
    assert "> long ago" in await asks(town, old)


async def test_links_in_direct_messages_stay_with_their_person(town: Town) -> None:
    """A link to one's own direct messages is followed there, and neither elsewhere nor by another person."""
    bob = town.box.discord.user("Bob")
    dm = await town.alice.dm()
    url = link(await town.alice.says(dm, "my secret"))
    assert "> my secret" in await asks(town, url, at=dm)
    assert await asks(town, url) == unread(url)
    assert await asks(town, url, by=bob, at=await bob.dm()) == unread(url)


async def test_three_links_are_followed(town: Town) -> None:
    """Of many links the first three messages are read, each once; one to the question itself or to its quote brings nothing."""
    bob = town.box.discord.user("Bob")
    said = [await bob.says(town.general, f"word {number}") for number in range(5)]
    urls = " ".join(link(one) for one in (said[0], said[0], *said[1:]))
    text = await asks(town, urls)
    assert [f"> word {number}" in text for number in range(5)] == [True, True, True, False, False]
    question = await town.alice.says(town.general, f"@Parley look {link(said[0])}", reply_to=said[0])
    assert "The link leads" not in await town.read(await town.hears(question))
    message = await town.hears_changed(question, content=f"{town.bot.mention} see {link(question)}")
    assert "The link leads" not in await town.read(message)


async def test_places_on_the_deny_lists_are_not_read(town: Town) -> None:
    """A place in which the bot stays silent is not read for a link either, nor is what a person wrote whom it ignores."""
    bob, category = town.box.discord.user("Bob"), town.home.category("Closed")
    room = town.home.channel("room", category=category)
    thread = await bob.opens_thread(room, "aside")
    url = link(await bob.says(thread, "psst"))
    lists = ("deny_channels", room), ("deny_channels", category), ("deny_guilds", town.home), ("deny_users", bob)
    for access in ({name: [denied.id]} for name, denied in lists):
        town.intake = following(town.client, access)
        assert await asks(town, url) == unread(url)
    town.intake = following(town.client)
    assert "> psst" in await asks(town, url)


async def test_a_discord_that_is_slow_or_refuses_leaves_links_unread(town: Town) -> None:
    """A link that Discord does not answer in time, or with an error, is told as unread, and the question goes on."""
    url = link(await town.box.discord.user("Bob").says(town.general, "psst"))
    town.box.discord.fails("GET", "/guilds/{guild_id}/members/{user_id}", 403, code=50001, message="Missing Access")
    assert await asks(town, url) == unread(url)
    town.intake = following(town.client, seconds=0.05)
    town.box.discord.delays("GET", "/channels/{channel_id}/messages/{message_id}", 3600)
    assert await asks(town, url) == unread(url)


def _a_list(_: bytes) -> bytes:
    return b"[]"


def _an_object(_: bytes) -> bytes:
    return b"{}"


@pytest.mark.parametrize(
    "route", ["/channels/{channel_id}/messages/{message_id}", "/guilds/{guild_id}/members/{user_id}"]
)
@pytest.mark.parametrize("body", [Garbling.HTML, Garbling.EMPTY, _a_list, _an_object])
async def test_an_answer_that_is_not_discords_leaves_a_link_unread(
    town: Town, route: str, body: Garbling | Callable[[bytes], bytes]
) -> None:
    """Where Discord, or a proxy before it, answers with something else than it documents, the link is told as unread."""
    url = link(await town.box.discord.user("Bob").says(town.general, "psst"))
    town.box.discord.garbles("GET", route, body)
    assert await asks(town, url) == unread(url)


async def test_a_question_that_no_model_is_asked_fetches_nothing(town: Town) -> None:
    """A question that is rendered without its files leaves its links unread."""
    url = link(await town.box.discord.user("Bob").says(town.general, "psst"))
    question = town.held(await town.hears(await town.alice.says(town.general, f"@Parley look {url}")))
    rendered = await town.intake.render(question, files=False)
    assert joined(rendered).endswith(f"look {url}{unread(url)}")


async def test_a_linked_message_without_words_that_are_shown_says_so(town: Town) -> None:
    """A link to a message whose words Discord withholds names its author, and a long message is shortened, spoilers closed."""
    bob = town.box.discord.user("Bob")
    long = await bob.says(town.general, "a" * 1490 + "||" + "b" * 100 + "||")
    text = await asks(town, link(long))
    assert text.endswith(f"> {'a' * 1490}||{'b' * 8}…||")
    empty = await bob.says(town.general, "x")
    empty.content = ""
    head = f"The link leads to a message of Bob (#{short_id(bob.id)}), in #general, which you cannot see"
    assert await asks(town, link(empty)) == f"\n{head}"
