"""An OpenAI-compatible model server on loopback: `/v1/chat/completions`, streamed or not, and `/v1/models`.

`requests` checks and remembers what comes in, `tokens` and `prompt_cache` count it, `replies` says what is answered and
how fast, `faults` what goes wrong, `answers` writes it on the wire, `server` binds the port.
"""
