"""Opens a thread on an answer in a channel, for what follows, where `discord.auto_thread` says so.

The thread is opened on the first message of the answer and not on its question, because a thread on a question goes on without
its answer. It is opened when Discord shows the whole answer and before that is recorded: after a crash in between, the answer is
shown and the thread is opened once more, and Discord takes only one thread a message. Another attempt opens none.
"""

from bot.chat.places import PlaceKind
from bot.chat.ports.answer_threads import AnswerThreads
from bot.chat.ports.questions import Questions
from bot.chat.turns import Record
from bot.config import Current, DiscordSettings
from bot.config.settings import CHANNELS


class AutoThreads:
    """Opens a thread on each question's answer."""

    def __init__(self, questions: Questions, threads: AnswerThreads, settings: Current[DiscordSettings]) -> None:
        self._questions = questions
        self._threads = threads
        self._settings = settings

    async def follow(self, record: Record) -> None:
        """Open a thread on an answer that Discord shows, if it is the first answer with text to its question.

        Raises StoreError.
        """
        question, displayed = record.question, record.displayed
        if self._settings.value.auto_thread != CHANNELS or question.place.kind is not PlaceKind.CHANNEL:
            return
        if displayed is None or record.siblings != (displayed.sibling,):
            return
        stored = await self._questions.record(question.key)  # a record at hand may not know the answer's messages
        if stored is not None and stored.display.messages.live:
            await self._threads.after_answer(question.place, stored.display.messages.live[0], question.text)
