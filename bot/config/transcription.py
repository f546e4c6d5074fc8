"""The settings of transcription: the model that writes down recordings, and its server."""

from typing import Final, Self

from pydantic import Field, SecretStr, model_validator

from bot.config.addresses import Address, taken_apart
from bot.config.kinds import DAY, Key, ModelName, NoOrBaseUrl, Section
from bot.config.models import is_openai

AUTO: Final = "auto"
_OFF: Final = "off"
_TRANSCRIBER: Final = "gpt-transcribe"
"""OpenAI's model for transcripts without an announced shutdown."""


class TranscriptionSettings(Section):
    """The model that writes down what is said in voice messages and other recordings, and its server."""

    model: ModelName = Field(
        default=AUTO,
        min_length=1,
        description="The model's name; auto is gpt-transcribe at OpenAI's own server and none elsewhere; off is none.",
    )
    base_url: NoOrBaseUrl = Field(
        default="", repr=False, description="Its OpenAI-compatible server; empty for the server of the model."
    )
    api_key: Key = Field(
        default=SecretStr(""), description="That server's key; better set as PARLEY_TRANSCRIPTION__API_KEY."
    )
    max_seconds: float = Field(default=600, gt=0, le=DAY, description="How long one recording may be.")
    wait_seconds: float = Field(
        default=120, gt=0, le=DAY, description="How long an answer may wait for one recording's transcript."
    )

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        key = self.api_key.get_secret_value()
        if key and not self.base_url:
            raise ValueError(
                "api_key is set without base_url: the model's own server is asked with the model's own key"
            )
        if key and self.address.credentials:
            raise ValueError("base_url holds a user and a password, and api_key is set too: remove one of them")
        if self.base_url and self.model == AUTO and not is_openai(self.base_url):
            raise ValueError("base_url is not OpenAI's, where auto is no model: set model to one that this server has")
        return self

    @property
    def address(self) -> Address:
        """`base_url` without the credentials and the query in it, and these by themselves."""
        return taken_apart(self.base_url)

    def model_at(self, base_url: str) -> str | None:
        """Return the name of the model that transcribes at the server `base_url`; None where there is none."""
        if self.model == AUTO:
            return _TRANSCRIBER if is_openai(base_url) else None
        return None if self.model == _OFF else self.model
