"""A provider's words reach the log without people's text, whole enough to act on."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.llm.errors.redaction import MARK, redacted, unshortened

PROMPT = [
    "You are Parley.",
    "Alice (#c6vu): what is a lighthouse, and who keeps the lamp burning at night?",
    "A tower with a lamp.\nIt warns ships.",
    "Bob (#ab12): my secret place",
    "Алиса (#zz99): где мой старый синий зонт с ручкой",
    "我的密码是一二三四五六",
    "max_tokens and gpt",
    "swordfish\nerror\ncat",
    r"look into C:\new\rob\table for \u0041ll &amp; more",
]
WORDS = st.lists(st.text("abcdefghijklmnoéж中", min_size=1, max_size=9), min_size=1, max_size=30)


def tokens(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    return re.findall(r"[^\W_]+", text.casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """The runs of so many words in a text."""
    words = tokens(text)
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("model requires more system memory (9.8 GiB) than is available (6.1 GiB)", None),
        ("Unsupported parameter: 'top_p' is not supported with this model. Use 'temperature' instead.", None),
        ("The model `gpt-5.4-mini` does not exist or you do not have access to it.", None),
        ("Invalid value: 'what is a lighthouse'. Try 'system'.", "Invalid value: […]. Try 'system'."),
        ('Invalid value: "hello you"', "Invalid value: […]"),
        ("Cannot read what is a lighthouse, AND WHO keeps", "Cannot read […]"),
        ("Cannot read what\nis\ta lighthouse!", "Cannot read […]!"),
        ("Cannot read ghthouse, and who keeps the la", "Cannot read […]"),
        ("Bad text: my secret place", "Bad text: […]"),
        ("Bad text: Swordfish, a cat", "Bad text: […], a cat"),
        ("Error: no cat", None),
        ("Bad text: it warns ships.", "Bad text: […]."),
        ("Bad text: где мой старый синий", "Bad text: […]"),
        (r"Bad text: \u0433\u0434\u0435 \u043c\u043e\u0439 \u0441\u0442\u0430\u0440\u044b\u0439", "Bad text: где мой старый"),
        ("Bad text: 密码是一二", "Bad text: […]"),
        (r"Bad text: C:\new\rob\table for", "Bad text: […]"),
        (r"Bad text: C:\\new\\rob\\table for \\u0041ll &amp; more", "Bad text: […]"),
        ("Bad names: 'max_tokens' `my`", "Bad names: […] […]"),
        ("Bad text: 'my secret", "Bad text: […]"),
        ("Bad text: “my secret” «a b» „c d“ ‘e f’", "Bad text: […] […] […] […]"),
        (r"Bad text: {\"content\": \"my words\"}", "Bad text: { […]"),
        ("Bad key sk-proj-abcdef123456 at http://me:pw@host/v1", "Bad key […] at http://[…]@host/v1"),
        ("Bad key hunter2!", "Bad key […]!"),
        ("it's the server's fault", None),
        ("&quot;my words&quot; &amp; more", "[…] & more"),
        ("'…'", ""),
        ("what is a lighthouse, and who keeps the lamp burning at night?", ""),
        ("", ""),
        ("a\0b\u2028c\x1b[31m", "a b c [31m"),
        ("half \ud83d of it", "half \ufffd of it"),
    ],
)  # rows of a table # fmt: skip
def test_people_s_words_are_cut_out_and_the_server_s_stay(raw: str, left: str | None) -> None:
    """Quotations, repetitions and secrets are cut out of a message; the rest is logged as it came."""
    assert redacted(raw, PROMPT, keys=["hunter2"], model="gpt-5.4-mini") == (raw if left is None else left)


@given(WORDS, st.data())
@settings(max_examples=400, deadline=None)
def test_no_four_words_and_no_twenty_characters_of_the_prompt_survive(words: list[str], data: st.DataObject) -> None:
    """A server may repeat any part of the prompt in any form: no longer run of it reaches the log."""
    prompt = " ".join(words)
    start = data.draw(st.integers(0, len(prompt)))
    part = prompt[start : data.draw(st.integers(start, len(prompt)))]
    part = data.draw(
        st.sampled_from([part, part.upper(), part.replace(" ", "\n"), part.replace(" ", ", "), json.dumps(part)])
    )
    frame = data.draw(st.sampled_from(["Cannot read {}.", "{}", "'{}' is odd", "{} and {}", "[{{'input': '{}'}}]"]))

    log = redacted(frame.format(part, part), [prompt])

    squeezed = " ".join(tokens(prompt))
    for piece in log.replace("…", MARK).split(MARK):
        assert not runs(piece, 4) & runs(prompt, 4)
        spoken = " ".join(tokens(piece))
        assert not any(spoken[at : at + 20] in squeezed for at in range(len(spoken) - 19))


@given(st.text(max_size=400), st.lists(st.text(max_size=80), max_size=4))
@settings(max_examples=500, deadline=None)
def test_any_text_becomes_one_short_line(raw: str, prompt: list[str]) -> None:
    """Whatever a server writes becomes one printable line of at most 300 characters that any log can hold."""
    line = redacted(raw, prompt)

    assert len(line) <= 300
    assert line.isprintable()
    line.encode()


def test_the_bytes_of_a_picture_are_cut_out() -> None:
    """A data URL that a server repeats is not logged."""
    left = redacted("Invalid image: data:image/png;base64,iVBORw0KGgo+/AAA== is broken", [])
    assert "iVBOR" not in left
    assert left.startswith("Invalid image: ")
    assert left.endswith(" is broken")


def test_a_long_message_is_shortened() -> None:
    """A message is logged up to 300 characters, cut between two words, however long it is."""
    line = redacted("one two three " * 100_000, [])

    assert 280 < len(line) <= 300
    assert line.endswith((" one …", " two …", " three …"))


def test_a_request_without_people_s_text_shows_everything_but_secrets() -> None:
    """The words that `parley check` prints keep quotations and are not shortened."""
    raw = "The model 'no such one' is \"not here\": " + "go on " * 100 + "sk-abcdefgh12345678"

    assert unshortened(raw) == raw.replace("sk-abcdefgh12345678", "[…]")
    assert unshortened("my key", keys=["my key"]) == "[…]"


# ------------------------------------------------------------------------------------------ long texts


def test_only_the_beginning_of_a_long_report_is_read() -> None:
    """Of a report of 4,000 characters 300 are kept, and no run that stands where the reading ends."""
    prompt = ["my secret place is under the old bridge"]
    said = "Bad request: " + "no such thing; " * 38 + "place is under the old bridge " * 100
    assert len(redacted(said, prompt)) <= 300
    marked = "x' " + "'a b' " * 98 + "secret place is under the old"
    assert "secret" not in redacted(marked, prompt)


def test_a_key_at_the_end_of_the_reading_is_cut_out_whole() -> None:
    """Secrets are cut out before the report is shortened."""
    said = "'a b' " * 98 + "key abcdefghijkl-1234"
    assert "abcdef" not in redacted(said, (), keys=["abcdefghijkl-1234"])


@pytest.mark.parametrize("at", [0, 3_990, 4_000, 4_390, 4_410, 7_995])
def test_a_repetition_is_found_anywhere_in_a_long_prompt(at: int) -> None:
    """A long prompt is compared in pieces, and what lies across two of them is found as well."""
    prompt = ("lorem " * 2_000)[:at] + " who keeps the lamp burning at night\nswordfish\n" + "ipsum " * 2_000
    assert redacted("Cannot read who keeps the lamp burning", [prompt]) == "Cannot read […]"
    assert redacted("Bad text: swordfish", [prompt]) == "Bad text: […]"
