"""The world that the domain needs, one Protocol a file. Adapters and the tests' fakes implement them."""
