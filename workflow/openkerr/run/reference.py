"""Reference of the configuration, written from its schema: ``config/README.md`` and the schema file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openkerr.run.config import config_schema, load_config
from openkerr.settings.text import allowed, lookup, resolve

README = "config/README.md"
SCHEMA = "workflow/schemas/config.schema.json"
SCALES = {"default": "config/config.yaml", "paper": "config/paper.yaml"}

_HEAD = """\
# Configuration

This file is generated: `python -m openkerr schema --write`.

| file | scale |
| --- | --- |
| `config.yaml` | the default: every figure at small statistics, minutes on 2 cores |
| `paper.yaml` | the papers' statistics: `snakemake --cores 2 --configfile config/paper.yaml` |

- A file given with `--configfile` is merged over `config.yaml`: mappings merge key by key, lists replace.
- An entry of a list that has a `name` takes the keys that it leaves out from the entry of that name:
  `populations: [{name: aleph_200, n_trajectories: 4096}]`.
  What your own file leaves out comes from `config.yaml`; give it its own `scale`, or it shares
  `results/default/`.
- Single keys can be set on the command line: `snakemake --cores 2 --config seed=7`.
- Every key is required, no other key is allowed, and a key given twice is refused.
- Numbers may be written `4e4` or `1e-3`, which YAML reads as text. NaN and infinity are refused.
- Check files without running anything: `python -m openkerr validate my.yaml`.
- What a run will cost: `python -m openkerr estimate my.yaml`.

The columns *default* and *paper* show the values of the two files; several values are those of the cases, in
order.
"""


def schema_text() -> str:
    """Text of the schema file."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def readme_text(root: Path) -> str:
    """Text of ``config/README.md`` with the values of the configuration files under ``root``.

    Raises:
        openkerr.run.config.ConfigError: If one of the configuration files is not allowed.
    """
    schema = config_schema()
    values = {scale: load_config(root / path).model_dump(mode="json") for scale, path in SCALES.items()}
    parts = [_HEAD, *_section(schema, schema, (), "everything", values)]
    return "\n".join(parts)


def _section(
    node: Mapping[str, Any],
    schema: Mapping[str, Any],
    key: Sequence[str],
    used: str,
    values: Mapping[str, Any],
) -> Iterator[str]:
    """Heading, meaning and table of a block, then the blocks inside it."""
    used = node.get("used", used)
    if key:
        title = f"## `{'.'.join(key)}`"
        kind = "A list of cases with these keys." if node.get("type") == "array" else ""
        yield f"{title}\n\n{_sentence(node['description'])} {kind}".rstrip() + "\n"
    block = resolve(node["items"], schema) if node.get("type") == "array" else node
    rows, inner = [], []
    for word, child in block["properties"].items():
        child = resolve(child, schema)
        if child.get("type") == "object" or resolve(child.get("items", {}), schema).get("type") == "object":
            inner.append((word, child))
        else:
            shown = [_value(_collect(config, (*key, word))) for config in values.values()]
            meaning, limits = child["description"], allowed(child, schema)
            rows.append([f"`{word}`", meaning, child["unit"], limits, *shown, child.get("used", used)])
    if rows:
        head = ["key", "meaning", "unit", "allowed", *values, "where it enters"]
        yield "\n".join(_row(row) for row in [head, ["---"] * len(head), *rows]) + "\n"
    for word, child in inner:
        yield from _section(child, schema, (*key, word), used, values)


def _collect(config: Any, key: Sequence[str]) -> list[Any]:
    """Values of a key, one for each case of the lists on its way."""
    if not key:
        return [config]
    child = lookup(config, key[:1])
    cases = child if isinstance(child, list) and len(key) > 1 else [child]
    return [value for case in cases for value in _collect(case, key[1:])]


def _value(values: list[Any]) -> str:
    """Values of the cases as text, once where all are the same."""
    texts = []
    for value in values:
        long = isinstance(value, list) and len(value) > 4 and not isinstance(value[0], list)
        texts.append(f"{len(value)} values from {value[0]:g} to {value[-1]:g}" if long else _plain(value))
    return texts[0] if len(set(texts)) == 1 else ", ".join(texts)


def _plain(value: Any) -> str:
    """A value as YAML would have it."""
    return f"[{', '.join(map(_plain, value))}]" if isinstance(value, list) else str(value)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".") + "."


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("*", "\\*") for cell in cells) + " |"
