"""Parley: a self-hosted Discord chat bot that holds conversations and never loses them."""
