"""The engine: files in, files out; knows no equation."""
