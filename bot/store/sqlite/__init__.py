"""The history in one SQLite file. Each port has one module, which holds its SQL and runs it on a shared session."""
