"""`attached` puts together the attachments that a message keeps and those that a form adds.

Sources: Discord's documentation, Reference, "Uploading Files" (a list of `attachments` names every file that the
message shall have, old and new; without a list the old files stay and all uploads are added). The code for a name
without a file is that of public reports. A file above the upload limit is refused with 413 and 40005.
"""

import mimetypes
import re
from dataclasses import replace

from bot.sandbox.discord.forms.messages import MAX_FILES, FileEntry, MessageForm, Upload
from bot.sandbox.discord.world.errors import ApiError, InvalidFormError, too_large
from bot.sandbox.discord.world.messages import Attachment, Message
from bot.sandbox.discord.world.uploads import upload_limit
from bot.sandbox.discord.world.world import World
from bot.sandbox.images import image_size

_UNSAFE = re.compile(r"[^\w.\-]")
_MISSING = ("ATTACHMENT_NOT_FOUND", "Attachment data not found")


def attached(world: World, message: Message, form: MessageForm) -> list[Attachment]:
    """Return the attachments that a message has after a form. Raises ApiError."""
    found = _attached(world, message, form)
    if len(found) > MAX_FILES:
        raise ApiError(400, 30015, f"Maximum number of attachments in a message reached ({MAX_FILES})")
    return found


def _attached(world: World, message: Message, form: MessageForm) -> list[Attachment]:
    limit = upload_limit(world, message.channel.guild)
    if any(len(upload.content) > limit for upload in form.uploads):
        raise too_large()
    if form.attachments is None:
        return message.attachments + [_stored(world, upload, FileEntry(upload.index)) for upload in form.uploads]
    before = {one.id: one for one in message.attachments}
    sent = {upload.index: upload for upload in form.uploads}
    if lost := {
        f"attachments.{place}": _MISSING
        for place, entry in enumerate(form.attachments)
        if entry.id not in before and entry.id not in sent
    }:
        raise InvalidFormError(lost)
    kept = [_described(before[entry.id], entry) for entry in form.attachments if entry.id in before]
    return kept + [_stored(world, sent[entry.id], entry) for entry in form.attachments if entry.id in sent]


def _described(attachment: Attachment, entry: FileEntry) -> Attachment:
    return attachment if entry.description is None else replace(attachment, description=entry.description)


def _stored(world: World, upload: Upload, entry: FileEntry) -> Attachment:
    filename = _UNSAFE.sub("_", entry.filename or upload.filename) or "unknown"
    guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    content_type = upload.content_type or (f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed)
    size = image_size(upload.content)
    about = entry.description, size, upload.recording, upload.size
    attachment = Attachment(world.ids.next(), filename, upload.content, content_type, *about)
    world.uploads[attachment.id] = attachment
    return attachment
