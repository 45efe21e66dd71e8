"""Reports inside a notebook: a whole page in a frame of its own, so that its style stays inside."""

from __future__ import annotations

from html import escape

HEIGHT = 560  # pixels


def framed(page: str, height: int = HEIGHT) -> str:
    """Return an HTML page as a frame without any rights.

    >>> framed("<p>정확도 90 %</p>")[:52]
    '<iframe sandbox srcdoc="&lt;p&gt;정확도 90 %&lt;/p&gt;"'
    """
    style = f"width:100%;height:{height}px;border:1px solid #8884;border-radius:8px"
    return f'<iframe sandbox srcdoc="{escape(page)}" style="{style}"></iframe>'
