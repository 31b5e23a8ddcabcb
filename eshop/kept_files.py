"""Files that are too large for a row: kept in the data folder by their hash, so that the same bytes are kept once.

<data folder>/catalogues/<the first two digits>/<SHA-256 in hex>
"""

import hashlib
import os
import re
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from eshop.errors import BadInput

PIECE: Final = 2**20
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def keep(data_dir: Path, stream: IO[bytes]) -> tuple[str, Path]:
    """Keeps what the stream gives; its hash and where it lies. Written beside and moved: a file with such a name is whole.

    BadInput `empty_file`.
    """
    folder = data_dir / "catalogues"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{uuid.uuid4()}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("wb") as file:
            while piece := stream.read(PIECE):
                digest.update(piece)
                size += len(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise BadInput("empty_file")
        path = path_of(data_dir, digest.hexdigest())
        path.parent.mkdir(exist_ok=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), path


def path_of(data_dir: Path, sha256: str) -> Path:
    """Where the file with this hash lies. ValueError for what is no hash: a path never comes from outside."""
    if not _DIGEST.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256")
    return data_dir / "catalogues" / sha256[:2] / sha256


def every(data_dir: Path) -> Iterator[Path]:
    """The files that are kept, by their hash."""
    folder = data_dir / "catalogues"
    return (one for one in sorted(folder.glob("??/*")) if _DIGEST.fullmatch(one.name))


def clean(data_dir: Path, needed: Collection[str], before: datetime) -> int:
    """Takes away what nobody needs any more and what has not been written since `before`; how many files that was."""
    gone = 0
    for path in every(data_dir):
        try:
            if path.name not in needed and path.stat().st_mtime < before.timestamp():
                path.unlink()
                gone += 1
        except FileNotFoundError:
            continue  # another worker was here first
    return gone
