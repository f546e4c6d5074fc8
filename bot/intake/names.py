"""File names and quotes as they are shown on Discord, where Markdown and mentions in them mean nothing."""

import discord


def shown(text: str) -> str:
    """Return one line of text in which Discord finds no Markdown, no mention, no emoji and no link preview."""
    plain = discord.utils.escape_mentions(discord.utils.escape_markdown(text))
    return plain.replace("<", "\\<").replace("://", ":\u200b//")
