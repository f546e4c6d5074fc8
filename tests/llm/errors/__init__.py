"""Tests of the errors that model servers report."""
