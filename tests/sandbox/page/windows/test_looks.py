"""The page in a real browser, with a bot that a test plays itself: looks, dialogs, hostile messages, reconnecting."""

import json

import discord
import pytest
from playwright.async_api import Page as Window
from playwright.async_api import expect

from bot.sandbox import Channel
from bot.sandbox.page import Fact, Page, Seen, SentMessage, StoredTurn
from tests.browser import Windows
from tests.sandbox.clients import RecordingClient
from tests.sandbox.conftest import connecting
from tests.sandbox.discord.forms.test_modals import Survey
from tests.sandbox.handlers import Serve, one_menu
from tests.sandbox.page.conftest import Glass, Village

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXTS = {
    "**b** *i* _j_ __u__ ~~s~~ a_b_c": "<strong>b</strong> <em>i</em> <em>j</em> <u>u</u> <s>s</s> a_b_c",
    "***both***": "<strong><em>both</em></strong>",
    r"\*not\* 2*3*4 ** x **": "*not* 2<em>3</em>4 <strong> x </strong>",
    "`a **b**` ``c ` d``": "<code>a **b**</code> <code>c ` d</code>",
    "# One\n## Two\n-# tiny\n#no": '<h1>One</h1><h2>Two</h2><span class="small">tiny</span>#no',
    "> q\n> r\ns": "<blockquote>q\nr</blockquote>s",
    "a\n>>> q\n# h": "a<blockquote>q<h1>h</h1></blockquote>",
    "- a\n  - b\n- c": "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
    "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "<@7> <@&7> <#7> </do it:7> <:cat:7> @everyone": "".join(
        [
            '<span class="mention">@user7</span> <span class="mention">@role7</span> ',
            '<button type="button" class="mention">#channel7</button> <span class="mention">/do it</span> ',
            '<span class="emoji-tag">:cat:</span> <span class="mention">@everyone</span>',
        ]
    ),
    "[x](javascript:alert(1)) <script>alert(1)</script>": "[x](javascript:alert(1)) &lt;script&gt;alert(1)&lt;/script&gt;",
    "[a https://b.example c](https://d.example/)": "[a https://b.example c](https://d.example/)",
    "#### deep\n# # no": "#### deep\n# # no",
    "~~~\nx": "~~~\nx",
    "||a\n# b\n- c||": (
        '<span class="spoiler" role="button" tabindex="0" aria-expanded="false" aria-label="Spoiler, hidden">'
        "a<h1>b</h1><ul><li>c</li></ul></span>"
    ),
    "> a\n> \n> > b": "<blockquote>a\n\n&gt; b</blockquote>",
    "1. a\n   b\n2. c": '<ol start="1"><li>a\nb</li><li>c</li></ol>',
    "see https://a.example/x_(y)_z. ok": (
        'see <a href="https://a.example/x_(y)_z" target="_blank" rel="noopener noreferrer" '
        'title="https://a.example/x_(y)_z">https://a.example/x_(y)_z</a>. ok'
    ),
    "<t:99999999999999999> <t:0:D>": (
        '&lt;t:99999999999999999&gt; <time class="moment" datetime="1970-01-01T00:00:00.000Z" '
        'title="Thursday, January 1, 1970 at 12:00 AM">January 1, 1970</time>'
    ),
    "||a ||": (
        '<span class="spoiler" role="button" tabindex="0" aria-expanded="false" aria-label="Spoiler, hidden">a </span>'
    ),
}

SHOW = """async (texts) => {
    const { text } = await import("/static/text.js");
    const known = (kind) => (id) => (id === "7" ? kind + id : null);
    const names = {user: known("user"), role: known("role"), channel: known("channel"), go() {}, revealed: new Set()};
    return texts.map((one) => text(one, names, "k").innerHTML);
}"""

TIMED = f"""async (texts) => {{
    const start = performance.now();
    await ({SHOW})(texts);
    return (performance.now() - start) / 1000;
}}"""

