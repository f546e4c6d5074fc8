"""The history on disk: implementations of the ports in `bot.chat.ports` that keep it."""
