"""The text of documents, part by part, and the line that each hostile one ends in."""

import io
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.files.budget import Room
from bot.files.docx import text_of_docx
from bot.files.pdf import text_of_pdf
from bot.files.pptx import text_of_pptx
from bot.files.results import Document, Part, Reason, Unit, Unreadable
from bot.files.xlsx import text_of_xlsx
from tests.files import samples

DTD = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def room(characters: int = 100_000, seconds: float = 60) -> Room:
    """As much room as a test needs."""
    return Room(characters, seconds)


def pdf(data: bytes, pages: int = 100, characters: int = 100_000) -> Document:
    """Read a PDF."""
    return text_of_pdf(data, pages, room(characters))


def test_a_pdf_is_read_page_by_page() -> None:
    """Each page is a part, also one without text beside others."""
    found = pdf(samples.pdf(["The lamp", "", "burns"]))

    assert found == Document(Unit.PAGE, (Part("The lamp"), Part(""), Part("burns")), 3)


def test_only_the_first_pages_are_read() -> None:
    """Pages beyond the limit are counted and not read, and the page on which the room ends is marked as cut."""
    data = samples.pdf(["The lamp"] * 10)

    assert pdf(data, pages=2) == Document(Unit.PAGE, (Part("The lamp"),) * 2, 10)
    assert pdf(data, characters=11) == Document(Unit.PAGE, (Part("The lamp"), Part("The", whole=False)), 10)
    assert text_of_pdf(data, 5, Room(100, 60)).total == 10


def test_ten_thousand_pages_are_counted() -> None:
    """Of 10,000 pages the first are read."""
    found = pdf(samples.long_pdf(10_000), pages=2)

    assert (found.parts, found.total) == ((Part("again"),) * 2, 10_000)


def refused(data: bytes, reader: str) -> Reason:
    """Why a document is refused."""
    readers: dict[str, Callable[[], Document]] = {
        "pdf": lambda: pdf(data),
        "docx": lambda: text_of_docx(data, room()),
        "xlsx": lambda: text_of_xlsx(data, 5, room()),
        "pptx": lambda: text_of_pptx(data, 5, room()),
    }
    with pytest.raises(Unreadable) as raised:
        readers[reader]()
    return raised.value.reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (samples.pdf(["secret"], password="p"), Reason.ENCRYPTED),
        (samples.looping_pdf(), Reason.BROKEN),
        (samples.pdf(["", ""]), Reason.NO_TEXT),
        (samples.pdf(["whole"])[:100], Reason.BROKEN),
        (b"%PDF-1.7", Reason.BROKEN),
        (samples.pdf([]), Reason.EMPTY),
    ],
    ids=["password", "loop", "scan", "half", "nothing", "no pages"],
)
def test_a_hostile_pdf_is_refused(data: bytes, reason: Reason) -> None:
    """A PDF with a password, a loop, no text or damage is refused by its reason."""
    assert refused(data, "pdf") is reason


@pytest.mark.parametrize("algorithm", samples.ALGORITHMS)
def test_a_pdf_that_anybody_may_open_is_read(algorithm: str) -> None:
    """A PDF that is encrypted only against changes is opened with the empty password, whatever encrypts it."""
    assert pdf(samples.locked_pdf(["open"], algorithm)).parts == (Part("open"),)


def test_what_opens_aes_comes_with_the_bot() -> None:
    """The bot's own dependencies hold the library with which AES is read, not only those of its tests."""
    needed = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert any(one.startswith("pypdf[crypto]") for one in needed)


def test_a_docx_becomes_markdown() -> None:
    """Headings, paragraphs, lists and tables of a docx are written as Markdown."""
    cells = "".join(f"<w:tc>{samples.paragraph(text)}</w:tc>" for text in ("lamp", "3"))
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Lamps</w:t></w:r></w:p>'
    data = samples.docx(
        f"{heading}{samples.paragraph('They burn.')}<w:tbl><w:tr>{cells}</w:tr></w:tbl>{samples.paragraph('End')}",
        more={
            "word/styles.xml": f'<w:styles {samples.W}><w:style w:type="paragraph" w:styleId="Heading1">'
            '<w:name w:val="heading 1"/></w:style></w:styles>',
            "word/_rels/document.xml.rels": f'<Relationships {samples.RELATIONSHIPS}><Relationship Id="s" Target="styles.xml" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>',
        },
    )

    (part,) = text_of_docx(data, room()).parts
    assert part == Part("# Lamps\n\nThey burn.\n\n| lamp  | 3  |\n\nEnd")
    assert text_of_docx(data, room(7)) == Document(Unit.SECTION, (Part("# Lamps", whole=False),), 1)


def test_lists_and_pictures_of_a_docx() -> None:
    """Items of lists are lines with a dash or a number, and a picture is a word, not its bytes."""
    from bot.files.docx import _Markdown as Markdown  # pyright: ignore[reportPrivateUsage] -- its input has many forms

    writer = Markdown()
    writer.feed(
        "<ul><li>a<ol><li>b</li></ol></li></ul><p>x<br />y<img src='' /></p><table><tr><th>m<br/>n</th></tr></table>"
    )
    assert writer.text == "\n- a\n  1. b\n\nx\ny[picture]\n\n| m n |\n\n"


