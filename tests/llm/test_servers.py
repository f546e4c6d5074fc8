"""Servers and models as the settings describe them."""

from bot.config import DEFAULT, Settings
from bot.llm.servers import TRANSCRIPTS, models_of, servers_of


def settings(**sections: object) -> Settings:
    """Settings with these sections."""
    return Settings.model_validate({"discord": {"token": "t"}, **sections})


LOCAL = {"name": "llama3.2", "base_url": "http://localhost:1/v1", "context_tokens": 4096, "max_reply_tokens": 1000}


def test_models_of_one_server_and_key_share_a_provider() -> None:
    """Models of one address, key and dialect share a server, which is called by the first of them."""
    found = servers_of(
        settings(
            model={"api_key": "k"},
            models={
                "clever": {"name": "gpt-5.5"},
                "local": LOCAL,
                "same": {**LOCAL, "name": "qwen3"},
                "rich": {"api_key": "other"},
            },
        )
    )
    assert {name: models for name, (_, models) in found.items()} == {
        DEFAULT: ("gpt-6-luna", "gpt-5.5"),
        "local": ("llama3.2", "qwen3"),
        "rich": ("gpt-6-luna",),
    }
    assert [server.speaks_openai for server, _ in found.values()] == [True, False, True]


def test_what_was_learnt_holds_while_the_models_of_a_server_stay() -> None:
    """A change of a model's sizes or parameters changes the identity of its server; one of another server does not."""

    def identity(**model: object) -> str:
        server, _ = servers_of(settings(model={"api_key": "k"}, models={"local": {**LOCAL, **model}}))["local"]
        return server.identity.settings

    assert identity() == identity(answer_seconds=5)
    assert len({identity(), identity(context_tokens=8192), identity(extra={"top_p": 1}), identity(name="x")}) == 4


def test_each_model_sees_as_it_is_set() -> None:
    """`vision` is told for the models that set it, also beside others of their server; a change makes another identity."""

    def vision(**model: object) -> tuple[dict[str, bool], str]:
        found = servers_of(settings(model={"api_key": "k", "vision": False}, models={"other": {"name": "x", **model}}))
        server, _ = found[DEFAULT]
        return dict(server.vision), server.identity.settings

    assert vision()[0] == {"gpt-6-luna": False}
    assert vision(vision=True)[0] == {"gpt-6-luna": False, "x": True}
    assert vision()[1] != vision(vision=True)[1]


def test_a_server_that_transcribes_stands_apart() -> None:
    """Another server for transcripts is one more, without models; without an address it is the server of `[model]`."""
    transcription = {"model": "whisper-1", "base_url": "http://localhost:2/v1", "api_key": "t"}
    own = settings(model={"api_key": "k"}, models={"transcription": LOCAL}, transcription=transcription)
    assert {name: (server.base_url, models) for name, (server, models) in servers_of(own).items()} == {
        DEFAULT: ("https://api.openai.com/v1", ("gpt-6-luna",)),
        "transcription": ("http://localhost:1/v1", ("llama3.2",)),
        TRANSCRIPTS: ("http://localhost:2/v1", ()),
    }
    assert [ref.provider for ref in models_of(own)["transcription"]] == ["transcription"]
    assert list(servers_of(settings(transcription={"model": "whisper-1"}))) == [DEFAULT]
    assert list(servers_of(settings(transcription={**transcription, "model": "off"}))) == [DEFAULT]


def test_a_chain_holds_each_model_with_its_sizes() -> None:
    """Each model of a chain has its provider, parameters, budget and longest answer."""
    first, second = models_of(settings(model={"fallbacks": ["local"]}, models={"local": LOCAL}))[DEFAULT]
    assert (first.provider, first.name, first.budget, first.reply_tokens) == (DEFAULT, "gpt-6-luna", 8000, 4000)
    assert first.parameters == {"reasoning_effort": "none"}
    assert (second.provider, second.name, second.budget, second.reply_tokens) == ("local", "llama3.2", 3096, 1000)


def test_the_catalogue_tells_the_context_where_it_matters() -> None:
    """A large budget gets the context that the catalogue knows; a configured context wins over it."""
    (large,) = models_of(settings(history={"max_tokens": 500_000}))[DEFAULT]
    assert large.budget == 500_000
    (small,) = models_of(settings(history={"max_tokens": 500_000}, model={"context_tokens": 128_000}))[DEFAULT]
    assert small.budget == 124_000
    (unknown,) = models_of(settings(history={"max_tokens": 500_000}, model={"name": "nobody-knows"}))[DEFAULT]
    assert unknown.budget == 124_000
