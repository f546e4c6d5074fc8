"""The demo model: its answers to what a newcomer asks first, and that it says what it is."""

import asyncio
import time
from collections.abc import AsyncGenerator
from itertools import pairwise

import pytest
from openai import APIError, AsyncOpenAI

from bot.sandbox import Sandbox
from bot.sandbox.model.demo import NAME, plays_demo
from bot.sandbox.model.demo.code import CODES
from bot.sandbox.model.demo.conversation import SOMEBODY, heard
from bot.sandbox.model.demo.failures import FAILURES
from bot.sandbox.model.demo.wits import reply, said_to
from bot.sandbox.model.replies import Pace
from bot.sandbox.wire import Json

IDS = {"Alice": "aaaa", "Bob": "bbbb"}
TALK = (
    "Alice: hello, my cat is called Ada",
    "=Hello!",
    "Alice: my favorite colour is deep blue, my dog Rex barks",
    "=Noted.",
)


def messages(*lines: str) -> list[Json]:
    """A request: `Name: text` is said by a person, `=text` is an answer."""
    found: list[Json] = [{"role": "system", "content": "Be nice."}]
    for line in lines:
        if line.startswith("="):
            found.append({"role": "assistant", "content": line[1:]})
        else:
            name, text = line.split(": ", 1)
            found.append({"role": "user", "content": f"{name} (#{IDS[name]}): {text}"})
    return found


def answer(*lines: str) -> str:
    """The demo model's answer to the last of these lines."""
    return reply(heard(messages(*lines)))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Bob: what is her cat called?", "Alice's cat is called **Ada**. Alice said so in message 1: "),
        ("Bob: and what was her cat called again?", "**Ada**"),
        ("Bob: What's the name of Alice’s cat?", "**Ada**"),
        ("Bob: what is the cat's name", "**Ada**"),
        ("Alice: do you remember what my cat is called?", "Your cat is called **Ada**. You said so"),
        ("Bob: what's Alice's dog called", "**Rex**"),
        ("Bob: do you know what her favourite colour is?", "**deep blue**"),
        ("Alice: what is my favorite color called", "Nobody told me"),
        ("Bob: what is my cat called?", "Nobody told me"),
        ("Bob: who am I?", "You are Bob"),
        ("Bob: what was said first?", "message 1 of 3, is from Alice: “hello, my cat is called Ada”"),
        ("Bob: what did I say first?", "Yours, just now"),
        ("Bob: what did Alice say last?", "message 2 of 3, was Alice: “my favorite colour"),
        ("Bob: who spoke first?", "from Alice"),
        ("Bob: who said hello?", "Alice, in message 1"),
        ("Bob: who mentioned the moon?", "Nobody, in what I was sent"),
        ("Bob: how many messages do you see?", "3 messages of people (Alice 2, Bob 1), the newest included, 2 answers"),
        ("Bob: what do you remember?", "1. Alice: “hello, my cat is called Ada”\n2. Alice: “my favorite"),
    ],
)  # fmt: skip
def test_it_answers_from_what_it_was_sent(question: str, said: str) -> None:
    """The demo model answers questions about facts and speakers from the messages that it was sent."""
    assert said in answer(*TALK, question)


def test_what_was_not_sent_it_does_not_know() -> None:
    """The demo model knows nothing that it was not sent."""
    assert "Nobody told me" in answer("Bob: what is her cat called?")
    assert "Nothing yet" in answer("Bob: what do you remember?")
    assert "nothing before" in answer("Bob: what did I say before?")


@pytest.mark.parametrize(
    ("told", "noted"),
    [
        ("my cat is called Ada", "your cat is called **Ada**"),
        ("My cat Ada is afraid of thunder, what helps?", "your cat is called **Ada**"),
        ("my cat is called Ada and my dog is called Rex", "your cat is called **Ada** and your dog is called **Rex**"),
        ("I have a snake named Sid.", "your snake is called **Sid**"),
        ("call me Al", "your name is **Al**"),
        ("my name is Alice Smith", "your name is **Alice Smith**"),
        ("my favourite number is 7", "your favourite number is **7**"),
    ],
)
def test_what_it_is_told_it_confirms(told: str, noted: str) -> None:
    """The demo model confirms a fact that it is told."""
    assert noted in answer(f"Alice: {told}")


def test_the_newest_word_counts_and_namesakes_stay_two() -> None:
    """The newest statement of a fact counts, and the facts of two people of one name stay apart."""
    assert "**Eve**" in answer("Bob: my cat is called Ada", "Bob: my cat is called Eve", "Bob: what is my cat called?")
    two = [
        *messages("Alice: my cat is called Ada"),
        {"role": "user", "content": "Alice (#zzzz): what is my cat called?"},
    ]
    assert "Nobody told me" in reply(heard(two))


@pytest.mark.parametrize(
    "question", ["what is the capital of France?", "", "🦜", "Why?", "x" * 20_000, "who said", "my"]
)
def test_it_says_that_it_is_no_language_model_when_it_does_not_know(question: str) -> None:
    """The demo model says that it is no language model where it has no answer, and names a question that it can answer."""
    said = answer(f"Alice: {question}")
    assert "demo model" in said
    assert "no language model" in said
    assert "what is her cat called?" in said


