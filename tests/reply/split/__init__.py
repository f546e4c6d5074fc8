"""Tests of how an answer is split into messages."""
