"""The commands, one file each; heavy libraries are imported inside them, so that `--help` answers at once."""
