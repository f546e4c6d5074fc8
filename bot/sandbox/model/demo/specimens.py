"""Specimens: texts of a certain form, for whoever wants to see how a bot shows them."""

from bot.sandbox.model.demo.code import CODES, long_python

LONG = "\n\n".join(
    [
        "# A long answer\n*From the demo model, which has no language model behind it: these paragraphs are always the same.*",
        (
            "## 1. Why it is long\nDiscord takes at most 2000 characters in one message. An answer that is longer has to be "
            "divided, and a good place for that is between two paragraphs, else between two sentences, else between two words. "
            "While I write, the bot edits its message about once a second; when the message is full, it goes on in the next one."
        ),
        (
            "## 2. What to watch\n"
            "- The first words appear as soon as I have written them, not when I am done.\n"
            "- The last edit comes right after my last word, whatever the pace was until then.\n"
            "- No message begins or ends in the middle of a word, and no formatting is torn apart.\n"
            "- Whoever reads on a phone is not scrolled away from what they read: messages only grow at their end."
        ),
        (
            "## 3. What is kept\nThe whole answer is one turn of the conversation, however many messages Discord needs to show "
            "it. It is in the database before its last edit. If the machine lost its power in between, the next start would "
            "finish the edit. So what you read here and what the bot remembers are the same, and an export shows it in one piece."
        ),
        (
            "## 4. What it costs\nA long answer is sent again with every later question, until it is trimmed. That is "
            "why the history has a budget in tokens. The panel beside the chat shows how much of it is used, and what was left "
            "out. Between two trims every request begins exactly as the one before, so that a provider's prompt cache can be "
            "used for it; a cached token costs about a tenth."
        ),
        (
            "## 5. A quotation to look at\n> The bot starts, it says what is wrong, it answers once, it survives a power cut.\n"
            "> What it costs can be told beforehand."
        ),
        "## 6. Some words to fill the page\n" + " ".join(["Here is a sentence that says nothing new."] * 24),
        "## 7. The end\nThat was all. Ask “how many messages do you see?” to find out that this counts as a single answer.",
    ]
)

_CHAPTER = (
    "## Chapter {number} of {count}\nThis chapter is as long as the others and says as little. It is here because an answer that "
    "fills more messages than the bot may send is cut on Discord, and comes whole as a file under the last of them. "
)

VERY_LONG = "\n\n".join(
    [
        "# A very long answer\n*From the demo model: more than fits into the messages of one answer. It takes most of a minute.*",
        *(_CHAPTER.format(number=number, count=13) + "Nothing of it is lost. " * 18 for number in range(1, 14)),
        "## The end\nThat was all of it.",
    ]
)

TABLE = """\
I write a table in Markdown, which Discord cannot show; the bot makes columns of it:

| what you do     | what happens          |
|-----------------|-----------------------|
| mention the bot | it answers, remembers |
| open a thread   | it goes on from there |
| `/reset`        | a new conversation    |
| `/export`       | a file for you alone  |"""

LIST = """\
Three things to try, in this order:
1. **Tell me something**, such as `my cat is called Ada`.
2. **Let somebody else ask**: switch to Bob and ask `what is her cat called?`
3. **Forget it**: use `/reset`, ask again, and press *Undo*.
   - Undo works until the next reset.
   - Nothing is ever deleted by a reset."""

MARKDOWN = """\
# Heading
## Smaller heading
**bold**, *italic*, __underlined__, ~~struck out~~, `code`, ||a spoiler||, [a link](https://example.org)
> A quotation
> of two lines
- a list
  - in a list
1. first
2. second
-# small print, and a date: <t:1431468000:D>"""

_OTHER_NAMES = {"js": "javascript", "ts": "typescript", "py": "python", "shell": "bash", "sh": "bash", "golang": "go"}


def code(words: set[str], *, long: bool) -> str:
    """Return a block of code in the language that is among some words, Python otherwise; a long one fills two messages."""
    known = words | {_OTHER_NAMES[word] for word in words & _OTHER_NAMES.keys()}
    language = next((one for one in CODES if one in known), "python")
    if long:
        return f"A long piece of Python, which does not fit into one message:\n```python\n{long_python()}\n```"
    block = f"```{language}\n{CODES[language]}\n```"
    return f"Some code in {language}, one of the {len(CODES)} pieces that I know by heart:\n{block}"
