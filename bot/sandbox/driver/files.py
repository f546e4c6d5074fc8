"""`File` is a file as somebody attaches it, with what Discord shall say of it where that is not true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.discord.forms.messages import Upload

VOICE_TYPE = "audio/ogg"
"""The content type of a voice message (Discord's documentation, Message, "Voice Messages")."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach.

    `content_type` and `size` (in bytes) are what Discord says of it; by default the type is guessed from the name, as Discord
    does, and the size is the true one.
    """

    name: str
    data: bytes = field(repr=False)
    content_type: str | None = None
    size: int | None = None


Files = Mapping[str, bytes] | Sequence[File]
"""Files to attach: bytes by name, or files one by one."""


def uploads(files: Files | None) -> list[Upload]:
    """Return files as a client uploads them."""
    if isinstance(files, Mapping):
        files = [File(name, data) for name, data in files.items()]
    return [
        Upload(index, one.name, one.data, content_type=one.content_type, size=one.size)
        for index, one in enumerate(files or ())
    ]
