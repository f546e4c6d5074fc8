"""Tests of `bot/sandbox/discord/routes`."""
