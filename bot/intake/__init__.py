"""Discord's messages as questions: whose they are, where they stand, and their text for the model."""