CODE = """async ([code, language]) => {
    const { highlighted } = await import("/static/highlight.js");
    return highlighted(code, language);
}"""


async def test_markdown_reads_as_on_discord(window: Window) -> None:
    """Markdown is shown as Discord shows it."""
    shown = await window.evaluate(SHOW, list(TEXTS))
    assert dict(zip(TEXTS, shown, strict=True)) == {**TEXTS, "<t:99999999999999999> <t:0:D>": shown[-2]}
    assert "1970" in shown[-2]


async def test_hard_texts_are_read_in_no_time(window: Window) -> None:
    """Texts that are hard to read are rendered within 2 seconds each."""
    hard = [
        "*" * 4000,
        "**a" * 1300,
        "_" * 4000,
        "||" * 2000,
        "> " * 2000,
        "[" * 4000,
        "`" * 4000,
        "- a\n" * 1000,
        "~~ " * 1300,
    ]
    hard += [
        "\n".join(" " * n + "- a" for n in range(80)),
        "```" + "\n" * 3990,
        "* *" * 1300,
        "https://" * 500,
        "<t:1" * 1000,
        "*_~~||" * 700,
        "**_" * 1300,
        "[a](https://x" * 300,
        "*a **b " * 500,
        "_ _a" * 1000,
    ]
    for one in hard:
        seconds = await window.evaluate(TIMED, [one])
        assert seconds < 2, one[:8]


async def test_code_keeps_every_letter(window: Window) -> None:
    """Code with colours keeps every character in every language."""
    code = '# c\n@x\ndef f(a: Int) -> \'str\':\n\t"""doc\n""" + r\'\\\'\' 0x1F // /* " ` \'\n<b a="1">-- --\n@@ é𝔘 $x'
    for language in ("python", "js", "sh", "sql", "ruby", "yaml", "json", "css", "html", "diff", "brainfuck", ""):
        pieces = await window.evaluate(CODE, [code, language])
        assert "".join(piece for _, piece in pieces) == code
    python = {piece: kind for kind, piece in await window.evaluate(CODE, ["def f(): return 1 # c", "py"])}
    assert python["def"] == python["return"] == "keyword"
    assert python["f"] == "call"
    assert python["1"] == "number"
    assert python["# c"] == "comment"


async def test_hostile_messages_stay_text(window: Window, village: Village) -> None:
    """Markup in messages, thread names and file names is shown as text and not run."""
    evil = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
    await village.bob.says(
        village.general,
        f"{evil} [a](javascript:window.hacked=1) ||{evil}|| `{evil}`",
        attachments={f"{evil}.txt": b"x"},
    )
    await village.bob.says(village.general, f"```{evil}\n{evil}```")
    await village.bob.opens_thread(village.general, evil[:90])
    await expect(window.locator("#messages .file")).to_be_visible()
    await expect(window.get_by_role("navigation").locator(".nested")).to_have_text(evil[:90])
    assert await window.evaluate("window.hacked") is None
    assert await window.locator("#messages img, #messages script, #messages [onerror]").count() == 0
    for link in await window.locator("#messages a").all():
        assert (await link.get_attribute("href") or "").startswith("/attachments/")


