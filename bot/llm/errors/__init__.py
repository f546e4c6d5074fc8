"""Reads the error reports of model servers and maps each to an error of `bot.errors`."""
