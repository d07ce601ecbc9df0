"""Strict reading of YAML configuration files: what plain YAML passes over in silence is refused.

PyYAML keeps the last of two equal keys, reads ``010`` as 8 and ``10:30`` as 630, and follows aliases into
cycles and exponentially large trees.  Here each of these is an error that names file, line and key.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from openkerr.settings.text import UNSHOWN, Entry, Key, dotted, one_line, show

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_VALUES = 100_000

_TAG = "tag:yaml.org,2002:"
_AMBIGUOUS = re.compile(r"[-+]?0[0-9_]+|[-+]?[0-9][0-9_]*(:[0-9_.]+)+")


class StrictYamlError(ValueError):
    """A file that is not one plain YAML mapping; the text is one printable line."""

    def __init__(self, text: str):
        super().__init__(one_line(text))


def load_yaml(path: str | os.PathLike[str]) -> dict[Any, Any]:
    """Mapping in a UTF-8 YAML file.

    Raises:
        StrictYamlError: If the file cannot be read, is not valid YAML, holds no mapping, gives a key twice,
            writes a number in a way that YAML reads as another one, or is too large, too deep or cyclic.
    """
    name = str(path)
    text = _read(name)
    try:
        loader, node = _compose(text)
        if node is None:
            raise StrictYamlError(f"{name} is empty; allowed: a mapping of keys to values")
        if not isinstance(node, yaml.MappingNode):
            raise StrictYamlError(
                f"{name} holds {show(loader.construct_document(node))}; allowed: a mapping of keys to values"
            )
        _Check(loader, name).walk(node, ())
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise StrictYamlError(f"{name} is not valid YAML{_where(error)}; allowed: one YAML mapping") from None
    except RecursionError:
        raise StrictYamlError(f"{name} is nested too deeply; allowed: at most {MAX_DEPTH} levels") from None


def _compose(text: str) -> tuple[Any, yaml.Node | None]:
    """Return the document in a text, and the loader that read it: libyaml's parser is much faster than PyYAML's own.

    What is wrong with a text is told by PyYAML's own, whose words do not hang on whether libyaml is there.
    """
    if yaml.__with_libyaml__:
        with contextlib.suppress(yaml.YAMLError):
            quick = _quick_loader()(text)
            return quick, quick.get_single_node()
    loader = yaml.SafeLoader(text)
    return loader, loader.get_single_node()


@cache
def _quick_loader() -> type[Any]:
    """Return a loader of libyaml's events; they are composed in Python, since the composer in C overflows the stack."""
    parser: Any = importlib.import_module("yaml.cyaml").CParser

    class Loader(Composer, parser, SafeConstructor, Resolver):
        def __init__(self, text: str):
            parser.__init__(self, text)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

    return Loader


def _read(name: str) -> str:
    """Text of a small regular UTF-8 file."""
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            raise StrictYamlError(f"{name} is not a regular file; allowed: a YAML file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise StrictYamlError(f"{name} is too large; allowed: at most {MAX_BYTES} bytes")
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictYamlError(f"{name} is not UTF-8 text (byte {error.start}); allowed: a YAML file in UTF-8") from None
    except FileNotFoundError:
        raise StrictYamlError(f"{name} does not exist; allowed: a YAML file") from None
    except OSError as error:
        raise StrictYamlError(f"{name} cannot be read ({error.strerror}); allowed: a readable YAML file") from None
    except ValueError as error:
        if isinstance(error, StrictYamlError):
            raise
        # A file name with a null byte.
        raise StrictYamlError(f"{name} cannot be read ({error}); allowed: a readable YAML file") from None


def _where(error: yaml.YAMLError) -> str:
    """Place and kind of a syntax error, as far as PyYAML tells them."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    place = f", line {mark.line + 1}" if mark is not None else ""
    return f"{place} ({problem})" if problem else place


class _Check:
    """Walk over a composed document; cycles end at the depth limit, alias bombs at the limit of values."""

    def __init__(self, loader: Any, name: str):
        self.loader = loader
        self.name = name
        self.n_values = 0

    def fail(self, node: yaml.Node, key: Key, value: Any, problem: str) -> None:
        place = f"{self.name}, line {node.start_mark.line + 1}"
        raise StrictYamlError(f"{dotted(key) or 'the file'} = {show(value)} ({place}) {problem}")

    def walk(self, node: yaml.Node, key: Key) -> None:
        self.n_values += 1
        if self.n_values > MAX_VALUES:
            self.fail(node, key, UNSHOWN, f"expands to too many values; allowed: at most {MAX_VALUES}")
        if len(key) > MAX_DEPTH:
            problem = f"is nested too deeply or holds itself; allowed: at most {MAX_DEPTH} levels"
            self.fail(node, key[:4], UNSHOWN, problem)
        if isinstance(node, yaml.ScalarNode):
            self.scalar(node, key)
        elif isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            for index, child in enumerate(node.value):
                self.walk(child, (*key, _entry(child, index)))
        elif isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            self.mapping(node, key)
        else:
            self.fail(node, key, node.tag, "has a tag; allowed: plain lists and mappings")

    def mapping(self, node: yaml.MappingNode, key: Key) -> None:
        lines: dict[tuple[str, str], int] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.fail(key_node, key, UNSHOWN, "has a key that is not plain text; allowed: plain words as keys")
            child_key = (*key, key_node.value)
            self.walk(child, child_key)
            identity = (key_node.tag, key_node.value)
            if identity in lines:
                value = self.loader.construct_object(child, deep=True)
                problem = f"is given twice, first on line {lines[identity]}; allowed: each key once"
                self.fail(key_node, child_key, value, problem)
            lines[identity] = key_node.start_mark.line + 1

    def scalar(self, node: yaml.ScalarNode, key: Key) -> None:
        if node.tag in (_TAG + "int", _TAG + "float") and _AMBIGUOUS.fullmatch(node.value):
            self.fail(node, key, node.value, "is read by YAML as octal or base 60; allowed: a plain decimal number")
        try:
            self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
            # PyYAML's constructors of numbers, dates and tagged values raise whatever their parsers raise.
            self.fail(node, key, node.value, "cannot be read by YAML; allowed: plain text, numbers and true/false")


def _entry(node: yaml.Node, index: int) -> Entry | int:
    """Name of a named entry of a list, else its position."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == "name" and isinstance(value, yaml.ScalarNode):
                return Entry(value.value)
    return index
