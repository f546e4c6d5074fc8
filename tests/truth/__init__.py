"""Checks of the sandbox's traffic against the official OpenAPI documents of Discord and OpenAI.

`schema` reads a document's schemas strictly, `events` adds what the gateway sends, `untruths` lists where a document is
known to be wrong, `document` finds the schema of a request or an answer, `watch` collects what did not fit.
`markdown` is a model of Discord's renderer, for what people see of a message.
"""
