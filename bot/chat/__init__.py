"""The domain: conversations, the prompts sent to models, and the steps from a mention to its answer. Imports no library."""
