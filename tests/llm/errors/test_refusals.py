"""The words in which servers refuse a part of a request: each real wording is understood, and a quotation of it is not."""
# ruff: noqa: E501 - a wording is a row

from typing import Any, Final

import pytest

from bot.errors import ModelContextExceeded, ModelRejected, Refused
from bot.llm.errors.body import messages_in
from bot.llm.errors.mapping import ErrorResponse, error_from

TEMPLATE = "After the optional system message, conversation roles must alternate user/assistant/user/assistant/..."
JINJA = (
    "\n------------\nWhile executing CallExpression at line 19, column 27 in source:\n"
    '...% 2 == 0) -%}↵        {{ raise_exception("Conversation roles must alternate user...\n'
    "                                           ^\nError: Jinja Exception: "
)  # fmt: skip


def said(message: object, **fields: object) -> dict[str, Any]:
    """A body in OpenAI's shape."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}}


TURNS: Final[list[tuple[int | None, object]]] = [
    (400, {"object": "error", "message": TEMPLATE, "type": "BadRequestError", "param": None, "code": 400}),
    (400, {"object": "error", "message": "Conversation roles must alternate user/assistant/user/assistant/... Conversation roles must alternate user/assistant/user/assistant/...", "code": 400}),
    (500, {"error": {"code": 500, "message": JINJA + TEMPLATE, "type": "server_error"}}),
    (500, {"error": {"code": 500, "message": JINJA + "After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results.", "type": "server_error"}}),
    (None, {"error": {"code": "server_error", "message": "rpc error: code = InvalidArgument desc = " + JINJA + TEMPLATE, "type": "server_error"}}),
    (500, {"error": {"code": 500, "message": "Conversation roles must alternate user/assistant/user/assistant/... at row 19, column 27:\n {%- if (message['role'] == 'user')"}}),
    (400, {"error": f'Error rendering prompt with jinja template: "{TEMPLATE}".\n\nThis is usually an issue with the model\'s prompt template.'}),
    (422, {"error": f"Template error: invalid operation: {TEMPLATE} (in <string>:1)", "error_type": "template_error"}),
    (400, said("deepseek-reasoner does not support successive user or assistant messages (messages[1] and messages[2] in your input). You should interleave the user/assistant messages in the message sequence.", code="invalid_request_error")),
    (400, said("litellm.BadRequestError: DeepseekException - Error code: 400 - {'error': {'message': 'deepseek-reasoner does not support successive user or assistant messages (messages[5] and messages[6] in your input).', 'type': 'invalid_request_error'}}", code="400")),
    (400, {"error": {"message": "After the (optional) system message(s), user and assistant roles should be alternating.", "type": "invalid_message", "code": 400}}),
    (400, {"error": {"message": "After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s).", "type": "invalid_message", "code": 400}}),
    (400, {"error": {"message": "Last message must have role `user`.", "type": "invalid_message", "code": 400}}),
    (400, {"object": "error", "message": "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant", "type": "invalid_request_error"}),
    (400, {"object": "error", "message": "Expected last role to be one of: [user, tool] but got assistant", "type": "invalid_request_error"}),
    (400, {"object": "error", "message": "Unexpected role 'user' after role 'user'", "type": "invalid_request_error"}),
    (400, {"object": "error", "message": "Unexpected role 'assistant' after role 'system'", "type": "invalid_request_error"}),
    (400, said('messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row')),
    (400, said('messages: first message must use the "user" role')),
    (400, said("This model does not support assistant message prefill. The conversation must end with a user message.")),
    (400, said("A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.")),
    (400, said("A conversation must start with a user message. Try again with a conversation that starts with a user message.")),
    (400, [{"error": {"code": 400, "message": "Please ensure that multiturn requests alternate between user and model.", "status": "INVALID_ARGUMENT"}}]),
    (200, {"error_code": 336006, "error_msg": "the length of messages must be an odd number", "id": "as-1"}),
    (400, said("the role of message with odd index in the messages must be user or function", type="baidu_error", code=336006)),
]  # rows of a table # fmt: skip
SYSTEM: Final[list[tuple[int | None, object]]] = [
    (400, {"object": "error", "message": "System role not supported", "type": "BadRequestError", "param": None, "code": 400}),
    (500, {"error": {"code": 500, "message": JINJA + "System role not supported", "type": "server_error"}}),
    (422, {"error": "Template error: invalid operation: System role not supported (in <string>:1)", "error_type": "template_error"}),
    (400, {"object": "error", "message": "Only user and assistant roles are supported!", "code": 400}),
    (500, {"error": {"code": 500, "message": JINJA + "Only user, assistant and tool roles are supported, got system.", "type": "server_error"}}),
    (400, [{"error": {"code": 400, "message": "Developer instruction is not enabled for models/gemma-3-27b-it", "status": "INVALID_ARGUMENT"}}]),
    (400, said("The input system_instruction is not supported.")),
    (400, said("Unsupported value: 'messages[0].role' does not support 'system' with this model.", param="messages[0].role", code="unsupported_value")),
    (400, said("Unsupported value: 'messages[0].role' does not support 'developer' with this model.")),
    (400, said("This model doesn't support system messages. Try again without a system message or use a model that supports system messages.")),
    (400, {"detail": "System messages are not allowed"}),
    (400, {"type": "error", "error": {"type": "invalid_request_error", "message": 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter'}}),
    (400, said("'messages.0' : discriminator property 'role' has invalid value")),
    (400, said("'system' is not one of ['user', 'assistant'] - 'messages.0.role'")),
    (422, "Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `system`, expected `user` or `assistant` at line 1"),
    (422, {"detail": [{"type": "literal_error", "loc": ["body", "messages", 0, "role"], "msg": "Input should be 'user' or 'assistant'", "input": "system"}]}),
    (400, said("Invalid role: system")),
    (400, said("The role 'system' is not supported by this model")),
]  # rows of a table # fmt: skip
STREAM: Final[list[tuple[int | None, object]]] = [
    (400, said("Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.", param="stream", code="unsupported_value")),
    (400, said("Your organization must be verified to stream this model.")),
    (400, said("Unsupported value: 'stream' does not support true with this model. Only the default (false) value is supported.", param="stream", code="unsupported_value")),
    (400, said("Unsupported value: 'stream' does not support true with this model. Supported values are: false.")),
    (400, said("Streaming is not supported for this model")),
    (400, {"detail": "Stream mode is not supported"}),
    (501, {"error": "streaming not implemented"}),
    (400, said("This model does not support streaming.")),
    (422, said("Streaming responses are disabled on this endpoint")),
    (400, said("Unknown parameter: 'stream'.", param="stream", code="unknown_parameter")),
]  # rows of a table # fmt: skip
IMAGES: Final[list[tuple[int | None, object]]] = [
    (500, {"error": {"code": 500, "message": "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj", "type": "server_error"}}),
    (400, said("Invalid content type. image_url is only supported by certain models.", param="messages.[0].content.[1].type")),
    (400, {"error": "Model does not support images. Please use a model that does."}),
    (400, said("this model does not support image input (ref: b8bd630e-4a39-4b57-82af-9158ee9d5703)")),
    (404, {"error": {"code": 404, "message": "No endpoints found that support image input"}}),
    (400, {"object": "error", "message": "facebook/opt-125m is not a multimodal model None", "type": "BadRequestError", "param": None, "code": 400}),
    (400, {"object": "error", "message": "At most 0 image(s) may be provided in one request.", "type": "BadRequestError", "param": None, "code": 400}),
    (500, said("Failed to create new sequence: this model is missing data required for image input")),
    (400, {"object": "error", "message": "Image input is not enabled for this model", "type": "invalid_request_error"}),
    (400, said("Failed to deserialize the JSON body into the target type: messages[7]: unknown variant `image_url`, expected `text` at line 1 column 114708", code="invalid_request_error")),
    (500, {"code": 500, "message": 'Failed to parse messages: Unsupported content part type: "image_url"; messages = [\n  {\n    "role": "user"'}),
    (400, said("'messages.1.content' : value must be a string")),
    (400, said("Images are not supported by this model.")),
    (400, said("Multimodal inputs are not supported for this deployment")),
]  # rows of a table # fmt: skip
LENGTH: Final[list[tuple[int | None, int, object]]] = [
    (2000, 400, said("<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 2000]", code="invalid_parameter_error")),
    (8192, 400, said("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", code="invalid_request_error")),
    (8192, 400, said("litellm.BadRequestError: OpenAIException - Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", code="400")),
    (393216, 400, said("Invalid maxtokens value, the valid range of maxtokens is [1, 393216]")),
    (2000, 400, said("max_tokens for this model must be less than or equal to 2000")),
    (8000, 400, said("max_tokens for `llama-3.1-8b-instant` must be less than or equal to 8000")),
    (8192, 400, said("`max_completion_tokens` must be less than or equal to `8192`, the maximum value for `max_completion_tokens` is less than the `context_window` for this model", param="max_completion_tokens")),
    (4096, 400, {"message": "too many tokens: max tokens must be less than or equal to 4096, the maximum output length for this model - received 5000."}),
    (512, 422, {"error": "Input validation error: `max_new_tokens` must be <= 512. Given: 4000", "error_type": "validation"}),
    (65536, 400, said("max_tokens (384000) exceeds model's maximum output tokens (65536) for model deepseek-v4-flash:0731")),
    (4096, 400, said("max_tokens is too large: 6000. This model supports at most 4096 completion tokens, whereas you provided 6000.", param="max_tokens", code="invalid_value")),
    (8192, 400, {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-sonnet"}}),
    (2048, 400, said('litellm.BadRequestError: BedrockException - {"message":"The maximum tokens you requested exceeds the model limit of 2048. Try again with a maximum tokens value that is lower than 2048."}')),
    (8193, 400, [{"error": {"code": 400, "message": "Unable to submit request because it has a maxOutputTokens value of 9000 but the supported range is from 1 (inclusive) to 8193 (exclusive). Update the value and try again.", "status": "INVALID_ARGUMENT"}}]),
    (4096, 400, said("Requests with max_tokens > 4096 must have stream=true")),
    (None, 416, said("max_completion_tokens is limited for this model")),
    (None, 400, said("max_tokens 参数非法。请检查文档。", code="1214")),
    (None, 400, said("max_tokens exceeds what this model can generate")),
    (1024, 422, {"detail": [{"type": "less_than_equal", "loc": ["body", "max_tokens"], "msg": "Input should be less than or equal to 1024", "input": 4000, "ctx": {"le": 1024}}]}),
    (4096, 400, said("Invalid 'max_tokens': integer above maximum value. Expected a value <= 4096, but got 5000 instead.", param="max_tokens", code="integer_above_max_value")),
    (None, 400, said("too much", param="max_completion_tokens", code="invalid_value")),
]  # rows of a table # fmt: skip


def refused_by(status: int | None, body: object) -> Refused:
    """The parts of the request that a report refuses."""
    error = error_from(ErrorResponse(status, body))
    assert type(error) is ModelRejected
    return error.refused


@pytest.mark.parametrize(("status", "body"), TURNS)
def test_a_server_that_wants_turns_is_understood(status: int | None, body: object) -> None:
    """Each known wording of roles that must alternate is a refusal of the turns, whatever its status."""
    assert refused_by(status, body) == Refused(turns=True)


@pytest.mark.parametrize(("status", "body"), SYSTEM)
def test_a_server_without_a_system_role_is_understood(status: int | None, body: object) -> None:
    """Each known wording of a system role that is not supported is a refusal of the system message."""
    assert refused_by(status, body) == Refused(system=True)


@pytest.mark.parametrize(("status", "body"), STREAM)
def test_a_server_that_does_not_stream_is_understood(status: int | None, body: object) -> None:
    """Each known wording of streams that are not supported is a refusal of the stream."""
    assert refused_by(status, body) == Refused(stream=True)


@pytest.mark.parametrize(("status", "body"), IMAGES)
def test_a_model_that_sees_no_images_is_understood(status: int | None, body: object) -> None:
    """Each known wording of images that are not supported is a refusal of all images, whatever its status."""
    assert refused_by(status, body) == Refused(images=True)


@pytest.mark.parametrize(
    "message",
    [
        "This model only support stream mode, please enable the stream parameter to access the model.",
        "<400> InternalError.Algo.InvalidParameter: This model only supports streaming mode",
        "Only stream mode is supported",
        "Non-streaming is not supported for this model",
        "This model does not support non-streaming responses",
        "Stream must be set to true",
        "'stream' must be true",
        "Streaming is required for operations that may take longer than 10 minutes.",
    ],
)
def test_a_server_that_only_streams_is_understood(message: str) -> None:
    """Each known wording of whole answers that are not supported is a refusal of them."""
    assert refused_by(400, said(message)) == Refused(whole=True)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_is_loading_or_limited_refuses_nothing_for_good(status: int) -> None:
    """A refusal while a server loads its model, or only for now, changes nothing in how it is asked."""
    for text in texts():
        error = error_from(ErrorResponse(status, said(text)))
        assert not isinstance(error, ModelRejected) or error.refused == Refused()
    loading = error_from(ErrorResponse(500, said("streaming is not supported while the model is loading")))
    assert not isinstance(loading, ModelRejected)


@pytest.mark.parametrize(("longest", "status", "body"), LENGTH)
def test_a_limit_above_the_models_own_is_understood(longest: int | None, status: int, body: object) -> None:
    """Each known wording of a limit that is too large is a refusal of it, with the largest one where it is named."""
    assert refused_by(status, body) == Refused(length=True, longest=longest)


@pytest.mark.parametrize(
    "message",
    [
        "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 tokens and your request has 512 input tokens (4000 > 4096 - 512).",
        "This model's maximum context length is 4096 tokens. However, you requested 4100 tokens (100 in the messages, 4000 in the completion).",
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
    ],
)
def test_a_limit_above_what_the_context_leaves_is_an_overflow(message: str) -> None:
    """A limit that is only too large beside its prompt is a matter of the context."""
    assert type(error_from(ErrorResponse(400, said(message)))) is ModelContextExceeded


@pytest.mark.parametrize(
    "message",
    [
        "The stream_options parameter is not supported",
        "max_tokens must be at least 1",
        "messages must not be empty",
        "this model does not support stream_options",
        "You uploaded an unsupported image. Please make sure your image is valid.",
        "This model does not support image formats other than PNG",
        "At most 5 image(s) may be provided in one request.",
        "Image size is not supported: at least 10 pixels are needed",
    ],
)
def test_other_refusals_change_nothing(message: str) -> None:
    """Words that only resemble a refusal of a part are none."""
    assert refused_by(400, said(message)) == Refused()


def texts() -> list[str]:
    """The messages of all wordings."""
    bodies = [body for _, body in (*TURNS, *SYSTEM, *STREAM, *IMAGES)] + [body for *_, body in LENGTH]
    return [message for body in bodies for message in messages_in(body)]


@pytest.mark.parametrize("quotation", ["Invalid value: '{}'.", 'cannot read "{}"', "`{}` is not valid", "“{}”"])
def test_a_quotation_of_a_refusal_is_none(quotation: str) -> None:
    """People who write about refusals change nothing in how their server is asked."""
    for text in texts():
        error = error_from(ErrorResponse(400, said(quotation.format(text), code="invalid_value")))
        assert type(error) is ModelRejected
        assert error.refused == Refused()
