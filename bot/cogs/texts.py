"""Sentences that people read on Discord when they use a command, press a button, or mention the bot and get no answer."""

from collections.abc import Mapping
from typing import Final

from bot.chat.choices import ChoiceName, Level
from bot.chat.service import PressOutcome
from bot.chat.texts import TOO_LONG_A_QUEUE, TOO_MANY
from bot.chat.turns import Change
from bot.errors import TokensSpent
from bot.gateway.thread_opening import Refusal
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
MODEL_MENU_LABEL: Final = "The model that answers"
PERSONA_MENU_LABEL: Final = "The persona that answers"
ANSWERED_MEANWHILE: Final = "There is a newer answer by now. Use Regenerate on it again."
GONE_MEANWHILE: Final = "“{name}” is not in my configuration any more. Use Regenerate again."

# `/follow`.
FOLLOW_DOES: Final = "Whether I need a mention in this thread"
FOLLOW_SWITCH: Final = "on: each message here is for me. off: mention me. default: as it is set up"
NOT_A_THREAD: Final = "This is for threads: use it in one."
NOT_A_FOLLOWER: Final = "Only people who may manage threads or channels here can switch that."
FOLLOWED: Final = "{person} switched me on in this thread: I need no mention here."
NOT_FOLLOWED: Final = "{person} switched me off in this thread: mention me, and I answer."
FOLLOWED_AS_SET_UP: Final = "{person} took the switch of this thread back."
NO_CONTENT_YET: Final = (
    "It counts as soon as Discord shows me messages without a mention: whoever runs me needs to switch on “Message Content "
    "Intent” in the developer portal under Bot, and start me again. Until then, mention me."
)

# `/thread`, and Branch from here in the menu of a message.
BRANCH_FROM_HERE: Final = "Branch from here"
THREAD_DOES: Final = "Go on in a new thread; what was said here stays as it is"
THREAD_OPENED: Final = "{person} goes on with this in a thread."
BRANCH_OPENED: Final = "{person} goes on with the talk of <#{thread}> in a thread."
GOES_ON: Final = "It goes on in <#{thread}>: ask me there."
THREAD_COMES: Final = "I am opening that thread already."
NOT_A_THREAD_OPENER: Final = "Only people who may create threads here can have one opened."
LACKS: Final = "I lack the permission “{permission}” here. A moderator can give it to me."
NOTHING_BEFORE: Final = "Nothing was said to me up to this message, so nothing goes on from it. Mention me here."
NOT_IN_POSTS: Final = "I cannot branch off a post. Please open a post of your own, and ask me there."
NO_THREAD: Final[Mapping[Refusal, str]] = {
    Refusal.EXISTS: "There is a thread already: <#{thread}>. It goes on from here.",
    Refusal.LOCKED: "The thread is locked, so nothing goes on from here.",
    Refusal.TOO_MANY: "There are too many open threads here. A moderator can close some; then try again.",
    Refusal.FORBIDDEN: "Discord does not let me open a thread here. A moderator can give me the permission.",
    Refusal.NO_MESSAGE: "Discord opens no thread on this message.",
    Refusal.NOT_HERE: "There are no threads in this kind of channel.",
}
"""The sentence for the person who cannot have a thread, by Discord's refusal."""

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

# `/tldr`.
TLDR_DOES: Final = "Sum up what was said here, for your eyes only"
TLDR_SINCE: Final = "How far back, like 2h, 30m or 1d; a week at most"
TLDR_MESSAGES: Final = "How many messages at most; 100 unless you say since when"
TLDR_NOT_A_READER: Final = "Only people who may read the message history here can have it summed up."
TLDR_MAY_NOT: Final = "I may not read the message history here, so I cannot sum it up."
TLDR_NO_TIME: Final = "I do not understand since when. Write it like 2h, 30m or 1d 12h; a week is the most."
TLDR_UNREAD: Final = "Discord did not give me the messages of this place. Please try again in a moment."
TLDR_NOTHING: Final = "I found nothing to sum up here that I can read."
TLDR_HEAD: Final = "**The {read} messages before this**"
TLDR_ONE: Final = "**The message before this**"
TLDR_LEFT_OUT: Final = "Not read: {number} older messages, because all of them are too much text for me."
TLDR_HIDDEN: Final = "Not read: {number} messages whose text Discord does not show me."
TLDR_FILES: Final = "Not read: {number} files; I know their names only."
TLDR_MORE: Final = "There was more before that: say `messages` to have more of it, up to 300 at once."

