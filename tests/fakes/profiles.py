"""Profiles that nobody chooses."""

from dataclasses import replace

from bot.chat.profiles import ModelOption, Persona, Profile, Profiles
from bot.config import DEFAULT


class OneProfile(Profiles):
    """One profile, whatever is chosen; it has another system text in direct messages."""

    def __init__(self, profile: Profile) -> None:
        option = ModelOption(profile.models, profile.budget, profile.reply_tokens)
        super().__init__({DEFAULT: option}, {DEFAULT: Persona(DEFAULT, profile.system)}, count=len)
        self.profile = profile

    def of(self, model: str, persona: Persona, *, direct: bool) -> Profile | None:
        """See the class."""
        return replace(self.profile, system="Be kind, you two.") if direct else self.profile
