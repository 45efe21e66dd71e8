"""malmoi (말모이): Korean from raw text to a model that answers."""

__version__ = "0.1.0"
