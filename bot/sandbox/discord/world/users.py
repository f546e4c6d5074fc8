"""`User` is the account of a person or of a bot."""

from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class User:
    """An account, the same in every guild. Without `takes_messages` nobody but friends may write to it.

    A `webhook` has none: it only looks like one, under any name (Discord's documentation, Webhook, "Execute Webhook").
    """

    id: int
    name: str
    bot: bool = False
    takes_messages: bool = True
    webhook: bool = False

    @property
    def mention(self) -> str:
        """The text that mentions this user."""
        return f"<@{self.id}>"

    @property
    def username(self) -> str:
        """The unique lower-case name that Discord has beside the shown one."""
        return "".join(c if c.isalnum() else "_" for c in self.name.lower())
