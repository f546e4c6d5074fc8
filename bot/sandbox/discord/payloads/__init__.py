"""This package writes the JSON that Discord sends: users, guilds, channels, messages and interactions.

Shapes follow Discord's OpenAPI document; fields that only gateway events carry (`guild_id`, `member`) follow the
documentation of the gateway.
"""
