"""Folders and files on disk: replaced atomically, one writer at a time, read back and checked."""
