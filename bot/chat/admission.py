"""Decides in the lane of a direct message whether the bot serves its writer.

Discord tells no roles with a direct message, and nothing may be awaited before a claim. So where access lists name roles, a
direct message is claimed by its ids, without its text. The text is stored when the roles have been looked up and the lists
allow it.
"""

from dataclasses import replace

from bot.chat.access import Origin, allows, roles_named
from bot.chat.places import PlaceKind
from bot.chat.ports.intake import Intake
from bot.chat.ports.questions import Questions
from bot.chat.ports.roles import Roles
from bot.chat.turns import Question
from bot.config import AccessSettings, Current


class Admission:
    """Admits or denies questions that were claimed without their text."""

    def __init__(self, *, questions: Questions, intake: Intake, roles: Roles, access: Current[AccessSettings]) -> None:
        self._questions = questions
        self._intake = intake
        self._roles = roles
        self._access = access

    async def admit(self, question: Question) -> Question | None:
        """Return the question with its text, or None where its writer is denied or its message is gone.

        Raises StoreError, and RolesUnknown where the roles cannot be looked up.
        """
        if question.text or question.place.kind is not PlaceKind.DM:
            return question
        access = self._access.value
        named = roles_named(access)
        roles = await self._roles.of(question.author.id, named) if named else frozenset[int]()
        if not allows(access, Origin(question.author.id, role_ids=roles)):
            await self._questions.deny(question.position)
            return None
        text = await self._intake.text_of(question)
        if text is None:
            await self._questions.close(question.position)
            return None
        await self._questions.admit(question.position, text)
        return replace(question, text=text)
