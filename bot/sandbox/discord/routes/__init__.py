"""The REST routes, one file a resource; `table` puts them together."""
