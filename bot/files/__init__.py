"""Readers of files that people send: pictures, text, PDF and office documents. Every file is hostile.

`kinds` decides what a file is, by its bytes. `text` reads text here; pictures and documents are read by `worker`, a process of
its own with limits of memory and time, which `workers` starts.
"""
