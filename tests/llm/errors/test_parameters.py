"""The parameters that a server says it does not know are read out of its report, and out of nothing that people wrote."""

import pytest

from bot.errors import ModelRejected
from bot.llm.errors.mapping import ErrorResponse, error_from
from bot.llm.errors.parameters import unknown_parameters

NO_EXTRAS = "Extra inputs are not permitted"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (
            {
                "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'x' instead.",
                "type": "invalid_request_error",
                "param": "max_tokens",
                "code": "unsupported_parameter",
            },
            {"max_tokens"},
        ),
        ({"message": "Unsupported parameter: 'max_tokens' is not supported with this model."}, {"max_tokens"}),
        ({"message": "no", "param": "a_name", "code": "unknown_parameter"}, {"a_name"}),
        ({"message": "no", "param": "temperature", "code": "unsupported_value"}, {"temperature"}),
        ({"message": "Unsupported value: 'temperature' does not support 0.2 with this model."}, {"temperature"}),
        (
            {"message": "Unknown parameter: 'stream_options.include_obfuscation'.", "param": None},
            {"stream_options.include_obfuscation"},
        ),
        (
            {"message": "Unrecognized request argument supplied: safety_identifier", "param": None},
            {"safety_identifier"},
        ),
        ({"message": "Unrecognized request arguments supplied: a, b", "param": None}, {"a", "b"}),
        ({"message": f"Validation error at #/a: {NO_EXTRAS}\nValidation error at #/b: {NO_EXTRAS}"}, {"a"}),
        ({"detail": "Extra parameters ['a', 'b'] are not allowed when extra-parameters is not set"}, {"a", "b"}),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "a"], "msg": NO_EXTRAS, "input": 1}]}, {"a"}),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "a", "b"]}, {"type": "missing"}]}, {"a.b"}),
        ({"message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "a"], "msg": NO_EXTRAS}]}}, {"a"}),
        ({"message": "Validation: Unsupported parameter(s): `a`, `b`", "code": 400}, {"a", "b"}),
        ("[{'type': 'extra_forbidden', 'loc': ('body', 'a'), 'msg': 'no', 'input': 'x'}]", {"a"}),
        ({"object": "error", "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'a'), 'msg': 'no'}]"}, {"a"}),
        ({"title": "Unprocessable Entity", "detail": f"body -> a\n  {NO_EXTRAS} (type=extra_forbidden)"}, {"a"}),
        ('unknown field: "a"', {"a"}),
        ({"message": 'json: unknown field "a"'}, {"a"}),
        ({"message": "property 'prompt_cache_key' is unsupported, did you mean 'stop'?"}, {"prompt_cache_key"}),
        ({"message": f"{NO_EXTRAS}, field: 'stream_options', value: {{'include_usage': True}}"}, {"stream_options"}),
        ({"message": f"prompt_cache_key: {NO_EXTRAS}"}, {"prompt_cache_key"}),
        ([{"error": {"message": 'Invalid JSON payload received. Unknown name "a": Cannot find field.'}}], {"a"}),
        ("Failed to deserialize the JSON body into the target type: unknown field `a`, expected one of", {"a"}),
        ({"detail": "Unexpected fields in the request: {'a', 'b'}"}, {"a", "b"}),
        ({"detail": "Unexpected keys in the request: {'a'}"}, {"a"}),
        ({"message": "body.a: property 'body.a' is unsupported"}, {"a"}),
        ({"message": 'Bad request: json: unknown field "a"\n'}, {"a"}),
        ({"message": "unknown field: parameter 'a' is not a valid field"}, {"a"}),
        (
            {"message": "Malformed input request: #: extraneous key [a] is not permitted, please reformat your input"},
            {"a"},
        ),
        ({"message": "Additional properties are not allowed ('a', 'b' were unexpected)"}, {"a", "b"}),
        ({"error": "Unrecognized key(s) in object: 'a', 'b'"}, {"a", "b"}),
        ({"message": ["property a should not exist"], "statusCode": 400}, {"a"}),
        ({"message": "The parameter 'a' is not supported"}, {"a"}),
        ({"message": "Parameter a is not allowed"}, {"a"}),
        ({"message": "Unknown argument: a"}, {"a"}),
        ({"detail": "Unexpected fields: a, b"}, {"a", "b"}),
        (
            {"code": "Client specified …", "error": "Argument not supported on this model: topLogprobs"},
            {"top_logprobs", "topLogprobs"},
        ),
        (
            {
                "message": "litellm.UnsupportedParamsError: groq does not support parameters: {'a': 1, 'b': 'c'}, for "
                "model=x. To drop these, set `litellm.drop_params=True`"
            },
            {"a", "b", "c"},
        ),
        ({"message": "litellm.UnsupportedParamsError: openai does not support parameters: ['a'], for model=x."}, {"a"}),
        ({"message": "litellm.BadRequestError: OpenAIException - Unrecognized request argument supplied: a"}, {"a"}),
        (
            {
                "message": "litellm.BadRequestError: BedrockException - "
                f'{{"message":"The model returned the following errors: a: {NO_EXTRAS}"}}. Received Model Group=x'
            },
            {"a"},
        ),
    ],
)
def test_every_known_way_to_name_a_parameter_is_understood(body: object, names: set[str]) -> None:
    """Each known form of report yields the parameters that it names."""
    for status in (400, 422):
        error = error_from(ErrorResponse(status, body))
        assert isinstance(error, ModelRejected)
        assert error.refused.parameters == names


