"""`Op` lists the gateway's opcodes, `Closing` its close codes.

Source: Discord's documentation, Opcodes and Status Codes, "Gateway Opcodes" and "Gateway Close Event Codes".
"""

from enum import IntEnum


class Op(IntEnum):
    """The kinds of frames."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    REQUEST_SOUNDBOARD_SOUNDS = 31
    REQUEST_CHANNEL_INFO = 43


class Closing(IntEnum):
    """The reasons for which the gateway closes a connection."""

    UNKNOWN_ERROR = 4000
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQ = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    SHARDING_REQUIRED = 4011
    INVALID_API_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class ClosingError(Exception):
    """The gateway ends a connection with this code."""

    def __init__(self, code: Closing) -> None:
        super().__init__(f"{code.value} {code.name}")
        self.code = code


GOODBYES = frozenset({1000, 1001})
"""Close codes by which a client ends its session instead of resuming it later (Gateway, "Initiating a Disconnect")."""

FRESH_START = frozenset({Closing.INVALID_SEQ, Closing.SESSION_TIMED_OUT})
"""Close codes of the gateway whose explanation is "reconnect and start a new" session."""
