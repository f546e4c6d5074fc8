"""Tests of image parts: which the model takes, and their tokens (sources: see `bot.sandbox.model.images`)."""

import struct
from base64 import b64encode

import pytest
from openai import AsyncOpenAI

from bot.sandbox import Sandbox
from bot.sandbox.model.images import image_tokens, images_in
from tests.sandbox.model.asking import IMAGE, MODEL, PICTURE, body_of, error_of
from tests.sandbox.test_images import GIF, JPEG, PNG, webp


def url_of(content: bytes, media_type: str = "image/png") -> str:
    """Return a data URL."""
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def png(width: int, height: int) -> bytes:
    """Return the beginning of a PNG of some size."""
    return PNG[:16] + struct.pack(">II", width, height) + PNG[24:]


def shown(url: object, **fields: object) -> list[object]:
    """Return messages with one image."""
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url, **fields}}]}]


@pytest.mark.parametrize("content", [PNG, GIF, JPEG, webp(b"VP8X", b"\x00" * 4 + b"\x02\x00\x00\x01\x00\x00")])
async def test_the_model_takes_images_as_data_urls(box: Sandbox, ai: AsyncOpenAI, content: bytes) -> None:
    """A PNG, GIF, JPEG or WebP is taken, whatever type its data URL names, and kept for the test to look at."""
    assert await ai.post("/chat/completions", body={"model": MODEL, "messages": shown(url_of(content))}, cast_to=object)
    [image] = images_in(box.model.requests[0].messages)
    assert (image.data, image.size, image.media_type) == (content, (3, 2), "image/png")


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("https://example.org/a.png", "invalid_image_url", "Failed to download image from"),
        ("pictures/a.png", "invalid_value", "without the 'data:' prefix"),
        ("data:image/png,abc", "invalid_value", "without the 'data:' prefix"),
        ("data:image/png;base64,", "invalid_value", "empty base64-encoded bytes"),
        ("data:image/png;base64,!!!", "invalid_value", "invalid base64-encoded value"),
        (url_of(PNG, "image/heic"), "invalid_value", "unsupported MIME type 'image/heic'"),
        (url_of(b"GIF is not here"), "invalid_image_format", "['png', 'jpeg', 'gif', 'webp']"),
        (url_of(PNG[:12]), "image_parse_error", "Please make sure your image is valid"),
    ],
)
async def test_a_broken_image_is_refused(ai: AsyncOpenAI, url: str, code: str, words: str) -> None:
    """A broken or unsupported image is refused with 400 and OpenAI's words."""
    error = await error_of(ai, messages=shown(url))
    assert (error.status_code, body_of(error)["error"]["code"]) == (400, code)
    assert words in body_of(error)["error"]["message"]


async def test_an_unknown_detail_is_refused(ai: AsyncOpenAI) -> None:
    """The detail of an image is one of three words (OpenAPI document)."""
    error = await error_of(ai, messages=shown(PICTURE, detail="huge"))
    assert body_of(error)["error"]["code"] == "invalid_value"


@pytest.mark.parametrize(
    ("size", "model", "detail", "tokens"),
    [
        ((32, 32), "gpt-5.4", None, 1),
        ((1024, 1024), "gpt-5.4", None, 1024),
        ((4000, 3000), "gpt-5.4", None, 1536),
        ((1024, 1024), "gpt-5.4-mini", None, 1659),
        ((1024, 1024), "gpt-4o", None, 765),
        ((2048, 4096), "gpt-4o", None, 1105),
        ((4096, 8192), "gpt-4o", "low", 85),
        ((1024, 1024), "gpt-4o-mini", None, 2833 + 4 * 5667),
        ((0, 0), "gpt-5.4", None, 765),
    ],
)
def test_images_cost_tokens_by_their_size(size: tuple[int, int], model: str, detail: str | None, tokens: int) -> None:
    """An image costs patches or tiles, by the model (OpenAI's guide "Images and vision", its own examples)."""
    assert image_tokens(url_of(png(*size)), detail, model) == tokens


async def test_the_usage_counts_images(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The usage holds the tokens of the images, and the prompt's cache finds the same images again."""
    text = {"type": "text", "text": "hello"}
    large = {"type": "image_url", "image_url": {"url": url_of(png(1024, 1024))}}
    for parts in ([text, IMAGE], [text, large], [text, large]):
        body = {"model": MODEL, "messages": [{"role": "user", "content": parts}]}
        await ai.post("/chat/completions", body=body, cast_to=object)
    small, first, second = box.model.requests
    assert first.prompt_tokens - small.prompt_tokens == 1659 - 2
    assert (first.cached_tokens, second.cached_tokens) == (0, 1664 // 128 * 128)