@pytest.mark.parametrize(
    "text",
    [
        "Unsupported parameter: 'max_tokens'",
        "Unrecognized request argument supplied: max_tokens",
        "[{'type': 'extra_forbidden', 'loc': ('body', 'max_tokens'), 'msg': 'no'}]",
        f"max_tokens: {NO_EXTRAS}",
        "Unexpected fields in the request: {'max_tokens'}",
        "Argument not supported on this model: max_tokens",
        "Additional properties are not allowed ('max_tokens' was unexpected)",
        "Unrecognized key(s) in object: 'max_tokens'",
        "property max_tokens should not exist",
        "The parameter max_tokens is not supported",
    ],
)
def test_what_people_wrote_names_no_parameter(text: str) -> None:
    """People's words that a report quotes name no parameter."""
    for body in (
        {"message": f"Invalid value: '{text}'."},
        {"message": f'Invalid value: "{text}".'},
        {"message": f"\n{text}"},
        {"message": f"[{{'type': 'string_type', 'loc': ('body', 'messages'), 'msg': 'no', 'input': \"{text}\"}}]"},
        {"detail": [{"type": "string_type", "loc": ["body", "messages", 0], "msg": "no", "input": text}]},
        {"message": "no", "param": text, "code": "invalid_value"},
        f"'{text}' is not valid",
    ):
        assert unknown_parameters(400, body) == set()


@pytest.mark.parametrize(
    "body",
    [
        {
            "message": "Invalid 'temperature': decimal above maximum value.",
            "param": "temperature",
            "code": "invalid_value",
        },
        {"message": "max_tokens is too large: 9", "param": "max_tokens", "code": "invalid_value"},
        {"message": "x", "param": "max_tokens", "code": None},
        {"message": "x", "param": 5, "code": "unknown_parameter"},
        {"message": "x", "param": "a", "code": {"unknown_parameter": 1}},
        {"detail": [{"type": ["extra_forbidden"], "loc": ["body", "a"]}]},
        {
            "detail": [
                {"type": "extra_forbidden", "loc": "body"},
                "odd",
                {"type": "extra_forbidden", "loc": ["query", "a"]},
            ]
        },
        {"detail": "no"},
        None,
    ],
)
def test_a_value_that_is_refused_is_no_unknown_parameter(body: object) -> None:
    """A refused value is no unknown parameter."""
    assert unknown_parameters(400, body) == set()


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_only_a_refused_request_names_parameters(status: int) -> None:
    """Reports with any other status than 400 or 422 name no parameters."""
    assert unknown_parameters(status, {"message": "no", "param": "a", "code": "unknown_parameter"}) == set()
