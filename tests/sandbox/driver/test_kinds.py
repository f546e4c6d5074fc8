"""Messages of all kinds: stickers, polls, voice messages, webhooks, and those that nobody wrote."""

import discord
import pytest

from bot.sandbox import Channel, Kind, Permission, Person, RefusedError, Sandbox, Server
from bot.sandbox.discord.world.messages import WRITTEN, MessageType
from tests.sandbox.clients import RecordingClient


async def heard(client: RecordingClient, said_id: int) -> discord.Message:
    """The message of this id, as discord.py reads it."""
    return await client.sees("message", discord.Message, lambda one: one.id == said_id)


async def test_a_sticker_needs_no_text(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A message may hold one to three stickers and no text (Discord's documentation, "Create Message", `sticker_ids`)."""
    said = await alice.sends_sticker(general, "wave", "dance")
    message = await heard(client, said.id)
    assert ([one.name for one in message.stickers], message.content) == (["wave", "dance"], "")
    for names in ([], ["one"] * 4):
        with pytest.raises(RefusedError, match="1 to 3 stickers"):
            await alice.sends_sticker(general, *names)


async def test_a_poll_counts_votes(client: RecordingClient, home: Server, general: Channel, alice: Person) -> None:
    """A poll shows its answers, and the votes of each (Discord's documentation, Poll, "Poll Results Object")."""
    said = await alice.posts_poll(general, "Lunch?", ["Soup", "Bread"], several=True)
    message = await heard(client, said.id)
    assert message.poll is not None
    assert (message.poll.question, [one.text for one in message.poll.answers]) == ("Lunch?", ["Soup", "Bread"])
    await alice.votes(said, 1, 2)
    await alice.votes(said, 2)
    fetched = await client.get_partial_messageable(general.id).fetch_message(said.id)
    assert fetched.poll is not None
    assert [one.vote_count for one in fetched.poll.answers] == [0, 1]
    with pytest.raises(RefusedError, match="no answers"):
        await alice.votes(said, 3)
    single = await alice.posts_poll(general, "Tea?", ["Yes", "No"])
    with pytest.raises(RefusedError, match="one answer"):
        await alice.votes(single, 1, 2)
    with pytest.raises(RefusedError, match="1 to 10 answers"):
        await alice.posts_poll(general, "Tea?", [])
    home.permits(general, deny={home.everyone: Permission.SEND_POLLS})
    with pytest.raises(RefusedError, match="SEND_POLLS"):
        await alice.posts_poll(general, "Tea?", ["Yes"])


async def test_a_voice_message_is_one_sound(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A voice message is a sound file with a length, and a flag (Discord's documentation, Message, "Voice Messages")."""
    said = await alice.sends_voice(general, 4.5)
    message = await heard(client, said.id)
    (file,) = message.attachments
    assert (message.flags.voice, file.is_voice_message(), file.duration) == (True, True, 4.5)
    home.permits(general, deny={home.everyone: Permission.SEND_VOICE_MESSAGES})
    with pytest.raises(RefusedError, match="SEND_VOICE_MESSAGES"):
        await alice.sends_voice(general)


async def test_a_forward_of_a_sticker_keeps_it(client: RecordingClient, general: Channel, alice: Person) -> None:
    """A forward holds the stickers of what was forwarded (OpenAPI document, MinimalContentMessageResponse)."""
    original = await alice.sends_sticker(general, "wave")
    message = await heard(client, (await alice.forwards(original, to=general)).id)
    assert [one.name for one in message.message_snapshots[0].stickers] == ["wave"]


async def test_a_webhook_speaks_under_any_name(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """A webhook's message has its id, a name of its own, and no member (Discord's documentation, Message, `webhook_id`)."""
    hook = home.webhook(general, "News")
    message = await heard(client, (await hook.says(f"{box.bot.mention} hello")).id)
    assert (message.webhook_id, message.author.name, message.author.bot) == (hook.id, "News", True)
    assert not isinstance(message.author, discord.Member)
    assert [user.id for user in message.mentions] == [box.bot.id]
    silent = await heard(client, (await hook.says("@Parley", attachments={"a.txt": b"x"}, ping=False)).id)
    assert (silent.mentions, len(silent.attachments)) == ([], 1)
    said = await alice.says(general, "hello from inside")
    proxied = await heard(client, (await hook.replaces(said, "Fox")).id)
    assert (said.deleted, proxied.author.name, proxied.content) == (True, "Fox", "hello from inside")


async def test_a_pin_is_told_in_the_channel(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A pin changes the message, the channel's pins, and is told by a message that refers to it ("Message Types")."""
    said = await alice.says(general, "important")
    with pytest.raises(RefusedError, match="PIN_MESSAGES"):
        await alice.pins(said)
    alice.joins(home, [home.role("Curators", Permission.PIN_MESSAGES)])
    await alice.pins(said)
    await alice.pins(said)
    told = await client.sees("message", discord.Message, lambda one: one.type is discord.MessageType.pins_add)
    assert told.reference is not None
    assert (told.reference.message_id, told.author.id) == (said.id, alice.id)
    await alice.unpins(said)
    await client.happens("guild_channel_pins_update", times=2)
    edits = [one for one in client.all("raw_message_edit", discord.RawMessageUpdateEvent) if one.message_id == said.id]
    assert [one.data["pinned"] for one in edits] == [True, False]


async def test_pins_in_direct_messages_take_no_permission(alice: Person) -> None:
    """In direct messages either side pins (Discord's documentation, Permissions: they hold in guilds)."""
    said = await alice.says(await alice.dm(), "important")
    await alice.pins(said)
    assert said.pinned
    await alice.unpins(said)
    assert not said.pinned


async def test_joins_and_boosts_are_told_in_the_system_channel(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """The system channel is told of joins and boosts, and of each tier that boosts reach ("Message Types", "Premium Tier")."""
    await alice.boosts(home)
    home.tells_in(general)
    box.discord.user("Carol")
    for _ in range(14):
        await alice.boosts(home)
    kinds = [one.type for one in box.discord.messages(general)]
    assert kinds[:2] == [MessageType.USER_JOIN, MessageType.GUILD_BOOST_TIER_1]
    assert (kinds.count(MessageType.GUILD_BOOST), home.guild.premium_tier, home.guild.boosts) == (11, 3, 15)
    assert (kinds[6], kinds[13]) == (MessageType.GUILD_BOOST_TIER_2, MessageType.GUILD_BOOST_TIER_3)
    await client.happens("message", times=15)
    assert client.guilds[0].premium_tier == 3
    home.tells_in(None)
    await alice.boosts(home)
    assert len(box.discord.messages(general)) == 15
    elsewhere = box.discord.guild("Elsewhere")
    del elsewhere.guild.members[alice.id]
    with pytest.raises(RefusedError, match="no member"):
        await alice.boosts(elsewhere)


@pytest.mark.parametrize("kind", sorted(set(MessageType) - WRITTEN))
async def test_discord_tells_of_everything(
    client: RecordingClient, home: Server, general: Channel, alice: Person, kind: MessageType
) -> None:
    """Messages of every type can be told; nobody replies to one that nobody wrote."""
    told = home.tells(general, kind, alice.user)
    assert (await heard(client, told.id)).type.value == kind
    with pytest.raises(RefusedError):
        await alice.says(general, "why?", reply_to=told)


async def test_what_is_published_is_copied(
    client: RecordingClient, home: Server, general: Channel, alice: Person
) -> None:
    """A message of an announcement channel is published to the channels that follow, by webhooks ("Message Flags")."""
    news = home.channel("news", kind=Kind.ANNOUNCEMENT)
    said = await alice.says(news, "it burns")
    with pytest.raises(RefusedError, match="MANAGE_WEBHOOKS"):
        await alice.follows(news, into=general)
    alice.joins(home, [home.role("Editors", Permission.MANAGE_WEBHOOKS)])
    with pytest.raises(RefusedError, match="no announcement channel"):
        await alice.follows(general, into=general)
    await alice.follows(news, into=general)
    (copy,) = await alice.crossposts(said)
    message = await heard(client, copy.id)
    assert (message.content, message.flags.is_crossposted, message.author.name) == ("it burns", True, "Home #news")
    assert message.reference is not None
    assert message.reference.message_id == said.id
    for other in (said, copy):
        with pytest.raises(RefusedError, match="published"):
            await alice.crossposts(other)


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("a lamp", True),
        ("A LAMP!", True),
        ("lamps", False),
        ("firebird", True),
        ("bonfire", False),
        ("sunset", True),
        ("wick", False),
    ],
)
async def test_automod_blocks_words(home: Server, general: Channel, alice: Person, text: str, *, blocked: bool) -> None:
    """AutoMod blocks whole words in any case, and with `*` the rest of a word ("Keyword Matching Strategies")."""
    home.blocks("lamp", "fire*", "*set")
    said = await alice.says(general, "harmless")
    if not blocked:
        await alice.says(general, text)
        return
    with pytest.raises(RefusedError, match="automatic moderation"):
        await alice.says(general, text)
    with pytest.raises(RefusedError, match="automatic moderation"):
        await alice.edits(said, text)
    assert said.content == "harmless"


async def test_automod_spares_some_and_tells_others(
    client: RecordingClient, box: Sandbox, home: Server, general: Channel, alice: Person
) -> None:
    """AutoMod spares exempt roles and channels, moderators, bots and webhooks, and tells of a block where it is set to."""
    mods, free = home.channel("mods"), home.channel("free")
    friends = home.role("Friends")
    home.blocks("lamp", alerts_in=mods, exempt=[friends, free])
    bob, carol = box.discord.user("Bob"), box.discord.user("Carol")
    bob.joins(home, [friends])
    carol.joins(home, [home.role("Owners", Permission.MANAGE_GUILD)])
    for spared in (bob, carol):
        await spared.says(general, "lamp")
    await alice.says(free, "lamp")
    await home.webhook(general).says("lamp")
    await client.get_partial_messageable(general.id).send("lamp")
    with pytest.raises(RefusedError):
        await alice.says(general, "a lamp")
    (alert,) = box.discord.messages(mods)
    assert (alert.type, alert.author, alert.embeds[0]["description"]) == (
        MessageType.AUTO_MODERATION_ACTION,
        alice.user,
        "a lamp",
    )
    assert (await heard(client, alert.id)).embeds[0].type == "auto_moderation_message"


@pytest.mark.parametrize("bots_too", [False, True])
async def test_automod_can_hold_for_bots(
    client: RecordingClient, home: Server, general: Channel, *, bots_too: bool
) -> None:
    """A rule that holds for bots as well refuses their messages with 200000 ("JSON Error Codes")."""
    home.blocks("lamp", bots_too=bots_too)
    channel = client.get_partial_messageable(general.id)
    if not bots_too:
        await channel.send("lamp")
        return
    with pytest.raises(discord.HTTPException) as refused:
        await channel.send("lamp")
    assert (refused.value.status, refused.value.code) == (400, 200000)


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("see http://lamps.example/buy", True),
        ("see <HTTPS://www.Lamps.example:8080>", True),
        ("see https://a:b@lamps.example", True),
        ("see http://mylamps.example/", False),
        ("lamps.example", False),
    ],
)
async def test_harmful_links_are_blocked_for_bots_too(
    client: RecordingClient, home: Server, general: Channel, alice: Person, text: str, *, blocked: bool
) -> None:
    """Messages and edits with a link to a harmful host are refused with 240000, those of bots too ("JSON Error Codes")."""
    home.blocks_links("lamps.example")
    channel = client.get_partial_messageable(general.id)
    sent = await channel.send("harmless")
    if not blocked:
        await alice.says(general, text)
        await sent.edit(content=text)
        return
    with pytest.raises(RefusedError, match="harmful links"):
        await alice.says(general, text)
    for refused in (channel.send(text), sent.edit(content=text)):
        with pytest.raises(discord.HTTPException) as error:
            await refused
        assert (error.value.status, error.value.code) == (400, 240000)


async def test_media_channels_hold_posts(client: RecordingClient, home: Server, alice: Person) -> None:
    """A media channel takes posts as a forum does, and no messages of its own ("Channel Types", GUILD_MEDIA)."""
    gallery = home.channel("gallery", kind=Kind.MEDIA, tags=["photo"])
    post = await alice.opens_post(gallery, "A tower", "look", tags=["photo"], attachments={"a.png": b"x"})
    assert (await heard(client, post.id)).content == "look"
    with pytest.raises(RefusedError, match="forum"):
        await alice.says(gallery, "hello")
    await client.sees("guild_channel_create", discord.ForumChannel, lambda one: one.id == gallery.id and one.is_media())
