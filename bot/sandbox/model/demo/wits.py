"""Its wits: a table of what may be asked and how it is answered, the first line that fits.

Everything is a function of the conversation alone, so the same request has the same answer.
"""

import re
from collections.abc import Callable, Sequence

from bot.sandbox.model.demo import specimens
from bot.sandbox.model.demo.conversation import SOMEBODY, Conversation, Said, heard, quoted
from bot.sandbox.model.demo.facts import Fact, find, told, wanted
from bot.sandbox.model.demo.failures import FAILURES
from bot.sandbox.model.demo.manner import ended, shortened
from bot.sandbox.model.tokens import message_text
from bot.sandbox.wire import Json

MOST_COUNTED = 200
_FAILED = ", ".join(f"`{one.name}`" for one in FAILURES)

TRY = (
    "Try one of these:\n"
    "- `my cat is called Ada`, then, as somebody else, `what is her cat called?`\n"
    "- `what was said first?`, `who said hello?`, `how many messages do you see?`\n"
    "- `some code in Rust`, `a table`, `a list`, `count to 20`, `write a long answer`, `a very long answer`\n"
    "- attach pictures or files and ask `what is this?`, now or some questions later\n"
    "- `/model` and `/persona`: choose who answers here, then `who are you?`\n"
    f"- {_FAILED}: to see how the bot takes that"
)
WHO = (
    "I am the demo model: a few rules that read the messages which the bot sent me. There is no language model behind me; "
    "set `OPENAI_API_KEY` or `OPENAI_BASE_URL` and one answers in my place."
)


def said_to(messages: Sequence[Json], *, brief: bool = False) -> str:
    """Return what the demo model says to a request; where it is asked to go on, the rest of what it had begun to say.

    `brief`: its brief kind, which says the first sentence only.
    """
    conversation = heard(messages)
    if conversation.question.key == SOMEBODY and [one.get("role") for one in messages[-2:]] == ["assistant", "user"]:
        whole, begun = reply(heard(messages[:-2]), brief=brief), message_text(messages[-2])
        _, found, rest = whole.partition(begun)
        if found and rest:
            return rest
    return reply(conversation, brief=brief)


def reply(conversation: Conversation, *, brief: bool = False) -> str:
    """Return what the demo model says, in the manner of its kind and of the system prompt."""
    text = conversation.question.text.strip()
    for failure in FAILURES:
        if failure.is_asked(text):
            return failure.after
    said = _answer(conversation, text)
    return ended(shortened(said) if brief else said, conversation.system)


def _answer(conversation: Conversation, text: str) -> str:
    for pattern, answer in _ANSWERS:
        if pattern.search(text) and (said := answer(conversation)):
            return said
    return _at_a_loss(conversation)


def _shown(conversation: Conversation) -> str:
    """Tell what files came with the question, or, where it asks for them, with the newest message that had some."""
    question = conversation.question
    asks = not question.text or _ASKS_FOR_FILES.search(question.text) is not None
    shown = next((one for one in reversed(conversation.said) if one.shown), None)
    if not asks or shown is None:
        return ""
    now = shown is question
    begin = "With your question I was sent" if now else f"With message {shown.number}, of {shown.author}, I was sent"
    lines = "\n".join(f"- {line}" for line in shown.shown)
    return f"{begin}:\n{lines}\nThat is all I can tell: there is no language model behind me that could look or listen."


def _fact(conversation: Conversation) -> str:
    """Answer a question for something that somebody told."""
    want = wanted(conversation.question.text)
    if want is None:
        return ""
    if fact := find(conversation, want):
        return _found(conversation, fact)
    if want.thing == "name" and want.owner == "my":
        if conversation.question.author == SOMEBODY:
            return "I do not know: in a direct message the bot writes no name before what you say."
        return f"You are {conversation.question.author}: the bot writes that before everything that you say."
    if want.owner == "the":
        return ""
    return (
        f"Nobody told me, at least not in what I was sent, {_number(len(conversation.said), 'message')}. I know nothing else: "
        "what was said before a reset, in another channel, or beyond the token budget is not sent to me."
    )


def _found(conversation: Conversation, fact: Fact) -> str:
    teller, asker = fact.said, conversation.question
    whose = "your" if teller.key == asker.key else f"{teller.author}'s"
    who = "you" if teller.key == asker.key else teller.author
    value = f"**{fact.value}**"
    begin = f"{whose} {fact.said_as} {value}"
    return f"{begin[0].upper()}{begin[1:]}. {_cap(who)} said so in message {teller.number}: {teller.quoted}"


