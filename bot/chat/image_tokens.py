"""The tokens that an image costs in a prompt, by its size in pixels and the rule of its model. Pure.

OpenAI's models count either tiles of 512 pixels or patches of 32 pixels
(https://developers.openai.com/docs/guides/images-vision, "Calculating costs"). Where sources disagree about a figure, the higher
one is taken. What a server reports corrects the rest, as with text (`bot.chat.model_limits`).
"""

import re
from dataclasses import dataclass
from math import ceil
from typing import Final

_LONGEST_SIDE: Final = 2048
_SHORT_SIDE: Final = 768
_TILE: Final = 512
"""Pixels. Before it is cut into tiles, an image is made to fit into a square, and then its short side gets this length."""
_MOST_PATCHES: Final = 2500
"""The larger of the documented caps, 1,536 and 2,500. An image with more patches is made smaller."""


@dataclass(frozen=True, slots=True)
class _Tiles:
    """Each image costs `base` tokens, and `tile` for each of its tiles."""

    base: int
    tile: int

    def tokens(self, width: int, height: int) -> int:
        scale = min(_SHORT_SIDE / min(width, height), _LONGEST_SIDE / max(width, height))
        return self.base + self.tile * ceil(width * scale / _TILE) * ceil(height * scale / _TILE)


@dataclass(frozen=True, slots=True)
class _Patches:
    """Each patch of `side` pixels costs `factor` tokens."""

    factor: float
    side: int = 32

    def tokens(self, width: int, height: int) -> int:
        patches = ceil(width / self.side) * ceil(height / self.side)
        return ceil(min(patches, _MOST_PATCHES) * self.factor)


_RULES: Final = (
    (re.compile(r"gpt-4o-mini"), (_Tiles(2833, 5667),)),
    (re.compile(r"gpt-4\.1-nano|gpt-5[\w.]*-nano"), (_Patches(2.46),)),
    (re.compile(r"gpt-4\.1-mini|o4-mini|gpt-5[\w.]*-mini"), (_Patches(1.72),)),
    (re.compile(r"gpt-4|chatgpt-4o|o1|o3"), (_Tiles(85, 170),)),
    (re.compile(r"gpt-5$|gpt-5-"), (_Tiles(85, 170), _Patches(1.0))),
    (re.compile(r"gpt-[5-9]"), (_Patches(1.0),)),
)
"""The rules of OpenAI's models by how their names begin; the first that fits counts."""
_UNKNOWN: Final = (_Tiles(85, 170), _Patches(1.0, 28))
"""Models of other makers: patches of 28 pixels are Qwen's (https://arxiv.org/abs/2409.12191, 2.1)."""


def image_tokens(width: int, height: int, model: str) -> int:
    """Return the tokens of an image of this size, at least a pixel each way, in a prompt for `model`."""
    name = model.lower().rpartition("/")[2]
    rules = next((rules for pattern, rules in _RULES if pattern.match(name)), _UNKNOWN)
    return max(rule.tokens(max(1, width), max(1, height)) for rule in rules)


@dataclass(frozen=True, slots=True)
class Sight:
    """The model that is to be asked, and whether it sees images."""

    model: str
    sees: bool = True

    def cost(self, width: int, height: int) -> int:
        """Return the tokens of an image of this size in pixels, by the model's rule; 0 where it is only named."""
        return image_tokens(width, height, self.model) if self.sees else 0
