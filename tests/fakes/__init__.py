"""Stand-ins for the ports of the domain; those of the store are held to the same contract suites as the real ones."""
