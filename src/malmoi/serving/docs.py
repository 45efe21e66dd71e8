"""The documentation of the API at `/docs`, without any other host: Swagger UI from the package fastapi-offline, no inline script."""

from __future__ import annotations

import json
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

_ASSETS = Path(fastapi_offline.__file__).parent / "static"
_PAGE = """<!doctype html>
<html lang="ko">
<head><meta charset="utf-8"><title>malmoi API</title><link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
"""
_SETTINGS = {"url": "/openapi.json", "dom_id": "#docs", "validatorUrl": None, "tryItOutEnabled": True}


def add_docs(app: FastAPI) -> None:
    """Add the page, its script and its assets."""

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(_PAGE)

    @app.get("/docs/start.js", include_in_schema=False)
    async def start() -> Response:
        return Response(f"SwaggerUIBundle({json.dumps(_SETTINGS)});", media_type="text/javascript")

    app.mount("/docs/assets", StaticFiles(directory=_ASSETS))
