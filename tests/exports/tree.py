"""JSON as trees in which numbers keep their text."""

import dataclasses
import json
import re

HALF = re.compile("[\ud800-\udfff]")


@dataclasses.dataclass(frozen=True)
class Number:
    """A number, kept as its text."""

    text: str


def members(pairs):
    """Make an object. Raises ValueError if a key is there twice."""
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a key is there twice")
    return tree


def read(text):
    """Read a JSON text as a tree in which numbers keep their text."""
    return json.loads(text, parse_int=Number, parse_float=Number, object_pairs_hook=members)


def written(tree, order=sorted):
    """Write a tree as the service stores values: without white space and with sorted keys.

    Text with half a surrogate pair, which no file can hold, is written with escapes.
    """
    if isinstance(tree, Number):
        return tree.text
    if isinstance(tree, dict):
        # Text sorted by code points is sorted by its UTF-8 bytes as well.
        names = order(tree)
        texts = [f"{written(name, order)}:{written(tree[name], order)}" for name in names]
        return "{" + ",".join(texts) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(written(one, order) for one in tree) + "]"
    return json.dumps(tree, ensure_ascii=isinstance(tree, str) and bool(HALF.search(tree)))
