"""Discord requests for one answer: send, edit, delete, find. They need only ids, so they also work after a restart."""

import io
import logging
import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import discord

from bot.chat.appearance import Messages
from bot.chat.ports.display import Target
from bot.reply.layout import NOTE_MARK, MessageLayout
from bot.reply.nonce import Nonces

log = logging.getLogger(__name__)

_REPLY_REFUSED: Final = frozenset({50035, 160002})
"""Codes of a message whose reference may be what Discord refuses: an invalid field, or no right to read the message history."""
_ARCHIVED: Final = 50083
"""Discord's code for a change in a thread that is archived."""
NOBODY: Final = discord.AllowedMentions.none()
AS_THEY_ARE: Final[Any] = discord.utils.MISSING
_FILE_NAME: Final = "answer.md"
"""Leaves a message's buttons or files unchanged in an edit."""
_SEARCHED_MESSAGES: Final = 200
"""Number of messages that are searched for those of an answer."""
_SHOWN_CHARACTERS: Final = 65_536
"""Characters of an answer's text of which messages show any part; the largest `answers.max_messages` holds 40,000."""
_TELLING: Final = 12
"""Letters and digits of a line that tell to which answer it belongs. Lines of Markdown that a message adds have fewer."""
_NO_WORD: Final = re.compile(r"[\W_]+")
_CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""How much later than Discord's the clock may be by which an attempt began."""


