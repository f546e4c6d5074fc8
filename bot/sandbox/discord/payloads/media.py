"""These functions write stickers and polls as JSON (OpenAPI document, MessageStickerItemResponse and PollResponse)."""

from bot.sandbox.clock import stamp
from bot.sandbox.discord.world.media import Poll, Sticker
from bot.sandbox.discord.world.users import User
from bot.sandbox.wire import Json

_LAYOUT = 1


def sticker_payload(sticker: Sticker) -> Json:
    """Write a sticker as a message names it."""
    return {"id": str(sticker.id), "name": sticker.name, "format_type": int(sticker.format)}


def poll_payload(poll: Poll, viewer: User) -> Json:
    """Write a poll with its votes, as the viewer gets it; answers that nobody chose have no count."""
    return {
        "question": {"text": poll.question},
        "answers": [
            {"answer_id": number, "poll_media": {"text": text}} for number, text in enumerate(poll.answers, start=1)
        ],
        "expiry": stamp(poll.ends_at),
        "allow_multiselect": poll.several,
        "layout_type": _LAYOUT,
        "results": {
            "answer_counts": [
                {"id": number, "count": len(voters), "me_voted": viewer.id in voters}
                for number, voters in poll.votes.items()
                if voters
            ],
            "is_finalized": poll.ended,
        },
    }
