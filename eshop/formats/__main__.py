"""The process that reads ahead: see `eshop.formats.ahead`."""

import sys
from pathlib import Path

from eshop.formats.ahead import serve

serve(Path(sys.argv[1]), sys.stdout.buffer)
