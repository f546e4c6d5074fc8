"""Tests of `bot/sandbox/discord/payloads`."""
