"""Picky: a server that takes only some roles, some orders of roles, short answers or no streams, and says so in known words.

Sources, people's reports: deepseek-ai/DeepSeek-R1 21, perplexityai/api-discussion 265, mistralai/mistral-vibe 1006 (llama.cpp),
infiniflow/ragflow 11021 (vLLM with a template of Mistral), vllm-project/vllm 2964, QuantumNous/new-api 989 (Google),
tailcallhq/forgecode 1177 (OpenAI), charmbracelet/crush 422, open-webui/open-webui 10507 (Alibaba), skapadia3214/groq-moa 8,
DaviRain-Su/hyper-grok-build 44 (Ollama), vllm-project/vllm 20409; of images: browser-use/web-ui 274 (OpenAI),
OpenCoworkAI/open-cowork 251 (Ollama), thinking-machines-lab/tinker-feedback 83, and the words of vLLM and DeepSeek.
"""

from collections.abc import Callable
from enum import Enum
from itertools import pairwise

from bot.sandbox.model.dialect import Limits
from bot.sandbox.model.dialects import Compatible
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.images import urls_in
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.wire import Json

LONGEST_ANSWER = 2000
"""The largest limit of an answer that a picky server takes, in tokens."""


class Refuses(Enum):
    """A part of a request that a server refuses, and whose words it uses."""

    TURNS_DEEPSEEK = "turns, DeepSeek"
    TURNS_PERPLEXITY = "turns, Perplexity"
    """The last message must be a question, too."""
    TURNS_LLAMA_CPP = "turns, llama.cpp"
    """Status 500, behind a piece of the template."""
    TURNS_MISTRAL = "turns, Mistral"
    """The first templates: the system message counts as a turn."""
    SYSTEM_VLLM = "system, vLLM"
    SYSTEM_GOOGLE = "system, Google"
    SYSTEM_OPENAI = "system, OpenAI"
    STREAM_OPENAI = "stream, OpenAI"
    STREAM_PLAIN = "stream, plain"
    LENGTH_ALIBABA = "length, Alibaba"
    LENGTH_GROQ = "length, Groq"
    LENGTH_OLLAMA = "length, Ollama"
    LENGTH_UNNAMED = "length, unnamed"
    """Without the largest limit."""
    IMAGES_OPENAI = "images, OpenAI"
    IMAGES_OLLAMA = "images, Ollama"
    IMAGES_VLLM = "images, vLLM"
    IMAGES_DEEPSEEK = "images, DeepSeek"
    IMAGES_PYDANTIC = "images, a list of faults"


class Picky(Compatible):
    """A server that refuses parts of a request. `counts_answers`: prompt and longest answer must fit the context together."""

    def __init__(self, *refuses: Refuses, counts_answers: bool = False) -> None:
        self.refuses = refuses
        self.counts_answers = counts_answers

    def check(self, body: Json) -> None:
        """Refuse the first part that it does not take."""
        super().check(body)
        for part in self.refuses:
            if (refusal := _REFUSALS[part](body)) is not None:
                status, error = refusal
                raise ModelError(status, part.value, body=error)

    def check_length(self, request: ModelRequest, limits: Limits) -> None:
        """Check the prompt, alone or with its answer."""
        prompt, answer, context = request.prompt_tokens, request.token_limit or 0, limits.context_tokens
        if self.counts_answers and prompt + answer > context:
            text = (
                f"This model's maximum context length is {context} tokens. However, you requested {prompt + answer} tokens "
                f"({prompt} in the messages, {answer} in the completion). Please reduce the length of the messages or completion."
            )
            raise ModelError(400, text, type="BadRequestError", code=400)
        super().check_length(request, limits)


Refusal = tuple[int, object]


def _error(text: str, **fields: object) -> Json:
    return {"error": {"message": text, "type": "invalid_request_error", "param": None, "code": None, **fields}}


def _vllm(text: str) -> Json:
    return {"object": "error", "message": text, "type": "BadRequestError", "param": None, "code": 400}


def _roles(body: Json, *, with_system: bool = False) -> list[str]:
    roles = [str(message["role"]) for message in body["messages"]]
    return roles if with_system else [role for role in roles if role != "system"]


def _repeats(body: Json) -> bool:
    return any(first == second for first, second in pairwise(_roles(body)))


def _deepseek(body: Json) -> Refusal | None:
    roles = _roles(body, with_system=True)
    at = next((at for at, (first, second) in enumerate(pairwise(roles)) if first == second), None)
    if at is None:
        return None
    text = (
        f"deepseek-reasoner does not support successive user or assistant messages (messages[{at}] and messages[{at + 1}] in "
        "your input). You should interleave the user/assistant messages in the message sequence."
    )
    return 400, _error(text, code="invalid_request_error")


