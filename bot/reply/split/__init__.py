"""Splits an answer into messages that Discord accepts: short enough, never blank, with code blocks closed and reopened."""

from bot.reply.split.blocks import ends_in_big_quote
from bot.reply.split.splitter import LIMIT, Splitter, split

__all__ = ["LIMIT", "Splitter", "ends_in_big_quote", "split"]
