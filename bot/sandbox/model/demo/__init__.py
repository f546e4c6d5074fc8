"""The demo model: what stands in where nobody has set up a language model. It says so, and never pretends to be one.

All that it knows is in the messages of the request, so it shows what a bot remembers and what it no longer sends: it finds
what was said first and by whom, facts that somebody told, how many turns it sees. On request it writes something long, code,
a table, or fails. It has a brief kind, with a name of its own, which says only the first sentence.

    plays_demo(box.model)
"""

from bot.sandbox.model.demo.failures import order_failures
from bot.sandbox.model.demo.sight import heard_in
from bot.sandbox.model.demo.wits import said_to
from bot.sandbox.model.server import ModelServer

NAME = "demo"
"""The model's name on the wire and in exports."""

BRIEF_NAME = "demo-brief"
"""The name of its brief kind."""

HEARING_NAME = "demo-ears"
"""The name of what stands in where recordings are to be transcribed."""

FIRST_SECONDS = 0.3
TOKENS_PER_SECOND = 50.0
VARIATION = 0.6


def plays_demo(model: ModelServer, *, hurry: float = 1.0) -> None:
    """Let a model server be the demo model; `hurry` is how many times faster than by nature it answers."""
    model.models = [NAME, BRIEF_NAME]
    model.audio.models = [HEARING_NAME]
    model.audio.answers(heard_in)
    model.answers(lambda request: said_to(request.messages, brief=request.model == BRIEF_NAME))
    model.pace(first_seconds=FIRST_SECONDS / hurry, tokens_per_second=TOKENS_PER_SECOND * hurry, variation=VARIATION)
    order_failures(model)
