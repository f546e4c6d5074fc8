"""The main job of the bot, played on model servers that nobody here wrote."""
