"""The settings in force while the bot runs. Their holder is shared, so that settings can be replaced without a restart."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Part = TypeVar("Part")


class Current(Generic[T]):
    """Holds the value in force. Code that depends on it keeps the holder and reads `value` anew at each use."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._parts: list[tuple[Current[Any], Callable[[T], Any]]] = []

    @property
    def value(self) -> T:
        """The value in force. A new one also reaches every holder that `part` made."""
        return self._value

    @value.setter
    def value(self, value: T) -> None:
        self._value = value
        for holder, select in self._parts:
            holder.value = select(value)

    def part(self, select: Callable[[T], Part]) -> "Current[Part]":
        """Return a holder of the part that `select` takes out of the value; it follows each replacement of the whole."""
        holder = Current(select(self._value))
        self._parts.append((holder, select))
        return holder
