"""The history in one SQLite file: one module a noun with its SQL, over one session."""
