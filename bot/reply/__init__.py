"""Answers on Discord: splits them, shows them while they grow, and makes the buttons under them."""
