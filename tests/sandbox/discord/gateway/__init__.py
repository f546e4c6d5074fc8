"""Tests of `bot/sandbox/discord/gateway`."""
