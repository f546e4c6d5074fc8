"""The interfaces that the domain needs, one Protocol per file. Adapters and the tests' fakes implement them."""
