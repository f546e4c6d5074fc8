"""Maps a server's error report to one of our errors.

Errors are told apart by status and body. A few fields of the provider's body go to the log, none of it to Discord.
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
from bot.llm.errors.overflow import is_overflow, limit_in, sent_in
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
"""The sets above hold codes and types in lower case: OpenAI's, Azure's, LiteLLM's, Alibaba's."""

_WORD: Final = re.compile(r"[\w.\[\] -]{1,64}")


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """A server's error report. `status` is None for an error in the middle of a stream; `retry_after` is in seconds."""

    status: int | None
    body: object
    retry_after: float | None = None
    request_id: str | None = None


def error_from(report: ErrorResponse) -> ModelError:
    """Return the error that matches a server's report.

    Rate limits are checked before overflow. A 413 with a rate-limit code is an overflow, because that request alone exceeds
    the rate.
    """
    table = error_object(report.body)
    codes = _codes(table)
    status = report.status or _status_in(str(table.get("code") or ""))
    summary = _summary(report, table)
    if not QUOTA.isdisjoint(codes) or status == 402:
        return ModelQuotaSpent(f"the account behind the API key has no credit left ({summary}): top it up")
    if status != 413 and (status == 429 or not RATE.isdisjoint(codes)):
        return ModelBusy(f"the model's server limits our rate ({summary})", report.retry_after)
    if _is_overload(status, codes, report.body):
        return ModelOverloaded(f"the model's server is overloaded ({summary})", report.retry_after)
    return _content_error(report, codes, status, summary) or _other_error(report, codes, status, summary)


def _content_error(report: ErrorResponse, codes: frozenset[str], status: int | None, summary: str) -> ModelError | None:
    """Return the error if the report blames the conversation that was sent (filtered or too long), else None."""
    if not FILTER.isdisjoint(codes) or _is_moderated(error_object(report.body)):
        return ModelFiltered(f"the model's server filters the question for its content ({summary})")
    if is_overflow(report.status, report.body) or (status == 413 and not RATE.isdisjoint(codes)):
        return ModelContextExceeded(
            f"the request is too long for the model ({summary}): lower history.max_tokens",
            limit_in(report.body),
            sent_in(report.body),
        )
    return None


def _other_error(report: ErrorResponse, codes: frozenset[str], status: int | None, summary: str) -> ModelError:
    if status is None or status >= 500 or status in {409, 425}:
        return ModelUnreachable(f"the model's server has a fault of its own ({summary})")
    if status == 408:
        return ModelTimedOut(f"the model's server did not come to an answer in time ({summary})")
    if status in {401, 403} or not KEY.isdisjoint(codes):
        return ModelKeyRejected(
            f"the model's server refuses the API key ({summary}): check OPENAI_API_KEY and OPENAI_BASE_URL"
        )
    if status == 404:
        return ModelRejected(
            f"the model's server knows no such model or address ({summary}): check model.name and OPENAI_BASE_URL"
        )
    return ModelRejected(
        f"the model's server refuses the request ({summary}): check the [model] section of the configuration",
        unknown_parameters(status, report.body),
    )


def _summary(report: ErrorResponse, table: Mapping[str, Any]) -> str:
    """Summarise a report for the log. Values longer than a name are left out, because they may be people's text."""
    named = {"code": table.get("code"), "type": table.get("type"), "param": table.get("param")}
    words = [f"{key} {value}" for key, value in named.items() if value and _WORD.fullmatch(str(value))]
    return ", ".join([f"status {report.status or '-'}", *words, f"request {report.request_id or '-'}"])


def _codes(table: Mapping[str, Any]) -> frozenset[str]:
    """Return in lower case the code and type of an error, and the code of its `innererror` (Azure)."""
    inner = table.get("innererror")
    within = cast("dict[str, Any]", inner).get("code") if isinstance(inner, dict) else None
    return frozenset(str(one).lower() for one in (table.get("code"), table.get("type"), within) if one)


def _status_in(code: str) -> int | None:
    """Return the status that LiteLLM and mid-stream errors send as the code, or None."""
    return int(code) if code.isdecimal() and len(code) == 3 else None


def _is_overload(status: int | None, codes: frozenset[str], body: object) -> bool:
    if status == 529 or not OVERLOAD.isdisjoint(codes):
        return True
    return status == 503 and any("overloaded" in before_quotation(text) for text in messages_in(body))


def _is_moderated(table: Mapping[str, Any]) -> bool:
    """Whether OpenRouter's moderation flagged the input, which it reports with status 403."""
    metadata = table.get("metadata")
    return isinstance(metadata, dict) and "flagged_input" in metadata