async def test_a_modal_is_filled_in(window: Window, village: Village, serve: Serve) -> None:
    """A modal is filled in and submitted in a dialog, and the focus returns to the message box."""
    survey = Survey()

    async def ask(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(survey)

    await serve(ask)
    await window.get_by_role("combobox", name="Message").press_sequentially("/do")
    await window.get_by_role("option", name="/do").click()
    await window.get_by_role("button", name="Run").click()
    dialog = window.get_by_role("dialog", name="Survey")
    await dialog.get_by_label("Name").fill("Al")
    await dialog.get_by_label("Why").fill("two\nlines")
    await dialog.get_by_label("Colour").select_option(label="Red")
    await dialog.get_by_label("Whom").select_option(label="Bob")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(window.get_by_role("log")).to_contain_text("thanks")
    await expect(dialog).to_have_count(0)
    await window.keyboard.type("and on")
    await expect(window.get_by_role("combobox", name="Message")).to_have_value("and on")
    assert survey.got[:3] == ["Al", "two\nlines", ["r"]]


async def test_a_menu_with_several_choices(window: Window, village: Village, client: RecordingClient) -> None:
    """A menu with several choices is a dialog in which more than one can be chosen."""

    async def chosen(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("chosen: " + " ".join((interaction.data or {}).get("values", [])))

    await client.get_partial_messageable(village.general.id).send("choose", view=one_menu(chosen))
    await window.get_by_role("button", name="Colour", exact=True).click()
    dialog = window.get_by_role("dialog", name="Colour")
    await dialog.get_by_label("Red").check()
    await dialog.get_by_label("Blue").check()
    await dialog.get_by_role("button", name="Choose").click()
    await expect(window.get_by_role("log")).to_contain_text("chosen: r b")


async def test_the_panel_shows_the_request(window: Window, village: Village, glass: Glass) -> None:
    """The panel shows the tokens, the cached share, the trimmed turns and the messages of a request, and can be hidden."""
    panel = window.get_by_role("complementary", name="What the model sees")
    await window.get_by_role("button", name="What the model sees").click()
    await expect(panel).to_be_hidden()
    await window.get_by_role("button", name="What the model sees").click()
    await expect(panel).to_contain_text("Nothing was sent to the model")
    sent = [SentMessage("system", "Be <b>kind</b>.", 9), SentMessage("user", "hi", 4)]
    turns = [StoredTurn("Alice", "old", "done", 4, sent=False), StoredTurn("Alice", "hi", "done", 4, sent=True)]
    glass.seen_by_place[village.general.id] = Seen(sent, 1000, 250, 8000, 1, turns, "/data/history.db")
    await village.alice.says(village.general, "hi")
    await expect(panel).to_contain_text("1,000 tokens sent")
    await expect(panel).to_contain_text("25% from the cache")
    await expect(panel).to_contain_text("1 turn trimmed")
    await expect(panel).to_contain_text("/data/history.db")
    await expect(panel.locator(".trimmed")).to_contain_text("old")
    await panel.get_by_text("system").click()
    await expect(panel.locator("pre").first).to_have_text("Be <b>kind</b>.")
    await expect(panel.locator("pre").first).to_be_visible()


@pytest.mark.parametrize("look", [("light", 1280), ("dark", 400)])
async def test_the_panel_tells_where_values_come_from(
    opened: Windows, page: Page, village: Village, glass: Glass, look: tuple[str, int]
) -> None:
    """The panel lists the facts of a request, with people by their names, and long words within its width."""
    scheme, width = look
    facts = [
        Fact("Persona", "captain", f"chosen for this channel by {village.alice.mention}"),
        Fact("Model", "m" * 60, "the persona brings it along", "vendor/" + "m" * 80),
    ]
    glass.seen_by_place[village.general.id] = Seen([SentMessage("user", "hi", 4)], 10, 0, 8000, 0, [], "/x/y.db", facts)
    window = await opened.opens(page.url, width=width, color_scheme=scheme, locale="en-US")
    await expect(window.get_by_role("heading", level=1)).to_have_text("general")
    panel = window.get_by_role("complementary", name="What the model sees")
    if width == 400:
        await window.get_by_role("button", name="What the model sees").click()
    listed = panel.locator(".facts")
    await expect(listed.get_by_role("term")).to_have_text(["Persona", "Model"])
    await expect(listed.get_by_role("definition").first).to_have_text("captainchosen for this channel by @Alice")
    await expect(listed.locator("code")).to_have_text("vendor/" + "m" * 80)
    assert await listed.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert await panel.evaluate("one => one.scrollWidth <= one.clientWidth")


async def test_the_panel_after_a_reset(window: Window, village: Village, glass: Glass) -> None:
    """The panel says that nothing was sent after a reset, and shows mentions as names."""
    panel = window.get_by_role("complementary", name="What the model sees")
    glass.seen_by_place[village.general.id] = Seen([], 0, 0, 8000, 0, [], "/data/history.db")
    await village.alice.says(village.general, "hi")
    await expect(panel).to_contain_text("Nothing of this conversation was sent")
    await expect(panel).to_contain_text("/data/history.db")
    await expect(panel.locator("table, .meter")).to_have_count(0)
    asked = StoredTurn("Alice", f"{village.box.bot.mention} hi", "waiting", 0, sent=False)
    glass.seen_by_place[village.general.id] = Seen([], 0, 0, 8000, 0, [asked], "/data/history.db")
    await village.alice.says(village.general, "again")
    await expect(panel.get_by_role("row").last).to_contain_text("@Parley hi")


async def test_a_bot_that_starts_is_waited_for(
    window: Window, village: Village, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says that the bot is on its way until it is connected."""
    del general
    about = window.locator("#typing")
    await expect(about).to_contain_text("Parley is on its way")
    async with connecting(village.box, monkeypatch) as connect:
        await connect()
        await expect(about).to_be_empty()


async def test_the_page_comes_back_after_a_restart(opened: Windows, village: Village) -> None:
    """The page reconnects after a restart with its person, channel and draft, and shows the messages since then."""
    opened.expected = ("WebSocket connection to", "Failed to load resource")
    other = village.home.channel("other")
    people = [village.alice, village.bob]
    async with Page(village.box, people, port=0) as first:
        window = await opened.opens(first.url)
        await window.get_by_role("button", name="You are Alice").click()
        await window.get_by_role("menuitemradio", name="Bob").click()
        await window.get_by_role("button", name="other").click()
        await expect(window.get_by_role("heading", level=1)).to_have_text("other")
        await window.get_by_role("combobox", name="Message").fill("half a sent")
        port = int(first.url.rstrip("/").rpartition(":")[2])
    await expect(window.get_by_text("The demo was stopped")).to_be_visible()
    await village.alice.says(other, "said meanwhile")
    async with Page(village.box, people, port=port) as again:
        assert again.url == first.url
        await expect(window.get_by_text("The demo was stopped")).to_be_hidden()
        await expect(window.get_by_role("log")).to_contain_text("said meanwhile")
        await expect(window.get_by_role("button", name="You are Bob")).to_be_visible()
        await expect(window.get_by_role("combobox", name="Message")).to_have_value("half a sent")
        await window.get_by_role("combobox", name="Message").fill("back again")
        await window.keyboard.press("Enter")
        await expect(window.get_by_role("log")).to_contain_text("back again")


async def test_what_is_refused_is_said_and_not_lost(window: Window, village: Village) -> None:
    """A message that Discord refuses stays in the message box, and the reason is shown."""
    village.home.changes(village.general, slowmode=60)
    draft = window.get_by_role("combobox", name="Message")
    await draft.fill("first")
    await draft.press("Enter")
    await expect(window.get_by_role("log")).to_contain_text("first")
    await draft.fill("second")
    await draft.press("Enter")
    await expect(window.get_by_role("alert")).to_contain_text("slow mode")
    await expect(draft).to_have_value("second")


async def test_light_and_dark(window: Window) -> None:
    """The page changes between light and dark colours, and remembers the choice."""
    theme = "document.documentElement.dataset.theme"
    assert await window.evaluate(theme) == "dark"
    await window.get_by_role("button", name="Change to light colours").click()
    assert await window.evaluate(theme) == "light"
    await window.reload()
    await expect(window.get_by_role("button", name="Change to dark colours")).to_be_visible()
    assert json.loads(await window.evaluate(f"JSON.stringify({theme})")) == "light"
