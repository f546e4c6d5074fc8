"""The contents of a question beside its own text: other people's words, each with its author and its message.

They follow the question's text, in a fixed order: what it replies to, what it forwards, what it links to, and what was said in
the place before. Each begins on a line of its own, under a head that nobody can write into a message of their own unescaped: the
head of a reply and the like reads like a speaker's tag (`bot.chat.speakers.escaped`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.chat.content import Text
from bot.chat.ports.intake import Sourced
from bot.chat.ports.questions import Said
from bot.chat.speakers import escaped, name_of, tag
from bot.chat.turns import Author, clean
from bot.intake.mentions import Words, author_of
from bot.intake.parts import Lines, forwards, is_forward, parts, quoted
from bot.intake.shortening import shortened

DELETED: Final = "[in reply to a message that was deleted]"
UNSEEN: Final = "[in reply to a message that you cannot see]"
UNREAD_LINK: Final = "[linked message, which you cannot read: {link}]"
UNREAD_FORWARD: Final = "[forwarded message, which you cannot read]"
UNREAD_BEFORE: Final = "[what was said here before the question cannot be read]"
BEFORE: Final = "[said here before the question, not to you]"
_SMALL_PRINT: Final = "-# "
QUOTED_CHARACTERS: Final = 6_000
"""More than the 4,000 characters that people can write; the rest is for embeds and the like."""
LINKED_CHARACTERS: Final = 1_500
ASIDE_CHARACTERS: Final = 500
LINKED: Final = "The link leads to a message of"
"""Begins the head of a linked message."""
ASIDE: Final = ", aside"
"""Ends the head of what was said before."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A message that the question's text links to; None where the asker or the bot may not read it, or it is not there.

    `place` is the name of its channel, empty for direct messages.
    """

    link: str
    message: discord.Message | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """Look-ups of a question: our turn that it replies to, the messages that it links to, and what was said before.

    `before_unread`: what was said before could not be looked up.
    """

    replied: Said | None = None
    links: Sequence[Linked] = ()
    before: Sequence[discord.Message] = ()
    before_unread: bool = False


NOTHING_AROUND: Final = Around()


def replied_to(message: discord.Message) -> discord.Message | discord.DeletedReferencedMessage | None:
    """Return the message that a message replies to, as far as Discord delivered it."""
    return message.reference.resolved if message.reference and message.type is discord.MessageType.reply else None


def quotable(original: discord.Message, words: Words, files: Lines) -> str:
    """Return the text and the parts of a message that another one refers to; an empty string where Discord withholds them."""
    named = words.of(original)
    return "\n".join(text for text in (named(clean(original.content)), *parts(original, named, files)) if text)


@dataclass(frozen=True, slots=True)
class Quotes:
    """Quotes what a question refers to for the model. Without `tags`, as in a direct message, people have their names only."""

    words: Words
    files: Lines
    tags: bool

    def notes(self, message: discord.Message, around: Around) -> list[str]:
        """Return lines for what the question refers to and nobody can read; they hold nobody's words."""
        original = replied_to(message)
        found: list[str] = []
        if isinstance(original, discord.DeletedReferencedMessage):
            found.append(DELETED)
        elif original is None and message.type is discord.MessageType.reply and around.replied is None:
            found.append(UNSEEN)
        if is_forward(message) and not message.message_snapshots:
            found.append(UNREAD_FORWARD)
        found += [UNREAD_LINK.format(link=one.link) for one in around.links if one.message is None]
        return [*found, *([UNREAD_BEFORE] if around.before_unread else [])]

    def contents(self, message: discord.Message, around: Around) -> list[Text | Sourced]:
        """Return what the question refers to, and what was said before it, as contents."""
        reply = self._reply(message, around.replied)
        linked = (self._linked(one.message, one.place) for one in around.links if one.message is not None)
        before = [self._aside(one) for one in around.before]
        return [
            *([reply] if reply is not None else []),
            *self._forwards(message),
            *linked,
            *([Text(f"\n{BEFORE}"), *before] if before else []),
        ]

    def reply(self, message: discord.Message) -> list[Sourced]:
        """Return the delivered message that a message replies to, as a content; none where there is none."""
        found = self._reply(message, None)
        return [] if found is None else [found]

    def _reply(self, message: discord.Message, said: Said | None) -> Sourced | None:
        """Return the quote of the message that this one replies to; None where there is none, or where the model has it."""
        original = replied_to(message)
        if isinstance(original, discord.Message):
            return self._delivered(original, said, message)
        reference = message.reference
        if said is None or original is not None or reference is None or reference.message_id is None:
            return None
        return self._of_turn(said, reference.message_id, message)

    def _delivered(self, original: discord.Message, said: Said | None, message: discord.Message) -> Sourced | None:
        text = quotable(original, self.words, self.files)
        if original.author.id == self.words.bot.id:
            is_sent = said is not None and said.is_sent
            return None if is_sent else self._of_bot(original.id, _without_small_print(text))
        author = author_of(original.author)
        if text:
            return self._quote(author, original.id, text)
        if said is not None:
            return self._of_turn(said, original.id, message)
        return Sourced(
            Text(f"\nIn reply to {self._name(author)}, whose message you cannot see"), author.id, original.id
        )

    def _of_turn(self, said: Said, message_id: int, message: discord.Message) -> Sourced | None:
        """Return the quote of a turn whose message Discord does not show."""
        if said.author is not None:
            return self._quote(said.author, message_id, self.words.of(message)(said.text))
        return None if said.is_sent else self._of_bot(message_id, said.text)

    def _of_bot(self, message_id: int, text: str) -> Sourced:
        bot = self.words.bot
        head = f"In reply to you, {self._name(author_of(bot))}, who wrote"
        return self._content(head, text, bot.id, message_id, QUOTED_CHARACTERS)

    def _quote(self, author: Author, message_id: int, text: str) -> Sourced:
        head = f"In reply to {self._name(author)}, who wrote"
        return self._content(head, text, author.id, message_id, QUOTED_CHARACTERS)

    def _forwards(self, message: discord.Message) -> list[Sourced]:
        """Return what a question forwards. Discord does not tell whose words these are."""
        source_id = message.reference.message_id if message.reference else None
        texts = forwards(message, self.words.of(message), self.files)
        return [Sourced(Text(f"\n{self._escaped(text)}"), None, source_id) for text in texts]

    def _linked(self, message: discord.Message, place: str) -> Sourced:
        where = f", in #{name_of(Author(0, clean(place)))}" if place else ", here"
        head = f"{LINKED} {self._name(author_of(message.author))}{where}"
        text = quotable(message, self.words, self.files)
        if not text:
            return Sourced(Text(f"\n{head}, which you cannot see"), message.author.id, message.id)
        return self._content(head, text, message.author.id, message.id, LINKED_CHARACTERS)

    def _aside(self, message: discord.Message) -> Sourced:
        head = f"{self._name(author_of(message.author))}{ASIDE}"
        text = quotable(message, self.words, self.files)
        return self._content(head, text, message.author.id, message.id, ASIDE_CHARACTERS)

    def _content(self, head: str, text: str, author_id: int, message_id: int, most: int) -> Sourced:
        return Sourced(Text(f"\n{head}:\n{self._escaped(quoted(shortened(text, most)))}"), author_id, message_id)

    def _name(self, author: Author) -> str:
        return tag(author) if self.tags else name_of(author)

    def _escaped(self, text: str) -> str:
        return escaped(text) if self.tags else text


def _without_small_print(text: str) -> str:
    """Return a text of ours without the lines that are no part of an answer, unless there are no others."""
    lines = [line for line in text.splitlines() if not line.startswith(_SMALL_PRINT)]
    return "\n".join(lines) if any(line.strip() for line in lines) else text
