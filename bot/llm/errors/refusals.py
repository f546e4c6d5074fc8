"""The known words in which servers refuse a part of a request: the system role, roles out of turn, streaming, a long answer.

A row is one wording. Most are searched in the server's own words (`own_words`), never in a quotation, so that nobody's question
can change how its server is asked. Those that hold a quotation themselves must begin the message.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from bot.errors import NOTHING_REFUSED, Refused
from bot.llm.errors.body import error_object, messages_in, own_words, unwrapped, validation_entries
from bot.llm.errors.parameters import unknown_parameters


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording. `source` says who writes it; `begins`: it must begin the message, and may hold quotations."""

    source: str
    pattern: re.Pattern[str]
    begins: bool = False

    def match_in(self, message: str) -> re.Match[str] | None:
        """Return where it stands in a message, or None."""
        return self.pattern.match(unwrapped(message)) if self.begins else self.pattern.search(own_words(message))


def _words(source: str, pattern: str) -> Wording:
    return Wording(source, re.compile(pattern))


def _beginning(source: str, pattern: str) -> Wording:
    return Wording(source, re.compile(pattern, re.IGNORECASE), begins=True)


_Q: Final = "[\"'`]?"
_ROLE: Final = rf"{_Q}(?:system|developer){_Q}"
_NAME: Final = r"max(?:_completion|_output|_new|_gen)?[_ ]?(?:output)?tokens"

