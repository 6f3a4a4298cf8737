"""The engine: files in, files out; knows no equation."""

import os

for _library in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM"):
    # sums cut into parts by the processors at hand depend on their number; and a thread costs more than such a sum
    os.environ.setdefault(f"{_library}_THREADS" if "_" in _library else f"{_library}_NUM_THREADS", "1")
