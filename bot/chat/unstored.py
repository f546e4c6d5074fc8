"""Marks the questions that are being rendered until their contents are stored.

Whoever edits a message meanwhile that such a question quotes finds none of its words in the store. The edit is carried out again
when the questions that were marked at its moment are stored.
"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager

Stored = asyncio.Event
"""Set as soon as a question is stored, or its rendering is given up."""


class Unstored:
    """The questions that are rendered at the moment and not stored yet."""

    def __init__(self) -> None:
        self._marks: set[Stored] = set()

    @contextmanager
    def until_stored(self) -> Generator[None]:
        """Return a context in which a question is rendered and stored."""
        mark = Stored()
        self._marks.add(mark)
        try:
            yield
        finally:
            self._marks.remove(mark)
            mark.set()

    def now(self) -> Sequence[Stored]:
        """Return the marks of the questions that are not stored at this moment."""
        return tuple(self._marks)
