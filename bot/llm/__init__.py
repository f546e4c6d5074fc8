"""The language model behind `chat.ports.model.Model`: one AsyncOpenAI client for any OpenAI-compatible server."""
