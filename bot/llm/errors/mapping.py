"""Maps a server's error report to one of our errors, by its status, its codes and its own words (`facts.FACTS`).

A few fields of the provider's body go to the log, none of it to Discord.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from bot.errors import (
    NOTHING_REFUSED,
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
    Refused,
)
from bot.llm.errors.body import (
    error_object,
    messages_in,
    objects_in,
    own_words,
    validation_entries,
    wrapper_of,
)
from bot.llm.errors.facts import Evidence, error_type
from bot.llm.errors.overflow import limit_in, sent_in
from bot.llm.errors.refusals import refused_in
from bot.llm.errors.retry_after import retry_after_of
from bot.llm.errors.secrets import holds_secret

_SENTENCES: Final[Mapping[type[ModelError], str]] = {
    ModelBusy: "the model's server limits our rate ({}): wait, or have the limit raised",
    ModelOverloaded: "the model's server is overloaded ({}): wait, or set another model.name",
    ModelQuotaSpent: "the account behind the API key has no credit left ({}): top it up or raise its limit",
    ModelKeyRejected: "the model's server refuses the API key ({}): check OPENAI_API_KEY and OPENAI_BASE_URL",
    ModelFiltered: "the model's server filters the question for its content ({}): it needs other words",
    ModelContextExceeded: "the request is too long for the model ({}): lower history.max_tokens",
    ModelTimedOut: "the model's server did not come to an answer in time ({}): wait, or set a faster model.name",
    ModelUnreachable: "the model's server has a fault of its own ({}): wait, or look into its log",
    ModelUnknown: "the model's server has no such model ({}): check model.name",
    ModelNotAllowed: "the API key may not use the model ({}): have its account allowed, or set another model.name",
    ModelNotLoaded: "the model's server has not loaded the model ({}): load it there, or one that fits its memory",
    ModelRejected: "the model's server refuses the request ({}): check the [model] section of the configuration",
}
"""The sentence of each error for the operator, with what to do about it. `{}` stands for the summary of the report."""
_NOWHERE: Final = "the model's server knows no such model or address ({}): check model.name and OPENAI_BASE_URL"

_CODE_KEYS: Final = ("code", "type", "status", "reason", "error_code", "error_type", "limit_source")
_STATUS_KEYS: Final = ("code", "http_code", "status_code", "http_status_code", "raw_status_code", "status")
"""Keys under which gateways and errors in the middle of a stream repeat the status."""
_LONGEST_CODE: Final = 64
_VAGUER: Final = (None, ModelUnreachable, ModelNotAllowed, ModelContextExceeded)
"""Errors that a refused part of the request explains better: templates fail with status 500, and a limit of the answer that is
too large may sound like a request that is too long."""
_WORD: Final = re.compile(r"[\w.\[\]-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """A server's error report.

    `status` is None for an error in the middle of a stream. Below 400, the status that the body names counts before it.
    `retry_after` is in seconds.
    """

    status: int | None
    body: object
    retry_after: float | None = None
    request_id: str | None = None


def error_from(report: ErrorResponse) -> ModelError:
    """Return the error that matches a server's report.

    Its `unredacted` holds the server's own words. Whoever knows the request puts what may be logged of them into `words`.
    """
    evidence = _evidence_in(report)
    kind = error_type(evidence)
    refused = refused_in(evidence.status, report.body)
    if refused.images or (kind in _VAGUER and replace(refused, parameters=frozenset()) != NOTHING_REFUSED):
        kind = ModelRejected
    error = _made(kind or ModelRejected, evidence, report, refused)
    error.unredacted = "; ".join(_texts_in(report.body))
    return error


def _made(kind: type[ModelError], evidence: Evidence, report: ErrorResponse, refused: Refused) -> ModelError:
    sentence = _NOWHERE if kind is ModelRejected and evidence.status == 404 else _SENTENCES[kind]
    message = sentence.format(_summary(report))
    if issubclass(kind, ModelBusy | ModelUnreachable):
        wait = report.retry_after if report.retry_after is not None else retry_after_of(report.body)
        return kind(message, wait)
    if issubclass(kind, ModelContextExceeded):
        return kind(message, limit_in(report.body), sent_in(report.body))
    if issubclass(kind, ModelRejected):
        return kind(message, refused)
    return kind(message)


def _evidence_in(report: ErrorResponse) -> Evidence:
    """Collect what a report says: its status, or the one that its body repeats, and its codes and words in lower case."""
    objects, messages = objects_in(report.body), messages_in(report.body)
    codes = {code for table in objects for code in _codes(table)}
    for message in messages:  # LiteLLM writes the name of its own error before the provider's words
        codes.update(re.findall(r"\w+", wrapper_of(message)))
    status = report.status if (report.status or 0) >= 400 else _status_in(objects) or report.status
    words = tuple(own_words(message) for message in messages)
    return Evidence(status, frozenset(code.lower() for code in codes), words, bare=not any(messages))


def _codes(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the codes in an object: its own, those of nested ones (Azure, Google, Anthropic), MiniMax's, OpenRouter's flag."""
    details: object = table.get("details")
    for one in (table, table.get("innererror"), table.get("metadata"), details, *_list(details)):
        if isinstance(one, dict):
            values = (cast("dict[str, Any]", one).get(key) for key in _CODE_KEYS)
            yield from (str(value) for value in values if value and len(str(value)) <= _LONGEST_CODE)
    if isinstance(metadata := table.get("metadata"), dict) and "flagged_input" in metadata:
        yield "flagged_input"
    if isinstance(response := table.get("base_resp"), dict):
        yield f"base_resp.{cast('dict[str, Any]', response).get('status_code')}"


def _status_in(objects: list[Mapping[str, Any]]) -> int | None:
    """Return the status that a body repeats as a number or in digits, or None."""
    for table in objects:
        for key in _STATUS_KEYS:
            text = str(table.get(key) or "")
            if re.fullmatch("[45][0-9][0-9]", text):
                return int(text)
    return None


def _summary(report: ErrorResponse) -> str:
    """Summarise a report for the log. Values that are no single word are left out, because they may be people's text."""
    named = {"code": "", "type": "", "param": "", "reason": ""}
    for table in (error_object(report.body), *objects_in(report.body)):
        for one in (table, *_list(table.get("details"))):
            if isinstance(one, dict):
                for key, value in named.items():
                    named[key] = value or _name(cast("dict[str, Any]", one).get(key))
    words = [f"{key} {value}" for key, value in named.items() if value]
    return ", ".join([f"status {report.status or '-'}", *words, f"request {report.request_id or '-'}"])


def _name(value: object) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _WORD.fullmatch(text) and not holds_secret(text) else ""


def _texts_in(body: object) -> list[str]:
    """Return the messages of a body without repetition: of a gateway's message that wraps another, only its beginning."""
    if entries := validation_entries(body):
        return [f"{'.'.join(map(str, _list(entry.get('loc'))))}: {entry.get('msg')}" for entry in entries]
    texts: list[str] = []
    for message in messages_in(body):
        wrapper = wrapper_of(message)
        text = message[len(wrapper) :] if wrapper.endswith(("'", '"')) else message
        text = wrapper if message.startswith(("{", "[{"), len(wrapper)) else text
        if text.strip() and text.strip() not in texts:
            texts.append(text.strip())
    return texts


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
