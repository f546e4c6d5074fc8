"""`ApiError` is a refusal of Discord's REST API, with its status, its code and the JSON that clients parse.

Source: Discord's documentation, Opcodes and Status Codes, "JSON Error Codes", and Reference, "Error Messages". Where
the wire words a code shorter than the documentation (50001, 50013, 50083, 40005), the words are those of public
reports.
"""

from collections.abc import Mapping

from bot.sandbox.wire import Json


class ApiError(Exception):
    """A request that Discord refuses. `body` is the JSON of the answer."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    @property
    def body(self) -> Json:
        """The response's JSON."""
        return {"message": self.message, "code": self.code}

    @property
    def headers(self) -> dict[str, str]:
        """The response's headers beside those that every response has."""
        return {}


class InvalidFormError(ApiError):
    """50035, with the nested `errors` that name each bad field by its path; an empty path is the request itself."""

    def __init__(self, errors: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(400, 50035, "Invalid Form Body")
        self.errors = errors

    def under(self, path: str) -> "InvalidFormError":
        """Return the same faults of an object that is a part of a larger one."""
        return InvalidFormError({f"{path}.{inner}": why for inner, why in self.errors.items()})

    @property
    def body(self) -> Json:
        """The response's JSON: `{"errors": {"content": {"_errors": [{"code", "message"}]}}}`."""
        nested: Json = {}
        for path, (code, message) in self.errors.items():
            place = nested
            for step in filter(None, path.split(".")):
                place = place.setdefault(step, {})
            place["_errors"] = [{"code": code, "message": message}]
        return super().body | {"errors": nested}


def unauthorized() -> ApiError:
    """The token is not the application's."""
    return ApiError(401, 0, "401: Unauthorized")


def not_found() -> ApiError:
    """There is no such route."""
    return ApiError(404, 0, "404: Not Found")


def no_such_method() -> ApiError:
    """There is such a path, but not with this method."""
    return ApiError(405, 0, "405: Method Not Allowed")


def no_such_version() -> ApiError:
    """There is no such version of the API."""
    return ApiError(400, 50041, "Invalid API version provided")


_UNKNOWN = {
    "application": 10002,
    "channel": 10003,
    "guild": 10004,
    "member": 10007,
    "message": 10008,
    "user": 10013,
    "tag": 10087,
    "webhook": 10015,
    "interaction": 10062,
    "application command": 10063,
}


def unknown(what: str) -> ApiError:
    """There is no such thing, or the bot is not told that there is. `what` is Discord's noun in lower case."""
    return ApiError(404, _UNKNOWN[what], f"Unknown {what if ' ' in what else what.capitalize()}")


def invalid_webhook_token() -> ApiError:
    """The interaction is over, or never was."""
    return ApiError(401, 50027, "Invalid Webhook Token")


def missing_access() -> ApiError:
    """The bot does not see that channel."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """The bot sees the channel but may not do that."""
    return ApiError(403, 50013, "Missing Permissions")


def no_messages(*, mutual_guilds: bool) -> ApiError:
    """The person takes no messages, or shares no guild with the bot. The status of the latter has no source."""
    if mutual_guilds:
        return ApiError(403, 50007, "Cannot send messages to this user")
    return ApiError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def system_message() -> ApiError:
    """The message was not written by anybody."""
    return ApiError(403, 50021, "Cannot execute action on a system message")


def empty_message() -> ApiError:
    """Nothing is left to show."""
    return ApiError(400, 50006, "Cannot send an empty message")


def thread_archived() -> ApiError:
    """The thread has to be opened first."""
    return ApiError(400, 50083, "Thread is archived")


def cannot_here() -> ApiError:
    """The request does not apply to that kind of channel."""
    return ApiError(400, 50024, "Cannot execute action on this channel type")


def too_large() -> ApiError:
    """A file exceeds the upload limit."""
    return ApiError(413, 40005, "Request entity too large")
