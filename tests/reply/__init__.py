"""Tests of how answers appear on Discord."""
