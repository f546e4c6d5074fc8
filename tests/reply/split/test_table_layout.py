"""Tables of GitHub's Markdown as Discord can show them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reply.split import split
from bot.reply.split.graphemes import width
from bot.reply.split.table_layout import COLUMNS, Table


def lines(*rows: str) -> list[str]:
    """The lines of the table that is written in `rows`."""
    table = Table.begun(rows[0], rows[1])
    assert table is not None
    for row in rows[2:]:
        table.add(row)
    return table.lines()


def test_of_a_long_table_the_rows_are_laid_out_that_fill_the_room() -> None:
    """Of a thousand rows no more are laid out than fill the room, and the table says that it is cut."""
    table = Table.begun("| a | b |", "| - | - |")
    assert table is not None
    for number in range(1000):
        table.add(f"| {number} | x |")
    shown = table.lines(room=120)
    assert table.is_cut
    assert shown[3].split() == ["0", "x"]
    assert 1 < len(shown) < 100


def test_columns_are_aligned_as_they_ask() -> None:
    """Columns are aligned to the left, the middle or the right, as the delimiter row asks."""
    assert lines("| Left | Mid | Right |", "|:--|:-:|--:|", "| a | b | 1 |", "| aaaaa | b | 100 |") == [
        "```",
        "Left   Mid  Right",
        "-----  ---  -----",
        "a       b       1",
        "aaaaa   b     100",
        "```",
    ]


def test_columns_are_aligned_by_what_people_see() -> None:
    """Columns are aligned by the width of characters and not by their number."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    shown = lines(
        "| a | b |", "|---|---|", f"| {family} | 1 |", "| 東京 | 2 |", "| e\u0301e\u0301 | 3 |", "| ❤\ufe0f | 4 |"
    )

    assert shown[3:-1] == [f"{family}    1", "東京  2", "e\u0301e\u0301    3", "❤\ufe0f    4"]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("**bold** and *it*", "bold and it"),
        ("***both*** __u__ _i_", "both u i"),
        ("~~gone~~", "gone"),
        ("`code` ``a ` b``", "code a ` b"),
        ("**`x*y`**", "x*y"),
        ("`a|b`", "a|b"),
        ("`a \\| b`", "a | b"),
        ("a \\| b", "a | b"),
        ("\\*not\\*", "*not*"),
        ("snake_case_name", "snake_case_name"),
        ("2*3*4", "2*3*4"),
        ("one<br>two<br/>three", "one two three"),
        ("```x```", "x"),
        ("` `", ""),
        ("a\tb", "a b"),
    ],
)
def test_marks_that_mean_nothing_in_monospace_are_left_out(cell: str, shown: str) -> None:
    """Emphasis, backslashes, backticks and `<br>` are left out of a cell in monospace."""
    assert lines("| a |", "|---|", f"| {cell} |")[3] == shown


def test_ragged_rows_lose_nothing() -> None:
    """Rows with too few or too many cells lose none."""
    assert lines("| a | b |", "|---|---|", "| 1 |", "| 1 | 2 | 3 |", "| 1 | 2", "||2|", "|") == [
        "```",
        "a  b",
        "-  -  -",
        "1",
        "1  2  3",
        "1  2",
        "   2",
        "",
        "```",
    ]


def test_pipes_in_code_are_pipes_where_that_makes_the_row_fit() -> None:
    """A pipe between backticks separates cells only where the row fits its header that way."""
    assert lines("| a | b |", "|---|---|", "| ` | ` |", "| `x|y` | 2 |")[3:5] == ["`    `", "x|y  2"]
    assert lines("| a | b |", "|---|---|", "`x` | y", "`x` | y |")[3:5] == ["x  y", "x  y"]
    assert lines("| a | b |", "|---|---|", "| `x|y|z` |", "|a `|b|c` d|")[3:5] == ["x|y|z", "a |b|c d"]


def test_a_table_without_rows_is_its_header() -> None:
    """A table without rows is shown as its header."""
    assert lines("| a | b |", "|---|---|") == ["```", "a  b", "-  -", "```"]
    assert lines("| First | [l](https://e.org) | |", "|---|---|---|") == ["*First*", "- [l](https://e.org)"]
    assert lines("|", "|-|", "|") == ["```", "", "-", "", "```"]


