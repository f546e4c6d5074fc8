"""Tests of `bot/sandbox/discord/world`."""
