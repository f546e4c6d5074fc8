"""Pictures as a model gets them: upright, without metadata, no larger than a model looks at, as JPEG or PNG.

It runs in `worker`: Pillow's decoders of WebP and AVIF hold Python's lock for the whole picture (70 ms for 12 megapixels).
"""

import io
import warnings
from typing import Final

from PIL import Image

from bot.files.kinds import Kind
from bot.files.results import Picture, Reason, Unreadable

LONG_SIDE: Final = 2_048
SHORT_SIDE: Final = 768
"""The most pixels of a picture's sides (OpenAI's documentation, "Images and vision", detail `high`: fitted into 2048 x 2048, then
scaled down to a short side of 768). That is 1,536 patches of 32 x 32, the most that models count which count patches."""
_MOST_PIXELS: Final = 40_000_000
"""The most pixels that are decoded: 160 MB as RGBA."""
_MOST_PIXELS_JPEG: Final = 120_000_000
"""The same for JPEG, which its decoder scales down by up to eight while it reads (libjpeg, "scaled decoding")."""
_SAMPLE: Final = (256, 256)
_MOST_COLOURS: Final = 8_192
"""The colours of a sample of 65,536 pixels, up to which a picture is a drawing or a screenshot. Photos have 20,000 and more."""
_MOST_LOSSLESS_BYTES: Final = 1_000_000
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How the values of the tag Orientation are undone (Exif 3.0, 4.6.5.1)."""


def scaled(data: bytes, kind: Kind) -> Picture:
    """Return a picture as it is sent to a model; of an animation its first frame. The same bytes give the same bytes.

    Raises Unreadable.
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=(kind.upper(),)) as image:
            return _scaled(image)
    except Unreadable:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise Unreadable(Reason.TOO_LARGE) from error
    except Exception as error:  # the decoders raise whatever comes
        raise Unreadable(Reason.BROKEN) from error


def fitted(width: int, height: int) -> tuple[int, int]:
    """Return the size in pixels of a picture of this size as it is sent. None grows, and no side is shorter than 1."""
    share = min(1.0, LONG_SIDE / max(width, height), SHORT_SIDE / min(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


def _scaled(image: Image.Image) -> Picture:
    width, height = image.size
    is_photo = image.format in {"JPEG", "MPO"}  # MPO: a JPEG with more pictures behind it, which some cameras make
    if width * height > (_MOST_PIXELS_JPEG if is_photo else _MOST_PIXELS):
        raise Unreadable(Reason.TOO_LARGE)
    turn = _TURNS.get(_orientation_of(image))
    size = fitted(width, height)
    if is_photo:
        image.draft("RGB", size)
    image.load()
    is_photo = is_photo or not _is_drawing(image)
    plain = _plain(image, size)
    return _encoded(plain if turn is None else plain.transpose(turn), is_photo=is_photo)


def _orientation_of(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 -- whatever a damaged Exif block makes Pillow raise, the picture itself may be sound
        return 1


def _is_drawing(image: Image.Image) -> bool:
    """Return whether a picture has transparency or few colours, as drawings and screenshots have."""
    if image.has_transparency_data or image.mode in {"1", "P"}:
        return True
    size = (min(image.width, _SAMPLE[0]), min(image.height, _SAMPLE[1]))
    sample = image.transform(size, Image.Transform.EXTENT, (0, 0, *image.size), Image.Resampling.NEAREST)
    return sample.convert("RGB").getcolors(_MOST_COLOURS) is not None


def _plain(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture in RGB or grey, of a size, without transparency."""
    if image.mode.startswith("I"):  # 16 bits a pixel
        image = image.convert("I")
        image = image.point(lambda value: value * (1 / 256)).convert("L")  # pyright: ignore[reportUnknownMemberType] -- NumPy's
    if image.mode == "L" and not image.has_transparency_data:
        return _resized(image, size)
    if image.has_transparency_data:
        return _on_a_background(_resized(image.convert("RGBA"), size))
    return _resized(image.convert("RGB"), size)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)  # pyright: ignore[reportUnknownMemberType] -- NumPy's


def _on_a_background(image: Image.Image) -> Image.Image:
    """Return a picture with white behind it, or dark grey where what is visible of it is light."""
    alpha = image.getchannel("A")
    visible = alpha.point([255 * (value > 127) for value in range(256)])  # pyright: ignore[reportUnknownMemberType] -- NumPy's
    grey = image.convert("L").histogram(visible)
    seen = sum(grey)
    is_light = seen > 0 and sum(value * pixels for value, pixels in enumerate(grey)) / seen > 200
    background = Image.new("RGB", image.size, (48, 48, 48) if is_light else (255, 255, 255))
    background.paste(image, mask=alpha)
    return background


def _encoded(image: Image.Image, *, is_photo: bool) -> Picture:
    image.info = {}  # Pillow writes the comment, the profile and more that it finds there
    file = io.BytesIO()
    if not is_photo:
        image.save(file, "PNG")
    if is_photo or file.tell() > _MOST_LOSSLESS_BYTES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=85 if is_photo else 92, subsampling=-1 if is_photo else 0)
        return Picture("image/jpeg", file.getvalue(), image.width, image.height)
    return Picture("image/png", file.getvalue(), image.width, image.height)
