"""Foreign traces → Parquet: reads formats, cuts tags, measures single rows. Knows no meaning."""

import os

# pyarrow imports NumPy, whose OpenBLAS starts a thread per core, and each spins for a while: a
# fifth of the CPU time that a worker process takes to start. Nothing here multiplies matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