@pytest.mark.parametrize("question", ["hello", "who are you?", "help", "are you an AI?", "what can you do?"])
def test_it_introduces_itself_as_what_it_is(question: str) -> None:
    """The demo model introduces itself as no language model, and names the setting for a real one."""
    said = answer(f"Bob: {question}")
    assert "There is no language model behind me" in said
    assert "OPENAI_API_KEY" in said


def test_it_knows_whom_it_greets_and_when_for_the_second_time() -> None:
    """A greeting names the person who spoke, and says when it is not the first."""
    assert answer("Bob: hello").startswith("Hello Bob!")
    assert answer("Bob: hello", "=Hello Bob!", "Alice: hi").startswith("Hello Alice!")
    assert answer("Bob: hello", "=Hello Bob!", "Bob: hi").startswith("Hello again, Bob!")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("hello", "Hello! "),
        ("my cat is called Ada", "Noted: your cat"),
        ("thanks", "You are welcome."),
        ("bye", "Goodbye. "),
        ("who am I?", "I do not know: in a direct message"),
    ],
)
def test_it_addresses_nobody_whose_name_it_does_not_know(question: str, said: str) -> None:
    """In a direct message, whose questions bear no name, the demo model addresses nobody by one."""
    assert said_to([{"role": "user", "content": f"[Sat 2026-11-28 23:42 UTC] {question}"}]).startswith(said)


@pytest.mark.parametrize("language", CODES)
def test_it_writes_code_in_the_language_asked_for(language: str) -> None:
    """The demo model writes code in the language asked for, in a code block of that language."""
    said = answer(f"Bob: some code in {language}, please")
    assert f"```{language}\n{CODES[language]}\n```" in said


def test_it_writes_to_order() -> None:
    """The demo model writes long answers, code, tables, lists and counts to order."""
    assert len(answer("Bob: write a long answer")) > 2500
    assert len(answer("Bob: write a very long answer")) > 4 * 2000
    long_code = answer("Bob: a long piece of code")
    assert len(long_code) > 2500
    compile(long_code.partition("```python\n")[2].partition("```")[0], "answer", "exec")
    assert "|---" in answer("Bob: show me a table")
    assert "1. **" in answer("Bob: make a list")
    assert "||a spoiler||" in answer("Bob: what markdown can you write")
    assert answer("Bob: count to 12") == "1 2 3 4 5 6 7 8 9 10 11 12"
    assert answer("Bob: count to 9999").split()[-1] == "200"
    assert answer("Bob: say good **evening**") == "good **evening**"
    assert answer("Bob: thanks!") == "You are welcome, Bob."
    assert answer("Bob: bye").startswith("Goodbye, Bob.")


@pytest.mark.parametrize("content", ["hello there: friend", "", "no tag at all", "In reply to nobody"])
def test_messages_without_a_speaker_are_somebodys(content: str) -> None:
    """A message without a speaker is read as somebody's, with all of its text."""
    said = heard([{"role": "user", "content": content}]).said[-1]
    assert (said.author, said.text) == (SOMEBODY, content.strip())


def test_speakers_are_read_leniently() -> None:
    """Speakers are read from several forms of tags, before and behind quotes, and in contents of parts."""
    plain = heard([{"role": "user", "content": "Alice: hello: you"}]).said[-1]
    assert (plain.author, plain.text) == ("Alice", "hello: you")
    odd = heard(
        [{"role": "user", "content": "A: (b) c (#x7): In reply to B (#y), who wrote\n> old\n> words\nnew words"}]
    )
    assert (odd.question.author, odd.question.text) == ("A: (b) c", "new words")
    quotes = "In reply to B (#y), who wrote:\n> old\nThe link leads to a message of C (#z), in #x:\n> more"
    assert heard([{"role": "user", "content": f"A (#x7): new words\n{quotes}"}]).question.text == "new words"
    parts = heard([{"role": "user", "content": [{"type": "text", "text": "Bob (#b): hi"}, {"type": "image_url"}]}])
    assert parts.question.author == "Bob"
    assert heard([]).question.text == ""


def test_the_pace_varies_and_never_runs_back() -> None:
    """The gaps between tokens vary, keep their average, and are always positive."""
    pace = Pace(0.3, 50, 0.6)
    due = [pace.due(number) for number in range(1, 500)]
    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert due[0] == 0.3
    assert min(gaps) > 0
    assert max(gaps) > 2 * min(gaps)
    assert due[-1] == pytest.approx(0.3 + 498 / 50, abs=0.1)


# ------------------------------------------------------------------------------------------------- on the wire


@pytest.fixture
async def box() -> AsyncGenerator[Sandbox, None]:
    """A sandbox whose model is the demo model at a fast pace."""
    async with Sandbox() as box:
        plays_demo(box.model, hurry=20)
        yield box


@pytest.fixture
async def ai(box: Sandbox) -> AsyncGenerator[AsyncOpenAI, None]:
    """The SDK, which tries nothing again by itself."""
    async with AsyncOpenAI(base_url=box.model.base_url, api_key=box.model.key, max_retries=0) as ai:
        yield ai


