"""Tests of `bot/sandbox/driver`."""
