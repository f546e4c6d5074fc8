"""Implements `chat.ports.model.Model` with an AsyncOpenAI client for any OpenAI-compatible server."""
