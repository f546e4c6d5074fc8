"""Turns Discord's messages into questions: author, place, and text for the model."""
