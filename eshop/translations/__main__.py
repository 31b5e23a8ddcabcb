"""`python -m eshop.translations`: compile the Danish texts; with `--check` say what is missing and end with 1 if anything is."""

import sys

from eshop.translations import compile_catalogue, missing


def main(arguments: list[str]) -> int:
    compile_catalogue()
    if "--check" not in arguments:
        return 0
    lines = missing()
    for line in lines:
        sys.stderr.write(line + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
