"""The connection to Discord: login, intents, the reconnect loop, the sync of slash commands, permissions and the invite link."""
