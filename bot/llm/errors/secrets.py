"""Cuts keys and tokens out of a provider's words: those that we know, and whatever looks like one."""

import re
from collections.abc import Iterable
from typing import Final

MARK: Final = "[…]"
"""Stands in a provider's words for what was cut out."""

_SHORTEST_KEY: Final = 4
_PATTERNS: Final = re.compile(
    r"""
    (?<=://)[^\s/@]+(?=@)                                             # credentials in an address
    |(?<=[?&])[\w-]*(?:key|token|secret|sig|password)[\w-]*=[^\s&]+   # the same in its query
    |(?<=bearer[ ])[\w.~+/=-]{6,}
    |(?<=authorization:[ ]basic[ ])\S+
    |\b(?:sk|pk|rk|gsk|xai|hf|nvapi|gh[opsu]|github_pat|glpat|r8|fw|tgp|csk|pplx)[-_][\w.~+/=-]{6,}
    |\b(?:AKIA|AIza|ya29|eyJ)[\w.~+/=-]{12,}
    |\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b
    |[\w.-]*\*{3,}[\w*-]*                                            # a key that the server masked
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Forms of keys: OpenAI, Anthropic, Groq, xAI, Hugging Face, NVIDIA, GitHub, GitLab, Replicate, Google, Amazon, JWT, UUID."""
_RUN: Final = re.compile(r"[\w+/=~-]{16,}", re.ASCII)
_PART: Final = re.compile(r"[^\W_]+", re.ASCII)
_LONG_RUN: Final = 40
_LONG_PART: Final = 32


def without_secrets(text: str, keys: Iterable[str] = (), model: str = "") -> str:
    """Return `text` with a mark in the place of each of `keys` and of all that looks like one, except the name of `model`."""
    for key in keys:
        if len(key) >= _SHORTEST_KEY:
            text = text.replace(key, MARK)
    text = _PATTERNS.sub(MARK, text)
    return _RUN.sub(lambda match: MARK if _is_random(match[0]) and match[0] not in model else match[0], text)


def holds_secret(text: str) -> bool:
    """Whether a text holds something that looks like a key."""
    return without_secrets(text) != text


def _is_random(run: str) -> bool:
    """Whether a run without spaces looks like base64 or hexadecimal rather than a name or a path."""
    parts: list[str] = _PART.findall(run)
    if any(len(part) >= _LONG_PART or (len(part) >= 16 and _is_mixed(part)) for part in parts):
        return True
    return len(run) >= _LONG_RUN and any(not part.islower() for part in parts)


def _is_mixed(part: str) -> bool:
    return not part.isdigit() and not part.isalpha()
