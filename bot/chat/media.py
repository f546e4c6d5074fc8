"""Files in a prompt: what they cost, how much of them a question may hold, and the line that names one that is not sent. Pure.

A file that is not sent is named by one line of text, so that the model knows that there was one. The texts of files are cut when
their question is first asked, because a cut that changed later would break the prefix that the provider has cached.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from bot.chat.content import Blob, Content, Media, MediaKind, PromptMessage, Text
from bot.chat.cutting import cut_middle
from bot.chat.image_tokens import Sight, image_tokens
from bot.chat.ports.intake import Rendered, Sourced
from bot.chat.profiles import Profile
from bot.chat.texts import NO_ROOM, PART_READ
from bot.chat.tokens import Count, count_in_pieces
from bot.chat.turns import Exchange, clean

BETWEEN: Final = "\n\n"
"""Stands before each file in the text of a message."""
SHED: Final = "no longer shown"
UNSEEN: Final = "which you cannot see"
NOT_SENT: Final = "left out, because it is too large"
MOST_BYTES: Final = 15_000_000
"""Bytes of the images of one request. In base64 they are 20 MB, which all larger providers take."""
_FEWEST_TOKENS: Final = 100
"""A text of which less would be left is left out."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Contents of which not more than a share is files. `remarks` say to the asker what was cut or left out."""

    contents: tuple[Content, ...]
    remarks: tuple[str, ...] = ()
    cut: int = 0


def named(media: Media, why: str) -> Text:
    """Return the line that stands for a file that is not sent."""
    return Text(f"{BETWEEN}[{media.kind} {media.name}, {why}]")


def counted(media: Media, model: str, count: Count) -> Media:
    """Return `media` with the tokens that it costs in a prompt for `model`, and only with characters that can be stored."""
    media = replace(media, name=clean(media.name), text=clean(media.text))
    if media.kind is MediaKind.IMAGE:
        return replace(media, tokens=image_tokens(media.width, media.height, model))
    return replace(media, tokens=count(BETWEEN) + count_in_pieces(media.text, count))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rendered question as it is stored: `tokens` counts its contents, and `blobs` belong to the images among them."""

    contents: tuple[Content | Sourced, ...]
    tokens: int
    blobs: tuple[Blob, ...]
    remarks: tuple[str, ...]


def content_of(one: Content | Sourced) -> Content:
    """Return a content without its source."""
    return one.content if isinstance(one, Sourced) else one


def prepared(rendered: Rendered, profile: Profile, sight: Sight, count: Count) -> Prepared:
    """Count the contents of a question, and cut its files to the profile's share of the budget.

    An image that the model does not see takes nothing of the share. It is kept for a model that does.
    """
    found = [content_of(one) for one in rendered.contents]
    files = [counted(one, sight.model, count) if isinstance(one, Media) else one for one in found]
    shares = shared_out(files, int(profile.budget * profile.files_share), count, images=sight.sees)
    contents = tuple(
        replace(before, content=after) if isinstance(before, Sourced) else after
        for before, after in zip(rendered.contents, shares.contents, strict=True)
    )
    texts = sum(count_in_pieces(one.text, count) for one in shares.contents if isinstance(one, Text))
    media = [one for one in shares.contents if isinstance(one, Media)]
    hashes = {one.hash for one in media}
    return Prepared(
        contents,
        texts + sum(one.tokens for one in media),
        tuple(blob for blob in rendered.blobs if blob.hash in hashes),
        (*rendered.remarks, *shares.remarks),
    )


def recounted(exchanges: Sequence[Exchange], model: str) -> Sequence[Exchange]:
    """Return the exchanges with their images counted by the rule of `model`: others may have been asked when they were stored."""
    return [_recounted(one, model) if len(one.question.contents) > 1 else one for one in exchanges]


def _recounted(exchange: Exchange, model: str) -> Exchange:
    more = 0
    contents: list[Content] = []
    for content in exchange.question.contents:
        if isinstance(content, Media) and content.kind is MediaKind.IMAGE:
            tokens = image_tokens(content.width, content.height, model)
            more += tokens - content.tokens
            contents.append(replace(content, tokens=tokens))
        else:
            contents.append(content)
    if not more:
        return exchange
    return replace(
        exchange, question=PromptMessage(exchange.question.role, tuple(contents)), tokens=exchange.tokens + more
    )


def shared_out(contents: Sequence[Content], room: int, count: Count, *, images: bool = True) -> Shares:
    """Return `contents` with at most `room` tokens and `MOST_BYTES` of files, in order.

    A text that does not fit is cut in its middle if enough of it is left; anything else is only named. Without `images`, these
    take no room, because they are not sent.
    """
    kept: list[Content] = []
    remarks: list[str] = []
    cut, size = 0, 0
    for content in contents:
        if not isinstance(content, Media) or (content.kind is MediaKind.IMAGE and not images):
            kept.append(content)
        elif content.tokens <= room and size + content.size <= MOST_BYTES:
            room, size = room - content.tokens, size + content.size
            kept.append(content)
        elif content.kind is not MediaKind.IMAGE and room >= _FEWEST_TOKENS:
            text, missing = cut_middle(content.text, room - count(BETWEEN) - 1, count)
            part = replace(content, text=text, tokens=count(BETWEEN + text))
            kept.append(part)
            remarks.append(PART_READ.format(name=content.name))
            room, cut = max(0, room - part.tokens), cut + missing
        else:
            kept.append(named(content, NOT_SENT))
            remarks.append(NO_ROOM.format(name=content.name))
    return Shares(tuple(kept), tuple(remarks), cut)


def media_in(message: PromptMessage) -> Sequence[Media]:
    """Return the files of a message."""
    if len(message.contents) == 1:  # a fast path, because nearly all messages are one text
        return ()
    return [content for content in message.contents if isinstance(content, Media)]


def images_in(prompt: Sequence[PromptMessage]) -> Sequence[bytes]:
    """Return the hashes of the images in a prompt."""
    return [one.hash for message in prompt for one in media_in(message) if one.kind is MediaKind.IMAGE]


def without(message: PromptMessage, why: str, kinds: AbstractSet[MediaKind], count: Count) -> tuple[PromptMessage, int]:
    """Return the message with a line in the place of each file of these kinds, and by how many tokens it is smaller."""
    contents: list[Content] = []
    less = 0
    for content in message.contents:
        if isinstance(content, Media) and content.kind in kinds:
            line = named(content, why)
            less += content.tokens - count(line.text)
            contents.append(line)
        else:
            contents.append(content)
    return PromptMessage(message.role, tuple(contents)), less