class AnswerChannel:
    """Sends, edits, deletes and finds the messages of one answer in its channel.

    `link_previews` tells whether Discord may show previews of links. Without them each message is sent with the flag
    SUPPRESS_EMBEDS, which edits leave alone (Discord's documentation, Message Flags). `<address>` would do the same for one link,
    but half an address cannot be wrapped while an answer grows, and each link would take two more of the 2000 characters.
    """

    def __init__(
        self, client: discord.Client, target: Target, nonces: Nonces, *, link_previews: Callable[[], bool]
    ) -> None:
        self._client = client
        self._target = target
        self._nonces = nonces
        self._link_previews = link_previews
        self._channel = client.get_partial_messageable(target.place_id)
        self._replies_to = target.about or target.key
        self._asker = discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(target.author_id)], replied_user=not target.about
        )

    async def send(
        self,
        text: str,
        number: int,
        *,
        first: bool,
        buttons: discord.ui.View | None = None,
        files: Sequence[discord.File] = (),
    ) -> discord.Message:
        """Send a message of the answer. The first one is a reply that may ping the asker.

        If Discord has seen the message's nonce before, it returns the existing message with its existing text. If another Parley
        has sent that message, a message of our own is sent under a new nonce.
        """
        nonce = self._nonces.make(self._target.key, self._target.sibling, number)
        self._nonces.sending(nonce, text)
        parameters: dict[str, Any] = {
            "content": text,
            "nonce": nonce,
            "view": buttons,
            "suppress_embeds": not self._link_previews(),
        }
        if files:
            parameters["files"] = files
        sent = await self._post(parameters, first=first)
        if not self._nonces.is_anothers(nonce, sent.content, int(sent.created_at.timestamp() * 1000)):
            return sent
        await self._nonces.renew(nonce)
        for file in files:
            file.reset()
        renewed = self._nonces.make(self._target.key, self._target.sibling, number)
        self._nonces.sending(renewed, text)
        return await self._post(parameters | {"nonce": renewed}, first=first)

    async def _post(self, parameters: dict[str, Any], *, first: bool) -> discord.Message:
        """Send a message, the first one as a reply unless Discord refuses that."""
        target = self._target
        if not first:
            return await self._channel.send(**parameters, allowed_mentions=NOBODY)
        question = discord.MessageReference(
            message_id=self._replies_to, channel_id=target.place_id, fail_if_not_exists=False
        )
        try:
            return await self._channel.send(**parameters, allowed_mentions=self._asker, reference=question)
        except discord.HTTPException as error:
            if error.code not in _REPLY_REFUSED:
                raise
            log.info("question %s: its answer is sent without a reference to it (code %s)", target.key, error.code)
            for file in parameters.get("files", ()):
                file.reset()
            return await self._channel.send(**parameters, allowed_mentions=self._asker)

    async def find(self, messages: Messages, since: int, text: str) -> Sequence[int]:
        """Return the ids of our messages that answer the question and are not among `messages`.

        The search begins at the oldest of `messages`, else at `since`, in milliseconds, because many messages may lie between a
        question and an answer that had to wait. An answer has exactly one reply to the question. If there are more, or another
        database was seen before, the messages may be the other database's, and none is returned.
        """
        if self._nonces.other_seen:
            return []
        known = {message.id for message in messages.all}
        search = _Search(self._replies_to, known, text)
        after = discord.Object(max(self._target.key, _id_at(since), min(known, default=0) - 1))
        async for message in self._channel.history(after=after, limit=_SEARCHED_MESSAGES, oldest_first=True):
            if self._client.user and message.author.id == self._client.user.id and not message.interaction_metadata:
                search.look_at(message)
        unknown = [message_id for message_id in search.replies if message_id not in known]
        if len(unknown) > (0 if known else 1):
            if not self._target.about:  # several people may have one message answered
                await self._nonces.notice_other()
            return []
        return [message_id for message_id in search.found if message_id not in known]

    async def edit(
        self, message_id: int, text: str, buttons: discord.ui.View | None, files: Sequence[discord.File] = AS_THEY_ARE
    ) -> None:
        """Set a message's text, buttons and files. `AS_THEY_ARE` leaves buttons or files unchanged, None removes the buttons.

        A thread that was archived meanwhile is opened again, as a new message would open it, unless it is locked.
        """
        message = self._channel.get_partial_message(message_id)
        try:
            await message.edit(content=text, view=buttons, attachments=files, allowed_mentions=NOBODY)
        except discord.HTTPException as error:
            if error.code != _ARCHIVED or not await self._opened_again():
                raise
            for file in files or ():
                file.reset()
            await message.edit(content=text, view=buttons, attachments=files, allowed_mentions=NOBODY)

    async def _opened_again(self) -> bool:
        """Open an archived thread. Return False where Discord does not let the bot do that."""
        try:
            thread = await self._client.fetch_channel(self._target.place_id)
            if isinstance(thread, discord.Thread) and not thread.locked:
                await thread.edit(archived=False)
                return True
        except discord.HTTPException as error:
            log.info("thread %s cannot be opened again (code %s)", self._target.place_id, error.code)
        return False

    async def edit_buttons(self, message_id: int, buttons: discord.ui.View | None) -> None:
        """Set a message's buttons, None for none, and leave the rest of it as it is."""
        await self._channel.get_partial_message(message_id).edit(view=buttons, allowed_mentions=NOBODY)

    @property
    def takes_files(self) -> bool:
        """Whether the bot may attach files in the channel; True if its permissions are not known."""
        channel = self._client.get_channel(self._target.place_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return True
        return channel.permissions_for(channel.guild.me).attach_files

    @property
    def needed_to_send(self) -> str:
        """The permission that sending in the channel needs, as Discord's settings name it."""
        thread = isinstance(self._client.get_channel(self._target.place_id), discord.Thread)
        return "Send Messages in Threads" if thread else "Send Messages"

    async def delete(self, message_id: int) -> None:
        """Delete a message. It is no error if the message is already gone."""
        with suppress(discord.NotFound):
            await self._channel.get_partial_message(message_id).delete()

    async def fetch(self, message_id: int) -> discord.Message | None:
        """Fetch a message, or return None if it is gone."""
        try:
            return await self._channel.fetch_message(message_id)
        except discord.NotFound:
            return None

    async def typing(self) -> None:
        """Show the typing indicator, which lasts about ten seconds."""
        await self._channel.typing()


class _Search:
    """Tells which messages of ours answer a question, when it looks at all of them in order.

    These are a reply to the question, the messages directly behind an answering one that reply to nothing, and messages that show
    a part of `text`, the answer's, for another answer may lie before them.
    """

    def __init__(self, key: int, known: AbstractSet[int], text: str) -> None:
        self.found: list[int] = []
        self.replies: list[int] = []
        self._key = key
        self._known = known
        self._text = text
        self._words: str | None = None
        self._goes_on = False

    def look_at(self, message: discord.Message) -> None:
        """Look at the next message of ours."""
        if message.reference:
            answers = message.reference.message_id == self._key
            self.replies += [message.id] * answers
        else:
            answers = self._goes_on or (bool(self.found) and self._shows_a_part(message.content))
        if answers or message.id in self._known:
            self._goes_on = True
            self.found.append(message.id)
        elif not message.content.startswith(NOTE_MARK):  # our notice to another person does not end the answer
            self._goes_on = False

    def _shows_a_part(self, content: str) -> bool:
        """Return whether the text has the words of each line that is long enough to tell."""
        if self._words is None:
            self._words = _words(self._text[:_SHOWN_CHARACTERS])
        lines = (_words(line) for line in content.splitlines() if not line.startswith(NOTE_MARK))
        telling = [line for line in lines if len(line) >= _TELLING]
        return bool(telling) and all(line in self._words for line in telling)


def _words(text: str) -> str:
    return _NO_WORD.sub("", text).casefold()


def _id_at(milliseconds: int) -> int:
    """Return the id of a message of this time, or somewhat earlier; 0 for no time."""
    if not milliseconds:
        return 0
    return discord.utils.time_snowflake(datetime.fromtimestamp(milliseconds / 1000, UTC) - _CLOCKS_DIFFER)


def files_of(wanted: MessageLayout) -> list[discord.File]:
    """Return the message's file, if any, as a new object: each try to send it must read it from the start."""
    return [discord.File(io.BytesIO(wanted.file.encode()), _FILE_NAME)] if wanted.file else []
