"""The driver: how a test, or a demo's page, plays the people on the sandbox.

Everything here happens in-process; the bot alone is on the wire. `DiscordDriver` makes guilds, channels and people,
`Person` acts, `Bot` waits for what the bot does, `Story` tells what happened when a wait is over.
"""
