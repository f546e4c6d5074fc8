"""Tests of `bot/sandbox/discord`."""
