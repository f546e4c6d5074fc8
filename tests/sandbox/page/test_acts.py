"""Actions on the page, as the world and the bot see them."""

import base64

import discord
import pytest

from bot.sandbox import Channel, Kind, Person, Sandbox, Server
from bot.sandbox.discord.world.media import Recording
from tests.sandbox.clients import RecordingClient
from tests.sandbox.conftest import Connects
from tests.sandbox.discord.forms.test_modals import Survey
from tests.sandbox.handlers import Serve, answer, one_button, one_menu
from tests.sandbox.page.browser import Browser, Refused
from tests.sandbox.page.conftest import Opens, Village


@pytest.fixture
async def here(tab: Browser, general: Channel, alice: Person) -> Browser:
    """A tab in which Alice looks at the channel."""
    await tab.look(alice, general)
    return tab


async def test_messages_are_written_edited_and_deleted(
    box: Sandbox, here: Browser, general: Channel, alice: Person, bob: Person
) -> None:
    """Messages are written with mentions and as replies, edited and deleted; those of others cannot be edited."""
    first = await bob.says(general, "hello")
    answer = await here.ask("say", text="@Parley @Bob hi", reply_to=str(first.id), ping=False)
    message = box.discord.world.message(general, int(answer["message"]))
    assert message.author is alice.user
    assert message.content == f"{box.bot.mention} {bob.mention} hi"
    assert message.reference is not None
    assert message.reference.message_id == first.id
    await here.ask("edit", message=answer["message"], text="changed")
    assert message.content == "changed"
    with pytest.raises(Refused, match="own messages"):
        await here.ask("edit", message=str(first.id), text="not mine")
    await here.ask("delete", message=answer["message"])
    assert message.deleted
    with pytest.raises(Refused, match="Unknown Message"):
        await here.ask("edit", message=answer["message"], text="gone")


async def test_direct_messages_wait_for_a_bot_that_starts(
    box: Sandbox, here: Browser, alice: Person, connects: Connects
) -> None:
    """A direct message is sent once the bot is connected, and other messages at once."""
    direct = box.discord.world.direct(alice.user)
    number = await here.begin("say", text="are you there?", place=str(direct.id))
    await here.ask("say", text="meanwhile")
    assert not box.discord.messages(direct)
    client = await connects()
    await here.answered(number)
    assert (await client.sees("message", discord.Message)).content == "are you there?"


async def test_files_are_sent(box: Sandbox, here: Browser, general: Channel) -> None:
    """Files are sent with their names made unique; malformed, large and too many ones are refused."""
    content = base64.b64encode(b"a,b").decode()
    await here.ask("say", text="", files=[{"name": "t.csv", "content": content}, {"name": "t.csv", "content": content}])
    (message,) = box.discord.messages(general)
    assert message.files == {"t.csv": b"a,b", "t-2.csv": b"a,b"}
    for files, why in [
        ([{"name": "x", "content": "~"}], "base64"),
        ([{"name": "x"}], "a name and a content"),
        ([{"name": "x", "content": base64.b64encode(bytes(8 * 2**20 + 1)).decode()}], "at most|may have 8 MB"),
        ([{"name": str(n), "content": content} for n in range(11)], "Maximum number of attachments"),
    ]:
        with pytest.raises(Refused, match=why):
            await here.ask("say", text="", files=files)


async def test_a_voice_message_is_one_recording(box: Sandbox, here: Browser, general: Channel) -> None:
    """A voice message is sent with its length, which has bounds; anything but one recording is refused."""
    recording = {"name": "a.ogg", "content": base64.b64encode(b"OggS").decode()}
    for seconds, shown in ((2.5, 2.5), (0, 1.0), (1e9, 1200.0)):
        await here.ask("voice", seconds=seconds, files=[recording])
        assert box.discord.messages(general)[-1].attachments[0].recording == Recording(shown)
    with pytest.raises(Refused, match="one recording"):
        await here.ask("voice", seconds=1, files=[])
    with pytest.raises(Refused, match="a number is missing"):
        await here.ask("voice", seconds="long", files=[recording])