# `/privacy`.
PRIVACY_DOES: Final = "Whether other people's questions may bring along what you write"
PRIVACY_QUOTES: Final = "never: I read of you only what you ask me yourself. allow: others may quote you to me"
NEVER_QUOTED: Final = (
    "From now on nobody's question but your own brings along what you write, on any server where I am. I cannot tell a copy of "
    "your words from others."
)
ERASED: Final = "I erased {count} passages of yours from other people's questions."
ERASED_ONE: Final = "I erased one passage of yours from another person's question."
ERASED_NONE: Final = "I kept nothing of yours in other people's questions."
QUOTED_AGAIN: Final = "Other people's questions may bring along what you write again, where they can read it."
IS_QUOTED: Final = (
    "Other people's questions may bring along what you write, where they can read it: when they reply to you, forward or link to "
    "it, or where I am set up to read what was said before. `/privacy quotes:never` ends that and erases what I kept of it."
)
IS_NEVER_QUOTED: Final = (
    "Nobody's question but your own brings along what you write. `/privacy quotes:allow` takes that back."
)

# `/help`.
HELP: Final = """\
Mention me with a question, reply to one of my messages, or write to me directly, and I answer.
Every channel, thread and direct message is a conversation of its own: I remember what was said to me there.

`/reset` starts a new conversation here. The old one is kept, and Undo brings it back.
`/stop` stops the answer that I am writing here, and drops your questions that wait.
`/tldr` sums up what was said here, for your eyes only.
`/model` and `/persona` choose who answers; `/settings` says what holds here, `/context` what the last answer was made of.
`/export` gives you this conversation as a file: Markdown to read, JSON with everything, or the bare messages.
`/thread` goes on in a new thread.
`/privacy` decides whether other people's questions may quote you.
`/help` shows this.
The menu of a message (Apps) has more."""
HELP_DOES: Final = "How to talk to me"

# `/model` and `/persona`.
MODEL_DOES: Final = "Choose the model that answers here"
MODEL_NAME: Final = "The model; without it you get a menu"
PERSONA_DOES: Final = "Choose who I am here, or write it yourself"
PERSONA_NAME: Final = "The persona; without it you get a menu"
CHOICE_FOR: Final = "What it holds for: this place (its threads too), the conversation, the category, or the server"
WHICH_MODEL: Final = "Choose the model {where}. Now it is “{now}”."
WHICH_PERSONA: Final = "Choose who I am {where}. Now it is “{now}”."
MORE_TO_CHOOSE: Final = "There are {number} more: write the name behind the command."
MODEL_MENU: Final = "Choose a model"
PERSONA_MENU: Final = "Choose a persona"
TAKE_BACK: Final = "Take the choice back"
WRITE_ONE: Final = "Write one…"
IS_WRITTEN: Final = "(written here)"
MODEL_CHOSEN: Final = "{person} chose the model “{name}” {where}. It answers from the next question on."
PERSONA_CHOSEN: Final = "{person} chose the persona “{name}” {where}. It answers from the next question on."
PERSONA_WRITTEN: Final = "{person} wrote a persona {where}. It answers from the next question on."
MODEL_TAKEN_BACK: Final = "{person} took back the model that was chosen {where}. Now “{name}” answers."
PERSONA_TAKEN_BACK: Final = "{person} took back the persona that was chosen {where}. Now it is “{name}”."
NOTHING_CHOSEN: Final = "Nothing was chosen {where}, so there is nothing to take back."
CHOICE_MADE: Final = "It is done."
NO_SUCH_MODEL: Final = "I know no model “{name}”. I know: {known}."
NO_SUCH_PERSONA: Final = "I know no persona “{name}”. I know: {known}."
NOT_A_CHOOSER: Final = "Only people with the permission “{permission}” can choose that {where}."
NOT_YOUR_MODEL: Final = "The model “{model}” may only be chosen by members of certain roles, and you have none of them."
NO_ROOM_FOR_PERSONA: Final = (
    "The persona and the model “{model}” do not go together: the persona needs {needed} tokens with a question, and the model "
    "reads at most {budget}."
)
NO_CONVERSATION: Final = (
    "Nothing has been said to me here yet, so there is no conversation to choose it for. Choose it for this place."
)
NO_CATEGORY: Final = "This channel stands in no category."
NO_SERVER: Final = "There is no server here: choose it for this place."
NOTHING_WRITTEN: Final = "There was nothing to read in what you wrote, so nothing has changed."
PERSONA_TITLE: Final = "A persona for this bot"
PERSONA_LABEL: Final = "Who am I, and how do I answer?"
PERSONA_HINT: Final = "Everybody can read it with /export. It stands before each conversation, so keep it short."
WHERE: Final[Mapping[Level, str]] = {
    Level.CONVERSATION: "for this conversation",
    Level.THREAD: "for this thread",
    Level.CHANNEL: "for this channel",
    Level.CATEGORY: "for this category",
    Level.GUILD: "for this server",
    Level.DEFAULT: "in my configuration",
}
"""The words for the scope of a choice, by its level."""
WHERE_DM: Final = "for our direct messages"

