"""Tests of the client of model servers."""
