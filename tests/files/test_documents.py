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


def test_of_a_long_docx_the_beginning_is_read() -> None:
    """A docx of 100,000 paragraphs, and one of many in a table, are read as far as there is room, and said to be cut."""
    begun = "hello there\n\n" * 80
    found = text_of_docx(samples.docx(samples.paragraph("hello there") * 100_000), room(1_000))
    assert found == Document(Unit.SECTION, (Part(begun[:1_000], whole=False),), 1)
    row = f"<w:tr><w:tc>{samples.paragraph('lamp')}</w:tc></w:tr>"
    (part,) = text_of_docx(samples.docx(f"<w:tbl>{row * 60_000}</w:tbl>"), room(200)).parts
    assert part == Part(("| lamp  |\n" * 30)[:200], whole=False)


def test_a_long_docx_keeps_its_styles() -> None:
    """Of a docx with more text than is read the heading is still one."""
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Lamps</w:t></w:r></w:p>'
    styles = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    related = '<Relationship Id="s" Target="styles.xml" Type="{}/styles"/>'
    data = samples.docx(
        heading + samples.paragraph("They burn.") * 500,
        more={
            "word/styles.xml": f"<w:styles {samples.W}>{styles}</w:styles>",
            "word/_rels/document.xml.rels": f"<Relationships {samples.RELATIONSHIPS}>"
            f"{related.format('http://schemas.openxmlformats.org/officeDocument/2006/relationships')}</Relationships>",
        },
    )
    assert text_of_docx(data, room(20)).parts == (Part("# Lamps\n\nThey burn.\n"[:20], whole=False),)


def test_an_entry_that_is_damaged_makes_a_docx_damaged() -> None:
    """A docx with an entry whose bytes are not what its checksum says is refused as damaged."""
    data = samples.docx(samples.paragraph("x" * 100_000))
    at = data.find(b"word/document.xml") + 60
    assert refused(data[:at] + b"\xff" * 9 + data[at + 9 :], "docx") is Reason.BROKEN


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


def with_strings(data: bytes, table: str, cells: str) -> bytes:
    """An xlsx with this table of shared strings, whose sheet has a row of these cells."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{types}"/></Types>'
    contents = archive_text(entries["[Content_Types].xml"]).replace("</Types>", override)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f'<worksheet {space}><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    entries |= {"xl/sharedStrings.xml": f"<sst {space}>{table}</sst>", "xl/worksheets/sheet1.xml": sheet}
    return samples.zipped(entries | {"[Content_Types].xml": contents})


def archive_text(content: str | bytes) -> str:
    """An entry as text."""
    return content if isinstance(content, str) else content.decode()


def test_strings_that_cells_share_are_read_without_format() -> None:
    """A shared string is its text, of several formats too, without its phonetic hints and marks of control characters."""
    table = (
        "<si><t>plain &amp; simple</t></si><si><r><rPr/><t>two </t></r><r><t>formats</t></r></si>"
        "<si><t>課</t><rPh sb='0' eb='1'><t>カ</t></rPh></si><si/><si><t>_x005F_a</t></si>"
    )
    cells = "".join(f'<c t="s"><v>{number}</v></c>' for number in (1, 0, 3, 2, 4))
    data = with_strings(samples.xlsx({"A": [["x"]]}), table, cells)
    (part,) = text_of_xlsx(data, 1, room()).parts
    assert part.text == "two formats,plain & simple,,課,_a"


def test_a_table_of_strings_that_is_not_read_in_time_is_named_as_such() -> None:
    """A workbook whose strings are not read in time takes too long; it is not one without text."""
    data = with_strings(samples.xlsx({"A": [["x"]]}), "<si><t>a</t></si>", '<c t="s"><v>0</v></c>')
    with pytest.raises(Unreadable) as raised:
        text_of_xlsx(data, 1, room(seconds=0))
    assert raised.value.reason is Reason.TOO_SLOW


def test_a_pptx_is_read_slide_by_slide() -> None:
    """Slides come in the order in which they are shown; a table's rows are lines."""
    cell = "<a:tc>{}</a:tc>".format
    table = f"<a:tbl><a:tr>{cell(samples.shape('lamp'))}{cell(samples.shape('a', 'b'))}</a:tr></a:tbl>"
    data = samples.pptx([samples.shape("Lamps", "burn"), table, samples.shape("End")])

    found = text_of_pptx(data, 10, room())

    assert found == Document(Unit.SLIDE, (Part("Lamps\nburn"), Part("| lamp | a b |"), Part("End")), 3)
    assert text_of_pptx(data, 1, room(3)) == Document(Unit.SLIDE, (Part("Lam", whole=False),), 3)
    crowded = samples.pptx([samples.shape(*["lamp"] * 200_000)])
    assert text_of_pptx(crowded, 1, room(9)).parts == (Part("lamp\nlamp", whole=False),)


def test_no_further_part_is_begun_when_the_time_is_over() -> None:
    """Pages that are not begun in time are left out; where none was, the document has no text to show."""
    assert not room(seconds=0).left
    for read, data in (
        (text_of_pdf, samples.pdf(["x"])),
        (text_of_pptx, samples.pptx([samples.shape("x")])),
        (text_of_xlsx, samples.xlsx({"A": [["x"]]})),
    ):
        with pytest.raises(Unreadable) as raised:
            read(data, 1, room(seconds=0))
        assert raised.value.reason is Reason.TOO_SLOW


def test_of_a_long_page_the_beginning_is_read() -> None:
    """A page with more text, or more instructions, than is read is read as far as there is room, and said to be cut."""
    line = b"BT /F1 12 Tf 20 100 Td (again) Tj ET\n"
    (part,) = pdf(samples.one_page_pdf(line * 2_000), characters=50).parts
    assert (part.text[:11], len(part.text), part.whole) == ("againagaina", 50, False)
    drawn = b"0 0 m 10 10 l S\n" * 63_000
    assert pdf(samples.one_page_pdf(line + drawn + line)).parts == (Part("again", whole=False),)
    assert pdf(samples.one_page_pdf(line + drawn[:160_000] + line)).parts == (Part("againagain"),)


def test_a_page_that_takes_too_long_is_left_where_the_time_is_over() -> None:
    """Of a page with many instructions, the text that was read in time is kept."""
    from bot.files.pdf import _Enough, _Hearing  # pyright: ignore[reportPrivateUsage] -- a page that takes so long is no test

    heard = _Hearing(room(seconds=0))
    heard.hear("a")
    for _ in range(999):
        heard.look()
    with pytest.raises(_Enough):
        heard.look()
    assert heard.pieces == ["a"]
