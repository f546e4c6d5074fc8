"""Keys never survive in a provider's words; names and addresses do."""

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.llm.errors.secrets import MARK, holds_secret, without_secrets

TAILS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=16, max_size=60)
PREFIXES = [
    "sk-",
    "sk-proj-",
    "sk-ant-api03-",
    "sk-or-v1-",
    "gsk_",
    "xai-",
    "hf_",
    "nvapi-",
    "ghp_",
    "AIza",
    "eyJ",
    "r8_",
]
KEYS = (
    st.builds(str.__add__, st.sampled_from(PREFIXES), TAILS)
    | st.binary(min_size=16, max_size=48).map(bytes.hex)
    | st.randoms(use_true_random=False).map(lambda chance: base64.b64encode(chance.randbytes(33)).decode())
    | st.uuids().map(str)
)
PLACES = [
    "Incorrect API key provided: {}. Get one at https://example.com/keys",
    "Authorization: Bearer {}",
    "key={} is not known",
    "'{}'",
    "({})",
    "https://user:{}@example.com/v1",
    "https://example.com/v1?api_key={}&x=1",
]


@given(KEYS, st.sampled_from(PLACES))
@settings(max_examples=400, deadline=None)
def test_what_looks_like_a_key_is_cut_out(key: str, place: str) -> None:
    """Keys in the forms that providers give them are cut out wherever they stand."""
    said = without_secrets(place.format(key))

    assert key not in said
    assert not re.search(re.escape(key[-12:]), said)
    assert MARK in said


@given(st.text("abcdefgh 0123!?é", min_size=4, max_size=40), st.sampled_from(PLACES))
@settings(max_examples=300, deadline=None)
def test_the_key_that_we_sent_is_cut_out_whatever_it_looks_like(key: str, place: str) -> None:
    """A configured key is cut out even where it looks like words."""
    assert key not in without_secrets(place.format(key), [key])


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: ab***yz.",
        "Authorization: Basic dXNlcjpwYXNz",
        "https://example.com/?access_token=short",
        "http://user:pass@127.0.0.1:8080/v1",
    ],
)
def test_masked_and_short_credentials_are_cut_out(text: str) -> None:
    """Parts of a key that a server shows, and short credentials of addresses and headers, are cut out too."""
    assert holds_secret(text)
    assert not holds_secret(without_secrets(text))


@pytest.mark.parametrize(
    "text",
    [
        "The model `meta-llama/Llama-3.3-70B-Instruct` does not exist",
        "claude-sonnet-4-5-20250929 gpt-5.4-mini qwen3:8b-q4_K_M DeepSeek-R1-0528-Qwen3-8B",
        "Visit https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20",
        "litellm.ContextWindowExceededError: InternalError.Algo.InvalidParameter model_permission_blocked_project",
        "request (19185 tokens) exceeds the available context size (16384 tokens)",
        "Please try again in 9m38.016s. You need a token.",
    ],
)
def test_names_addresses_and_figures_stay(text: str) -> None:
    """Names, addresses and figures, which an operator needs to understand the report, stay as they are."""
    assert without_secrets(text) == text


def test_the_name_of_our_model_stays_whatever_it_looks_like() -> None:
    """The name of the model that was asked for is no key, however long and random it is."""
    model = "Llama4Maverick17B128EInstructFP8xyz/2025-quantized-by-somebody"
    text = f"The model `{model}` does not exist"

    assert without_secrets(text, model=model) == text
    assert without_secrets(text) != text
