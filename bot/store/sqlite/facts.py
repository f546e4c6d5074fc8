"""Facts about the installation in SQLite."""

from bot.store.sqlite.session import Session


class SqliteFacts:
    """See `chat.ports.facts.Facts`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def recall(self, key: str) -> str | None:
        """See `Facts.recall`."""
        row = await self._session.one("SELECT value FROM facts WHERE key = :key", {"key": key})
        return row["value"] if row else None

    async def remember(self, key: str, value: str) -> None:
        """See `Facts.remember`."""
        await self._session.all(
            "INSERT INTO facts (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = :value",
            {"key": key, "value": value},
        )
