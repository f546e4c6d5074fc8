"""Tests of `bot/sandbox/model`."""
