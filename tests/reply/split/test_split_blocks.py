"""Quotes and lists that are cut go on in the next message."""

from bot.reply.split import split
from tests.reply.split.answers import grown
from tests.truth.markdown import blocks


def test_a_quote_goes_on_as_a_quote() -> None:
    """A quote that is cut goes on as a quote, and the text behind it does not."""
    messages = split("> " + "quoted words. " * 200 + "\n> more\nown words")

    assert len(messages) == 2
    assert messages[1].startswith("> quoted words.")
    assert messages[1].endswith("quoted words. \n> more\nown words")


def test_a_quote_of_everything_goes_on_in_every_part() -> None:
    """A quote that begins with `>>> ` goes on with it in every message."""
    messages = split(">>> " + "quoted words\n\n" * 300 + "- item\n  - inner\n" * 100 + ">>> again\n" * 300)

    assert len(messages) > 4
    assert all(message.startswith(">>> ") and not message.startswith(">>> >>> ") for message in messages)


def test_code_in_a_quote_goes_on_in_both() -> None:
    """Code in a quote is closed at each cut and opened again in the quote."""
    messages = split("> ```py\n" + "> x = 1\n" * 300 + "> " + "y + " * 600 + "y\n> ```\nown words")

    assert all(message.startswith("> ```py\n> ") for message in messages[1:])
    assert all(message.endswith("\n> ```") for message in messages[:-1])
    assert messages[-1].endswith("y\n> ```\nown words")


def test_a_fence_ends_with_its_quote() -> None:
    """A fence ends with the quote that it stands in."""
    assert split("> ```py\n> x\nown words") == ["> ```py\n> x\n> ```\nown words"]
    assert split("> ```py\n> x\n\nown words") == ["> ```py\n> x\n> ```\n\nown words"]
    assert grown("> ```py\n> x\n", "own")[1] == ["> ```py\n> x\n> ```\nown"]
    assert grown("> ```py\n", "own")[1] == ["> ```py\n> \u200b\n> ```\nown"]
    assert split("    ```py\n> ```py\n```") == ["```py\n> `\u200b`\u200b`\u200bpy\n```"]
    assert split("> ```py\n> x\n" + "own words " * 25)[0].startswith("> ```py\n> x\n> ```\nown words")


def test_an_item_goes_on_as_an_item() -> None:
    """A list item that is cut goes on as an item with its number and `…`."""
    messages = split("1. first\n2. " + "second words. " * 200 + "\n   - inner\n" + "   - inner\n" * 200 + "3. third")

    assert messages[1].startswith("2. … second words.")
    assert messages[2].startswith("2. …\n   - inner\n   - inner")
    assert messages[-1].endswith("\n3. third")


def test_items_that_begin_a_part_need_no_mark() -> None:
    """A message that begins with a list item gets no mark in front of it."""
    messages = split("- item of a list\n" * 300)

    assert [line for message in messages for line in message.split("\n")] == ["- item of a list"] * 300


def test_a_cut_between_items_is_better_than_one_inside_an_item() -> None:
    """A cut between list items that leaves a message full is better than a later one inside an item."""
    text = f"1. {'a ' * 190}\n2. b\n\n   {'c ' * 30}\n\n   {'d ' * 60}"

    assert split(text, 400)[1].startswith("2. b\n\n   c")


def test_code_in_an_item_goes_on_in_the_item() -> None:
    """Code in a list item is opened again in the same item, with the same indentation."""
    code = "".join(f"     command {number}\n" for number in range(300))

    messages = split(f"- outer\n   - inner:\n     ```sh\n{code}     ```\n   - next")

    assert all(message.startswith("- …\n   - …\n     ```sh\n     command") for message in messages[1:])
    assert all(message.endswith("\n     ```") for message in messages[:-1])
    assert messages[-1].endswith("\n     ```\n   - next")


def test_a_list_too_deep_to_repeat_goes_on_as_one_item() -> None:
    """A list of twenty levels goes on as an item of one level."""
    levels = "".join(f"{'  ' * level}- level {level}\n" for level in range(20))

    messages = split(levels + "".join(f"{'  ' * 20}- leaf {number}\n" for number in range(100)))

    assert all(message.startswith("- …\n") for message in messages[1:])


def test_a_quoted_list_goes_on_in_its_quote() -> None:
    """A list in a quote goes on in the quote."""
    messages = split("> - " + "quoted item " * 200)

    assert [message[:12] for message in messages] == ["> - quoted i", "> - … quoted"]


def test_deep_quotes_are_quotes() -> None:
    """A quote in a quote goes on as such, and one of fifteen levels as a simple quote."""
    assert split("> > " + "words " * 400)[1].startswith("> > words")
    assert split("> " * 15 + "words " * 400)[1].startswith("> words")


def test_a_line_that_ends_a_list_ends_it() -> None:
    """A line outside of a list ends it, and its marker is not repeated."""
    assert split("- item\n\n" + "words " * 400)[1].startswith("words")
    assert split("- item\n>   " + "words " * 400)[1].startswith("> words")
    assert split("> - item\n\n" + "   words " * 400)[1].startswith("words")


def test_an_empty_quote_ends_a_list() -> None:
    """A list that an empty quote has ended does not go on behind a cut at that quote, and its text is not shown as code."""
    messages = split("```\n```\n- item\n   text\n> \n   ```\n> ```\n\n   " * 20, 400)

    assert not any("…" in message for message in messages)
    assert {code.strip() for message in messages for _, code in blocks(message)} == {"\u200b", ">"}


def test_an_empty_beginning_of_a_quote_of_everything_goes_on() -> None:
    """A quote of everything that begins with an empty line goes on behind a cut at that line."""
    messages = split("a" * 380 + "\n>>> \n" + "quoted words " * 60, 400)

    assert messages[1].startswith(">>> quoted words")
    assert all(message.startswith(">>> ") for message in messages[1:])


def test_a_list_goes_on_behind_a_quote_in_it() -> None:
    """Code behind a quote in a list item is shown in the item, as a block, also behind a cut at that quote."""
    text = "- item\n   > \n   ```x```\n"
    messages = split(f"- first\n   {'a' * 370}\n   > \n   ```\n{'   code' * 9}\n   ```", 400)

    assert [code.strip() for _, code in blocks(split(text)[0])] == ["x"]
    assert messages[1].startswith("- …\n   ```\n   code")
    assert [code.count("code") for _, code in blocks(messages[1])] == [9]
    assert split(f"- item\n   > quoted\n\n   {'words ' * 400}")[1].startswith("- … words")