def _told(conversation: Conversation) -> str:
    facts = list(told(conversation.question))
    if not facts:
        return ""
    noted = " and ".join(f"your {fact.said_as} **{fact.value}**" for fact in {one.thing: one for one in facts}.values())
    return (
        f"Noted{_to(conversation)}: {noted}. I do not remember it myself; the bot sends it to me again with the "
        "next question. Ask me then, or let somebody else ask."
    )


def _first(conversation: Conversation) -> str:
    said = _by(conversation, conversation.said)
    if not said:
        return ""
    first = said[0]
    if first is conversation.question:
        return "Yours, just now: it is the first message that I was sent."
    return f"The first thing that I was sent{_of(conversation, first)} is from {first.author}: {first.quoted}"


def _last(conversation: Conversation) -> str:
    said = _by(conversation, conversation.earlier)
    if not said:
        return "There is nothing before your question in what I was sent."
    return f"Before your question, the last{_of(conversation, said[-1])} was {said[-1].author}: {said[-1].quoted}"


def _of(conversation: Conversation, said: Said) -> str:
    return "" if len(conversation.said) == 1 else f", message {said.number} of {len(conversation.said)},"


def _by(conversation: Conversation, said: tuple[Said, ...]) -> list[Said]:
    """Return the messages of whoever a question names: `I`, or somebody's name; of all where it names nobody."""
    text = conversation.question.text
    if re.search(r"\bdid i\b|\bhave i\b|\bmy (?:first|last)\b", text, re.IGNORECASE):
        return [one for one in said if one.key == conversation.question.key]
    words = set(re.findall(r"\w+", text.lower()))
    named = [one for one in said if one.author.lower() in words]
    return named or list(said)


def _who_said(conversation: Conversation) -> str:
    found = _WHO_SAID.search(conversation.question.text)
    about = found["about"].strip(" ?.!\"'“”`").lower() if found else ""
    hits = [one for one in conversation.earlier if about and about in one.text.lower()]
    if not hits:
        return f"Nobody, in what I was sent: none of {_number(len(conversation.earlier), 'earlier message')} has “{about}” in it."
    lines = [f"- {one.author}, in message {one.number}: {one.quoted}" for one in hits[:5]]
    return "\n".join([f"{_names(hits)}:", *lines])


def _how_many(conversation: Conversation) -> str:
    people = {one.key: one.author for one in conversation.said}
    each = ", ".join(f"{name} {sum(one.key == key for one in conversation.said)}" for key, name in people.items())
    return (
        f"I was sent {_number(len(conversation.said), 'message')} of people ({each}), the newest included, "
        f"{_number(conversation.answers, 'answer')} of mine and {_number(conversation.others, 'system prompt')}. "
        "The page’s panel “what the model sees” shows them."
    )


def _recap(conversation: Conversation) -> str:
    if not conversation.earlier:
        return "Nothing yet: your question is all that I was sent."
    lines = [f"{one.number}. {one.author}: {one.quoted}" for one in conversation.earlier[-10:]]
    left = len(conversation.earlier) - len(lines)
    before = [f"*({left} more before these)*"] if left else []
    return "\n".join(["This is what people said, as far as I was sent it:", *before, *lines])


def _who(conversation: Conversation) -> str:
    told = f"\nThe bot told me who I am: {quoted(conversation.system)}" if conversation.system else ""
    return f"{WHO}{told}\n{TRY}"


def _greeting(conversation: Conversation) -> str:
    asker = conversation.question
    seen = sum(one.key == asker.key for one in conversation.earlier)
    again = f"Hello again{_to(conversation)}!" if seen else f"Hello{_to(conversation, ' ')}!"
    return f"{again} {WHO}\n{TRY}"


def _count(conversation: Conversation) -> str:
    found = _COUNT.search(conversation.question.text)
    to = min(int(found["to"]), MOST_COUNTED) if found else 10
    return " ".join(str(number) for number in range(1, to + 1))


def _code(conversation: Conversation) -> str:
    words = set(re.findall(r"\w+", conversation.question.text.lower()))
    return specimens.code(words, long="long" in words)


def _say(conversation: Conversation) -> str:
    found = _SAY.search(conversation.question.text)
    return found["what"].strip() if found else ""


def _at_a_loss(conversation: Conversation) -> str:
    return (
        "That is beyond me: I am the demo model, and there is no language model behind me. What I do have are the "
        f"{_number(len(conversation.said), 'message')} of people that the bot sent me.\n{TRY}"
    )


