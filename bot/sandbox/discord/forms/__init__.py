"""This package checks the JSON that clients send: messages, embeds, components, commands, modals and threads."""
