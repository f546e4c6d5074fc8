"""The known signs of errors: which status, code or words of which server mean which of our errors. A row is one fact.

The first row that fits decides, so the order matters: exceptions stand before rules, a spent account before a limited rate, a
limited rate before a conversation that is too long, and what a status alone means stands last. A row fits if everything that it
names fits. Codes are compared with every code, type, status word and reason in the report; phrases are searched in the server's
own words (`own_words`), never in a quotation. Both are in lower case; `*` in a phrase stands for one word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)

# Sources: where the provider documents it, or the project in whose public code or reports it is seen.
HTTP: Final = "https://www.rfc-editor.org/rfc/rfc9110"
ALIBABA: Final = "https://www.alibabacloud.com/help/en/model-studio/error-code"
ALIBABA_RATES: Final = "https://www.alibabacloud.com/help/en/model-studio/rate-limit"
ANTHROPIC: Final = "https://docs.claude.com/en/api/errors"
AZURE: Final = "https://learn.microsoft.com/en-us/azure/ai-services/openai/quotas-limits"
AZURE_FILTER: Final = "https://learn.microsoft.com/en-us/azure/ai-services/openai/concepts/content-filter"
BEDROCK: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html"
CEREBRAS: Final = "https://inference-docs.cerebras.ai/support/error"
COPILOT: Final = "badlogic/pi-mono"
DEEPSEEK: Final = "https://api-docs.deepseek.com/quick_start/error_codes"
FIREWORKS: Final = "https://docs.fireworks.ai/guides/inference-error-codes"
GITHUB: Final = "https://docs.github.com/en/github-models/use-github-models/prototyping-with-ai-models"
GOOGLE: Final = "https://ai.google.dev/gemini-api/docs/troubleshooting"
GOOGLE_RATES: Final = "https://ai.google.dev/gemini-api/docs/rate-limits"
GROQ: Final = "https://console.groq.com/docs/errors"
HUGGING_FACE: Final = "https://huggingface.co/docs/inference-providers"
LITELLM: Final = "https://docs.litellm.ai/docs/proxy/error_reference"
LLAMA_CPP: Final = "ggml-org/llama.cpp"
LM_STUDIO: Final = "lmstudio-ai/lmstudio-bug-tracker"
LOCAL_AI: Final = "mudler/LocalAI"
MINIMAX: Final = "https://platform.minimax.io/docs/api-reference/errorcode"
MISTRAL: Final = "https://docs.mistral.ai/resources/error-glossary"
MOONSHOT: Final = "https://platform.kimi.com/docs/api/errors"
OLLAMA: Final = "ollama/ollama"
OPENAI: Final = "https://developers.openai.com/docs/guides/error-codes"
OPENROUTER: Final = "https://openrouter.ai/docs/api/reference/errors-and-debugging"
SGLANG: Final = "sgl-project/sglang"
SILICONFLOW: Final = "https://docs.siliconflow.cn/en/faqs/error-code"
TABBY: Final = "theroyallab/tabbyAPI"
TGI: Final = "huggingface/text-generation-inference"
TOGETHER: Final = "https://docs.together.ai/docs/error-codes"
VLLM: Final = "vllm-project/vllm"
XAI: Final = "https://docs.x.ai/developers/debugging"
ZHIPU: Final = "https://docs.z.ai/api-reference/api-code"

SIZE: Final = frozenset({400, 413, 422, 500, None})
"""Statuses with which a request can be too long. None is the status of an error in the middle of a stream."""
BUSY: Final = frozenset({400, 403, 429, 500, 502, 503, None})
LOADING: Final = frozenset({429, 500, 502, 503, None})


@dataclass(frozen=True, slots=True)
class Evidence:
    """The status, codes and words of a report, in lower case. `bare` is True where there is no message at all."""

    status: int | None
    codes: frozenset[str]
    words: tuple[str, ...]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One known sign of an error. Without `statuses` any status fits; `bare` asks for a report without a message."""

    error: type[ModelError]
    source: str
    code: str = ""
    phrase: str = ""
    statuses: Iterable[int | None] = ()
    bare: bool = False

    def fits(self, evidence: Evidence) -> bool:
        """Whether everything that this fact names is in the report."""
        return (
            (not self.statuses or evidence.status in self.statuses)
            and (not self.code or self.code in evidence.codes)
            and (not self.phrase or any(_pattern(self.phrase).search(words) for words in evidence.words))
            and (not self.bare or evidence.bare)
        )


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(re.escape(phrase).replace(r"\*", r"\S+"))


