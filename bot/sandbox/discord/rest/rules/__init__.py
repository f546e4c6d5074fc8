"""The rules say how messages, threads, reactions, commands and interactions come, change and go.

Routes apply them to the requests of the bot, the driver to the acts of people.
"""
