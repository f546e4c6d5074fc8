"""Bytes of images in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.fakes.state import State


@dataclass
class MemoryBlobs:
    """See `Blobs`."""

    state: State

    async def read(self, hashes: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """See the port."""
        return {one: self.state.blobs[one] for one in hashes if one in self.state.blobs}
