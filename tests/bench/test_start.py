"""How long the command line takes before it does anything: every script that calls it pays this."""

import os


def test_the_command_line_starts_quickly(bench) -> None:
    shown = bench.command("eshop --help", "--help", environment=dict(os.environ), at_most=2.0, memory_mb=250)
    assert "receive" in shown
