"""Fuzzers: hostile input for each port, of which only our own errors may come."""
