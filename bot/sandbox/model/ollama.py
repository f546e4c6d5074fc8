"""Ollama's server, as its `/v1/chat/completions` behaves: what a bot trips over.

Sources: ollama/ollama issues 2722 and 5902 (a prompt above the context is cut without an error, and no field of a request changes
the context) and 3839 (nothing in the answer tells of the cut).
"""

from bot.sandbox.model.dialect import Limits
from bot.sandbox.model.dialects import Compatible
from bot.sandbox.model.errors import ModelError
from bot.sandbox.model.requests import ModelRequest


class Ollama(Compatible):
    """Ollama's server: a prompt above the context is cut silently, and only the usage shows it."""

    def check_length(self, request: ModelRequest, limits: Limits) -> None:
        """Cut a prompt that is longer than the context to half of it (issue 5902: `n_ctx=2048`, `n_shift=1022`)."""
        if request.prompt_tokens > limits.context_tokens:
            request.prompt_tokens = limits.context_tokens // 2

    def transcribes(self, method: str, path: str) -> bool:
        """Serve none."""
        del method, path
        return False

    def model_error(self, name: str, models: list[str]) -> ModelError | None:
        """404 for a model that was not pulled."""
        return None if name in models else ModelError(404, f"model '{name}' not found", type="not_found_error")
