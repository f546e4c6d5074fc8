"""The language model behind `chat.ports.Model`: one AsyncOpenAI client for any OpenAI-compatible server."""
