"""Small files of each kind, made anew for each run, and hostile ones."""

import io
import random
import zipfile
import zlib
from collections.abc import Iterable

from openpyxl import Workbook
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELATIONSHIPS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
ALGORITHMS = ("RC4-40", "RC4-128", "AES-128", "AES-256", "AES-256-R5")
"""The algorithms by which the PDF files are encrypted."""


def photo(width: int, height: int) -> Image.Image:
    """A picture with many colours."""
    noise = random.Random(16).randbytes(3 * 64 * 64)
    return Image.frombytes("RGB", (64, 64), noise).resize((width, height), Image.Resampling.BICUBIC)  # pyright: ignore[reportUnknownMemberType] -- Pillow leaves a type open


def drawing(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture with few colours: a black frame and a red corner on white, or on nothing."""
    image = Image.new(mode, (width, height), "white" if mode == "RGB" else (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, width - 1, height - 1), outline="black")
    pen.rectangle((0, 0, width // 4, height // 4), fill="red")
    return image


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of a picture in one of Pillow's formats."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header claims a size, with next to nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def pdf(pages: Iterable[str], password: str = "") -> bytes:
    """A PDF with one line of text on each page; a page of an empty text has none."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(200, 200)
        if text:
            content = DecodedStreamObject()
            content.set_data(f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode("latin-1"))
            page[NameObject("/Contents")] = writer._add_object(content)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- no public way
            page[NameObject("/Resources")] = DictionaryObject(
                {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
            )
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def locked_pdf(pages: Iterable[str], algorithm: str) -> bytes:
    """A PDF that anybody may open and only its owner may change, encrypted by one of `ALGORITHMS`."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(pages))))
    writer.encrypt("", "owner", algorithm=algorithm)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def written_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    file = bytearray(b"%PDF-1.4\n")
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for number, content in enumerate(objects, start=1):
        table += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    trailer = b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(file))
    return bytes(file) + table + trailer


def looping_pdf() -> bytes:
    """A PDF whose tree of pages is its own child."""
    return written_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>")


def long_pdf(pages: int) -> bytes:
    """A PDF that has one and the same page many times."""
    return _repeated(b"BT /F1 12 Tf 20 100 Td (again) Tj ET", pages)


def one_page_pdf(content: bytes) -> bytes:
    """A PDF of one page with these instructions, in which F1 is a font."""
    return _repeated(content, 1)


def _repeated(text: bytes, pages: int) -> bytes:
    return written_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b"3 0 R " * pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def zipped(entries: dict[str, str | bytes]) -> bytes:
    """A zip with these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def directory(*names: bytes, zip64: bool = False) -> bytes:
    """A zip whose directory names these entries, of which none has a byte."""
    local = b"PK\3\4".ljust(30, b"\0")
    entries = b"".join(
        b"PK\1\2".ljust(28, b"\0") + len(name).to_bytes(2, "little") + b"\0" * 16 + name for name in names
    )
    size = len(entries)
    if zip64:
        large = b"PK\6\6" + (44).to_bytes(8, "little") + b"\0" * 28 + size.to_bytes(8, "little") + b"\0" * 8
        entries += large + b"PK\6\7".ljust(20, b"\0")
        size = 2**32 - 1
    return local + entries + b"PK\5\6" + b"\0" * 8 + size.to_bytes(4, "little") + b"\0" * 6


def bomb(data: bytes) -> bytes:
    """An office file whose directory says of every entry that it unpacks to 300 MB."""
    changed = bytearray(data)
    at = -1
    while (at := changed.find(b"PK\1\2", at + 1)) >= 0:
        changed[at + 24 : at + 28] = (300_000_000).to_bytes(4, "little")
    return bytes(changed)


def docx(body: str, prolog: str = "", more: dict[str, str | bytes] | None = None) -> bytes:
    """A docx with this XML as its body; `prolog` stands before the document."""
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships {RELATIONSHIPS}><Relationship Id="r1" Target="word/document.xml" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
            "word/document.xml": f"{prolog}<w:document {W}><w:body>{body}</w:body></w:document>",
        }
        | (more or {})
    )


def paragraph(text: str) -> str:
    """A paragraph of a docx."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(sheets: dict[str, list[list[object]]]) -> bytes:
    """An xlsx with these rows on its sheets."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def pptx(slides: list[str]) -> bytes:
    """A pptx with this XML as the shapes of its slides. Their files are numbered against the order in which they are shown."""
    entries: dict[str, str | bytes] = {}
    relationships, order = "", ""
    for number, shapes in enumerate(slides):
        file = f"slides/slide{len(slides) - number}.xml"
        entries[f"ppt/{file}"] = f"<p:sld {P} {A}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        relationships += f'<Relationship Id="rId{number}" Type="slide" Target="{file}"/>'
        order += f'<p:sldId id="{256 + number}" r:id="rId{number}"/>'
    entries["ppt/presentation.xml"] = f"<p:presentation {P} {R}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>"
    entries["ppt/_rels/presentation.xml.rels"] = f"<Relationships {RELATIONSHIPS}>{relationships}</Relationships>"
    return zipped(entries)


def shape(*lines: str) -> str:
    """A shape of a slide, with a paragraph for each line."""
    return "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
