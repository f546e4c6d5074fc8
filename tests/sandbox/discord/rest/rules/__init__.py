"""Tests of `bot/sandbox/discord/rest/rules`."""
