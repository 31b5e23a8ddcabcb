"""The ground floor (what every room stands on) and the doors (pages, REST, command line, worker) of eshop."""

__version__ = "0.1.0"
