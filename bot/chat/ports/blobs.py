"""The port that reads the bytes of images. They are stored with the question that holds them (`Attempts.begin`)."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class Blobs(Protocol):
    """Reads the stored bytes of images by their SHA-256. Every method raises StoreError on failure."""

    async def read(self, hashes: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Return the bytes of these blobs by hash. A blob that was deleted is left out."""
        ...
