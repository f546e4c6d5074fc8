"""The contents of a turn, and the messages that they become."""

from bot.chat.content import Opaque, PromptMessage, Role, Text, ToolCall, ToolResult, in_messages, plain


def test_an_answer_in_steps_becomes_messages_in_order() -> None:
    """Each step is the model's own contents in one message, then a message for each result."""
    call, other = ToolCall("a", "weather", "{}"), ToolCall("b", "time", "{}")
    thought = Opaque("openai", '{"id": 1}')
    steps = [
        (1, Text("Let me see.")),
        (1, thought),
        (1, call),
        (1, other),
        (1, ToolResult("a", "rain")),
        (1, ToolResult("b", "noon")),
        (2, Text("It rains at noon.")),
    ]
    assert in_messages(steps) == (
        PromptMessage(Role.ASSISTANT, (Text("Let me see."), thought, call, other)),
        PromptMessage(Role.TOOL, (ToolResult("a", "rain"),)),
        PromptMessage(Role.TOOL, (ToolResult("b", "noon"),)),
        plain(Role.ASSISTANT, "It rains at noon."),
    )


def test_a_step_of_results_alone_has_no_empty_message() -> None:
    """Results whose step has nothing else make no message of the model's."""
    assert in_messages([(1, ToolResult("a", "rain"))]) == (PromptMessage(Role.TOOL, (ToolResult("a", "rain"),)),)


def test_the_text_of_a_message_is_that_of_its_texts() -> None:
    """Only texts count as text."""
    message = PromptMessage(Role.ASSISTANT, (Text("one "), ToolCall("a", "weather", "{}"), Text("two")))
    assert message.text == "one two"
