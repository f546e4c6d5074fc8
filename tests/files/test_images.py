"""Pictures as models get them."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.files.images import fitted, scaled
from bot.files.kinds import Kind
from bot.files.results import Picture, Reason, Unreadable
from tests.files import samples

FORMATS = [Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.AVIF, Kind.GIF]


def opened(picture: Picture) -> Image.Image:
    """A picture, decoded; its media type and its size are true."""
    image = Image.open(io.BytesIO(picture.data))
    assert (image.get_format_mimetype(), image.size) == (picture.media_type, (picture.width, picture.height))
    return image


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_read(kind: Kind) -> None:
    """A picture of each format becomes a PNG or a JPEG, with the same bytes each time."""
    data = samples.saved(samples.photo(450, 300), kind.upper())

    picture = scaled(data, kind)

    assert (picture.width, picture.height) == (450, 300)
    assert picture.media_type == ("image/png" if kind is Kind.GIF else "image/jpeg")
    assert picture == scaled(data, kind)
    opened(picture)


@pytest.mark.parametrize(
    ("size", "sent"),
    [
        ((4000, 3000), (1024, 768)),
        ((3000, 4000), (768, 1024)),
        ((1080, 2400), (768, 1707)),
        ((300, 200), (300, 200)),
        ((10_000, 100), (2048, 20)),
        ((1, 9000), (1, 2048)),
    ],
)
def test_a_picture_is_scaled_to_what_models_look_at(size: tuple[int, int], sent: tuple[int, int]) -> None:
    """A picture keeps its shape, is at most 2,048 pixels long and 768 wide, and never grows."""
    assert fitted(*size) == sent
    picture = scaled(samples.saved(Image.new("RGB", size, "white"), "JPEG"), Kind.JPEG)
    assert (picture.width, picture.height) == sent


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "LA"])
def test_a_drawing_stays_sharp(mode: str) -> None:
    """A picture of few colours, or with transparency, becomes a PNG whose pixels are the original's."""
    image = samples.drawing(64, 64, "RGBA") if mode in {"RGBA", "LA"} else samples.drawing(64, 64)
    picture = scaled(samples.saved(image.convert(mode), "PNG"), Kind.PNG)

    assert picture.media_type == "image/png"
    shown = opened(picture).convert("RGB")
    assert shown.getpixel((63, 63)) == (0, 0, 0)
    assert shown.getpixel((40, 40)) == (255, 255, 255)


def test_a_photo_for_print_is_read() -> None:
    """A JPEG in CMYK becomes one in RGB."""
    picture = scaled(samples.saved(samples.drawing(64, 64).convert("CMYK"), "JPEG"), Kind.JPEG)

    assert opened(picture).mode == "RGB"


def test_sixteen_bits_become_eight() -> None:
    """A grey picture of 16 bits a pixel keeps its shades."""
    picture = scaled(samples.saved(Image.new("I;16", (8, 8), 0x8000), "PNG"), Kind.PNG)

    assert opened(picture).convert("L").getpixel((4, 4)) == 0x80


def test_light_lines_on_nothing_get_a_dark_background() -> None:
    """White lines on a transparent background stay visible."""
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.putpixel((2, 2), (255, 255, 255, 255))

    shown = opened(scaled(samples.saved(image, "PNG"), Kind.PNG)).convert("RGB")

    assert (shown.getpixel((2, 2)), shown.getpixel((5, 5))) == ((255, 255, 255), (48, 48, 48))


