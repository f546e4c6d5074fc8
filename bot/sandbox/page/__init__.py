"""The page: the sandbox's Discord in a browser, where people chat with the bot as they would on the real one.

A server on 127.0.0.1 hands out plain HTML, CSS and JavaScript modules from this package (`static/`), and a websocket through
which each tab sees the world as one of its people and acts as that person. Nothing here knows the bot: what the model was
sent is told by an `Inspector`, which whoever starts the bot brings.

    async with Sandbox() as box:
        alice = box.discord.user("Alice")
        async with Page(box, [alice]) as page:
            webbrowser.open(page.url)
"""

from bot.sandbox.page.inspector import Fact, Inspector, Picture, Seen, SentMessage, SentPicture, StoredTurn
from bot.sandbox.page.page import PORT, Page

__all__ = ["PORT", "Fact", "Inspector", "Page", "Picture", "Seen", "SentMessage", "SentPicture", "StoredTurn"]
