"""Sentences that people read on Discord when they use a command, press a button, or mention the bot and get no answer."""

from collections.abc import Mapping
from typing import Final

from bot.chat.service import PressOutcome
from bot.chat.texts import TOO_LONG_A_QUEUE, TOO_MANY
from bot.errors import TokensSpent
from bot.intake.message import Gap

# Any command or button.
NOT_HERE: Final = "I may not serve you here."
BROKEN: Final = "Something went wrong on my side. Please try again in a moment."

# A mention that cannot be answered.
NOTHING_ASKED: Final = "You called me but asked nothing. Mention me with your question, in one message."
NOTHING_SEEN: Final = (
    "Discord did not let me see what you wrote, because you mentioned my role. Please mention my user instead."
)
GAPS: Final[Mapping[Gap, str]] = {
    Gap.NOTHING: NOTHING_ASKED,
    Gap.IN_DM: "There is nothing in your message that I can read. Please write your question as text.",
    Gap.ROLE_MENTION: NOTHING_SEEN,
    Gap.FORWARD: "Discord does not let me see what you forwarded. Please copy its text into your message.",
    Gap.HIDDEN_REPLY: (
        "Discord does not let me see the message that you reply to, because it does not mention me. Please copy its text into "
        "your message."
    ),
    Gap.REPLY_TO_NOTHING: "The message that you reply to is gone. Please write your question into your own message.",
    Gap.REPLY_TO_BOT: "You replied to me without a question. Please write it into your message.",
}
"""The sentence for the asker of a message that holds nothing to answer, by its gap."""

# Presses of buttons.
UNDONE: Final = "The reset was taken back: the conversation goes on where it was."
NOT_YOURS: Final = "Only whoever reset the conversation, or a moderator, can take that back."
TOO_LATE: Final = (
    "There is nothing left to take back here: the conversation was reset again, or this was undone before."
)
NOT_YOUR_QUESTION: Final = "Only whoever asked, or a moderator, can stop this, have it answered again or go on."
NOTHING_TO_RETRY: Final = "There is nothing left to do here: this was answered, or is being answered now."
NOTHING_TO_STOP: Final = "There is nothing left to stop here: this answer has ended."
NOTHING_TO_PICK: Final = (
    "I cannot turn to that answer: it is the one that stands here, or another one is being written."
)
SHOWN_SOON: Final = (
    "Your choice counts already. Discord does not let me change this message right now; I do it as soon as I may."
)
NOT_OPEN: Final = "This belongs to a conversation that was reset. Undo the reset first, or ask again."
NOT_QUEUED: Final[Mapping[PressOutcome, str]] = {
    PressOutcome.IMPOSSIBLE: NOTHING_TO_RETRY,
    PressOutcome.LIMIT: TOO_MANY,
    PressOutcome.QUEUE: TOO_LONG_A_QUEUE,
    PressOutcome.BUDGET: TokensSpent.public,
    PressOutcome.CLOSED: NOT_OPEN,
}
"""The sentence for the presser of a button that starts nothing, by the outcome."""
UNKNOWN: Final = "I do not know this button any more. Please ask again."

# `/reset`.
RESET: Final = "A new conversation begins here: I no longer look at what was said before. Nothing was deleted."
NOTHING_TO_RESET: Final = "This conversation is new already: nothing was said to me since it began."
NOT_A_WRITER: Final = "Only people who may write here can reset the conversation."
RESET_DOES: Final = "Start a new conversation here; the old one is kept and Undo brings it back"

# `/stop`.
STOP_DOES: Final = "Stop the answer that I am writing here, and drop your questions that wait here"
STOPPED: Final = "I stopped it."
DROPPED: Final = "I dropped {count} of your questions that waited here."
NOTHING_OF_YOURS: Final = (
    "There is nothing to stop here: I am writing no answer of yours, and no question of yours waits."
)

# The menu of a message.
ANSWER_THIS: Final = "Answer this"
ANSWERING: Final = "I am answering this message."
MINE: Final = "This message is mine. Reply to it, or use Regenerate on an answer."
NOTHING_TO_READ: Final = "There is nothing in this message that I can read."
NOT_AN_ASKER: Final = "Only people who may write here can ask me."
REGENERATE: Final = "Regenerate"
NOT_AN_ANSWER: Final = "This is not an answer of mine that I know."
AGAIN: Final = "I am answering this again."

# Commands that work hard.
ONE_AT_A_TIME: Final = "I am still busy with your last one. Please wait until you have it, then ask again."
TOO_MUCH_WORK: Final = "Too many people want this from me at the moment. Please try again in a few minutes."
TOO_SLOW: Final = "This took too long, so I stopped it. Please try again later, or ask for less at once."
NO_ROOM: Final = "I have no room to prepare this at the moment. Whoever runs me needs to look at the log."

# `/export`.
NOT_A_READER: Final = "Only people who may read the message history here can export it."
NOTHING_TO_EXPORT: Final = "There is nothing to export here yet."
TOO_LARGE: Final = "This is too large for Discord even when zipped. Whoever runs me can export it from the database."
EXPORT_DOES: Final = "Get the conversation here as a file that only you see"
EXPORT_FORMAT: Final = "Markdown to read, JSON with everything that is stored, or the bare messages for other programs"
EXPORT_FILES: Final = "Whether the pictures that people sent come along, in a zip file"
EXPORT_SCOPE: Final = "The conversation that is open now, or all of this place's"

# `/help`.
HELP: Final = """\
Mention me with a question, reply to one of my messages, or write to me directly, and I answer.
Every channel, thread and direct message is a conversation of its own: I remember what was said to me there.

`/reset` starts a new conversation here. The old one is kept, and Undo brings it back.
`/stop` stops the answer that I am writing here, and drops your questions that wait.
`/export` gives you this conversation as a file: Markdown to read, JSON with everything, or the bare messages.
`/help` shows this.
The menu of a message (Apps) has more."""
HELP_DOES: Final = "How to talk to me"
