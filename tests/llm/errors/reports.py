"""Reports of errors in the shapes that servers give them, by server: what each means, its status, and its body."""
# ruff: noqa: E501 - a report is a row

import json
from typing import Any, Final

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
    ModelRejected,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)

Row = tuple[type[ModelError], int | None, object]


def said(message: str, kind: str | None = None, code: object = None, **more: object) -> dict[str, Any]:
    """A body in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code, **more}}


def google(status: int, message: str, word: str, *details: dict[str, object]) -> list[dict[str, Any]]:
    """A body in the shape of Google's compatible endpoint."""
    named = [{"@type": f"type.googleapis.com/google.rpc.{one['is']}", **one} for one in details]
    return [{"error": {"code": status, "message": message, "status": word, "details": named}}]


def flat(message: object, kind: str, code: object) -> dict[str, Any]:
    """A body in the shape of vLLM and Mistral."""
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


def litellm(status: int, error: str, message: str, kind: str | None = None) -> dict[str, Any]:
    """A body in the shape of LiteLLM's proxy, which keeps the provider's words but not its code."""
    text = f"litellm.{error}: {error}: OpenAIException - {message}\nmodel=m. No fallback was attempted."
    return said(text, kind, str(status))


INVALID: Final = "invalid_request_error"
REPORTS: Final[dict[str, list[Row]]] = {
    "OpenAI": [
        (ModelQuotaSpent, 429, {"error": {"message": "No credits are left.", "type": "billing", "code": "credit_balance_exhausted"}}),
        (ModelQuotaSpent, 429, {"error": {"message": "The limit was reached.", "code": "project_spend_limit_exceeded"}}),
        (ModelQuotaSpent, 429, said("You exceeded your current quota.", "insufficient_quota", "insufficient_quota")),
        (ModelQuotaSpent, 429, said("Your account is not active, please check your billing details.", "x")),
        (ModelKeyRejected, 401, said("Incorrect API key provided: sk-12***89.", INVALID, "invalid_api_key")),
        (ModelContextExceeded, 400, said("Your input exceeds the context window of this model.", INVALID)),
        (ModelContextExceeded, 400, said("Invalid 'messages[1].content': string too long. Expected a string with maximum length 9", INVALID, "string_above_max_length")),
        (ModelOverloaded, 503, said("The engine is currently overloaded, please try again later", "server_error")),
        (ModelBusy, 429, said("Rate limit reached for m in organization org-x on requests per min.", "requests", "rate_limit_exceeded")),
        (ModelUnknown, 404, said("The model `gpt-0` does not exist or you do not have access to it.", INVALID, "model_not_found")),
        (ModelNotAllowed, 403, said("Project `proj_x` does not have access to model `gpt-0`", INVALID, "model_not_found")),
        (ModelNotAllowed, 403, said("Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory")),
        (ModelNotAllowed, 403, said("Your organization must be verified to use the model.", INVALID)),
        (ModelRejected, 400, said("Your organization must be verified to stream this model.", INVALID, "unsupported_value", param="stream")),
        (ModelFiltered, 400, said("Invalid prompt: it was flagged.", INVALID, "invalid_prompt")),
        (ModelRejected, 400, said("Unknown parameter: 'frob'.", INVALID, "unknown_parameter", param="frob")),
    ],
    "Azure": [
        (ModelKeyRejected, 401, said("Access denied due to invalid subscription key or wrong API endpoint.", code="401")),
        (ModelBusy, 429, said("Requests have exceeded token rate limit of your tier. Please retry after 6 seconds.", code="429")),
        (ModelBusy, None, said("Requests have exceeded call rate limit of your tier.", code="RateLimitReached")),
        (ModelUnknown, 404, said("The API deployment for this resource does not exist.", code="DeploymentNotFound")),
        (ModelFiltered, 400, said("It triggered Azure OpenAI's content management policy.", code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"})),
        (ModelContextExceeded, 400, said("This model's maximum context length is 9 tokens.", code="context_length_exceeded")),
        (ModelRejected, 400, said("Unrecognized request argument supplied: frob", INVALID)),
    ],
    "Anthropic": [
        (ModelQuotaSpent, 429, {"type": "error", "error": {"type": "rate_limit_error", "message": "Limit reached", "details": {"error_code": "enforced_spend_limit_reached"}}}),
        (ModelQuotaSpent, 400, {"type": "error", "error": {"type": INVALID, "message": "Your credit balance is too low to access the API."}}),
        (ModelQuotaSpent, 400, {"type": "error", "error": {"type": INVALID, "message": "You have reached your specified API usage limits."}}),
        (ModelKeyRejected, 401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}),
        (ModelNotAllowed, 403, {"type": "error", "error": {"type": "permission_error", "message": "Not with this key."}}),
        (ModelUnknown, 404, {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-0"}}),
        (ModelContextExceeded, 400, said("prompt is too long: 210000 tokens > 200000 maximum", INVALID)),
        (ModelContextExceeded, 413, {"type": "error", "error": {"type": "request_too_large", "message": "Request exceeds the maximum size"}}),
        (ModelBusy, 429, said("This request would exceed your organization's rate limit.", INVALID, "rate_limit_error")),
        (ModelOverloaded, 529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        (ModelOverloaded, None, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        (ModelFiltered, 400, said("Output blocked by content filtering policy", INVALID)),
    ],
    "Google": [
        (ModelKeyRejected, 400, google(400, "API key not valid.", "INVALID_ARGUMENT", {"is": "ErrorInfo", "reason": "API_KEY_INVALID"})),
        (ModelKeyRejected, 400, google(400, "Renew it.", "INVALID_ARGUMENT", {"is": "ErrorInfo", "reason": "API_KEY_EXPIRED"})),
        (ModelNotAllowed, 403, google(403, "It has not been used.", "PERMISSION_DENIED", {"is": "ErrorInfo", "reason": "SERVICE_DISABLED"})),
        (ModelNotAllowed, 400, google(400, "User location is not supported for the API use.", "FAILED_PRECONDITION")),
        (ModelNotAllowed, 429, google(429, "You exceeded your current quota.\n* Quota exceeded for metric: x/y, limit: 0, model: gemini-0", "RESOURCE_EXHAUSTED")),
        (ModelBusy, 429, google(429, "You exceeded your current quota.\n* Quota exceeded for metric: x/y, limit: 20, model: gemini-0", "RESOURCE_EXHAUSTED")),
        (ModelBusy, 429, google(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")),
        (ModelQuotaSpent, 429, google(429, "Your prepayment credits are depleted.", "RESOURCE_EXHAUSTED")),
        (ModelQuotaSpent, 403, google(403, "It needs billing.", "PERMISSION_DENIED", {"is": "ErrorInfo", "reason": "BILLING_DISABLED"})),
        (ModelUnknown, 404, google(404, "models/gemini-0 is not found for API version v1main.", "NOT_FOUND")),
        (ModelContextExceeded, 400, google(400, "The input token count (9) exceeds the maximum number of tokens allowed (8).", "INVALID_ARGUMENT")),
        (ModelOverloaded, 503, google(503, "This model is currently experiencing high demand.", "UNAVAILABLE")),
        (ModelBusy, 429, said(json.dumps(google(429, "Resource has been exhausted.", "RESOURCE_EXHAUSTED")[0]), code=429)),
        (ModelRejected, 400, google(400, 'Invalid JSON payload received. Unknown name "frob": Cannot find field.', "INVALID_ARGUMENT")),
    ],
    "xAI": [
        (ModelQuotaSpent, 403, {"code": "The caller does not have permission", "error": "Your newly created team doesn't have any credits yet."}),
        (ModelQuotaSpent, 429, {"code": "Some resource has been exhausted", "error": "Your team x has either used all available credits or reached its limit."}),
        (ModelKeyRejected, 400, {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: ab***yz."}),
        (ModelUnknown, 404, {"code": "Some requested entity was not found", "error": "The model grok-0 does not exist or your team does not have access to it."}),
        (ModelContextExceeded, 400, {"code": "Client specified an invalid argument", "error": "This model's maximum prompt length is 131072 but the request contains 537812 tokens."}),
        (ModelFiltered, 403, {"code": "The caller does not have permission", "error": "Content violates usage guidelines. Failed check: X"}),
        (ModelRejected, 400, {"code": "Client specified an invalid argument", "error": "Argument not supported on this model: presencePenalty"}),
    ],
    "Mistral": [
        (ModelKeyRejected, 401, {"detail": "Unauthorized"}),
        (ModelBusy, 429, flat("Rate limit exceeded", "rate_limited", "1300")),
        (ModelOverloaded, 429, flat("Service tier capacity exceeded for this model.", INVALID, None)),
        (ModelUnknown, 400, flat("Invalid model: mistral-0", "invalid_model", "1500")),
        (ModelContextExceeded, 400, flat("Prompt contains 9 tokens and 0 draft tokens, too large for model with 8 maximum context length", INVALID, None)),
        (ModelRejected, 422, flat({"detail": [{"type": "extra_forbidden", "loc": ["body", "frob"], "msg": "no"}]}, INVALID, None)),
    ],
    "Moonshot": [
        (ModelContextExceeded, 400, {"error": {"message": "Input token length too long", "type": "invalid_request_error"}}),
        (ModelContextExceeded, 400, {"error": {"message": "Your request exceeded model token limit : 8192", "type": "invalid_request_error"}}),
        (ModelQuotaSpent, 429, {"error": {"message": "Your account org-x <ak-y> is suspended due to insufficient balance", "type": "exceeded_current_quota_error"}}),
        (ModelQuotaSpent, 403, {"error": {"message": "Your account <ak-y> is not active, organization exceeded current quota"}}),
        (ModelBusy, 429, {"error": {"message": "Your account <ak-y> request reached max RPM: 3, please try again after 1 seconds", "type": "rate_limit_reached_error"}}),
        (ModelOverloaded, 429, {"error": {"message": "The engine is currently overloaded, please try again later", "type": "engine_overloaded_error"}}),
        (ModelKeyRejected, 401, {"error": {"message": "Invalid Authentication", "type": "invalid_authentication_error"}}),
        (ModelKeyRejected, None, {"error": {"message": "No.", "type": "incorrect_api_key_error"}}),
        (ModelUnknown, 404, {"error": {"message": "Not found the model kimi-0 or Permission denied", "type": "resource_not_found_error"}}),
        (ModelNotAllowed, 403, {"error": {"message": "No.", "type": "permission_denied_error"}}),
        (ModelFiltered, 400, {"error": {"message": "The request was rejected because it was considered high risk", "type": "content_filter"}}),
        (ModelContextExceeded, 400, said("Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", INVALID)),
    ],
    "MiniMax": [
        (ModelQuotaSpent, 429, {"type": "error", "error": {"type": "insufficient_balance_error", "message": "insufficient balance (1008)", "http_code": "429"}}),
        (ModelQuotaSpent, 500, {"type": "error", "error": {"type": "api_error", "message": "insufficient balance (1008)"}}),
        (ModelQuotaSpent, None, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}),
        (ModelBusy, None, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}),
        (ModelKeyRejected, None, {"base_resp": {"status_code": 2049, "status_msg": "invalid api key"}}),
        (ModelKeyRejected, 401, {"type": "error", "error": {"type": "authorized_error", "message": "login fail", "http_code": "401"}}),
        (ModelContextExceeded, 400, {"type": "error", "error": {"type": "bad_request_error", "message": "invalid params, context window exceeds limit (2013)", "http_code": "400"}}),
        (ModelFiltered, None, {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}),
        (ModelTimedOut, None, {"base_resp": {"status_code": 1001, "status_msg": "request timeout"}}),
        (ModelUnknown, 400, {"type": "error", "error": {"type": "bad_request_error", "message": "invalid params, unknown model 'minimax-0' (2013)"}}),
    ],
    "DeepSeek": [
        (ModelQuotaSpent, 402, said("Insufficient Balance", "unknown_error", INVALID)),
        (ModelQuotaSpent, 400, said("Insufficient Balance", "unknown_error", INVALID)),
        (ModelKeyRejected, 401, said("Authentication Fails (no such user)", "authentication_error", INVALID)),
        (ModelFiltered, 400, said("Content Exists Risk", INVALID, INVALID)),
        (ModelUnknown, 400, said("Model Not Exist", INVALID, INVALID)),
        (ModelOverloaded, 503, said("Server overloaded", "server_error")),
        (ModelBusy, 429, said("Slow.", "x")),
    ],
    "Alibaba": [
        (ModelQuotaSpent, 400, said("Access denied, please make sure your account is in good standing.", "Arrearage", "Arrearage")),
        (ModelQuotaSpent, 403, said("The free tier of the model has been exhausted.", "AllocationQuota.FreeTierOnly", "AllocationQuota.FreeTierOnly")),
        (ModelBusy, 429, said("You exceeded your current quota. Read https://help.aliyun.com/zh/model-studio/error-code#token-limit", "insufficient_quota", "insufficient_quota")),
        (ModelBusy, 429, said("You exceeded your current requests list.", "limit_requests", "limit_requests")),
        (ModelKeyRejected, 401, said("Incorrect API key provided.", INVALID, "invalid_api_key")),
        (ModelNotAllowed, 403, said("Model access denied.", "Model.AccessDenied", "Model.AccessDenied")),
        (ModelUnknown, 404, said("The model `qwen-0` does not exist or you do not have access to it.", INVALID, "model_not_found")),
        (ModelContextExceeded, 400, said("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]", INVALID, "invalid_parameter_error")),
        (ModelFiltered, 400, said("Input data may contain inappropriate content.", "data_inspection_failed", "data_inspection_failed")),
        (ModelFiltered, 400, {"code": "DataInspectionFailed", "message": "No."}),
    ],
    "Groq": [
        (ModelBusy, 429, said("Rate limit reached for model `m` in organization `o` service tier `on_demand` on tokens per day (TPD): Limit 5. Please try again in 9m38.016s.", "tokens", "rate_limit_exceeded")),
        (ModelContextExceeded, 413, said("Request too large for model `m` in organization `o` on tokens per minute (TPM): Limit 6", "tokens", "rate_limit_exceeded")),
        (ModelContextExceeded, 400, said("Please reduce the length of the messages or completion.", INVALID)),
        (ModelOverloaded, 498, said("Flex tier is full.", "x")),
        (ModelOverloaded, 503, said("m is currently over capacity.", "internal_server_error")),
        (ModelUnknown, 400, said("The model `m` has been decommissioned.", INVALID, "model_decommissioned")),
        (ModelNotAllowed, 400, said("The model `m` requires terms acceptance.", INVALID, "model_terms_required")),
        (ModelNotAllowed, 403, said("Blocked at the project level.", "permissions_error", "model_permission_blocked_project")),
        (ModelRejected, 400, said("property 'frob' is unsupported", INVALID)),
    ],
    "OpenRouter": [
        (ModelQuotaSpent, 402, said("This request requires more credits, or fewer max_tokens.", code=402)),
        (ModelQuotaSpent, None, said("Insufficient credits. Add more.", code=402)),
        (ModelBusy, 402, said("Wait.", code=402, metadata={"limit_source": "openrouter_in_flight_budget"})),
        (ModelBusy, 429, said("Rate limit exceeded: free-models-per-day.", code=429)),
        (ModelBusy, None, said("Provider returned error", code=429, metadata={"raw": "m is temporarily rate-limited upstream.", "provider_name": "X"})),
        (ModelQuotaSpent, 429, said("Provider returned error", code=429, metadata={"raw": json.dumps(said("No.", "exceeded_current_quota_error"))})),
        (ModelContextExceeded, 400, said("Provider returned error", code=400, metadata={"raw": json.dumps(said("prompt is too long: 9 tokens > 8 maximum"))})),
        (ModelKeyRejected, 401, said("No auth credentials found", code=401)),
        (ModelFiltered, 403, said("Your input was flagged", code=403, metadata={"reasons": ["x"], "flagged_input": "hush"})),
        (ModelNotAllowed, 404, said("No endpoints found matching your data policy.", code=404)),
        (ModelUnknown, 404, said("No endpoints found for m/n.", code=404)),
        (ModelUnknown, 400, said("m/n is not a valid model ID", code=400)),
        (ModelUnreachable, None, said("Provider disconnected", code=502)),
    ],
    "LiteLLM": [
        (ModelQuotaSpent, 429, litellm(429, "RateLimitError", "You exceeded your current quota, please check your plan and billing details.", "throttling_error")),
        (ModelQuotaSpent, 400, said("Budget has been exceeded! Current cost: 3, Max budget: 2", "budget_exceeded", "400")),
        (ModelBusy, 429, litellm(429, "RateLimitError", "Slow down.", "throttling_error")),
        (ModelBusy, 429, said("No deployments available for selected model, Try again in 5 seconds.", "None", "429")),
        (ModelContextExceeded, 400, said("litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - No.", None, "400")),
        (ModelContextExceeded, 400, litellm(400, "BadRequestError", json.dumps(said("maximum context length is 5")))),
        (ModelFiltered, 400, said("litellm.ContentPolicyViolationError: No.", None, "400")),
        (ModelKeyRejected, 400, said("No connected db.", "no_db_connection", "400")),
        (ModelKeyRejected, 401, said("Authentication Error, No api key passed in.", "auth_error", "401")),
        (ModelNotAllowed, 401, said("key not allowed to access model. This key can only access models=['m'].", "key_model_access_denied", "401")),
        (ModelUnknown, 400, said("{'error': '/chat/completions: Invalid model name passed in model=m. Call `/v1/models`'}", "None", "400")),
        (ModelUnknown, 400, said("You passed in model=m. There are no healthy deployments for this model", "None", "400")),
        (ModelUnreachable, 500, "Internal Server Error"),
        (ModelTimedOut, 408, said("litellm.Timeout: APITimeoutError - Request timed out.", None, "408")),
    ],
    "vLLM": [
        (ModelUnknown, 404, flat("The model `m/n` does not exist.", "NotFoundError", 404)),
        (ModelContextExceeded, 400, flat("This model's maximum context length is 4096 tokens. However, you requested 9000.", "BadRequestError", 400)),
        (ModelContextExceeded, 400, said("You passed 9 input tokens. However, the model's context length is only 8 tokens.", "BadRequestError", 400)),
        (ModelKeyRejected, 401, {"error": "Unauthorized"}),
        (ModelRejected, 400, flat("System role not supported", "BadRequestError", 400)),
        (ModelRejected, 400, flat("[{'type': 'extra_forbidden', 'loc': ('body', 'frob'), 'msg': 'no'}]", "BadRequestError", 400)),
    ],
    "llama.cpp": [
        (ModelContextExceeded, 400, {"error": {"code": 400, "message": "request (9 tokens) exceeds the available context size (8 tokens)", "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}}),
        (ModelContextExceeded, 500, {"error": {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}}),
        (ModelKeyRejected, 401, {"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}}),
        (ModelUnreachable, 503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}),
        (ModelUnknown, 404, {"error": {"code": 404, "message": "model 'm' not found", "type": "not_found_error"}}),
        (ModelNotLoaded, 400, {"error": {"code": 400, "message": "model is not loaded", "type": INVALID}}),
        (ModelRejected, 404, {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}),
    ],
    "Ollama": [
        (ModelUnknown, 404, said("model 'm:8b' not found", "api_error")),
        (ModelUnknown, 404, said('model "m" not found, try pulling it first', "api_error")),
        (ModelNotLoaded, 500, said("model requires more system memory (9.8 GiB) than is available (6.1 GiB)", "api_error")),
        (ModelNotLoaded, 500, {"error": "unable to load model: /blobs/m"}),
        (ModelOverloaded, 503, said("server busy, please try again.  maximum pending requests exceeded", "api_error")),
        (ModelContextExceeded, 400, said("prompt too long; exceeded max context length by 5 tokens", INVALID)),
        (ModelNotAllowed, 403, said("this model requires a subscription, upgrade for access", "api_error")),
    ],
    "LM Studio": [
        (ModelNotLoaded, 404, said("No models loaded. Please load a model in the developer page.", INVALID, "model_not_found")),
        (ModelNotLoaded, 400, {"error": "Failed to load model m. Error: no room"}),
        (ModelContextExceeded, 400, {"error": "The number of tokens to keep from the initial prompt is greater than the context length."}),
        (ModelContextExceeded, 400, {"error": "Trying to keep the first 9 tokens when context the overflows. However, the model is loaded with context length of only 8 tokens"}),
    ],
    "TGI": [
        (ModelContextExceeded, 422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 8740 `inputs` tokens", "error_type": "validation"}),
        (ModelContextExceeded, 422, {"error": "Input validation error: `inputs` must have less than 2048 tokens. Given: 2222", "error_type": "validation"}),
        (ModelOverloaded, 429, {"error": "Model is overloaded", "error_type": "overloaded"}),
        (ModelUnreachable, 424, {"error": "Request failed during generation", "error_type": "generation"}),
    ],
    "Hugging Face": [
        (ModelQuotaSpent, 402, {"error": "You have exceeded your monthly included credits for Inference Providers."}),
        (ModelUnreachable, 503, {"error": "Model m/n is currently loading", "estimated_time": 20.0}),
        (ModelUnknown, 400, said("The requested model 'm/n' is not supported by any provider you have enabled.", INVALID, "model_not_supported")),
    ],
    "transformers serve": [
        (ModelRejected, 422, {"detail": "Unexpected fields in the request: {'frob'}"}),
        (ModelRejected, 422, {"detail": [{"type": "missing", "loc": ["body", "messages"], "msg": "Field required"}]}),
    ],
    "GitHub Models": [
        (ModelBusy, 429, said("Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 49520 seconds before retrying.", code="RateLimitReached")),
        (ModelContextExceeded, 413, said("Request body too large for m model. Max size: 8000 tokens.", code="tokens_limit_reached")),
        (ModelUnknown, 400, said("Unknown model: m", code="unknown_model")),
        (ModelNotAllowed, 403, said("No access to model: m", code="no_access")),
        (ModelKeyRejected, 401, said("Bad credentials", code="unauthorized")),
    ],
    "proxies": [
        (ModelContextExceeded, 413, None),
        (ModelContextExceeded, 413, ""),
        (ModelContextExceeded, 413, "<html><head><title>413 Request Entity Too Large</title></head></html>"),
        (ModelRejected, 413, {"message": "Maximum content size limit (5) exceeded", "type": "server_error"}),
        (ModelUnreachable, 502, "<html><head><title>502 Bad Gateway</title></head></html>"),
        (ModelKeyRejected, 403, "<html><head><title>403 Forbidden</title></head></html>"),
        (ModelBusy, 403, {"message": "You have exceeded a secondary rate limit."}),
        (ModelContextExceeded, 400, said("Error code: 400 - {'error': {'message': \"maximum context length is 5\", 'type': 'x'}}")),
    ],
}  # rows of a table # fmt: skip
