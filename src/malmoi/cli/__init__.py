"""The command line: `malmoi VERB …`, one file for each verb."""

from malmoi.cli.app import main

__all__ = ["main"]
