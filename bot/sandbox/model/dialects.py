"""Dialects: the servers that people run instead of OpenAI's, each with what a bot trips over.

llama.cpp's is in `llama_cpp`, LiteLLM's in `litellm`, servers that refuse what they do not know in `strict`.
"""

from bot.sandbox.model import errors
from bot.sandbox.model.dialect import Dialect, Limits
from bot.sandbox.model.messages import check_messages
from bot.sandbox.model.parameters import OLD_PARAMETERS, check
from bot.sandbox.model.requests import ModelRequest
from bot.sandbox.model.vocabularies import LARGE, Vocabulary
from bot.sandbox.wire import Json


class Compatible(Dialect):
    """The dialect that the other servers share: unknown parameters are ignored, chunks are bare."""

    official = False
    opening = '{"role":"assistant","content":""}'
    after_delta = ""
    pads = False
    vocabulary: Vocabulary = LARGE

    def check(self, body: Json) -> None:
        """Check the messages, and what OpenAI's API has always had."""
        check(body, OLD_PARAMETERS)
        check_messages(body["messages"])

    def check_length(self, request: ModelRequest, limits: Limits) -> None:
        """Check the prompt alone."""
        if request.prompt_tokens > limits.context_tokens:
            raise errors.context_exceeded(limits.context_tokens, request.prompt_tokens, reasoning=False)

    def error_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Return no header of OpenAI's."""
        return headers

    def retry_headers(self, error: errors.ModelError) -> dict[str, str]:
        """Return nothing: llama.cpp, vLLM and their like say nothing of when to come back."""
        del error
        return {}

    def headers(self, request: ModelRequest) -> dict[str, str]:
        """Return no header of OpenAI's."""
        del request
        return {}

    def envelope(self) -> Json:
        """Return nothing of OpenAI's tiers."""
        return {}

    def chunk_tail(self, request: ModelRequest) -> str:
        """Return nothing: a usage that is still to come is not announced."""
        del request
        return ""

    def whole_choice(self, content: str | None, refusal: str | None) -> Json:
        """Return the choice without OpenAI's annotations."""
        return {"message": {"role": "assistant", "content": content if refusal is None else refusal}}


class NoUsage(Compatible):
    """A server that never says what an answer cost, as llama-cpp-python."""

    def usage_chunk(self, request: ModelRequest) -> Json | None:
        """Return nothing, asked or not."""
        del request
        return None

    def whole_extras(self, request: ModelRequest) -> Json:
        """Return nothing."""
        del request
        return {}


class Unfinished(NoUsage):
    """A server whose streams just end: no finish reason, as vllm-mlx, and where `says_done` is false no `[DONE]` either."""

    finishes = False

    def __init__(self, *, says_done: bool = True) -> None:
        self.says_done = says_done