TURNS: Final = (
    _words("templates of Mistral, Gemma and Llama 2", "conversation roles must alternate"),
    _words("Anthropic", "roles must alternate between"),
    _words("Perplexity", "user and assistant roles should be alternating"),
    _words("Perplexity", "should alternate with assistant message"),
    _words("Perplexity", "(?:last|first|final) message must (?:have|be)"),
    _words("Anthropic", "first message must use the"),
    _words("DeepSeek", "does not support successive user or assistant messages"),
    _words("Mistral", "expected (?:the )?last role"),
    _words("Bedrock", "conversation must alternate between user and assistant"),
    _words("Bedrock, Anthropic", "conversation must (?:start|end) with a user message"),
    _words("Google", "multiturn requests? (?:alternate|ends? with)"),
    _words("Baidu", "length of messages must be an odd number"),
    _words("Baidu", "role of messages? with (?:odd|even) index"),
    _words("AI21 and others", "messages (?:must|should) alternate"),
    _words("and others", "consecutive messages (?:with|of|from) the same role"),
    _beginning("Mistral", r"unexpected role 'user' after role 'user'|unexpected role 'assistant' after role 'system'"),
)
SYSTEM: Final = (
    _words("templates of Gemma", "system role (?:is )?not supported"),
    _words("templates of Mistral and Llama 2", r"only user(?:, | and )assistant(?:,? and tool)? roles are supported"),
    _words("Google", "developer instruction is not enabled"),
    _words("Google", "system_?instruction is not supported"),
    _words("Bedrock", "does(?: not|n't) support (?:the )?system (?:messages?|prompts?|role|instructions?)"),
    _words("ChatGPT's backend", "system (?:messages?|prompts?|instructions?) (?:is|are) not (?:supported|allowed|permitted)"),
    _beginning("OpenAI", rf"unsupported value: 'messages\[\d+\]\.role' does not support {_ROLE}"),
    _beginning("Anthropic", rf"(?:messages(?:\.\d+)?: )?unexpected role {_ROLE}"),
    _beginning("Groq", r"'messages\.\d+' : discriminator property 'role' has invalid value"),
    _beginning("JSON schema", rf"{_ROLE} is not one of \["),
    _beginning("servers written in Rust", rf"(?:[\w ]+: )?messages\[\d+\](?:\.role)?: unknown variant {_ROLE}"),
    _beginning("and others", rf"(?:invalid|unknown|unsupported) (?:message )?role:? {_ROLE}"),
    _beginning("and others", rf"(?:the )?(?:message )?role:? {_ROLE} is(?: not|n't) (?:supported|allowed|permitted)"),
)  # rows of a table # fmt: skip
STREAM: Final = (
    _words("OpenAI", "organization must be verified to stream"),
    _words("OpenAI", r"\bstream(?:ing)? does not support true"),
    _words(
        "and others",
        r"\bstream(?:ing|ed)?(?: (?:mode|output|responses?|requests?|completions?|chat completions?))? "
        r"(?:(?:is|are) )?(?:not (?:yet |currently )?(?:supported|available|enabled|allowed|implemented)|disabled|unsupported)",
    ),
    _words("and others", r"does(?: not|n't) (?:yet |currently )?support stream(?:ing|s|ed)?\b(?! ?_)"),
    _beginning("OpenAI", r"unsupported value: 'stream' does not support true"),
    _beginning("and others", rf"(?:parameter )?{_Q}stream{_Q}(?: ?= ?true)? is not supported"),
)
WHOLE: Final = (
    _words("Alibaba", "only supports? stream(?:ing)? mode"),
    _words("and others", "only stream(?:ing)?(?: mode| requests?| responses?)? (?:is|are) supported"),
    _words("and others", "non-?stream(?:ing|ed)?(?: mode| requests?| responses?| calls?)? (?:is|are) not (?:yet )?supported"),
    _words("and others", "does(?: not|n't) support non-?stream(?:ing|ed)?"),
    _beginning("ChatGPT's backend", rf"(?:parameter )?{_Q}stream{_Q} (?:must|should) be (?:set to )?{_Q}true"),
    _words("Anthropic", "streaming is required for operations"),
)  # rows of a table # fmt: skip
"""Answers that are not streamed are refused."""
IMAGES: Final = (
    _words("llama.cpp", "image input is not supported"),
    _words("OpenAI", "image_url is only supported by certain models"),
    _words(
        "LM Studio, Ollama",
        r"do(?:es)?(?: not|n't) support (?:images?|vision|multi-?modal)\b(?! (?:formats?|types?|sizes?)\b)",
    ),
    _words("OpenRouter", "no endpoints found that support image input"),
    _words("vLLM", "is not a multimodal model"),
    _words("vLLM", "at most 0 image"),
    _words("Ollama", "missing data required for image input"),
    _words("Mistral", "image input is not enabled"),
    _words(
        "and others",
        "(?:image|vision|multi-?modal) (?:inputs?|content|messages?) (?:is|are) not (?:supported|enabled|available)",
    ),
    _words("and others", "images? (?:is|are) not supported (?:by|for|with) this model"),
    _beginning("OpenAI", rf"invalid content type\. {_Q}image_url{_Q} is only supported by certain models"),
    _beginning("llama.cpp", rf"(?:failed to parse messages: )?unsupported content part type: {_Q}image_url{_Q}"),
    _beginning("servers written in Rust", rf"(?:[\w ]+: )?messages\[\d+\][^:]{{0,64}}: unknown variant {_Q}image_url{_Q}"),
    _beginning("Groq", r"'?messages(?:\[\d+\]|\.\d+)\.content'? ?:? (?:value )?must be a string"),
)  # rows of a table # fmt: skip
"""Images are refused by a model that sees none. A refusal of one image, for its form or size, is not among them."""
LENGTH: Final = (
    _beginning("Alibaba", rf"range of {_NAME} should be \[\d+, ?(\d+)\]"),
    _beginning("DeepSeek", rf"invalid {_NAME} value, the valid range of {_NAME} is \[\d+, ?(\d+)\]"),
    _beginning(
        "Groq, Cohere, Together",
        rf"(?:input validation error: `{_NAME}`|(?:too many tokens: )?{_NAME}(?: for \S+(?: model)?)?) "
        rf"must be (?:less than or equal to|at most|<=|<|lower than|less than|no (?:more|greater|larger) than) {_Q}(\d+)",
    ),
    _beginning("Ollama", rf"{_NAME} \(\d+\) exceeds (?:the )?model(?:'s)? maximum output tokens \((\d+)\)"),
    _beginning("OpenAI", rf"{_NAME} is too (?:large|high|big|long)(?:: \d+)?\. this model supports at most (\d+)"),
    _beginning("Anthropic", rf"{_NAME}: \d+ > (\d+), which is the maximum allowed number of output tokens"),
    _beginning("Bedrock", r"the maximum tokens you requested exceeds the model limit of (\d+)"),
    _beginning("Google", rf"unable to submit request because it has an? {_NAME} value of \d+ but .{{0,80}} to (\d+)"),
    _beginning("Fireworks", rf"requests with {_NAME} > (\d+) must have"),
    _beginning("Scaleway", rf"{_NAME} is limited for this model"),
    _beginning("Zhipu", rf"{_NAME} ?参数非法"),
    _beginning("and others", rf"{_NAME}:? (?:\(?\d+\)? )?(?:exceeds|is (?:above|greater|larger))\b(?!.*context)"),
)  # rows of a table # fmt: skip
"""Where a group is named in the pattern, it is the longest answer that the server gives, in tokens."""

