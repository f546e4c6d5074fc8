"""The beginning of an XML entry, cut where its text or its elements are more than are read."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.xml_beginning import Extent
from tests.files import samples

BODY = '<d:a xmlns:d="u"><d:p><d:t>one &amp; two</d:t><d:tab/></d:p><d:p i="1"><d:x>no</d:x><d:t><![CDATA[<é]]></d:t></d:p></d:a>'


def beginning(xml: str | bytes, characters: int = 1_000, elements: int = 1_000) -> tuple[bytes, bool]:
    """Read the beginning of an entry."""
    with zipfile.ZipFile(io.BytesIO(samples.zipped({"x.xml": xml}))) as archive:
        return Extent(characters, elements).beginning_of(archive, "x.xml")


def text_in(xml: bytes) -> str:
    """All characters of an XML document."""
    return "".join(ElementTree.fromstring(xml).itertext())  # noqa: S314 -- made here


def test_a_small_entry_stays_whole() -> None:
    """An entry for which there is room is returned as it is, byte for byte."""
    assert beginning(BODY) == (BODY.encode(), True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
@given(characters=st.integers(0, 30), elements=st.integers(0, 10))
def test_a_cut_entry_is_xml(encoding: str, characters: int, elements: int) -> None:
    """Wherever an entry is cut, its open elements are closed, and its text is the beginning of the whole text."""
    whole = f'<?xml version="1.0" encoding="{encoding}"?>{BODY}'.encode(encoding)
    part, is_whole = beginning(whole, characters, elements)
    assert text_in(whole).startswith(text_in(part))
    assert is_whole == (part == whole)


def test_text_and_elements_are_counted() -> None:
    """Characters count in elements of text only; an element that stands for one counts as one."""
    assert text_in(beginning(BODY, characters=9)[0]) == "one & two"
    assert beginning(BODY, characters=10)[0].count(b"<d:p") == 1
    assert b"<d:tab" in beginning(BODY, characters=10)[0]
    assert beginning(BODY, elements=2)[0] == b'<d:a xmlns:d="u"><d:p></d:p></d:a>'


def test_several_entries_share_what_is_read() -> None:
    """An entry that takes all leaves the root element to those behind it."""
    with zipfile.ZipFile(io.BytesIO(samples.zipped({"a.xml": BODY, "b.xml": BODY}))) as archive:
        extent = Extent(1_000, 7)
        assert extent.beginning_of(archive, "a.xml")[1]
        assert extent.beginning_of(archive, "b.xml") == (b'<d:a xmlns:d="u"></d:a>', False)


def test_what_is_no_xml_is_left_to_its_reader() -> None:
    """An entry that is damaged is returned as far as it was read."""
    assert beginning("<a><b></a>") == (b"<a><b></a>", True)
    assert beginning("") == (b"", True)
