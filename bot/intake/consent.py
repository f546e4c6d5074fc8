"""Tells whose words a question may bring along."""

from collections.abc import Container

from bot.config import AccessSettings, Current


class Consent:
    """The people whose words no question but their own brings along: those on the deny list, and those who opted out."""

    def __init__(self, access: Current[AccessSettings], opted_out: Container[int] = ()) -> None:
        self._access = access
        self._opted_out = opted_out

    def covers(self, author_id: int | None, asker_id: int) -> bool:
        """Return whether a question may bring along the words of `author_id`, None for an unknown author."""
        if author_id is None or author_id == asker_id:
            return True
        return author_id not in self._access.value.deny_users and author_id not in self._opted_out