_PASSING: Final = frozenset({408, 425, 429, 502, 503, 504, 529})
"""Statuses of a server that is loading, limited or away: what it refuses now it may take later."""
_LOADING: Final = re.compile(r"\b(?:while|until|is)\b.{0,40}\bload(?:ing|ed|s)\b")

_LENGTHS: Final = ("max_tokens", "max_completion_tokens")
_ABOVE: Final = ("invalid_value", "integer_above_max_value", "less_than_equal", "less_than")
"""OpenAI's codes and pydantic's types for a value that is too large."""
_BOUND: Final = re.compile(r"(?:<=|at most|less than or equal to|less than) [\"'`]?(\d{1,9})")
_ROLE_PARAMETER: Final = re.compile(r"messages\[\d+\]\.role|messages\.\d+\.role")


def refused_in(status: int | None, body: object) -> Refused:
    """Return the parts of the request that a report names as the reason of the refusal."""
    messages = messages_in(body)
    if status in _PASSING or any(_LOADING.search(own_words(message)) for message in messages):
        return NOTHING_REFUSED
    parameters = unknown_parameters(status, body)
    roles = {name for name in parameters if _ROLE_PARAMETER.fullmatch(name)}
    length, longest = _length_in(body, messages)
    whole = _any(WHOLE, messages)
    return Refused(
        parameters=parameters - roles - {"stream"},
        system=bool(roles) or _any(SYSTEM, messages) or _has_bad_role(body),
        turns=_any(TURNS, messages),
        stream=not whole and ("stream" in parameters or _any(STREAM, messages)),
        length=length,
        longest=longest,
        whole=whole,
        images=_any(IMAGES, messages),
    )


def _any(wordings: Iterable[Wording], messages: list[str]) -> bool:
    return any(wording.match_in(message) for message in messages for wording in wordings)


def _length_in(body: object, messages: list[str]) -> tuple[bool, int | None]:
    """Return whether the answer's limit is refused, and the largest that is accepted if it is named."""
    for message in messages:
        for wording in LENGTH:
            if (match := wording.match_in(message)) is not None:
                return True, _number(match[1]) if match.re.groups else None
    table = error_object(body)
    if table.get("param") in _LENGTHS:
        longest = _bound_in(table.get("message"))
        if longest is not None or table.get("code") in _ABOVE:
            return True, longest
    for entry in validation_entries(body):
        if entry.get("type") in _ABOVE and any(step in _LENGTHS for step in _location(entry)):
            return True, _bound_in(entry.get("msg"))
    return False, None


def _bound_in(text: object) -> int | None:
    match = _BOUND.search(text) if isinstance(text, str) else None
    return _number(match[1]) if match else None


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) < 10 else None


def _has_bad_role(body: object) -> bool:
    """Whether FastAPI's list of validation errors complains about the role of a message."""
    return any(_location(entry)[-1:] == ["role"] for entry in validation_entries(body))


def _location(entry: Mapping[str, Any]) -> list[object]:
    location: object = entry.get("loc")
    return cast("list[object]", location) if isinstance(location, list) else []
