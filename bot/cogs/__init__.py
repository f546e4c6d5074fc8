"""Handlers of Discord's events, commands and buttons. Each checks rights, calls a service and shows the result."""
