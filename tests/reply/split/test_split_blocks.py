"""Quotes and lists that an answer is cut in go on in the next message."""

from bot.reply.split import split
from tests.reply.split.answers import grown


def test_a_quote_goes_on_as_a_quote() -> None:
    """If a quote ended with the message, the rest of it would look like the bot's own words."""
    messages = split("> " + "quoted words. " * 200 + "\n> more\nown words")

    assert len(messages) == 2
    assert messages[1].startswith("> quoted words.")
    assert messages[1].endswith("quoted words. \n> more\nown words")


def test_a_quote_of_everything_goes_on_in_every_part() -> None:
    """If `>>> ` were not repeated, only the first message of the quote would be one."""
    messages = split(">>> " + "quoted words\n\n" * 300 + "- item\n  - inner\n" * 100 + ">>> again\n" * 300)

    assert len(messages) > 4
    assert all(message.startswith(">>> ") and not message.startswith(">>> >>> ") for message in messages)


def test_code_in_a_quote_goes_on_in_both() -> None:
    """If only the fence were opened again, quoted code would go on as if it were not quoted."""
    messages = split("> ```py\n" + "> x = 1\n" * 300 + "> " + "y + " * 600 + "y\n> ```\nown words")

    assert all(message.startswith("> ```py\n> ") for message in messages[1:])
    assert all(message.endswith("\n> ```") for message in messages[:-1])
    assert messages[-1].endswith("y\n> ```\nown words")


def test_a_fence_ends_with_its_quote() -> None:
    """If a fence that the model forgot to close in a quote ran on, the rest of the answer would be code."""
    assert split("> ```py\n> x\nown words") == ["> ```py\n> x\n> ```\nown words"]
    assert split("> ```py\n> x\n\nown words") == ["> ```py\n> x\n> ```\n\nown words"]
    assert grown("> ```py\n> x\n", "own")[1] == ["> ```py\n> x\n> ```\nown"]
    assert split("    ```py\n> ```py\n```") == ["```py\n> ```py\n```"]
    assert split("> ```py\n> x\n" + "own words " * 25)[0].startswith("> ```py\n> x\n> ```\nown words")


def test_an_item_goes_on_as_an_item() -> None:
    """If an item's rest stood at the margin, the items behind it would lose the number or the level that they have."""
    messages = split("1. first\n2. " + "second words. " * 200 + "\n   - inner\n" + "   - inner\n" * 200 + "3. third")

    assert messages[1].startswith("2. … second words.")
    assert messages[2].startswith("2. …\n   - inner\n   - inner")
    assert messages[-1].endswith("\n3. third")


def test_items_that_begin_a_part_need_no_mark() -> None:
    """If every cut in a list added a mark, lists would be full of empty items."""
    messages = split("- item of a list\n" * 300)

    assert [line for message in messages for line in message.split("\n")] == ["- item of a list"] * 300


def test_a_cut_between_items_is_better_than_one_inside_an_item() -> None:
    """If a list were cut anywhere, its items would be torn although there was room to keep them whole."""
    text = f"1. {'a ' * 120}\n2. b\n\n   {'c ' * 30}\n\n   {'d ' * 60}"

    assert split(text, 400)[1].startswith("2. b\n\n   c")


def test_code_in_an_item_goes_on_in_the_item() -> None:
    """If code in a list were opened again at the margin, all of it would be shown indented, and the list be over."""
    code = "".join(f"     command {number}\n" for number in range(300))

    messages = split(f"- outer\n   - inner:\n     ```sh\n{code}     ```\n   - next")

    assert all(message.startswith("- …\n   - …\n     ```sh\n     command") for message in messages[1:])
    assert all(message.endswith("\n     ```") for message in messages[:-1])
    assert messages[-1].endswith("\n     ```\n   - next")


def test_a_list_too_deep_to_repeat_goes_on_as_one_item() -> None:
    """If a deep list repeated all its levels, its messages would have little room for anything else."""
    levels = "".join(f"{'  ' * level}- level {level}\n" for level in range(20))

    messages = split(levels + "".join(f"{'  ' * 20}- leaf {number}\n" for number in range(100)))

    assert all(message.startswith("- …\n") for message in messages[1:])


def test_a_quoted_list_goes_on_in_its_quote() -> None:
    """If a list in a quote went on outside of it, half of what was quoted would look like the bot's own words."""
    messages = split("> - " + "quoted item " * 200)

    assert [message[:12] for message in messages] == ["> - quoted i", "> - … quoted"]


def test_deep_quotes_are_quotes() -> None:
    """If only simple quotes were known, an answer in a quote in a quote would fall out of it."""
    assert split("> > " + "words " * 400)[1].startswith("> > words")
    assert split("> " * 15 + "words " * 400)[1].startswith("> words")


def test_a_line_that_ends_a_list_ends_it() -> None:
    """If a list never ended, its marker would be repeated before text that has nothing to do with it."""
    assert split("- item\n\n" + "words " * 400)[1].startswith("words")
    assert split("- item\n>   " + "words " * 400)[1].startswith("> words")
    assert split("> - item\n\n" + "   words " * 400)[1].startswith("words")
