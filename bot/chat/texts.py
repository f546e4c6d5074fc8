"""Sentences of the domain that people read on Discord. The sentences for a model's errors are in `bot.errors`."""

from typing import Final

# Notes under an answer, or in its place.
SWITCHED_OFF: Final = "I was switched off while I wrote this. Please ask again if you need the rest."
SWITCHED_OFF_EARLY: Final = "I was switched off before I could answer. Please ask again."
CUT_BY_LENGTH: Final = "This is as long as my answers may become."
TOOK_TOO_LONG: Final = "I ended this answer here, because it had taken as long as an answer may take."
TOO_MUCH_TEXT: Final = "I ended this answer here, because it has as much text as an answer may have."
FILTERED: Final = "My language model's content filter ended this answer."
AWAY: Final = "I was away when you asked this."
STOPPED: Final = "This answer was stopped."
NOT_KEPT: Final = "I cannot keep this answer right now, so I may not remember it."
DOWN: Final = "I cannot reach my language model right now. I answer as soon as it is back."

# Buttons that turn from one attempt to another: `< 2/3 >`.
EARLIER: Final = "<"
COUNT: Final = "{number}/{all}"
LATER: Final = ">"

# Remarks about files, in small print under an answer.
PART_READ: Final = "I read only a part of {name}, because all of it is too much text."
NO_ROOM: Final = "I left out {name}, because it is too large."
NOT_SEEN: Final = "My language model cannot see images, so I left out {names}."
NOT_TAKEN: Final = "My language model did not take {names}, so I answered without."
MORE_LEFT_OUT: Final = "More was left out."
NOT_FETCHED: Final = "I did not read the files of this question."

# Stands for words of another person that were deleted; the model reads it.
DELETED: Final = "\n[This message was deleted.]"

# Stands for words of a person who opted out; the model reads it.
WITHHELD: Final = "\n[Whoever wrote this message does not want to be quoted.]"

# The line of a question that waits behind others.
BEFORE_YOURS: Final = "{count} before yours"

# Remarks about a choice that cannot hold, once a day.
MODEL_GONE: Final = (
    "The model “{gone}” that was chosen here is not offered any more, so “{now}” answers. `/model` chooses another."
)
MODEL_TOO_SMALL: Final = (
    "The model “{gone}” that was chosen here has too little room for this persona, so “{now}” answers. "
    "`/model` chooses another."
)
PERSONA_GONE: Final = (
    "The persona “{gone}” that was chosen here is not offered any more, so “{now}” answers. `/persona` chooses another."
)
WRITTEN_TOO_LONG: Final = (
    "The persona that was written here leaves no room for a question any more, so “{now}” answers. "
    "`/persona` chooses another."
)

# Notices to the asker of a question that is turned down.
TOO_LONG_A_QUEUE: Final = "Too many questions are waiting for me here already. Please ask again later."
TOO_MANY: Final = "You are asking faster than I may answer. Please wait a minute and ask again."
IN_PLACE: Final = "In <#{place}>: {text}"

# Remarks about recordings that were left out.
RECORDING_TOO_LONG: Final = "{name} was left out: I listen to at most {most} of one recording."
RECORDING_TOO_LARGE: Final = "{name} was left out: I listen to recordings of at most 25 MB."
NO_SPEECH: Final = "I heard no speech in {name}."
NOT_TRANSCRIBED: Final = "{name} was left out: it could not be transcribed."
TRANSCRIPTION_DOWN: Final = "{name} was left out: what transcribes for me cannot be reached right now."
TRANSCRIPTION_BUSY: Final = "{name} was left out: what transcribes for me has too much to do right now."
TRANSCRIPTION_REFUSED: Final = (
    "{name} was left out: what transcribes for me refuses to. Whoever runs me needs to look at the log."
)
TRANSCRIPTION_SPENT: Final = "{name} was left out: I have used up the tokens that I may use in a day."

# Private messages about an answer that its place does not show.
NOT_SHOWN: Final = (
    "Discord does not let me show you my answer in <#{place}>. It is kept: `/export` there gives you all of it."
)
SHOWN_LATER: Final = (
    "Discord fails to show you my answer in <#{place}>. I try again; until then `/export` there has all of it."
)

# The line of small print about the call that wrote an answer (`answers.footer`).
FOOTER: Final = "{model}{tokens} · {seconds} s"
FOOTER_TOKENS: Final = " · {tokens} tokens{cached}"
FOOTER_CACHED: Final = ", {share} % cached"
