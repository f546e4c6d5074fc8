"""How models cut texts into tokens. Source: OpenAI's cookbook; the factors of small vocabularies were measured on llama.cpp."""

import pytest

from bot.sandbox.model.vocabularies import LARGE, O200K, SMALL, ByScript, Vocabulary, count
from tests.e2e.talk import SIXFOLD, TEXTS


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("hello", 1), ("hello world", 2), ("<|endoftext|>", 7), ("\ud800", 1)]
)
def test_counts_are_fixed(text: str, tokens: int) -> None:
    """Known texts have their known counts, and the name of a special token is counted as text."""
    assert count(text) == tokens


@pytest.mark.parametrize("vocabulary", [O200K, LARGE, SMALL])
@pytest.mark.parametrize("text", ["plain words, in a row", "👩‍👩‍👧 ünd\n\n日本語", "half \ud83d an emoji", ""])
def test_parts_join_to_the_text(vocabulary: Vocabulary, text: str) -> None:
    """The parts of a text join to the same text, and have the text's tokens."""
    parts = vocabulary.parts(text)
    assert "".join(piece for piece, _ in parts) == text
    assert sum(tokens for _, tokens in parts) == count(text, vocabulary)


@pytest.mark.parametrize("vocabulary", [LARGE, SMALL])
def test_a_text_that_grows_keeps_its_tokens(vocabulary: Vocabulary) -> None:
    """The tokens of a text stand at the beginning of those of a longer one, and other texts have others."""
    short, long = vocabulary.encode("the lamp, лампа, 灯"), vocabulary.encode("the lamp, лампа, 灯 burns at night")
    assert long[: len(short)] == short
    assert vocabulary.encode("the lump") != vocabulary.encode("the lamp")


FACTORS = {
    SMALL: {"English": 2, "Russian": 6, "Chinese": 3.6, "code": 1.9},
    LARGE: {"English": 1.25, "Russian": 1.7, "Chinese": 1.55, "code": 1.2},
    SIXFOLD: dict.fromkeys(TEXTS, 6),
}


@pytest.mark.parametrize("vocabulary", FACTORS)
@pytest.mark.parametrize("script", TEXTS)
def test_each_vocabulary_has_its_own_factor_by_script(vocabulary: ByScript, script: str) -> None:
    """A vocabulary needs so many tokens for each of o200k's, and not the same in each script."""
    text = TEXTS[script](0)
    assert count(text, vocabulary) / count(text) == pytest.approx(FACTORS[vocabulary][script], rel=0.2)


def test_a_small_vocabulary_counts_as_llama_cpp_was_seen_to() -> None:
    """3,000 short words are 6,000 tokens, and Russian is spelled out byte by byte."""
    assert count("word " * 3000, SMALL) == 6000
    assert count("лампа", SMALL) == 10
