"""Answers on Discord: how they are split, shown while they grow, and which buttons stand under them."""
