"""This package serves HTTP: the server, the router, limits, faults, the routes, and the rules that the routes apply."""
