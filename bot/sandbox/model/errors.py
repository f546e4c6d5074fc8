"""Errors of the model server, in OpenAI's shape and wording."""

from bot.sandbox.wire import Json


class ModelError(Exception):
    """A request that is refused. `body` is what goes on the wire."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        type: str = "invalid_request_error",  # noqa: A002 - the field's name on the wire
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"message": message, "type": type, "param": param, "code": code}}


def invalid_key(key: str) -> ModelError:
    """401: the key is not the server's. The text shows only its end, as OpenAI does."""
    shown = f"{'*' * 8}{key[-4:]}" if key else "''"
    text = f"Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com/account/api-keys."
    return ModelError(401, text, code="invalid_api_key")


def no_key() -> ModelError:
    """401: there is no key at all."""
    return ModelError(
        401, "You didn't provide an API key. You need to provide your API key in an Authorization header."
    )


def model_not_found(name: str) -> ModelError:
    """404: no model of that name."""
    text = f"The model `{name}` does not exist or you do not have access to it."
    return ModelError(404, text, code="model_not_found")


def unknown_parameter(name: str) -> ModelError:
    """400: a top-level field that the API does not have."""
    return ModelError(400, f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)


_NAMES: dict[str, str] = {
    "NoneType": "null",
    "bool": "a boolean",
    "int": "an integer",
    "float": "a decimal",
    "str": "a string",
    "list": "an array",
    "dict": "an object",
}


def invalid_type(param: str, expected: str, found: object) -> ModelError:
    """400: a field of the wrong type."""
    got = _NAMES.get(type(found).__name__, "another type")
    text = f"Invalid type for '{param}': expected {expected}, but got {got} instead."
    return ModelError(400, text, code="invalid_type", param=param)


def context_exceeded(limit: int, tokens: int) -> ModelError:
    """400: the prompt does not fit the model's context."""
    text = (
        f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages."
    )
    return ModelError(400, text, code="context_length_exceeded", param="messages")
