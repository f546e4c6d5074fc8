"""A store in memory."""

from bot.chat.ports.store import Store
from tests.fakes.attempts import MemoryAttempts
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.calls import MemoryCalls
from tests.fakes.changes import MemoryChanges
from tests.fakes.choices import MemoryChoices
from tests.fakes.conversations import MemoryConversations
from tests.fakes.displays import MemoryDisplays
from tests.fakes.facts import MemoryFacts
from tests.fakes.history import MemoryHistory
from tests.fakes.opt_outs import MemoryOptOuts
from tests.fakes.questions import MemoryQuestions
from tests.fakes.seen import MemorySeen
from tests.fakes.state import State


def memory_store(state: State) -> Store:
    """A store whose history is `state`."""
    return Store(
        questions=MemoryQuestions(state),
        attempts=MemoryAttempts(state),
        conversations=MemoryConversations(state),
        displays=MemoryDisplays(state),
        calls=MemoryCalls(state),
        history=MemoryHistory(state),
        facts=MemoryFacts(state),
        seen=MemorySeen(state),
        blobs=MemoryBlobs(state),
        choices=MemoryChoices(state),
        changes=MemoryChanges(state),
        opt_outs=MemoryOptOuts(state),
    )
