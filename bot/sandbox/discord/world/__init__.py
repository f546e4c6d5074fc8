"""This package keeps the state of the sandbox's Discord: users, guilds, channels, messages and interactions."""
