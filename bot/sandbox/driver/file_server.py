"""Discord's file server in the hands of a test: what was fetched from it, and what shall go wrong."""

from typing import Unpack

from bot.sandbox.discord.rest.downloads import (
    GONE,
    CutOff,
    Download,
    Downloads,
    Dripped,
    Flooded,
    Hung,
    Redirected,
    Refused,
)
from bot.sandbox.discord.world.links import Links
from bot.sandbox.schedule import Selection


class FileServer:
    """`box.discord.files`: every fault meets the next download, unless it is told otherwise."""

    def __init__(self, downloads: Downloads, links: Links) -> None:
        self._downloads = downloads
        self._links = links

    @property
    def downloads(self) -> list[Download]:
        """Every request for a file so far, whatever its answer."""
        return self._downloads.log

    def expires(self) -> None:
        """Let every link that was given out so far expire; a message that is fetched anew has fresh ones."""
        self._links.expire()

    def fails(self, status: int = 500, text: str = "", **which: Unpack[Selection[Download]]) -> None:
        """Answer downloads with an error."""
        self._downloads.faults.add(Refused(status, text), **which)

    def loses(self, **which: Unpack[Selection[Download]]) -> None:
        """Answer downloads as if the file were gone: 404, though the link holds."""
        self._downloads.faults.add(Refused(404, GONE), **which)

    def redirects(self, to: str, **which: Unpack[Selection[Download]]) -> None:
        """Answer downloads with a redirect to an address."""
        self._downloads.faults.add(Redirected(to), **which)

    def hangs(self, **which: Unpack[Selection[Download]]) -> None:
        """Never answer downloads."""
        self._downloads.faults.add(Hung(), **which)

    def drips(self, *, piece: int = 1, pause: float = 0.05, **which: Unpack[Selection[Download]]) -> None:
        """Send files in pieces of so many bytes, each after a pause in seconds."""
        self._downloads.faults.add(Dripped(piece, pause), **which)

    def cuts(self, *, after: int = 0, **which: Unpack[Selection[Download]]) -> None:
        """Reset the connection after so many bytes of a file, or before the status line."""
        self._downloads.faults.add(CutOff(after), **which)

    def floods(self, **which: Unpack[Selection[Download]]) -> None:
        """Send a file without a length, and zeros behind it that never end."""
        self._downloads.faults.add(Flooded(), **which)

    def is_well(self) -> None:
        """Forget every fault that is still to come."""
        self._downloads.faults.clear()