def _perplexity(body: Json) -> Refusal | None:
    roles = _roles(body)
    if roles[-1:] == ["assistant"]:
        return 400, _error("Last message must have role `user`.", type="invalid_message", code=400)
    if roles[:1] == ["assistant"] or _repeats(body):
        text = "After the (optional) system message(s), user and assistant roles should be alternating."
        return 400, _error(text, type="invalid_message", code=400)
    return None


def _llama_cpp(body: Json) -> Refusal | None:
    if not _repeats(body):
        return None
    text = (
        "\n------------\nWhile executing CallExpression at line 46, column 32 in source:\n"
        "...== 0) %}↵            {{- raise_exception('After the optional system message, con...\n"
        f"{' ' * 43}^\nError: Jinja Exception: After the optional system message, conversation roles must alternate user and "
        "assistant roles except for tool calls and results."
    )
    return 500, {"error": {"code": 500, "message": text, "type": "server_error"}}


def _mistral(body: Json) -> Refusal | None:
    roles = _roles(body, with_system=True)
    if all((role == "user") == (at % 2 == 0) for at, role in enumerate(roles)):
        return None
    return 400, _vllm(" ".join(["Conversation roles must alternate user/assistant/user/assistant/..."] * 2))


def _if_system(status: int, error: object) -> Callable[[Json], Refusal | None]:
    return lambda body: (status, error) if "system" in _roles(body, with_system=True) else None


def _if_streamed(text: str, **fields: object) -> Callable[[Json], Refusal | None]:
    return lambda body: (400, _error(text, **fields)) if body.get("stream") else None


def _if_long(text: str) -> Callable[[Json], Refusal | None]:
    def refusal(body: Json) -> Refusal | None:
        limits = [limit for name in ("max_tokens", "max_completion_tokens") if type(limit := body.get(name)) is int]
        if max(limits, default=0) <= LONGEST_ANSWER:
            return None
        return 400, _error(text.format(sent=max(limits), longest=LONGEST_ANSWER))

    return refusal


def _if_image(status: int, error: object) -> Callable[[Json], Refusal | None]:
    return lambda body: (status, error) if any(urls_in(message) for message in body["messages"]) else None


_VERIFY = (
    "Your organization must be verified to stream this model. Please go to: "
    "https://platform.openai.com/settings/organization/general and click on Verify Organization."
)
_REFUSALS: dict[Refuses, Callable[[Json], Refusal | None]] = {
    Refuses.TURNS_DEEPSEEK: _deepseek,
    Refuses.TURNS_PERPLEXITY: _perplexity,
    Refuses.TURNS_LLAMA_CPP: _llama_cpp,
    Refuses.TURNS_MISTRAL: _mistral,
    Refuses.SYSTEM_VLLM: _if_system(400, _vllm("System role not supported")),
    Refuses.SYSTEM_GOOGLE: _if_system(
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "Developer instruction is not enabled for models/gemma-3-27b-it",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
    ),
    Refuses.SYSTEM_OPENAI: _if_system(
        400,
        _error(
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            param="messages[0].role",
            code="unsupported_value",
        ),
    ),
    Refuses.STREAM_OPENAI: _if_streamed(_VERIFY, param="stream", code="unsupported_value"),
    Refuses.STREAM_PLAIN: _if_streamed("Streaming is not supported for this model"),
    Refuses.LENGTH_ALIBABA: _if_long(
        "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, {longest}]"
    ),
    Refuses.LENGTH_GROQ: _if_long("max_tokens for `llama-3.1-8b-instant` must be less than or equal to {longest}"),
    Refuses.LENGTH_OLLAMA: _if_long(
        "max_tokens ({sent}) exceeds model's maximum output tokens ({longest}) for model m"
    ),
    Refuses.LENGTH_UNNAMED: _if_long("max_tokens exceeds what this model can write"),
    Refuses.IMAGES_OPENAI: _if_image(
        400,
        _error(
            "Invalid content type. image_url is only supported by certain models.",
            param="messages.[1].content.[1].type",
        ),
    ),
    Refuses.IMAGES_OLLAMA: _if_image(400, {"error": "this model does not support image input"}),
    Refuses.IMAGES_VLLM: _if_image(400, _vllm("model is not a multimodal model None")),
    Refuses.IMAGES_DEEPSEEK: _if_image(
        400,
        _error(
            "Failed to deserialize the JSON body into the target type: messages[1]: unknown variant `image_url`, expected "
            "`text` at line 1 column 171",
            code="invalid_request_error",
        ),
    ),
    Refuses.IMAGES_PYDANTIC: _if_image(
        422,
        {
            "detail": "Validation Error",
            "errors": [
                {
                    "loc": "body -> messages -> 1 -> content -> list[TextContentPart] -> 1 -> type",
                    "msg": "Input should be 'text'",
                    "type": "literal_error",
                }
            ],
        },
    ),
}