def _to(conversation: Conversation, gap: str = ", ") -> str:
    """Return the asker's name behind a gap; nothing where it is not known, as in a direct message."""
    author = conversation.question.author
    return "" if author == SOMEBODY else gap + author


def _always(text: str) -> Callable[[Conversation], str]:
    return lambda _: text


def _names(said: list[Said]) -> str:
    names = list(dict.fromkeys(one.author for one in said))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def _on(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_ASKS_FOR_FILES = _on(
    r"\b(?:picture|image|photo|screenshot|drawing|file|document|pdf|pages?|sheet|slides?|recording|voice|audio)s?\b",
    r"\bwhat(?:['’]s| is| does| do you see in) (?:this|that|it|here)\b",
    r"\b(?:describe|look at|read) (?:this|that|it|them)\b",
    r"\bwhat (?:do|can) you see\b",
)
_SPOKE = r"\b(?:say|said|ask(?:ed)?|wrote|tell|told|message|thing|question)\b"
_COUNT = _on(r"\bcount (?:from 1 )?(?:up )?to (?P<to>\d{1,4})\b")
_SAY = _on(r"^(?:please )?(?:say|repeat|echo):? (?P<what>.+)")
_WHO_SAID = _on(
    r"\bwho (?:said|mentioned|told|asked|spoke|talked|wrote)(?: (?:me|you|us|about|of|for|something about))* (?P<about>.+)"
)

_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[Conversation], str]], ...] = (
    (_on(r""), _shown),
    (
        _on(
            r"\bhow many\b.*\b(?:messages?|turns?|questions?|answers?|see|sent)\b",
            r"\bhow much do you (?:see|remember)\b",
        ),
        _how_many,
    ),
    (
        _on(
            rf"{_SPOKE}.*\bfirst\b",
            r"\bfirst (?:thing|message|question)\b",
            r"\bwho (?:\w+ )?first\b",
            r"\bhow did (?:this|it) begin\b",
        ),
        _first,
    ),
    (_WHO_SAID, _who_said),
    (
        _on(
            rf"{_SPOKE}.*\b(?:before|last|just now)\b",
            r"\blast (?:thing|message|question)\b",
            r"\bdid \w+ just (?:say|ask|write)\b",
        ),
        _last,
    ),
    (
        _on(
            r"\brecap\b",
            r"\bsummar(?:y|i[sz]e)\b",
            r"\bso far\b",
            r"\bwhat (?:do|did|can) you (?:remember|know|see|hear)\b",
            r"\bwhat (?:did i|should you) .*remember\b",
        ),
        _recap,
    ),
    (
        _on(
            r"^(?:who|what) are you\b",
            r"\bare you (?:a |an |real|human|chatgpt|gpt|ai\b)",
            r"\b(?:what|how) can (?:you|i)\b",
            r"^help\b",
            r"\byour name\b",
        ),
        _who,
    ),
    (_on(r"."), _fact),
    (_on(r"."), _told),
    (_COUNT, _count),
    (
        _on(
            r"\b(?:code|program|script|function)\b",
            r"\b(?:python|javascript|typescript|rust|golang|sql|bash|json|html)\b",
        ),
        _code,
    ),
    (_on(r"\btables?\b"), _always(specimens.TABLE)),
    (_on(r"\bvery(?: very)* long\b", r"\bas (?:a |one )?file\b"), _always(specimens.VERY_LONG)),
    (
        _on(r"\blong(?:er)?\b", r"\b(?:essay|story)\b", r"\bin (?:great )?detail\b", r"\b\d{3,} words\b"),
        _always(specimens.LONG),
    ),
    (_on(r"\b(?:markdown|formatting)\b"), _always(specimens.MARKDOWN)),
    (_on(r"\b(?:list|bullets?)\b"), _always(specimens.LIST)),
    (_SAY, _say),
    (
        _on(r"^(?:hello|hi|hey|good (?:morning|evening|afternoon|day)|greetings|moin|servus|hallo|bonjour|hola)\b"),
        _greeting,
    ),
    (_on(r"\bthank(?:s| you)\b"), lambda on: f"You are welcome{_to(on)}."),
    (
        _on(r"^(?:bye|good ?bye|good night|see you)\b"),
        lambda on: f"Goodbye{_to(on)}. The bot remembers; I do not.",
    ),
)
"""The pattern of a question with the function that answers it; a function that returns nothing leaves it to the later ones."""