def test_a_wide_table_is_a_list_of_fields() -> None:
    """A table that is too wide for monospace becomes a list with the fields of each row."""
    wide = "some words that need room"

    assert lines("| *Name* | Use: | |", "|---|---|---|", f"| **Bob** | {wide} | {wide} |", "| | a<br>b | |") == [
        "*Name*",
        "**Bob**",
        f"- Use: {wide}",
        f"- {wide}",
        "",
        "**–**",
        "- Use: a",
        "  b",
    ]


@pytest.mark.parametrize("cell", ["[l](https://e.org)", "<@12345>", "<:e:12>", "https://e.org", "x" * 201, "\\`\\`\\`"])
def test_what_must_be_alive_is_shown_in_a_list(cell: str) -> None:
    """A table with a link, a mention, an emoji, a long cell or a code fence becomes a list."""
    assert lines("| | b |", "|---|---|", f"| a | {cell} |") == ["**a**", f"- b: {cell}"]


def test_ticks_in_a_cell_open_no_code_block() -> None:
    """Backticks in a cell open no code block."""
    assert lines("| a | |", "|---|---|", f"| x | ```sh {'c' * 50} |")[-1] == f"- `sh {'c' * 50}"


def test_a_long_cell_full_of_marks_costs_little() -> None:
    """Cells of 60,000 characters full of marks or spaces are laid out within 3 seconds."""
    began = time.process_time()

    for cell in ("*a " * 20_000 + "b", "a" + " " * 60_000 + "b"):
        assert lines("| a | b |", "|---|---|", f"| x | {cell} |")[-1] == f"- b: {cell}"
    assert time.process_time() - began < 3


def test_a_pipe_in_inline_code_is_not_escaped_in_a_list() -> None:
    """An escaped pipe in inline code is shown in a list without its backslash."""
    assert lines("| a | b |", "|---|---|", f"| x | `a \\| b` \\| {'c' * 50} |")[-1] == f"- b: `a | b` \\| {'c' * 50}"


@pytest.mark.parametrize("delimiter", ["---", "|---|", "| a |", "", "|:-:|:-:|:-:|", "|--|-x|", "|::|--|", "| - | |"])
def test_two_lines_that_do_not_fit_are_no_table(delimiter: str) -> None:
    """Two lines that do not fit as header and delimiter row are no table."""
    assert Table.begun("| a | b |", delimiter) is None


@pytest.mark.parametrize(
    "table",
    [f"| a | b |\n|-|-{' ' * 40_000}|x|\n| c | d |", f"| a | b |\n|-|-|\n| c{' ' * 40_000}c | d |"],
    ids=["delimiter", "cell"],
)
def test_spaces_without_end_hold_nothing_up(table: str) -> None:
    """A row with 40,000 spaces is split within a second."""
    began = time.process_time()
    split(table)
    assert time.process_time() - began < 1  # milliseconds; with each tried, more than two seconds


CELLS = st.text("abc 東🇩é|\\👋", max_size=12).map(
    lambda text: "".join(text.replace("\\", "").replace("|", "\\|").split())
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=30), st.sampled_from(["", "> ", "  "]))
@settings(deadline=None)
def test_every_cell_of_every_table_is_shown_in_its_place(cells: list[list[str]], margin: str) -> None:
    """Every cell of a table is shown in its row, and under its header."""
    rows = "".join(f"{margin}| {' | '.join(row)} |\n" for row in cells)

    shown = "\n".join(split(f"{margin}| one | two | three |\n{margin}|---|:-:|--:|\n{rows}\ntext")).split("\n")

    assert shown.pop() == "text"
    plain = [[cell.replace("\\|", "|") for cell in row] for row in cells]
    if "```" in shown[0]:
        body = [line.removeprefix(margin.strip()).strip() for line in shown if "```" not in line and line.strip("> ")]
        assert [line.split() for line in body[2:]] == [[cell for cell in row if cell] for row in plain if any(row)]
        assert max(width(line) for line in shown) <= COLUMNS
    else:
        expected: list[str] = []
        for heading, two, three in cells:
            expected += [f"**{heading or '–'}**", *[f"- two: {two}"] * bool(two), *[f"- three: {three}"] * bool(three)]
        assert [line.removeprefix(margin.strip()).strip() for line in shown[1:] if line.strip("> ")] == expected
