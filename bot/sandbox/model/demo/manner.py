"""The manner of the demo model's answers: what the system prompt tells it, and the brevity of its brief kind.

Of a system prompt it follows one kind of sentence: `End each answer with “…”.`
"""

import re

_ENDING = re.compile(
    r"\bend (?:each|every) (?:answer|reply|message) with [“\"](?P<ending>[^\n”\"]{1,60})[”\"]", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_NAME = "the demo model"
_BRIEF_NAME = "the brief demo model"


def ended(said: str, system: str) -> str:
    """Return an answer with the ending that the system prompt asks for. An empty answer stays empty."""
    found = _ENDING.search(system)
    if not said or found is None:
        return said
    gap = "\n\n" if "\n" in said else " "
    return said + gap + found["ending"]


def shortened(said: str) -> str:
    """Return the first sentence of an answer. One that begins with a title, a block, or the head of a list stays whole."""
    first = said.partition("\n")[0]
    if first != said and (first.startswith(("#", "```")) or first.endswith(":")):
        return said
    sentences = (first[: end.end()] for end in _SENTENCE_END.finditer(first))
    return next((one for one in sentences if _is_closed(one)), first).replace(_NAME, _BRIEF_NAME, 1)


def _is_closed(text: str) -> bool:
    """Tell whether all quotation marks and all bold letters in a text end in it."""
    return text.count("“") == text.count("”") and text.count("**") % 2 == 0
