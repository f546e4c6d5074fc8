"""Tests of `bot/sandbox/discord/forms`."""