async def test_threads_and_posts_are_opened(
    box: Sandbox, here: Browser, home: Server, general: Channel, alice: Person
) -> None:
    """Threads and forum posts are opened, and names that Discord does not take are refused."""
    start = await alice.says(general, "start")
    thread = await here.ask("thread", message=str(start.id), name="  a   thread ")
    assert box.discord.world.channel(int(thread["place"])).name == "a thread"
    await here.told("places", lambda frame: any(one["id"] == thread["place"] for one in frame["guilds"][0]["channels"]))
    with pytest.raises(Refused, match="already been created"):
        await here.ask("thread", message=str(start.id), name="again")
    with pytest.raises(Refused, match="1 to 100 characters"):
        await here.ask("thread", name="x" * 101)
    forum = home.channel("forum", kind=Kind.FORUM, tags=["help"])
    post = await here.ask("post", place=str(forum.id), title="Title", text="Body", tags=["help"])
    assert [one.content for one in box.discord.messages(box.discord.world.channel(int(post["place"])))] == ["Body"]


async def test_reactions_are_put_and_taken(here: Browser, general: Channel, alice: Person, bob: Person) -> None:
    """Reactions are put and taken back, and those of one's own are marked."""
    message = await bob.says(general, "good?")
    await bob.reacts(message, "🎉")
    await here.shows("good?")
    await here.ask("react", message=str(message.id), emoji="👍")
    shown = here.messages[str(message.id)]
    while len(shown.get("reactions", [])) < 2:
        shown = await here.changes(shown)
    assert [(one["emoji"]["name"], one["me"]) for one in shown["reactions"]] == [("🎉", False), ("👍", True)]
    await here.ask("react", message=str(message.id), emoji="👍", on=False)
    assert list(message.reactions) == ["🎉"]


async def test_buttons_and_menus_work(client: RecordingClient, here: Browser, general: Channel, bob: Person) -> None:
    """Buttons and menus of the bot's messages work, and a choice that is not offered is refused."""
    place = client.get_partial_messageable(general.id)
    button = await place.send("a button", view=one_button(answer))
    await here.ask("press", message=str(button.id), button="press")
    await here.shows("ok")

    async def chosen(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(" ".join((interaction.data or {}).get("values", [])))

    menu = await place.send("a menu", view=one_menu(chosen))
    await here.ask("choose", message=str(menu.id), menu="colour", values=["b", "r"])
    await here.shows("b r")
    with pytest.raises(Refused, match="there is no option 'green'"):
        await here.ask("choose", message=str(menu.id), menu="colour", values=["green"])

    view = discord.ui.View(timeout=None)
    users = discord.ui.UserSelect[discord.ui.View](custom_id="who")
    users.callback = chosen
    view.add_item(users)
    who = await place.send("people", view=view)
    await here.ask("choose", message=str(who.id), menu="who", values=[str(bob.id)])
    await here.shows(str(bob.id))
    with pytest.raises(Refused, match="not here any more"):
        await here.ask("choose", message=str(who.id), menu="who", values=["1"])


async def test_modals_open_are_filled_in_and_cancelled(
    here: Browser, opens: Opens, general: Channel, bob: Person, serve: Serve
) -> None:
    """A modal is checked and submitted, once and by its own tab only, or cancelled."""
    survey = Survey()

    async def ask(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(survey)

    await serve(ask)
    opened = (await here.ask("run", command="do"))["modal"]
    assert opened["title"] == "Survey"
    with pytest.raises(Refused, match="'Name' must be filled in"):
        await here.ask("submit", modal=opened["id"], values={})
    other = await opens()
    await other.look(bob, general)
    values = {"name": "Al", "why": "because", "colour": ["r"], "whom": [str(bob.id)]}
    with pytest.raises(Refused, match="not open any more"):
        await other.ask("submit", modal=opened["id"], values=values)
    await here.ask("submit", modal=opened["id"], values=values)
    await here.shows("thanks")
    assert survey.got[:3] == ["Al", "because", ["r"]]
    with pytest.raises(Refused, match="not open any more"):
        await here.ask("submit", modal=opened["id"], values=values)
    again = (await here.ask("run", command="do"))["modal"]
    await here.ask("cancel", modal=again["id"])
    with pytest.raises(Refused, match="not open any more"):
        await here.ask("cancel", modal=again["id"])


@pytest.fixture
async def commands(client: RecordingClient) -> None:
    """Register `/paint` with options of several kinds, `/memory forget` and a command on messages."""
    tree = discord.app_commands.CommandTree(client)

    @tree.command(name="paint", description="paint it")
    async def paint(
        interaction: discord.Interaction,
        colour: str,
        times: int,
        member: discord.Member,
        where: discord.TextChannel | None = None,
    ) -> None:
        await interaction.response.send_message(f"{colour} {times} {member.name} {where}")

    @paint.autocomplete("colour")
    async def suggest(interaction: discord.Interaction, typed: str) -> list[discord.app_commands.Choice[str]]:
        del interaction
        return [discord.app_commands.Choice(name=f"Light {typed}", value=f"l-{typed}")]

    memory = discord.app_commands.Group(name="memory", description="memory")

    @memory.command(name="forget", description="forget")
    async def forget(interaction: discord.Interaction, role: discord.Role) -> None:
        await interaction.response.send_message(f"forgot {role.name}")

    @tree.context_menu(name="Quote")
    async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"quoted {message.content}")

    @tree.context_menu(name="Greet")
    async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"hi {member.name}")

    tree.add_command(memory)
    await tree.sync()
    del suggest, forget, quote, greet