# `/settings`.
SETTINGS_DOES: Final = "What holds here, and where each of it comes from"
SETTINGS_HEAD: Final = "**What holds here**"
SETTING: Final = "{name}: {value} – {source}"
SETTING_MODEL: Final = "Model"
SETTING_PERSONA: Final = "Persona"
SETTING_FALLBACKS: Final = "While it cannot answer: {models}"
SETTING_PROMPT: Final = (
    "A question is sent with up to {budget} tokens of the conversation; an answer has up to {reply}."
)
SETTING_FOLLOW: Final = "Without a mention"
FROM_CONFIGURATION: Final = "the configuration"
FROM_PERSONA: Final = "the persona brings it along"
FROM_CHOICE: Final = "chosen {where} by {person} {when}"
ALL_CHOICES: Final = "**All choices that reach this place, the nearest first**"
CHOICE_LINE: Final = "{name}: {value} – {source}{passed_over}"
CHOICE_NAMES: Final[Mapping[ChoiceName, str]] = {
    ChoiceName.MODEL: SETTING_MODEL,
    ChoiceName.PERSONA: SETTING_PERSONA,
    ChoiceName.SYSTEM_PROMPT: SETTING_PERSONA,
    ChoiceName.FOLLOW: SETTING_FOLLOW,
}
PASSED_OVER: Final = " (cannot hold any more)"
TOO_MUCH_TO_SHOW: Final = "… There is more than one message can show."
HOW_TO_CHOOSE: Final = "`/model` and `/persona` change it."

# `/context`.
CONTEXT_DOES: Final = "What the last answer here was made of: its model, its prompt, its tokens"
NO_ANSWER_YET: Final = "I have not answered anything in this conversation yet."
CONTEXT_HEAD: Final = "**The last answer here** ({when})"
CONTEXT_MODEL: Final = "Answered by {model}. Chosen now: {chosen}."
CONTEXT_NO_MODEL: Final = "No model was asked. Chosen now: {chosen}."
CONTEXT_OPEN: Final = "It is being written now."
CONTEXT_LOST: Final = "I was switched off meanwhile, so nothing is known of its end."
CONTEXT_PROMPT: Final = (
    "Sent: about {tokens} tokens – {system} of system text, {turns} of earlier turns, {question} of the question{files}. "
    "The budget is {budget} now."
)
CONTEXT_FILES: Final = "; {tokens} of them in files"
CONTEXT_DROPPED: Final = "Left out: {dropped} older exchanges, because they found no room."
CONTEXT_CUT: Final = "Cut: {cut} characters of the question, because it was too long."
CONTEXT_BROKEN: Final = "Another prompt than before, from an earlier turn on: {cause}."
BREAKS: Final = {
    Change.EDIT: "its question was edited",
    Change.DELETE: "its question, or words in it, were deleted",
    Change.PICK: "another attempt was chosen there",
    Change.REGENERATE: "another attempt was made there",
    Change.REMOVED: "its answer was deleted",
}
CONTEXT_USAGE: Final = (
    "Used: {prompt} tokens read ({cached} of them cached), {completion} written{thoughts}, in {seconds} s."
)
CONTEXT_ESTIMATED: Final = "Used: about {prompt} tokens read and {completion} written by my own count, in {seconds} s."
CONTEXT_THOUGHTS: Final = " ({reasoning} of them thoughts)"
CONTEXT_REASON: Final = "It ended with “{reason}”."
