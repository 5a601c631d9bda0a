"""The API as a page that fetches nothing."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

_STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}code{font-size:.95em}"


def page(openapi: Mapping[str, Any]) -> str:
    """Every route with its summary, its parameters and its answers, in HTML."""
    title = html.escape(f"{openapi['info']['title']} {openapi['info']['version']}")
    return "".join(
        [
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>',
            f"<h1>{title}</h1><p>{html.escape(openapi['info'].get('description', ''))}</p>",
            *_routes(openapi),
            '<p>For programs: <a href="/openapi.json">openapi.json</a></p></html>',
        ]
    )


def _routes(openapi: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in openapi["paths"].items():
        for method, route in methods.items():
            yield f"<h2><code>{method.upper()} {html.escape(path)}</code></h2><p>{html.escape(route.get('summary', ''))}</p>"
            yield f"<p>{html.escape(route.get('description', ''))}</p><ul>"
            for parameter in route.get("parameters", ()):
                yield f"<li><code>{html.escape(parameter['name'])}</code> in the {html.escape(parameter['in'])}</li>"
            for status, answer in route.get("responses", {}).items():
                yield f"<li>{html.escape(status)}: {html.escape(answer.get('description', ''))}</li>"
            yield "</ul>"
