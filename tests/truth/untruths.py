"""Untruths: places where a document is known to be wrong, each with what is true there and how that is known."""

from dataclasses import dataclass
from typing import Final

from tests.truth.events import BOOLEAN, INTEGER, NULL, SNOWFLAKE_TEXT, STRING, array, fields, ref, some
from tests.truth.schema import Schema


@dataclass(frozen=True, slots=True)
class Untruth:
    """One place of a document, by the steps to it from `components.schemas`, and what is true there.

    `missing` says that the document has nothing there.
    """

    place: tuple[str, ...]
    truth: object
    reason: str
    missing: bool = False


_CALLBACK_WITHOUT_MESSAGE: Final = fields(type={"enum": [5, 6]})

DISCORD: Final = (
    Untruth(
        ("InnerErrors", "properties", "_errors", "items"),
        fields(code=STRING, message=STRING),
        'the codes of single fields are words ("Error Messages": BASE_TYPE_REQUIRED); the document has numbers',
    ),
    Untruth(
        ("ApplicationCommandUpdateRequest", "properties", "nsfw"),
        BOOLEAN,
        'a command may be age-restricted ("Create Global Application Command", nsfw); discord.py always says',
        missing=True,
    ),
    Untruth(
        ("MessageEditRequestPartial", "properties", "tts"),
        BOOLEAN,
        "discord.py 2.7 sends it with every edit (`http.py`, handle_message_parameters), and Discord takes no notice",
        missing=True,
    ),
    Untruth(
        ("IncomingWebhookUpdateRequestPartial", "properties", "tts"),
        BOOLEAN,
        "as above, for the edit of a response",
        missing=True,
    ),
    Untruth(
        ("IncomingWebhookUpdateForInteractionCallbackRequestPartial", "properties", "tts"),
        BOOLEAN,
        "as above, for a response that edits the message of its button",
        missing=True,
    ),
    Untruth(
        ("InteractionCallbackResponse", "properties", "resource"),
        some(
            ref("CreateMessageInteractionCallbackResponse"),
            ref("UpdateMessageInteractionCallbackResponse"),
            _CALLBACK_WITHOUT_MESSAGE,
        ),
        'a deferred response has a resource too, without a message ("Interaction Callback Resource Structure")',
    ),
    Untruth(
        ("MessageReferenceResponse", "properties", "type"),
        {"enum": [0, 1]},
        'a forward has type 1 ("Message Reference Types"); the document knows only replies',
    ),
    Untruth(
        ("GuildChannelResponse", "properties", "type"),
        {"enum": [0, 2, 4, 5, 13, 14, 15, 16]},
        'a media channel has type 16 ("Channel Types", GUILD_MEDIA); the document knows none',
    ),
    Untruth(
        ("CreatedThreadResponse", "properties", "message"),
        ref("MessageResponse"),
        'a new post in a forum comes with its first message ("Start Thread in Forum or Media Channel")',
        missing=True,
    ),
    Untruth(
        ("MessageCreateRequest", "properties", "content", "maxLength"),
        2000,
        'the documentation ("Create Message") says 2000; 4000 is what people with a subscription may type',
    ),
    Untruth(
        ("MessageEditRequestPartial", "properties", "content", "maxLength"),
        2000,
        'as above ("Edit Message")',
    ),
    Untruth(
        ("BaseCreateMessageCreateRequest", "properties", "content", "maxLength"),
        2000,
        'as above ("Forum and Media Thread Message Params Object")',
    ),
    Untruth(
        ("RatelimitedResponse",),
        fields("code", code=INTEGER, message=STRING, retry_after={"type": "number"}, **{"global": BOOLEAN}),
        'only some limits have a code ("Rate Limit Response Structure", `code?`); the document has it always',
    ),
)

OPENAI: Final[tuple[Untruth, ...]] = ()

UNDOCUMENTED: Final[dict[tuple[str, str], Schema]] = {
    # Bots use it, though the documentation does not have it; body and answer are those of public clients.
    ("POST", "/attachments/refresh-urls"): {
        "parameters": [],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": fields(attachment_urls=array(STRING))}},
        },
        "responses": {
            "200": {
                "content": {
                    "application/json": {
                        "schema": fields(refreshed_urls=array(fields(original=STRING, refreshed=some(STRING, NULL))))
                    }
                }
            },
            "4XX": {"content": {"application/json": {"schema": ref("ErrorResponse")}}},
        },
    },
}
"""Operations that exist and are in no document."""

ASKED_OF_DISCORD: Final[dict[str, Schema]] = {
    # "The API accepts both": ids in requests may be numbers ("ID Serialization"); discord.py sends them so.
    "SnowflakeType": some(SNOWFLAKE_TEXT, {"type": "integer", "minimum": 0}),
}
"""The corrections that hold for requests only."""


def corrected(schemas: dict[str, Schema], untruths: tuple[Untruth, ...]) -> dict[str, Schema]:
    """Correct a document's schemas, in place. Raises KeyError where the document has changed since."""
    for untruth in untruths:
        *steps, last = untruth.place
        holder: Schema = schemas
        for step in steps:
            holder = holder[step]
        if (last not in holder) is not untruth.missing:
            raise KeyError(f"the document has changed at {'/'.join(untruth.place)}: look at the list of untruths again")
        holder[last] = untruth.truth
    return schemas
