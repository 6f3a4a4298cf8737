"""The engine: files in, files out; knows no equation."""

import os

for _threads in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    # a sum cut into parts by the processors at hand depends on their number, and takes longer than it does on one
    os.environ.setdefault(_threads, "1")
