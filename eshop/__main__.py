"""`python -m eshop` is the command `eshop`."""

from eshop.cli import main

if __name__ == "__main__":
    main()
