"""The domain: what a conversation is, what the model is sent, how one mention becomes one answer. Knows no library."""
