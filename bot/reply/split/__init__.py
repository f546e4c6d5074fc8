"""Splits an answer into messages that Discord takes: short enough, never blank, with code blocks closed and opened again."""

from bot.reply.split.splitter import LIMIT, Splitter, split

__all__ = ["LIMIT", "Splitter", "split"]