async def asked(ai: AsyncOpenAI, text: str) -> str:
    """Ask once, streamed; `error …` for what goes wrong, with what came until then."""
    said = ""
    try:
        stream = await ai.chat.completions.create(
            model=NAME, messages=[{"role": "user", "content": f"Bob (#bbbb): {text}"}], stream=True
        )
        async for chunk in stream:
            said += chunk.choices[0].delta.content or ""
            if chunk.choices[0].finish_reason in {"content_filter", "length"}:
                return f"{chunk.choices[0].finish_reason} {said}"
    except APIError as error:
        return f"error {type(error).__name__} {said}"
    return said


@pytest.mark.parametrize(
    ("words", "times", "met"),
    [
        ("fail", 3, "error InternalServerError"),
        ("Please crash!", 3, "error InternalServerError"),
        ("break off", 1, "error APIConnectionError This sentence"),
        ("rate limit", 3, "error RateLimitError"),
        ("content filter", 1, "content_filter This answer"),
        ("reach the limit", 1, "length A model stops"),
    ],
)
async def test_it_fails_on_request_and_then_recovers(ai: AsyncOpenAI, words: str, times: int, met: str) -> None:
    """The demo model fails on request, as often as the failure asks for, and answers from then on."""
    for _ in range(times):
        assert (await asked(ai, words)).startswith(met)
    well = await asked(ai, words)
    failure = next(one for one in FAILURES if one.is_asked(words))
    assert well == failure.after


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Bob: what is her cat called?", "Alice's cat is called **Ada**."),
        ("Bob: hello", "Hello Bob!"),
        ("Bob: who are you?", "I am the brief demo model: a few rules that read the messages which the bot sent me."),
        ("Bob: count to 5", "1 2 3 4 5"),
    ],
)
def test_its_brief_kind_says_the_first_sentence(question: str, said: str) -> None:
    """The brief kind of the demo model says the first sentence of what the other says."""
    assert said_to(messages(*TALK, question), brief=True) == said
    assert said_to(messages(*TALK, question)).startswith(said.replace("brief ", ""))


def test_its_brief_kind_breaks_nothing_off() -> None:
    """The brief kind of the demo model leaves code, tables and lists whole, and ends no quotation within."""
    for question in ("some code in Rust", "a table", "a list", "markdown", "write a long answer", "reach the limit"):
        assert said_to(messages(f"Bob: {question}"), brief=True) == said_to(messages(f"Bob: {question}"))
    told = messages("Alice: hello! how are you?", "=Well.", "Bob: what was said first?")
    assert said_to(told, brief=True) == said_to(told)


def test_it_ends_its_answers_as_the_system_prompt_says() -> None:
    """The demo model follows “End each answer with …” in a system prompt, and tells the prompt's beginning when it is asked."""
    system: Json = {"role": "system", "content": "You are a captain. End each answer with “Ahoy!”."}
    asked = messages("Bob: who are you?")[1:]
    assert said_to([system, *messages("Bob: thanks!")[1:]]) == "You are welcome, Bob. Ahoy!"
    assert "The bot told me who I am: “You are a captain." in said_to([system, *asked])
    assert said_to([system, *asked]).endswith("\n\nAhoy!")
    assert said_to([system, *asked], brief=True).endswith("which the bot sent me. Ahoy!")
    assert said_to([system, *messages("Bob: say nothing")[1:]]) == ""
    assert "told me who I am" not in said_to(asked)


def test_it_goes_on_where_it_stopped() -> None:
    """The demo model goes on with its own answer from where it was cut, when it is asked to."""
    whole = answer("Bob: write a long answer")
    begun = messages("Bob: hello", "=Hello Bob!", "Bob: write a long answer", f"={whole[:700]}")
    on = {"role": "user", "content": "Go on."}
    assert said_to([*begun, on]) == whole[700:]
    end_only = [*begun[:-1], {"role": "assistant", "content": whole[300:700]}]
    assert said_to([*end_only, on]) == whole[700:]
    assert said_to([*begun, *messages("Bob: thanks!")[1:]]) == "You are welcome, Bob."
    assert "beyond me" in said_to([*messages("Bob: hello", "=something else"), on])


async def test_it_says_nothing_on_request(ai: AsyncOpenAI) -> None:
    """The demo model answers nothing on request."""
    assert await asked(ai, "say nothing") == ""


async def test_asking_about_a_failure_is_none(ai: AsyncOpenAI) -> None:
    """A question that only mentions a failure is answered."""
    for text in ("why do tests fail?", "what is a rate limit?", "error handling in python"):
        assert not (await asked(ai, text)).startswith(("error", "content_filter", "length"))


async def test_it_streams(box: Sandbox, ai: AsyncOpenAI) -> None:
    """The demo model streams its answer at a pace, so that it grows."""
    plays_demo(box.model, hurry=4)
    began = time.perf_counter()
    async with asyncio.timeout(20):
        said = await asked(ai, "count to 40")
    assert said.endswith("39 40")
    assert time.perf_counter() - began > 0.25
