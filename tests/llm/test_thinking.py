"""A model's thoughts are removed from its answer, however the pieces are cut."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.llm.thinking import ThoughtFilter
from tests.llm.pieces import in_pieces


def shown(*pieces: str, holds: bool = False) -> str:
    """The text that is left of these pieces, behind the point at which earlier text was withdrawn."""
    thoughts = ThoughtFilter(holds=holds)
    texts: list[str] = []
    for piece in pieces:
        before = thoughts.withdrawn
        text = thoughts.without(piece)
        if thoughts.withdrawn and not before:
            texts.clear()
        texts.append(text)
    return "".join(texts) + thoughts.rest()


# ------------------------------------------------------------------------------------------ thoughts between tags

PAIRS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("<Think>", "</THINK>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
]


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_each_pair_of_tags_is_known(opening: str, closing: str) -> None:
    """Thoughts between each pair of tags are removed with the white space around them, in any pieces."""
    text = f" \n{opening}\nWho is that? İ </x>\n{closing}\n\nA tower. {opening} {closing}"

    for pieces in in_pieces(text):
        assert shown(*pieces) == f"A tower. {opening} {closing}"
    assert shown(f"{opening}and so on and on") == ""


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", ""),
        ("Yes.", "Yes."),
        ("  Yes.\n", "  Yes.\n"),
        (" \n ", " \n "),
        ("<think>hm</think>Yes.", "Yes."),
        (" \n<think>\nhm\n</think>\n\n Yes. \n", "Yes. \n"),
        ("<think></think>Yes.", "Yes."),
        ("<think>hm</think>", ""),
        ("<think>hm</think>\n ", ""),
        ("<think>hm, and </thin", ""),
        ("<think>hm", ""),
        ("<think", "<think"),
        ("<thinker>", "<thinker>"),
        ("<", "<"),
        ("[", "["),
        ("[1] Yes.", "[1] Yes."),
        ("< think>hm</think>", ""),
        ("In XML: <think>hm</think>", "In XML: <think>hm</think>"),
        ("<think>a</think><think>b</think>", ""),
        ("<think>\n\n</think>\n\n<think>\nhm\n</think>\nYes.", "Yes."),
        ("<think>a <think> b</think> c</think>", "c</think>"),
        ("<think>a</think>b</think>", "b</think>"),
        ("<think>a</thinking>b</think>c", "c"),
        ("<think>hm</think>Yes. <think>no</think>", "Yes. <think>no</think>"),
    ],
)
def test_thoughts_at_the_beginning_are_taken_out(text: str, answer: str) -> None:
    """Thoughts are removed into whichever two, three or many pieces the text is cut, and nothing else is."""
    for first, second in combinations_with_replacement(range(len(text) + 1), 2):
        assert shown(text[:first], text[first:second], text[second:]) == answer
    assert shown(*text) == answer


# ------------------------------------------------------------------------------------------ thoughts without an opening tag

UNOPENED = [
    ("Alright, who is that?\nI should be brief.\n</think>\n\nA tower.", "A tower."),
    ("I should be brief.</think>A tower.", "A tower."),
    ("I should be brief.</think>\n\nA tower.", "A tower."),
    ("I should be brief. </think>\n\nA tower.", "A tower."),
    ("I should be brief. </think> \r\nA tower.", "A tower."),
    ("I should be brief.\n</think> A tower.", "A tower."),
    ("Like this:\n```\nx\n```\nGood.\n</think>\nA tower.", "A tower."),
    ("It's `x`.\n</think>\nA tower.", "A tower."),
    ("Brief.\n</THINKING>\nA tower.", "A tower."),
    ("Brief.\n[/THINK]\nA tower.", "A tower."),
    ("Brief.\n</think>\n<think>\nmore\n</think>\nA tower.", "A tower."),
    ("Brief.\n</think>\n\nUse </think> to end it.\n</think>\n", "Use </think> to end it.\n</think>\n"),
    ("Brief.\n</think>", ""),
    ("</think>\n\nA tower.", "A tower."),
    ("\n</think>\n\nA tower.", "A tower."),
    ("</think>Yes.", "Yes."),
]


@pytest.mark.parametrize(("text", "answer"), UNOPENED)
@pytest.mark.parametrize("holds", [False, True])
def test_a_lone_closing_tag_ends_thoughts(text: str, answer: str, *, holds: bool) -> None:
    """All text before a closing tag that nothing opened was thoughts: it is withdrawn, or was never returned."""
    for pieces in in_pieces(text):
        assert shown(*pieces, holds=holds) == answer


SPOKEN_OF = [
    "The tag `</think>` ends thoughts.",
    "The tag </think> ends thoughts.",
    'The tag "</think>" ends thoughts.',
    "The tag (</think>) ends thoughts.",
    "The tag **</think>** ends thoughts.",
    "Write <think>hm</think> around them.",
    "Write\n<think>\nhm\n</think>\naround them.",
    "Write\n```\nhm\n</think>\nYes.\n```\nlike this.",
    "Write\n~~~xml\nhm\n</think>\n~~~\nlike this.",
    "It ends with </think>",
    "It ends with `</think>`",
    "No tag: </thinker>, </ think>, [/THINKS]",
]


@pytest.mark.parametrize("text", SPOKEN_OF)
def test_a_closing_tag_that_is_only_spoken_of_stays(text: str) -> None:
    """A closing tag in code, behind its opening tag, or as a word in a line is part of the answer."""
    for pieces in in_pieces(text):
        assert shown(*pieces) == text


def test_text_is_withdrawn_only_when_it_was_returned() -> None:
    """The filter says that text is withdrawn when it has returned some, and that the opening tag was missing."""
    thoughts = ThoughtFilter()
    assert thoughts.without("Brief.\n") == "Brief.\n"
    assert (thoughts.withdrawn, thoughts.unopened, thoughts.seen) == (False, False, False)
    assert thoughts.without("</think>\nA tower.") == "A tower."
    assert (thoughts.withdrawn, thoughts.unopened, thoughts.seen) == (True, True, True)

    thoughts = ThoughtFilter()
    assert thoughts.without("Brief.\n</think>\nA tower.") == "A tower."
    assert (thoughts.withdrawn, thoughts.unopened) == (False, True)

    thoughts = ThoughtFilter()
    assert thoughts.without("</think>\nA tower.") == "A tower."
    assert (thoughts.withdrawn, thoughts.unopened) == (False, False)


def test_a_model_that_leaves_out_the_tag_is_held_back() -> None:
    """With `holds` nothing is returned before the closing tag, and all of it at the end where none comes."""
    thoughts = ThoughtFilter(holds=True)
    assert thoughts.seen
    assert thoughts.without("Brief.\n") == ""
    assert thoughts.without("</think>\n") == ""
    assert thoughts.without("A tower.") == "A tower."
    assert (thoughts.withdrawn, thoughts.unopened) == (False, True)

    thoughts = ThoughtFilter(holds=True)
    assert thoughts.without("A tower") + thoughts.without(" with a lamp.") == ""
    assert thoughts.rest() == "A tower with a lamp."
    assert not thoughts.unopened


def test_not_more_than_some_text_is_held_back() -> None:
    """A long text is returned though it may be thoughts, and withdrawn when it turns out that it was."""
    thoughts = ThoughtFilter(holds=True)
    texts = [thoughts.without("word " * 1000) for _ in range(10)]
    assert texts == [*[""] * 6, "word " * 7000, *["word " * 1000] * 3]
    assert thoughts.without("\n</think>\nA tower.") == "A tower."
    assert thoughts.withdrawn


@pytest.mark.parametrize("holds", [False, True])
def test_a_closing_tag_far_behind_is_text(holds: bool) -> None:
    """Behind 200,000 characters no tag ends thoughts any more, and nothing is kept."""
    thoughts = ThoughtFilter(holds=holds)
    assert thoughts.without("word " * 50_000) == "word " * 50_000
    assert thoughts.without("\n</think>\nA tower.") == "\n</think>\nA tower."
    assert (thoughts.withdrawn, thoughts.unopened) == (False, False)


# ------------------------------------------------------------------------------------------ text


@given(st.text(alphabet="<thinkr> \nab`", max_size=30).filter(lambda text: not text.lstrip().startswith("<think>")))
def test_nothing_else_is_touched(text: str) -> None:
    """A text that neither begins with an opening tag nor holds a closing one passes unchanged."""
    assert shown(*text) == text


def test_text_goes_on_as_soon_as_it_is_known_to_be_text() -> None:
    """Text passes on as soon as it cannot be the beginning of thoughts any more."""
    thoughts = ThoughtFilter()
    assert thoughts.without("\n") == ""
    assert thoughts.without("H") == "\nH"
    assert thoughts.without("<think>") == "<think>"
    assert thoughts.without("</thi") == "</thi"
    assert not thoughts.seen


def test_long_thoughts_are_not_kept() -> None:
    """The filter keeps no more than a few characters of the thoughts that it removes."""
    thoughts = ThoughtFilter()
    thoughts.without("<think>")
    for _ in range(1000):
        thoughts.without("x" * 1000)
    assert thoughts.seen
    assert max(len(value) for value in vars(thoughts).values() if isinstance(value, str)) < 10
