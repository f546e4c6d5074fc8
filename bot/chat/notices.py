"""Decides which notice a person whose question is turned down still needs: each reason is told once a minute in each place."""

from typing import Final

from bot.chat.turns import Asked, Question

_MINUTE: Final = 60_000


class ToldReasons:
    """The reasons that people were told in the last minute of Discord's time. A restart forgets them."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, int, str], int] = {}

    def tell(self, asked: Asked | Question, reason: str) -> bool:
        """Return whether the asker is to be told `reason`, and remember that they are."""
        key = asked.author.id, asked.place.id, reason
        if asked.asked_at - self._told.get(key, asked.asked_at - _MINUTE) < _MINUTE:
            return False
        self._told = {told: at for told, at in self._told.items() if asked.asked_at - at < _MINUTE}
        self._told[key] = asked.asked_at
        return True
