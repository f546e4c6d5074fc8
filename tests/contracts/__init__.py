"""One suite per port of the store; each runs against every implementation, and with two connections on one file."""
