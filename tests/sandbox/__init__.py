"""The sandbox, asked by the real clients: discord.py and the openai SDK, over sockets. The bot is not here."""
