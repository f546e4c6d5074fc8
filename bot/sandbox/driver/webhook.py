"""A webhook in the hands of a program, or of a bot like PluralKit, which shows people's messages under other names."""

from bot.sandbox.discord.forms.messages import AllowedMentions, MessageForm
from bot.sandbox.discord.rest.rules import posts
from bot.sandbox.discord.rest.rules.posts import Circumstance
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World
from bot.sandbox.driver.files import Files, uploads
from bot.sandbox.driver.texts import typed


class Webhook:
    """Posts in one channel under any name (Discord's documentation, Webhook, "Execute Webhook")."""

    def __init__(self, world: World, channel: Channel, name: str) -> None:
        self._world = world
        self.channel = channel
        self.name = name
        self.id = world.ids.next()

    async def says(
        self, text: str, *, name: str | None = None, attachments: Files | None = None, ping: bool = True
    ) -> Message:
        """Post a message, by default under the webhook's name; without `ping` it pings nobody. Raises ApiError."""
        author = User(self.id, name or self.name, bot=True, webhook=True)
        form = MessageForm(
            content=typed(self._world, self.channel, text),
            uploads=uploads(attachments),
            allowed_mentions=AllowedMentions() if ping else AllowedMentions(parse=frozenset()),
        )
        return posts.post(self._world, self.channel, author, form, Circumstance(webhook_id=self.id))

    async def replaces(self, message: Message, name: str, text: str | None = None) -> Message:
        """Delete a person's message and post it again under another name, as PluralKit does a moment later."""
        posts.delete(self._world, message)
        return await self.says(message.content if text is None else text, name=name)
