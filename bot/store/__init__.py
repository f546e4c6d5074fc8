"""The history on disk: implementations of the storage ports in `bot.chat.ports`."""
