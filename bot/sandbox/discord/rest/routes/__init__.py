"""The REST routes stand in one file for each resource; each class returns its routes from `table`."""