def encrypted(data: bytes) -> bytes:
    """A zip whose directory calls every entry encrypted."""
    changed = bytearray(data)
    at = -1
    while (at := changed.find(b"PK\1\2", at + 1)) >= 0:
        changed[at + 8] |= 1
    return bytes(changed)


@pytest.mark.parametrize("reader", ["docx", "xlsx", "pptx"])
def test_a_hostile_office_file_is_refused(reader: str) -> None:
    """A zip bomb, external entities in any encoding, an encrypted file and damage are refused by their reasons."""
    whole = samples.docx(samples.paragraph("x"))

    assert refused(samples.bomb(whole), reader) is Reason.TOO_LARGE
    assert refused(samples.directory(*[b"a"] * 10_001), reader) is Reason.TOO_LARGE
    assert refused(samples.docx(samples.paragraph("&x;"), DTD), reader) is Reason.ENTITIES
    assert refused(samples.docx("", "<!-- " + "x" * 100_000 + " -->" + DTD), reader) is Reason.ENTITIES
    utf16 = ('<?xml version="1.0" encoding="utf-16"?>' + DTD + "<a/>").encode("utf-16")
    assert refused(samples.docx("", more={"word/some.dat": utf16}), reader) is Reason.ENTITIES
    assert refused(encrypted(whole), reader) is Reason.ENCRYPTED
    assert refused(whole[:200], reader) is Reason.BROKEN
    assert refused(whole.replace(b"PK\3\4", b"PK\0\0", 1), reader) is Reason.BROKEN
    assert refused(samples.zipped({"word/document.xml": "<w:document", "xl/workbook.xml": ""}), reader) is Reason.BROKEN


def test_office_files_without_text_are_named_as_such() -> None:
    """A docx without paragraphs, an xlsx without cells and a pptx without words hold no text."""
    assert refused(samples.docx(""), "docx") is Reason.NO_TEXT
    assert refused(samples.xlsx({"One": []}), "xlsx") is Reason.NO_TEXT
    assert refused(samples.pptx([""]), "pptx") is Reason.NO_TEXT


def test_an_xlsx_is_read_as_csv() -> None:
    """Each sheet is a part with its name; empty rows and the empty ends of rows are left out."""
    rows: list[list[object]] = [["name", "count", None], [], ["lamp, tall", 3.5], [None, True]]
    found = text_of_xlsx(samples.xlsx({"Stock": rows, "Empty": [], "More": [["x"]]}), 10, room())

    stock = Part('name,count\n"lamp, tall",3.5\n,True', "Stock")
    assert found == Document(Unit.SHEET, (stock, Part("", "Empty"), Part("x", "More")), 3)
    assert text_of_xlsx(samples.xlsx({"Stock": rows, "More": [["x"]]}), 1, room()).total == 2


def test_of_many_cells_the_first_are_read() -> None:
    """Of a sheet with many rows only as many are read as there is room for."""
    data = samples.xlsx({"Big": [[number] * 20 for number in range(1_000)], "Next": [["x"]]})

    found = text_of_xlsx(data, 10, room(500))
    (part,) = found.parts
    assert (len(part.text), part.whole, found.total) == (500, False, 2)
    assert text_of_xlsx(samples.xlsx({"A": [["x"]]}), 10, room(1)).parts == (Part("x", "A", whole=False),)


def test_of_a_sheet_that_does_not_name_its_size_only_the_first_rows_are_read() -> None:
    """A sheet that breaks off behind many rows gives the first ones, because nothing reads it to its end before."""
    whole = samples.xlsx({"Big": [[number] * 20 for number in range(2_000)]})
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        entries: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
        sheet = next(name for name in entries if "sheet1" in name and not name.endswith(".rels"))
        begin, _, rows = archive.read(sheet).decode().partition("<sheetData>")
    entries[sheet] = f"{begin.partition('<dimension')[0]}<sheetData>{rows[: len(rows) // 2]}"
    (part,) = text_of_xlsx(samples.zipped(entries), 10, room(500)).parts

    assert part.text.startswith("0,0,0,")
    assert (len(part.text), part.whole) == (500, False)


def test_a_pptx_is_read_slide_by_slide() -> None:
    """Slides come in the order in which they are shown; a table's rows are lines."""
    cell = "<a:tc>{}</a:tc>".format
    table = f"<a:tbl><a:tr>{cell(samples.shape('lamp'))}{cell(samples.shape('a', 'b'))}</a:tr></a:tbl>"
    data = samples.pptx([samples.shape("Lamps", "burn"), table, samples.shape("End")])

    found = text_of_pptx(data, 10, room())

    assert found == Document(Unit.SLIDE, (Part("Lamps\nburn"), Part("| lamp | a b |"), Part("End")), 3)
    assert text_of_pptx(data, 1, room(3)) == Document(Unit.SLIDE, (Part("Lam", whole=False),), 3)


def test_no_further_part_is_begun_when_the_time_is_over() -> None:
    """Pages that are not begun in time are left out; where none was, the document has no text to show."""
    assert not room(seconds=0).left
    with pytest.raises(Unreadable):
        text_of_pdf(samples.pdf(["x"]), 1, room(seconds=0))
