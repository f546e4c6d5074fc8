"""The bytes of images in SQLite, read on the connection for exports, so that they hold up no write."""

from collections.abc import Iterable, Mapping
from typing import Final

from bot.store.sqlite.session import Session, Transaction

_READ: Final = "SELECT bytes FROM blobs WHERE hash = :hash"
SWEEP: Final = "DELETE FROM blobs WHERE hash IN (SELECT hash FROM blobs EXCEPT SELECT blob FROM contents)"
"""Deletes the blobs that belong to no content, by the indexes of both tables."""


class SqliteBlobs:
    """See `chat.ports.blobs.Blobs`."""

    def __init__(self, reader: Session) -> None:
        self._reader = reader

    async def read(self, hashes: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """See `Blobs.read`."""
        wanted = tuple(dict.fromkeys(hashes))

        def job(transaction: Transaction) -> dict[bytes, bytes]:
            found = {one: transaction.one(_READ, {"hash": one}) for one in wanted}
            return {one: row["bytes"] for one, row in found.items() if row is not None}

        return await self._reader.run(job, reads=True)
