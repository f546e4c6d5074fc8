"""Tests of the history in SQLite."""
