"""Text files: encodings, fences, and what is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.text import decoded, fenced, language_of

OLD = {
    "cp1252": "Das Wetter in München ist schön, sagt Jürgen. „Größe“ und Straße.",
    "cp1251": "Привет, как дела? Сегодня хорошая погода.",
    "koi8_r": "Привет, как дела? Сегодня хорошая погода.",
    "cp1253": "Καλημέρα κόσμε, τι κάνεις σήμερα;",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "cp932": "こんにちは、世界。今日はいい天気ですね。",
    "euc_jp": "こんにちは、世界。今日はいい天気ですね。",
    "gb18030": "你好，世界。今天天气很好，我们去公园玩吧。",
    "cp949": "안녕하세요, 세계. 오늘은 날씨가 좋네요.",
    "big5": "你好，世界。今天天氣很好，我們去公園玩吧。",
}


@pytest.mark.parametrize(("encoding", "text"), OLD.items(), ids=OLD)
def test_an_old_encoding_is_guessed(encoding: str, text: str) -> None:
    """A text in an old encoding is read by its likeliest letters, and the guess is declared."""
    found = decoded(b"plain words before\n" + text.encode(encoding), 10_000)

    assert (found.text, found.encoding, found.guessed) == (f"plain words before\n{text}", encoding, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_known(encoding: str) -> None:
    """A text in UTF-8 or UTF-16 is decoded as such, without its byte order mark, and is no guess."""
    found = decoded("Grüße, 世界\r\n🌍".encode(encoding), 10_000)

    assert (found.text, found.guessed) == ("Grüße, 世界\n🌍", False)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_guessed(encoding: str) -> None:
    """A text in UTF-16 without a byte order mark is known by the zeros beside its ASCII letters."""
    found = decoded("name,value\nlamp,3\n".encode(encoding), 10_000)

    assert (found.text, found.encoding, found.guessed) == ("name,value\nlamp,3\n", encoding, True)


def test_only_the_beginning_is_decoded() -> None:
    """Of a line of 20 MB only as many bytes are decoded as are asked for, and a character at the end is not cut in two."""
    found = decoded("é".encode() * 10_000_000, 1001)

    assert (found.text, found.bytes_read) == ("é" * 500, 1001)


def test_what_cannot_be_decoded_is_marked() -> None:
    """Bytes that no encoding knows, NUL and half characters become U+FFFD."""
    assert decoded("ab\ud800".encode("utf-16-le", "surrogatepass").join([b"\xff\xfe", b""]), 100).text == "ab\ufffd"
    assert decoded(b"\xef\xbb\xbfa\xffb", 100).text == "a\ufffdb"


@given(st.binary(max_size=3000), st.integers(1, 4000))
def test_any_bytes_are_decoded(data: bytes, most: int) -> None:
    """Decoding raises for no bytes, and its text can be stored."""
    found = decoded(data, most)

    assert "\0" not in found.text
    found.text.encode()


def test_code_stands_in_a_longer_fence() -> None:
    """Code is fenced with its language, in a fence that is longer than any in the code."""
    assert language_of("Main.PY") == "python"
    assert language_of("table.csv") == language_of("README") == ""
    assert fenced("x = 1", "python") == "```python\nx = 1\n```"
    assert fenced("````\n", "") == "`````\n````\n`````"
