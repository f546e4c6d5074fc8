"""Tests of `parley demo`."""
