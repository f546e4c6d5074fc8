"""Cuts an answer into messages that Discord takes: short enough, never blank, code fences closed and opened again. Pure."""

import re
from typing import Final

LIMIT: Final = 2000
"""Code points in one message (Discord's limit for bots)."""

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_LONGEST_OPENING: Final = 100
_BOUNDARIES: Final = ("\n\n", "\n", ". ", " ")


def split(text: str, limit: int = LIMIT) -> list[str]:
    """The messages that show `text`, in order; none when there is nothing to see. A fence that is open at the end is closed.

    `limit` has room for the longest fence, opened, closed and opened again: 400 at least.
    """
    parts: list[str] = []
    rest, opening = text.strip(), ""
    while rest.strip():
        piece, rest, following = _next_piece(rest, opening, limit)
        if piece.strip():
            parts.append(_dressed(piece, opening, following))
        opening = following
    return parts


def _next_piece(rest: str, opening: str, limit: int) -> tuple[str, str, str]:
    """The longest good beginning of `rest` that fits, what follows it, and the fence that is open in between."""
    room = limit - (len(opening) + 1 if opening else 0)
    following = _open_fence(rest, opening)
    if len(rest) + _closing_length(following) <= room:
        return rest, "", following
    room -= max(_closing_length(opening), _closing_length(_open_fence(rest[:room], opening)), len("\n```"))
    end = _boundary(rest, room)
    piece, remainder = rest[:end], rest[end:]
    following = _open_fence(piece, opening)
    if _closing_length(following) > limit - room - (len(opening) + 1 if opening else 0):
        end = _boundary(rest, room - len(following))
        piece, remainder = rest[:end], rest[end:]
        following = _open_fence(piece, opening)
    remainder = remainder.removeprefix("\n") if following else remainder.lstrip()
    return piece.rstrip(), remainder, following


def _boundary(text: str, room: int) -> int:
    """Where to cut `text` so that at most `room` characters stand before: behind the best boundary in the later half."""
    for boundary in _BOUNDARIES:
        at = text.rfind(boundary, room // 2, room + 1)
        if at > 0:
            return min(at + len(boundary.rstrip(" \n")), room)
    return room


def _open_fence(text: str, opening: str) -> str:
    """The opening line of the fence that is open at the end of `text`, given the one that is open before it; or nothing."""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if match is None:
            continue
        marker, info = match[1], match[2]
        if not opening:
            if "`" not in info and len(line.rstrip()) <= _LONGEST_OPENING:
                opening = marker + info.rstrip()
        elif marker.startswith(_marker(opening)) and not info.strip():
            opening = ""
    return opening


def _marker(opening: str) -> str:
    return opening[: len(opening) - len(opening.lstrip(opening[:1]))]


def _closing_length(opening: str) -> int:
    return len(_marker(opening)) + 1 if opening else 0


def _dressed(piece: str, opening: str, following: str) -> str:
    """`piece` with the fence opened before it and closed behind it, where one is open there."""
    head = f"{opening}\n" if opening else ""
    tail = f"\n{_marker(following)}" if following else ""
    return head + piece + tail
