"""Errors of model servers: what their reports say, and the error of ours that each becomes."""
