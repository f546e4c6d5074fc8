"""Makes an export small enough to upload: as it is, zipped, or zipped and cut into pieces. Blocking: call it in a thread."""

import zipfile
from collections.abc import Sequence
from pathlib import Path


def compressed(file: Path, limit: int, most_pieces: int) -> Sequence[Path]:
    """Return files of at most `limit` bytes in the folder of `file` that together hold it; [] if `most_pieces` do not suffice.

    Pieces are named `….zip.001` and so on, to be joined in order.
    """
    if file.stat().st_size <= limit:
        return [file]
    zipped = file.with_name(f"{file.name}.zip")
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(file, file.name)
    size = zipped.stat().st_size
    if size <= limit:
        return [zipped]
    if size > limit * most_pieces:
        return []
    pieces = [zipped.with_name(f"{zipped.name}.{number:03}") for number in range(1, -(-size // limit) + 1)]
    with zipped.open("rb") as source:
        for piece in pieces:
            piece.write_bytes(source.read(limit))
    return pieces
