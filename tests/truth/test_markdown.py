"""The model of Discord's Markdown does what its sources say of Discord's client."""

import pytest

from tests.truth.markdown import blocks, outside, rendered, shown


def styled(message: str) -> list[tuple[str, str]]:
    """The runs of a message, line by line, with their styles in alphabetical order."""
    return [
        (line, " ".join(sorted(run.styles)))
        for run in rendered(message)
        for line in run.text.split("\n")
        if line.strip()
    ]


@pytest.mark.parametrize(
    ("message", "runs"),
    [
        ("**b** *i* _j_ __u__ ~~s~~ ||h||",
         [("b", "bold"), ("i", "italic"), ("j", "italic"), ("u", "underline"), ("s", "strike"), ("h", "spoiler")]),
        ("***both***", [("both", "bold italic")]),
        ("**one\n\ntwo**", [("one", "bold"), ("two", "bold")]),  # no paragraphs
        (r"\*not\* a_b_c ** x **", [("*not* a_b_c ", ""), (" x ", "bold")]),
        ("`a **b**` ``c ` d``", [("a **b**", "code"), ("c ` d", "code")]),
        ("# One\n## Two\n### Three\n-# tiny", [("One", "h1"), ("Two", "h2"), ("Three", "h3"), ("tiny", "small")]),
        ("> q\n> r\ns", [("q", "quote"), ("r", "quote"), ("s", "")]),
        ("> q\n>r", [("q", "quote"), (">r", "")]),
        ("> > q", [("> q", "quote")]),
        (f"`{'a ' * 900}b`", [(f"{'a ' * 900}b", "code")]),
        ("`a\nb`", [("a", "code"), ("b", "code")]),
        (">>> q\ns", [("q", "quote"), ("s", "quote")]),
        ("- a\n  - b\n1. c", [("a", "item"), ("b", "item"), ("c", "item")]),
        ("[x](https://a.example/b)", [("x", "link:https://a.example/b")]),
        ("<https://a.example/b>", [("https://a.example/b", "link:https://a.example/b")]),
        ("<@1> <t:12:R>", [("<@1>", "mention"), ("<t:12:R>", "mention")]),
        ("*> foo*", [("foo", "italic quote")]),
        ("||```py\nx\n```||", [("x", "block:py spoiler")]),
    ],
)  # fmt: skip
def test_marks_and_blocks_have_their_styles(message: str, runs: list[tuple[str, str]]) -> None:
    """Marks, headings, quotes, lists and links are shown in their styles."""
    assert styled(message) == runs


@pytest.mark.parametrize(
    "message", ["#### deep", "~~~\nx", ">foo", ">>foo", ">>>foo", "-foo", "foo # bar", "foo - bar", "[x](/readme)"]
)
def test_what_discord_does_not_know_is_shown_as_written(message: str) -> None:
    """Deeper headings, fences of tildes, marks without a space and links that lead nowhere are shown as they are written."""
    assert shown(message) == message


def test_a_masked_link_with_an_address_as_its_text_is_shown_as_written() -> None:
    """A masked link whose text is an address is shown with its brackets."""
    message = "See [https://a.example](https://a.example)."
    assert shown(message) == message
    assert not any(run.styles for run in rendered(message))


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("```foo```", [("", "foo")]),
        ("```cpp\nfoo\n```", [("cpp", "foo")]),
        ("```cpp foo\nbar```", [("", "cpp foo\nbar")]),
        ("foo```cpp\nbar``` bar", [("cpp", "bar")]),
        ("````md\n# Lamp\n```sh\nx\n```\n````", [("", "`md\n# Lamp"), ("", "`")]),
        ("> ```py\n> x\n> ```", [("py", "x")]),
        ("- a\n  ```py\n  x\n  ```", [("py", "x")]),
        ("```\n```\ntext ```x```", [("", "```\ntext ")]),
        ("```", []),
        ("```\nopen", []),
        ("foo ```print(1)\nbar\n``` baz", [("", "print(1)\nbar")]),
        ("```py x\nbar\n```", [("", "py x\nbar")]),
        ("```\nfoo\n``` done", [("", "foo")]),
        ("```\nfoo\n```done", [("", "foo")]),
        ("    ```py\n    foo\n    ```", [("py", "    foo\n    ")]),
    ],
)
def test_only_three_ticks_make_a_block(message: str, found: list[tuple[str, str]]) -> None:
    """Three backticks make a block anywhere in a line; an empty block is none, and swallows what follows."""
    assert blocks(message) == found


def test_what_stands_outside_of_code_can_be_read_alone() -> None:
    """The text outside of code is told apart from it."""
    assert outside("a `b` c\n```d```\n- e") == "a  c\n\ne\n"
