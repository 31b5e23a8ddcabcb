"""The process that reads ahead: see `eshop.formats.ahead`."""

import gc
import sys
from pathlib import Path

from eshop.formats.ahead import serve

# A draft has no cycles: it is freed at once, and the collector would only walk through what is still being read.
gc.disable()
serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
