"""This package serves the websocket on which a bot identifies, hears events and resumes."""
