"""The history on disk: implementations of `chat.ports.Store`, the lock that keeps two bots from one file, migrations."""
