"""Gateway events: what Discord sends there, as a schema each.

Discord's document has no schemas of events. Each is put together here from the document's schema of what it carries and the
extra fields that the documentation lists ("Gateway Events", under the event's name). Extras from another source name it.
"""

from typing import Final

from tests.truth.schema import Schema

SNOWFLAKE: Final[Schema] = {"$ref": "#/components/schemas/SnowflakeType"}
SNOWFLAKE_TEXT: Final[Schema] = {"type": "string", "format": "snowflake"}
STRING: Final[Schema] = {"type": "string"}
INTEGER: Final[Schema] = {"type": "integer"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
NULL: Final[Schema] = {"type": "null"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
NOTHING: Final[Schema] = {"type": "array", "maxItems": 0}
"""A list that this sandbox has nothing for."""


def ref(name: str) -> Schema:
    """Point to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(of: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": of}


def some(*schemas: Schema) -> Schema:
    """Describe one of several."""
    return {"anyOf": list(schemas)}


def fields(*optional: str, **properties: Schema) -> Schema:
    """Describe an object, all of whose fields are required but the named ones."""
    return {"type": "object", "properties": properties, "required": [one for one in properties if one not in optional]}


def with_extra(base: Schema, *optional: str, **properties: Schema) -> Schema:
    """Describe an object of the document that carries more than the document says."""
    return {"allOf": [base, fields(*optional, **properties)]}


CHANNEL_TYPE: Final[Schema] = {"enum": [0, 1, 2, 4, 5, 10, 11, 12, 13, 15, 16]}
"""Resources, Channel, "Channel Types": those that a bot meets here."""

CHANNEL: Final = some(ref("GuildChannelResponse"), ref("PrivateChannelResponse"), ref("ThreadResponse"))

_MEMBER_FIELDS: Final[dict[str, Schema]] = {
    "avatar": some(STRING, NULL),
    "avatar_decoration_data": some(ref("UserAvatarDecorationResponse"), NULL),
    "banner": some(STRING, NULL),
    "collectibles": some(ref("UserCollectiblesResponse"), NULL),
    "communication_disabled_until": some(MOMENT, NULL),
    "deaf": BOOLEAN,
    "flags": INTEGER,
    "joined_at": MOMENT,
    "mute": BOOLEAN,
    "nick": some(STRING, NULL),
    "pending": BOOLEAN,
    "premium_since": some(MOMENT, NULL),
    "roles": array(SNOWFLAKE),
}
PARTIAL_MEMBER: Final = fields("avatar_decoration_data", "collectibles", **_MEMBER_FIELDS)
"""A member without its user, as messages carry it (Resources, Guild, "Guild Member Object")."""

PERMITTED_MEMBER: Final = fields(
    "avatar_decoration_data", "collectibles", **_MEMBER_FIELDS, user=ref("UserResponse"), permissions=STRING
)
"""The member who interacts: with `permissions` (Interactions, "Interaction Object")."""

MESSAGE_MENTION: Final = with_extra(ref("UserResponse"), "member", member=PARTIAL_MEMBER)

MESSAGE: Final = ref("EventMessage")


def with_events(schemas: dict[str, Schema]) -> dict[str, Schema]:
    """Add what events refer to: a message as they carry it ("Message Create Extra Fields"), a command's option."""
    message = schemas["MessageResponse"]
    extra: dict[str, Schema] = {"guild_id": SNOWFLAKE, "member": PARTIAL_MEMBER, "mentions": array(MESSAGE_MENTION)}
    return schemas | {
        "EventMessage": message | {"properties": message["properties"] | extra},
        "CommandOption": _COMMAND_OPTION,
    }


_GUILD_ID: Final[dict[str, Schema]] = {"guild_id": SNOWFLAKE}
_REACTION: Final[dict[str, Schema]] = {
    "user_id": SNOWFLAKE,
    "channel_id": SNOWFLAKE,
    "message_id": SNOWFLAKE,
    "guild_id": SNOWFLAKE,
    "emoji": fields("animated", id=some(SNOWFLAKE, NULL), name=some(STRING, NULL), animated=BOOLEAN),
    "burst": BOOLEAN,
    "type": {"enum": [0, 1]},
}
_UNAVAILABLE_GUILD: Final = fields("unavailable", id=SNOWFLAKE, unavailable=BOOLEAN)
"""Resources, Guild, "Unavailable Guild Object"."""

_GUILD_MEMBER: Final = with_extra(ref("GuildMemberResponse"), guild_id=SNOWFLAKE)
_ROLE: Final = fields(guild_id=SNOWFLAKE, role=ref("GuildRoleResponse"))


def _map(of: Schema) -> Schema:
    return {"type": "object", "propertyNames": SNOWFLAKE_TEXT, "additionalProperties": of}


_WITHOUT_USER_AND_VOICE: Final = {
    name: one for name, one in _MEMBER_FIELDS.items() if name not in {"user", "deaf", "mute"}
}
_RESOLVED_CHANNEL: Final[dict[str, Schema]] = {
    "id": SNOWFLAKE,
    "name": STRING,
    "type": CHANNEL_TYPE,
    "permissions": STRING,
    # Change log of July 2026, "Resolved Channel app_permissions in Interactions".
    "app_permissions": STRING,
    "last_message_id": some(SNOWFLAKE, NULL),
    "last_pin_timestamp": some(MOMENT, NULL),
    "nsfw": BOOLEAN,
    "parent_id": some(SNOWFLAKE, NULL),
    "guild_id": SNOWFLAKE,
    "flags": INTEGER,
    "rate_limit_per_user": INTEGER,
    "topic": some(STRING, NULL),
    "position": INTEGER,
    "thread_metadata": ref("ThreadMetadataResponse"),
}
_RESOLVED: Final = fields(
    *("users", "members", "roles", "channels", "messages", "attachments"),
    users=_map(ref("UserResponse")),
    members=_map(fields("avatar_decoration_data", "collectibles", **_WITHOUT_USER_AND_VOICE, permissions=STRING)),
    roles=_map(ref("GuildRoleResponse")),
    channels=_map(
        fields(
            *(set(_RESOLVED_CHANNEL) - {"id", "name", "type", "permissions", "app_permissions"}), **_RESOLVED_CHANNEL
        ),
    ),
    messages=_map(MESSAGE),
    attachments=_map(ref("MessageAttachmentResponse")),
)
"""Interactions, "Resolved Data Structure", with what it says of partial members and channels."""

_COMMAND_OPTION: Final = fields(
    *("value", "options", "focused"),
    name=STRING,
    type={"enum": list(range(1, 12))},
    value=some(STRING, {"type": "number"}, BOOLEAN),
    options=array(ref("CommandOption")),
    focused=BOOLEAN,
)
_COMMAND: Final = fields(
    *("resolved", "options", "guild_id", "target_id"),
    id=SNOWFLAKE,
    name=STRING,
    type={"enum": [1, 2, 3]},
    resolved=_RESOLVED,
    options=array(ref("CommandOption")),
    guild_id=SNOWFLAKE,
    target_id=SNOWFLAKE,
)
_COMPONENT: Final = fields(
    *("values", "resolved"),
    custom_id=STRING,
    component_type={"enum": [2, 3, 5, 6, 7, 8]},
    # In the structures of single components ("String Select Interaction Response Structure").
    id=INTEGER,
    values=array(STRING),
    resolved=_RESOLVED,
)
_TEXT_INPUT: Final = fields(type={"const": 4}, id=INTEGER, custom_id=STRING, value=STRING)
_MENU: Final = fields(
    "resolved", type={"enum": [3, 5, 6, 7, 8]}, id=INTEGER, custom_id=STRING, values=array(STRING), resolved=_RESOLVED
)
_MODAL: Final = fields(
    "resolved",
    custom_id=STRING,
    components=array(
        some(
            fields(type={"const": 1}, id=INTEGER, components=array(_TEXT_INPUT)),
            fields(type={"const": 18}, id=INTEGER, component=some(_TEXT_INPUT, _MENU)),
            fields(type={"const": 10}, id=INTEGER),
        )
    ),
    resolved=_RESOLVED,
)
"""Interactions, "Modal Submit Data Structure", and the response structures of the components in it."""


def _interaction(kinds: list[int], data: Schema, **more: Schema) -> Schema:
    """Describe the interactions of some types, in a guild or in direct messages ("Interaction Structure")."""
    everywhere: dict[str, Schema] = {
        "id": SNOWFLAKE,
        "application_id": SNOWFLAKE,
        "type": {"enum": kinds},
        "data": data,
        "channel": with_extra(CHANNEL, permissions=STRING),
        "channel_id": SNOWFLAKE,
        "token": STRING,
        "version": {"const": 1},
        "app_permissions": STRING,
        "locale": ref("AvailableLocalesEnum"),
        "entitlements": array(ref("EntitlementResponse")),
        "attachment_size_limit": INTEGER,
    }
    in_guild = fields(
        **everywhere,
        **more,
        context={"const": 0},
        guild=fields(id=SNOWFLAKE, locale=STRING, features=array(STRING)),
        guild_id=SNOWFLAKE,
        guild_locale=ref("AvailableLocalesEnum"),
        member=PERMITTED_MEMBER,
        authorizing_integration_owners=_OWNERS,
    )
    in_direct_messages = fields(
        **everywhere,
        **more,
        context={"enum": [1, 2]},
        user=ref("UserResponse"),
        authorizing_integration_owners=_OWNERS,
    )
    return some(in_guild, in_direct_messages)


_OWNERS: Final[Schema] = {
    "type": "object",
    "propertyNames": {"enum": ["0", "1"]},
    "additionalProperties": SNOWFLAKE,
}
"""Interactions, "Authorizing Integration Owners Object": by installation type; "0" for a guild's bot in its own messages."""

INTERACTION: Final = some(
    _interaction([2, 4], _COMMAND),
    _interaction([3], _COMPONENT, message=ref("MessageResponse")),
    _interaction([5], _MODAL, message=ref("MessageResponse")),
    _interaction([5], _MODAL),
)

_PRESENCE: Final = fields(
    since=some(INTEGER, NULL),
    activities=array(
        fields("url", "state", name=STRING, type=INTEGER, url=some(STRING, NULL), state=some(STRING, NULL))
    ),
    status={"enum": ["online", "dnd", "idle", "invisible", "offline"]},
    afk=BOOLEAN,
)
_SHARD: Final[Schema] = {"type": "array", "items": INTEGER, "minItems": 2, "maxItems": 2}

FRAMES: Final[dict[str, Schema]] = {
    "gateway HEARTBEAT": some(INTEGER, NULL),
    "gateway IDENTIFY": fields(
        *("compress", "large_threshold", "shard", "presence"),
        token=STRING,
        properties=fields(os=STRING, browser=STRING, device=STRING),
        compress=BOOLEAN,
        large_threshold={"type": "integer", "minimum": 50, "maximum": 250},
        shard=_SHARD,
        presence=_PRESENCE,
        intents=INTEGER,
    ),
    "gateway PRESENCE_UPDATE": _PRESENCE,
    "gateway VOICE_STATE_UPDATE": fields(
        guild_id=SNOWFLAKE, channel_id=some(SNOWFLAKE, NULL), self_mute=BOOLEAN, self_deaf=BOOLEAN
    ),
    "gateway RESUME": fields(token=STRING, session_id=STRING, seq=INTEGER),
    "gateway REQUEST_GUILD_MEMBERS": fields(
        *("query", "presences", "user_ids", "nonce"),
        guild_id=SNOWFLAKE,
        query=STRING,
        limit=INTEGER,
        presences=BOOLEAN,
        user_ids=some(SNOWFLAKE, array(SNOWFLAKE)),
        nonce=STRING,
    ),
    "HELLO": fields("_trace", heartbeat_interval=INTEGER, _trace=array(STRING)),
    "HEARTBEAT": NULL,
    "HEARTBEAT_ACK": NULL,
    "RECONNECT": NULL,
    "INVALID_SESSION": BOOLEAN,
}
"""Frames that are no events: those of a client ("Send Events") by `gateway` and their name, and Discord's own.

`_trace` is not in the documentation; discord.py 2.7 reads it where it is.
"""

EVENTS: Final[dict[str, Schema]] = FRAMES | {
    "READY": fields(
        "shard",
        v={"const": 10},
        # "Information about the user including email": what `GET /users/@me` tells, but for the locale.
        user=with_extra(
            ref("UserResponse"), "email", "verified", mfa_enabled=BOOLEAN, email=some(STRING, NULL), verified=BOOLEAN
        ),
        guilds=array(fields(id=SNOWFLAKE, unavailable={"const": True})),
        session_id=STRING,
        resume_gateway_url={"type": "string", "format": "uri"},
        shard=_SHARD,
        application=fields(id=SNOWFLAKE, flags=INTEGER),
    ),
    # The documentation shows no fields; discord.py 2.7 reads `_trace` of it (`gateway.py`, received_message).
    "RESUMED": fields("_trace", _trace=array(STRING)),
    "CHANNEL_CREATE": CHANNEL,
    "CHANNEL_UPDATE": CHANNEL,
    "CHANNEL_DELETE": CHANNEL,
    "CHANNEL_PINS_UPDATE": fields(
        "guild_id", "last_pin_timestamp", **_GUILD_ID, channel_id=SNOWFLAKE, last_pin_timestamp=some(MOMENT, NULL)
    ),
    "THREAD_CREATE": with_extra(ref("ThreadResponse"), "newly_created", newly_created=BOOLEAN),
    "THREAD_UPDATE": ref("ThreadResponse"),
    "THREAD_DELETE": fields(id=SNOWFLAKE, guild_id=SNOWFLAKE, parent_id=SNOWFLAKE, type=CHANNEL_TYPE),
    "THREAD_LIST_SYNC": fields(
        "channel_ids",
        **_GUILD_ID,
        channel_ids=array(SNOWFLAKE),
        threads=array(ref("ThreadResponse")),
        members=array(ref("ThreadMemberResponse")),
    ),
    "THREAD_MEMBER_UPDATE": with_extra(ref("ThreadMemberResponse"), **_GUILD_ID),
    "THREAD_MEMBERS_UPDATE": fields(
        "added_members",
        "removed_member_ids",
        id=SNOWFLAKE,
        **_GUILD_ID,
        member_count=INTEGER,
        added_members=array(with_extra(ref("ThreadMemberResponse"), "presence", presence=NULL)),
        removed_member_ids=array(SNOWFLAKE),
    ),
    "GUILD_CREATE": some(
        with_extra(
            ref("GuildResponse"),
            "unavailable",
            joined_at=MOMENT,
            large=BOOLEAN,
            unavailable=BOOLEAN,
            member_count=INTEGER,
            voice_states=NOTHING,
            members=array(ref("GuildMemberResponse")),
            channels=array(ref("GuildChannelResponse")),
            threads=array(ref("ThreadResponse")),
            presences=NOTHING,
            stage_instances=array(ref("StageInstanceResponse")),
            guild_scheduled_events=NOTHING,
            soundboard_sounds=array(ref("SoundboardSoundResponse")),
        ),
        fields(id=SNOWFLAKE, unavailable={"const": True}),
    ),
    "GUILD_UPDATE": ref("GuildResponse"),
    "GUILD_DELETE": _UNAVAILABLE_GUILD,
    "GUILD_MEMBER_ADD": _GUILD_MEMBER,
    "GUILD_MEMBER_UPDATE": _GUILD_MEMBER,
    "GUILD_MEMBER_REMOVE": fields(**_GUILD_ID, user=ref("UserResponse")),
    "GUILD_MEMBERS_CHUNK": fields(
        "not_found",
        "presences",
        "nonce",
        **_GUILD_ID,
        members=array(ref("GuildMemberResponse")),
        chunk_index=INTEGER,
        chunk_count=INTEGER,
        not_found=array(STRING),
        presences=NOTHING,
        nonce=STRING,
    ),
    "GUILD_ROLE_CREATE": _ROLE,
    "GUILD_ROLE_UPDATE": _ROLE,
    "GUILD_ROLE_DELETE": fields(guild_id=SNOWFLAKE, role_id=SNOWFLAKE),
    "INTERACTION_CREATE": INTERACTION,
    "MESSAGE_CREATE": MESSAGE,
    "MESSAGE_UPDATE": MESSAGE,
    "MESSAGE_DELETE": fields("guild_id", id=SNOWFLAKE, channel_id=SNOWFLAKE, **_GUILD_ID),
    "MESSAGE_DELETE_BULK": fields(
        "guild_id", ids={**array(SNOWFLAKE), "minItems": 2}, channel_id=SNOWFLAKE, **_GUILD_ID
    ),
    "MESSAGE_REACTION_ADD": fields(
        *("guild_id", "member", "message_author_id", "burst_colors"),
        **_REACTION,
        member=ref("GuildMemberResponse"),
        message_author_id=SNOWFLAKE,
        burst_colors=array(STRING),
    ),
    "MESSAGE_REACTION_REMOVE": fields("guild_id", **_REACTION),
    "MESSAGE_REACTION_REMOVE_ALL": fields("guild_id", channel_id=SNOWFLAKE, message_id=SNOWFLAKE, **_GUILD_ID),
    "TYPING_START": fields(
        *("guild_id", "member"),
        channel_id=SNOWFLAKE,
        **_GUILD_ID,
        user_id=SNOWFLAKE,
        timestamp=INTEGER,
        member=ref("GuildMemberResponse"),
    ),
}