async def test_commands_take_options_of_every_kind(here: Browser, village: Village, commands: None) -> None:
    """Commands take options of every kind, suggest choices, and can be used on messages and people."""
    general, bob = village.general, village.bob
    options = {"colour": "red", "times": 2, "member": str(bob.id), "where": str(general.id)}
    await here.ask("run", command="paint", options=options)
    await here.shows("red 2 bob general")
    role = village.home.role("mods")
    await here.ask("run", command="memory forget", options={"role": str(role.id)})
    await here.shows("forgot mods")
    message = await village.alice.says(general, "words")
    await here.ask("use", command="Quote", message=str(message.id))
    await here.shows("quoted words")
    await here.ask("use", command="Greet", user=str(bob.id))
    await here.shows("hi bob")
    found = await here.ask("suggest", command="paint", options={"colour": "blue", "times": 1}, focused="colour")
    assert found["choices"] == [{"name": "Light blue", "value": "l-blue"}]


@pytest.mark.parametrize(
    ("command", "options", "why"),
    [
        ("paint", {"colour": "red"}, "needs"),
        ("paint", {"size": 1}, "no option \\['size'\\]"),
        ("paint", {"colour": "red", "times": "two", "member": "1"}, "not here any more"),
        ("memory", {}, "needs one of \\['forget'\\]"),
        ("nothing", {}, "there is no command"),
        ("", {}, "there is no command /;"),
    ],
)
async def test_a_command_that_is_wrong_is_refused(
    here: Browser, commands: None, command: str, options: dict[str, object], why: str
) -> None:
    """A command that is unknown, incomplete or wrongly filled in is refused with the reason."""
    with pytest.raises(Refused, match=why):
        await here.ask("run", command=command, options=options)


async def test_silence_of_the_bot_is_said(box: Sandbox, here: Browser, serve: Serve) -> None:
    """A command that the bot does not answer in time is refused as one without a response."""

    async def silent(interaction: discord.Interaction) -> None:
        del interaction

    box.discord.interactions.response_seconds = 0.2
    await serve(silent)
    with pytest.raises(Refused, match="The application did not respond"):
        await here.ask("run", command="do")


async def test_thinking_shows_until_it_is_filled_in(here: Browser, serve: Serve) -> None:
    """A deferred response shows that the bot is thinking until it is filled in."""

    async def think(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await here.sees(lambda: any(one["flags"] & 128 for one in here.messages.values()))
        await interaction.followup.send("thought")

    await serve(think)
    await here.ask("run", command="do")
    assert not (await here.shows("thought"))["flags"] & 128
