"""How servers report that something went wrong, and which of our errors that is.

Errors are told apart by status and body. The body is the provider's: a few of its fields go to the log, nothing of it to
Discord.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)
from bot.llm.errors.body import before_quotation, error_object, messages_in
from bot.llm.errors.overflow import is_overflow, limit_in
from bot.llm.errors.parameters import unknown_parameters

QUOTA: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
RATE: Final = frozenset({"rate_limit_exceeded", "rate_limit_error"})
OVERLOAD: Final = frozenset({"overloaded_error", "overloaded", "server_overloaded"})
KEY: Final = frozenset(
    {"invalid_api_key", "authentication_error", "auth_error", "no_db_connection", "token_not_found_in_db"}
)
FILTER: Final = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "responsibleaipolicyviolation",
        "invalid_prompt",
        "moderation_blocked",
        "data_inspection_failed",
    }
)
"""Codes and types, in lower case: OpenAI's, Azure's, LiteLLM's, Alibaba's."""

_WORD: Final = re.compile(r"[\w.\[\] -]{1,64}")


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """What a server says of an error. `status` is None in the middle of a stream; `retry_after` is in seconds."""

    status: int | None
    body: object
    retry_after: float | None = None
    request_id: str | None = None


def error_from(report: ErrorResponse) -> ModelError:
    """The error of ours that a server's report stands for.

    A limited rate is recognised before a context that is too long, but for a request that no rate allows.
    """
    table = error_object(report.body)
    codes = _codes(table)
    status = report.status or _status_in(str(table.get("code") or ""))
    what = _what(report, table)
    if not QUOTA.isdisjoint(codes) or status == 402:
        return ModelQuotaSpent(f"the account behind the API key has no credit left ({what}): top it up")
    if status != 413 and (status == 429 or not RATE.isdisjoint(codes)):
        return ModelBusy(f"the model's server limits our rate ({what})", report.retry_after)
    if _is_overload(status, codes, report.body):
        return ModelOverloaded(f"the model's server is overloaded ({what})", report.retry_after)
    return _content(report, codes, status, what) or _failure(report, codes, status, what)


def _content(report: ErrorResponse, codes: frozenset[str], status: int | None, what: str) -> ModelError | None:
    """What is wrong with the conversation that was sent, if that is what is wrong."""
    if not FILTER.isdisjoint(codes) or _is_moderated(error_object(report.body)):
        return ModelFiltered(f"the model's server filters the question for its content ({what})")
    if is_overflow(report.status, report.body) or (status == 413 and not RATE.isdisjoint(codes)):
        return ModelContextExceeded(
            f"the request is too long for the model ({what}): lower history.max_tokens", limit_in(report.body)
        )
    return None


def _failure(report: ErrorResponse, codes: frozenset[str], status: int | None, what: str) -> ModelError:
    if status is None or status >= 500 or status in {409, 425}:
        return ModelUnreachable(f"the model's server has a fault of its own ({what})")
    if status == 408:
        return ModelTimedOut(f"the model's server did not come to an answer in time ({what})")
    if status in {401, 403} or not KEY.isdisjoint(codes):
        return ModelKeyRejected(
            f"the model's server refuses the API key ({what}): check OPENAI_API_KEY and OPENAI_BASE_URL"
        )
    if status == 404:
        return ModelRejected(
            f"the model's server knows no such model or address ({what}): check model.name and OPENAI_BASE_URL"
        )
    return ModelRejected(
        f"the model's server refuses the request ({what}): check the [model] section of the configuration",
        unknown_parameters(status, report.body),
    )


def _what(report: ErrorResponse, table: Mapping[str, Any]) -> str:
    """What the log says of a report: single words only, for anything longer may be people's text."""
    named = {"code": table.get("code"), "type": table.get("type"), "param": table.get("param")}
    words = [f"{key} {value}" for key, value in named.items() if value and _WORD.fullmatch(str(value))]
    return ", ".join([f"status {report.status or '-'}", *words, f"request {report.request_id or '-'}"])


def _codes(table: Mapping[str, Any]) -> frozenset[str]:
    """Code and type of an error, and the code of the one within, as Azure has it, in lower case."""
    inner = table.get("innererror")
    within = cast("dict[str, Any]", inner).get("code") if isinstance(inner, dict) else None
    return frozenset(str(one).lower() for one in (table.get("code"), table.get("type"), within) if one)


def _status_in(code: str) -> int | None:
    """A status that stands in the place of the code, as LiteLLM and mid-stream errors have it."""
    return int(code) if code.isdecimal() and len(code) == 3 else None


def _is_overload(status: int | None, codes: frozenset[str], body: object) -> bool:
    if status == 529 or not OVERLOAD.isdisjoint(codes):
        return True
    return status == 503 and any("overloaded" in before_quotation(text) for text in messages_in(body))


def _is_moderated(table: Mapping[str, Any]) -> bool:
    """Whether OpenRouter, which calls it forbidden, names what its moderation flagged."""
    metadata = table.get("metadata")
    return isinstance(metadata, dict) and "flagged_input" in metadata