EXCEPTIONS: Final = (
    Fact(ModelContextExceeded, GROQ, "rate_limit_exceeded", statuses={413}),  # alone it is above a minute's tokens
    Fact(ModelContextExceeded, ANTHROPIC, "rate_limit_error", statuses={413}),
    Fact(ModelBusy, ALIBABA_RATES, "insufficient_quota", "aliyun.com"),  # here it is a minute's tokens
    Fact(ModelBusy, ALIBABA_RATES, "insufficient_quota", "alibabacloud.com"),
    Fact(ModelBusy, OPENROUTER, "openrouter_in_flight_budget"),
    Fact(ModelBusy, OPENROUTER, "in_flight_budget_exhausted"),
    Fact(ModelNotAllowed, GOOGLE_RATES, phrase="limit: 0, model:"),  # the free tier has nothing of this model
    Fact(ModelQuotaSpent, GOOGLE, phrase="prepayment credits are depleted"),
    Fact(ModelQuotaSpent, GOOGLE, phrase="exceeded its monthly spending cap"),
    Fact(ModelBusy, GOOGLE_RATES, phrase="quota exceeded for metric"),
    Fact(ModelBusy, GOOGLE_RATES, phrase="quota exceeded for quota metric"),
    Fact(ModelBusy, GOOGLE_RATES, phrase="ai.google.dev/gemini-api/docs/rate-limits"),
    Fact(ModelBusy, GOOGLE_RATES, "resource_exhausted", statuses={429, None}),
)
SPENT: Final = (
    Fact(ModelQuotaSpent, OPENAI, "insufficient_quota"),
    Fact(ModelQuotaSpent, OPENAI, "credit_balance_exhausted"),
    Fact(ModelQuotaSpent, OPENAI, "organization_spend_limit_exceeded"),
    Fact(ModelQuotaSpent, OPENAI, "project_spend_limit_exceeded"),
    Fact(ModelQuotaSpent, OPENAI, "organization_usage_limit_exceeded"),
    Fact(ModelQuotaSpent, OPENAI, "billing_hard_limit_reached"),
    Fact(ModelQuotaSpent, OPENAI, "billing_not_active"),
    Fact(ModelQuotaSpent, OPENAI, phrase="exceeded your current quota"),  # LiteLLM keeps these words, but not the code
    Fact(ModelQuotaSpent, OPENAI, phrase="billing hard limit"),
    Fact(ModelQuotaSpent, OPENAI, phrase="account is not active, please check your billing"),
    Fact(ModelQuotaSpent, ANTHROPIC, "billing_error"),
    Fact(ModelQuotaSpent, ANTHROPIC, "enforced_spend_limit_reached"),  # in `details`, beside `rate_limit_error`
    Fact(ModelQuotaSpent, ANTHROPIC, phrase="credit balance is too low"),
    Fact(ModelQuotaSpent, ANTHROPIC, phrase="reached your specified api usage limits"),
    Fact(ModelQuotaSpent, GOOGLE, "billing_disabled"),
    Fact(ModelQuotaSpent, XAI, phrase="used all available credits"),
    Fact(ModelQuotaSpent, XAI, phrase="doesn't have any credits"),
    Fact(ModelQuotaSpent, XAI, phrase="run out of credits"),
    Fact(ModelQuotaSpent, MOONSHOT, "exceeded_current_quota_error"),
    Fact(ModelQuotaSpent, MOONSHOT, phrase="exceeded current quota"),
    Fact(ModelQuotaSpent, MOONSHOT, phrase="suspended due to insufficient balance"),
    Fact(ModelQuotaSpent, MINIMAX, "insufficient_balance_error"),
    Fact(ModelQuotaSpent, MINIMAX, "base_resp.1008"),
    Fact(ModelQuotaSpent, MINIMAX, "base_resp.2056"),
    Fact(ModelQuotaSpent, DEEPSEEK, phrase="insufficient balance"),
    Fact(ModelQuotaSpent, ALIBABA, "arrearage"),
    Fact(ModelQuotaSpent, ALIBABA, "allocationquota.freetieronly"),
    Fact(ModelQuotaSpent, ALIBABA, phrase="account is in good standing"),
    Fact(ModelQuotaSpent, ALIBABA, phrase="free tier of the model has been exhausted"),
    Fact(ModelQuotaSpent, OPENROUTER, phrase="insufficient credits"),
    Fact(ModelQuotaSpent, OPENROUTER, phrase="requires more credits"),
    Fact(ModelQuotaSpent, LITELLM, "budget_exceeded"),
    Fact(ModelQuotaSpent, LITELLM, phrase="budget has been exceeded"),
    Fact(ModelQuotaSpent, HUGGING_FACE, phrase="exceeded your monthly included credits"),
    Fact(ModelQuotaSpent, HUGGING_FACE, phrase="depleted your monthly included credits"),
    Fact(ModelQuotaSpent, TOGETHER, "credit_limit"),
    Fact(ModelQuotaSpent, SILICONFLOW, phrase="account balance is insufficient"),
    Fact(ModelQuotaSpent, ZHIPU, phrase="余额不足"),
    Fact(ModelQuotaSpent, HTTP, statuses={402}),
)
OVERLOADED: Final = (
    Fact(ModelOverloaded, OPENAI, "server_overloaded"),
    Fact(ModelOverloaded, OPENAI, "slow_down", statuses={503, None}),
    Fact(ModelOverloaded, ANTHROPIC, "overloaded_error"),
    Fact(ModelOverloaded, ANTHROPIC, statuses={529}),
    Fact(ModelOverloaded, GOOGLE, phrase="experiencing high demand", statuses=LOADING),
    Fact(ModelOverloaded, MOONSHOT, "engine_overloaded_error"),
    Fact(ModelOverloaded, MISTRAL, "service_tier_capacity_exceeded"),
    Fact(ModelOverloaded, MISTRAL, phrase="service tier capacity exceeded"),
    Fact(ModelOverloaded, GROQ, statuses={498}),
    Fact(ModelOverloaded, GROQ, phrase="over capacity", statuses=LOADING),
    Fact(ModelOverloaded, TGI, "overloaded"),
    Fact(ModelOverloaded, OLLAMA, phrase="maximum pending requests exceeded"),
    Fact(ModelOverloaded, DEEPSEEK, phrase="server overloaded", statuses=LOADING),
    Fact(ModelOverloaded, GOOGLE, phrase="overloaded", statuses=LOADING),
)
LIMITED: Final = (
    Fact(ModelBusy, HTTP, statuses={429}),
    Fact(ModelBusy, OPENAI, "rate_limit_exceeded"),
    Fact(ModelBusy, ANTHROPIC, "rate_limit_error"),
    Fact(ModelBusy, AZURE, "ratelimitreached"),
    Fact(ModelBusy, AZURE, phrase="have exceeded call rate limit", statuses=BUSY),
    Fact(ModelBusy, AZURE, phrase="have exceeded token rate limit", statuses=BUSY),
    Fact(ModelBusy, GOOGLE, "ratelimitexceeded"),
    Fact(ModelBusy, MISTRAL, "rate_limited"),
    Fact(ModelBusy, MOONSHOT, "rate_limit_reached_error"),
    Fact(ModelBusy, MINIMAX, "base_resp.1002"),
    Fact(ModelBusy, MINIMAX, "base_resp.1041"),
    Fact(ModelBusy, MINIMAX, "base_resp.2045"),
    Fact(ModelBusy, ALIBABA, "throttling"),
    Fact(ModelBusy, ALIBABA, "throttling.ratequota"),
    Fact(ModelBusy, ALIBABA, "throttling.allocationquota"),
    Fact(ModelBusy, ALIBABA, "throttling.burstrate"),
    Fact(ModelBusy, ALIBABA, "limit_requests"),
    Fact(ModelBusy, ALIBABA_RATES, phrase="request rate increased too quickly", statuses=BUSY),
    Fact(ModelBusy, LITELLM, "throttling_error"),
    Fact(ModelBusy, LITELLM, phrase="no deployments available for selected model", statuses=BUSY),
    Fact(ModelBusy, GROQ, phrase="rate limit reached for", statuses=BUSY),
    Fact(ModelBusy, OPENROUTER, phrase="rate limit exceeded", statuses=BUSY),
    Fact(ModelBusy, OPENROUTER, phrase="temporarily rate-limited upstream", statuses=BUSY),
    Fact(ModelBusy, GITHUB, phrase="secondary rate limit", statuses=BUSY),
    Fact(ModelBusy, BEDROCK, phrase="please wait before trying again", statuses=BUSY),
    Fact(ModelBusy, HTTP, phrase="too many requests", statuses=BUSY),
)
FILTERED: Final = (
    Fact(ModelFiltered, OPENAI, "content_filter"),
    Fact(ModelFiltered, OPENAI, "content_policy_violation"),
    Fact(ModelFiltered, OPENAI, "invalid_prompt"),
    Fact(ModelFiltered, OPENAI, "moderation_blocked"),
    Fact(ModelFiltered, AZURE_FILTER, "responsibleaipolicyviolation"),
    Fact(ModelFiltered, AZURE_FILTER, phrase="content management policy"),
    Fact(ModelFiltered, ANTHROPIC, phrase="blocked by content filtering policy"),
    Fact(ModelFiltered, XAI, phrase="content violates usage guidelines"),
    Fact(ModelFiltered, DEEPSEEK, phrase="content exists risk"),
    Fact(ModelFiltered, MOONSHOT, phrase="considered high risk"),
    Fact(ModelFiltered, MINIMAX, "base_resp.1026"),
    Fact(ModelFiltered, MINIMAX, "base_resp.1027"),
    Fact(ModelFiltered, MINIMAX, phrase="new_sensitive"),
    Fact(ModelFiltered, ALIBABA, "data_inspection_failed"),
    Fact(ModelFiltered, ALIBABA, "datainspectionfailed"),
    Fact(ModelFiltered, ALIBABA, phrase="may contain inappropriate content"),
    Fact(ModelFiltered, OPENROUTER, "flagged_input"),
    Fact(ModelFiltered, LITELLM, "contentpolicyviolationerror"),
    Fact(ModelFiltered, ZHIPU, phrase="unsafe or sensitive content"),
)
TOO_LONG: Final = (
    Fact(ModelContextExceeded, OPENAI, "context_length_exceeded"),
    Fact(ModelContextExceeded, OPENAI, phrase="maximum context length", statuses=SIZE),
    Fact(ModelContextExceeded, OPENAI, phrase="input tokens exceed the configured limit", statuses=SIZE),
    Fact(ModelContextExceeded, OPENAI, phrase="exceeds the context window", statuses=SIZE),
    Fact(ModelContextExceeded, OPENAI, phrase="string too long. expected a string with maximum length", statuses=SIZE),
    Fact(ModelContextExceeded, ANTHROPIC, "request_too_large"),
    Fact(ModelContextExceeded, ANTHROPIC, phrase="prompt is too long", statuses=SIZE),
    Fact(ModelContextExceeded, ANTHROPIC, phrase="exceed context limit", statuses=SIZE),
    Fact(ModelContextExceeded, BEDROCK, phrase="input is too long", statuses=SIZE),
    Fact(ModelContextExceeded, BEDROCK, phrase="too many input tokens", statuses=SIZE),
    Fact(ModelContextExceeded, GOOGLE, phrase="exceeds the maximum number of tokens allowed", statuses=SIZE),
    Fact(ModelContextExceeded, XAI, phrase="maximum prompt length is", statuses=SIZE),
    Fact(ModelContextExceeded, MISTRAL, phrase="maximum context limit", statuses=SIZE),
    Fact(ModelContextExceeded, MISTRAL, phrase="too many tokens", statuses=SIZE),
    Fact(ModelContextExceeded, MOONSHOT, phrase="exceeded model token limit", statuses=SIZE),
    Fact(ModelContextExceeded, MOONSHOT, phrase="input token length too long", statuses=SIZE),
    Fact(ModelContextExceeded, MINIMAX, "base_resp.1039"),
    Fact(ModelContextExceeded, MINIMAX, phrase="context window exceeds limit", statuses=SIZE),
    Fact(ModelContextExceeded, ALIBABA, phrase="range of input length should be", statuses=SIZE),
    Fact(ModelContextExceeded, ALIBABA, phrase="maximum input length is", statuses=SIZE),
    Fact(ModelContextExceeded, GROQ, phrase="reduce the length of the messages", statuses=SIZE),
    Fact(ModelContextExceeded, GITHUB, "tokens_limit_reached"),
    Fact(ModelContextExceeded, GITHUB, phrase="request body too large for", statuses=SIZE),
    Fact(ModelContextExceeded, COPILOT, phrase="prompt token count of * exceeds the limit", statuses=SIZE),
    Fact(ModelContextExceeded, LITELLM, "contextwindowexceedederror"),
    Fact(ModelContextExceeded, LITELLM, phrase="contextwindowexceeded", statuses=SIZE),
    Fact(ModelContextExceeded, LITELLM, phrase="context window exceeded", statuses=SIZE),
    Fact(ModelContextExceeded, LITELLM, phrase="have context window large enough", statuses=SIZE),
    Fact(ModelContextExceeded, LITELLM, phrase="max input tokens=", statuses=SIZE),
    Fact(ModelContextExceeded, VLLM, phrase="longer than the maximum model length", statuses=SIZE),
    Fact(ModelContextExceeded, VLLM, phrase="context length is only", statuses=SIZE),
    Fact(ModelContextExceeded, SGLANG, phrase="longer than the model's context length", statuses=SIZE),
    Fact(ModelContextExceeded, LLAMA_CPP, "exceed_context_size_error"),
    Fact(ModelContextExceeded, LLAMA_CPP, phrase="exceeds the available context size", statuses=SIZE),
    Fact(ModelContextExceeded, LLAMA_CPP, phrase="context size has been exceeded", statuses=SIZE),
    Fact(ModelContextExceeded, OLLAMA, phrase="exceeded max context length", statuses=SIZE),
    Fact(ModelContextExceeded, OLLAMA, phrase="length limit exceeded", statuses=SIZE),
    Fact(ModelContextExceeded, LM_STUDIO, phrase="greater than the context length", statuses=SIZE),
    Fact(ModelContextExceeded, LM_STUDIO, phrase="context the overflows", statuses=SIZE),
    Fact(ModelContextExceeded, TGI, phrase="tokens + max_new_tokens must be", statuses=SIZE),
    Fact(ModelContextExceeded, TGI, phrase="inputs must have less than", statuses=SIZE),
    Fact(ModelContextExceeded, TABBY, phrase="greater than max_seq_len", statuses=SIZE),
    Fact(ModelContextExceeded, ZHIPU, phrase="prompt exceeds max length", statuses=SIZE),
    Fact(ModelContextExceeded, HTTP, phrase="request entity too large", statuses={413}),
    Fact(ModelContextExceeded, HTTP, phrase="payload too large", statuses={413}),
    Fact(ModelContextExceeded, CEREBRAS, statuses={413}, bare=True),
)
MODELS: Final = (
    Fact(ModelNotLoaded, LM_STUDIO, phrase="no models loaded"),
    Fact(ModelNotLoaded, LM_STUDIO, phrase="failed to load model"),
    Fact(ModelNotLoaded, LM_STUDIO, phrase="model is unloaded"),
    Fact(ModelNotLoaded, OLLAMA, phrase="requires more system memory"),
    Fact(ModelNotLoaded, OLLAMA, phrase="unable to load model"),
    Fact(ModelNotLoaded, LLAMA_CPP, phrase="model is not loaded"),
    Fact(ModelNotLoaded, LOCAL_AI, phrase="could not load model"),
    Fact(ModelNotAllowed, OPENAI, "model_not_found", statuses={403}),
    Fact(ModelNotAllowed, OPENAI, phrase="does not have access to model"),
    Fact(ModelNotAllowed, OPENAI, phrase="organization must be verified"),
    Fact(ModelNotAllowed, OPENAI, "unsupported_country_region_territory"),
    Fact(ModelNotAllowed, ANTHROPIC, "permission_error"),
    Fact(ModelNotAllowed, GOOGLE, "service_disabled"),
    Fact(ModelNotAllowed, GOOGLE, phrase="user location is not supported"),
    Fact(ModelNotAllowed, MOONSHOT, "permission_denied_error"),
    Fact(ModelNotAllowed, ALIBABA, "model.accessdenied"),
    Fact(ModelNotAllowed, ALIBABA, phrase="model access denied"),
    Fact(ModelNotAllowed, GROQ, "model_permission_blocked_project"),
    Fact(ModelNotAllowed, GROQ, "model_permission_blocked_org"),
    Fact(ModelNotAllowed, GROQ, "model_terms_required"),
    Fact(ModelNotAllowed, OPENROUTER, phrase="matching your data policy"),
    Fact(ModelNotAllowed, LITELLM, "key_model_access_denied"),
    Fact(ModelNotAllowed, LITELLM, "team_model_access_denied"),
    Fact(ModelNotAllowed, LITELLM, phrase="not allowed to access model"),
    Fact(ModelNotAllowed, GITHUB, "no_access"),
    Fact(ModelNotAllowed, OLLAMA, phrase="model requires a subscription"),
    Fact(ModelUnknown, OPENAI, "model_not_found"),
    Fact(ModelUnknown, OPENAI, phrase="model * does not exist"),  # also vLLM, Groq, xAI, Alibaba
    Fact(ModelUnknown, AZURE, "deploymentnotfound"),
    Fact(ModelUnknown, AZURE, "unknown_model"),
    Fact(ModelUnknown, ANTHROPIC, "not_found_error", "model: "),
    Fact(ModelUnknown, GOOGLE, phrase="models/* is not found"),
    Fact(ModelUnknown, MISTRAL, "invalid_model"),
    Fact(ModelUnknown, MISTRAL, phrase="invalid model: "),
    Fact(ModelUnknown, MOONSHOT, phrase="not found the model"),
    Fact(ModelUnknown, MINIMAX, phrase="unknown model"),
    Fact(ModelUnknown, DEEPSEEK, phrase="model not exist"),
    Fact(ModelUnknown, ALIBABA, "modelnotfound"),
    Fact(ModelUnknown, ALIBABA, phrase="model * is not supported"),
    Fact(ModelUnknown, GROQ, "model_decommissioned"),
    Fact(ModelUnknown, OPENROUTER, phrase="is not a valid model id"),
    Fact(ModelUnknown, OPENROUTER, phrase="no endpoints found for"),
    Fact(ModelUnknown, LITELLM, phrase="invalid model name passed in"),
    Fact(ModelUnknown, LITELLM, phrase="no healthy deployments for this model"),
    Fact(ModelUnknown, OLLAMA, phrase="model * not found"),  # also llama.cpp
    Fact(ModelUnknown, HUGGING_FACE, "model_not_supported"),
    Fact(ModelUnknown, HUGGING_FACE, phrase="is not supported by any provider"),
    Fact(ModelUnknown, FIREWORKS, phrase="model not found"),
    Fact(ModelUnknown, TOGETHER, "model_not_available"),
    Fact(ModelUnreachable, LLAMA_CPP, phrase="loading model", statuses=LOADING),
    Fact(ModelUnreachable, HUGGING_FACE, phrase="is currently loading"),
)
KEYS: Final = (
    Fact(ModelKeyRejected, HTTP, statuses={401}),
    Fact(ModelKeyRejected, OPENAI, "invalid_api_key"),
    Fact(ModelKeyRejected, OPENAI, "account_deactivated"),
    Fact(ModelKeyRejected, OPENAI, phrase="incorrect api key"),  # also xAI
    Fact(ModelKeyRejected, ANTHROPIC, "authentication_error"),
    Fact(ModelKeyRejected, ANTHROPIC, phrase="invalid x-api-key"),
    Fact(ModelKeyRejected, GOOGLE, "api_key_invalid"),
    Fact(ModelKeyRejected, GOOGLE, "api_key_expired"),
    Fact(ModelKeyRejected, GOOGLE, "unauthenticated"),
    Fact(ModelKeyRejected, GOOGLE, phrase="api key not valid"),
    Fact(ModelKeyRejected, GOOGLE, phrase="api key expired"),
    Fact(ModelKeyRejected, MOONSHOT, "invalid_authentication_error"),
    Fact(ModelKeyRejected, MOONSHOT, "incorrect_api_key_error"),
    Fact(ModelKeyRejected, MINIMAX, "authorized_error"),
    Fact(ModelKeyRejected, MINIMAX, "base_resp.1004"),
    Fact(ModelKeyRejected, MINIMAX, "base_resp.2049"),
    Fact(ModelKeyRejected, DEEPSEEK, phrase="authentication fails"),
    Fact(ModelKeyRejected, ALIBABA, "invalidapikey"),
    Fact(ModelKeyRejected, GITHUB, phrase="bad credentials"),
    Fact(ModelKeyRejected, LITELLM, "auth_error"),
    Fact(ModelKeyRejected, LITELLM, "no_db_connection"),
    Fact(ModelKeyRejected, LITELLM, "token_not_found_in_db"),
    Fact(ModelKeyRejected, LITELLM, "expired_key"),
    Fact(ModelKeyRejected, LITELLM, phrase="no api key passed in"),
    Fact(ModelKeyRejected, CEREBRAS, "wrong_api_key"),
    Fact(ModelKeyRejected, LLAMA_CPP, phrase="invalid api key"),
    Fact(ModelKeyRejected, HTTP, statuses={403}),
)
STATUSES: Final = (
    Fact(ModelTimedOut, HTTP, statuses={408}),
    Fact(ModelTimedOut, MINIMAX, "base_resp.1001"),
    Fact(ModelUnreachable, TGI, statuses={424}),
    Fact(ModelUnreachable, HTTP, statuses={409, 425, *range(500, 600), None}),
)
FACTS: Final = (
    *EXCEPTIONS, *SPENT, *OVERLOADED, *LIMITED, *FILTERED, *TOO_LONG, *MODELS, *KEYS, *STATUSES
)  # in the order of the tests # fmt: skip


def error_type(evidence: Evidence) -> type[ModelError] | None:
    """Return the error that the first fitting fact names, or None if no fact fits."""
    return next((fact.error for fact in FACTS if fact.fits(evidence)), None)
