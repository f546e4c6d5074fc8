"""A set of ids of bounded size, which forgets those that were used the longest time ago."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

_MOST: Final = 10_000


class Recently:
    """Ids, at most `most` of them. Looking for one counts as a use."""

    def __init__(self, ids: Iterable[int] = (), most: int = _MOST) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._most = most
        for one in ids:
            self.add(one)

    def add(self, one: int) -> None:
        """Add an id, as the newest."""
        self._ids[one] = None
        self._ids.move_to_end(one)
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)

    def __contains__(self, one: int) -> bool:
        """Whether an id is among them."""
        if one not in self._ids:
            return False
        self._ids.move_to_end(one)
        return True