def test_a_screenshot_that_is_large_as_png_is_sent_as_jpeg() -> None:
    """A picture that no lossless format makes small becomes a JPEG of high quality."""
    noise = Image.frombytes("RGB", (600, 600), random.Random(16).randbytes(3 * 600 * 600)).convert("RGBA")
    noise.putalpha(254)

    assert scaled(samples.saved(noise, "PNG", compress_level=0), Kind.PNG).media_type == "image/jpeg"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_and_loses_its_metadata(orientation: int) -> None:
    """A photo stands upright whatever Exif says of the camera's position, and no place, comment or profile is sent."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "at home"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    data = samples.saved(samples.drawing(80, 40), "JPEG", exif=exif, comment=b"at home", quality=100)
    assert b"at home" in data

    picture = scaled(data, Kind.JPEG)

    turned = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[orientation]
    width, height = (80, 40) if orientation < 5 else (40, 80)
    image = opened(picture).convert("RGB")
    assert image.size == (width, height)
    corner = image.getpixel((5 if turned[0] == 0 else width - 6, 5 if turned[1] == 0 else height - 6))
    assert isinstance(corner, tuple)
    assert corner[0] - corner[1] > 100
    assert not image.info.keys() & {"exif", "comment", "icc_profile"}
    assert b"at home" not in picture.data
    assert not image.getexif()


def test_metadata_of_a_png_is_not_sent() -> None:
    """Exif in a PNG turns the picture too, and its texts are left behind."""
    from PIL.PngImagePlugin import PngInfo

    exif = Image.Exif()
    exif[0x0112] = 6
    texts = PngInfo()
    texts.add_text("Comment", "at home")
    picture = scaled(samples.saved(samples.drawing(80, 40), "PNG", exif=exif, pnginfo=texts), Kind.PNG)

    assert (picture.width, picture.height) == (40, 80)
    assert b"at home" not in picture.data


def test_an_exif_block_of_nonsense_is_ignored() -> None:
    """A photo whose Exif block is damaged is shown as it lies."""
    data = samples.saved(samples.drawing(80, 40), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\xff\xff\xff\xff")

    assert (scaled(data, Kind.JPEG).width, scaled(data, Kind.JPEG).height) == (80, 40)


def test_a_photo_with_more_pictures_behind_it_is_a_photo() -> None:
    """Of the JPEG that some cameras make of two pictures the first is shown."""
    data = samples.saved(samples.photo(90, 60), "MPO", save_all=True, append_images=[samples.photo(30, 20)])

    assert (scaled(data, Kind.JPEG).media_type, scaled(data, Kind.JPEG).width) == ("image/jpeg", 90)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    """A GIF of many frames is a picture of its first."""
    frames = [Image.new("RGB", (30, 30), color) for color in ("red", "green", "blue")]
    data = samples.saved(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert opened(scaled(data, Kind.GIF)).convert("RGB").getpixel((9, 9)) == (255, 0, 0)


@pytest.mark.parametrize("size", [(31_623, 31_623), (1_000_000_000, 1), (7000, 7000)])
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(size: tuple[int, int]) -> None:
    """A picture that claims 10^9 pixels is not decoded."""
    with pytest.raises(Unreadable) as raised:
        scaled(samples.png_of_size(*size), Kind.PNG)
    assert raised.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("kind", FORMATS)
def test_a_truncated_picture_is_broken(kind: Kind) -> None:
    """Half a picture is named as broken, and so are bytes that only begin as one."""
    whole = samples.saved(samples.photo(300, 200), kind.upper())
    for data in (whole[: len(whole) // 2], whole[:12] + b"nonsense" * 9):
        with pytest.raises(Unreadable) as raised:
            scaled(data, kind)
        assert raised.value.reason is Reason.BROKEN


WHOLE = {kind: samples.saved(samples.drawing(24, 24), kind.upper()) for kind in FORMATS}


@given(st.sampled_from(FORMATS), st.integers(0, 2000), st.binary(min_size=1, max_size=8))
def test_damage_is_refused_or_read(kind: Kind, at: int, bad: bytes) -> None:
    """A picture with damage anywhere is shown or refused, and nothing else happens."""
    data = WHOLE[kind]
    at %= len(data)
    try:
        opened(scaled(data[:at] + bad + data[at + len(bad) :], kind))
    except Unreadable:
        return
