#!/usr/bin/env python3
"""Print an event of this folder with its placeholders filled: token, present time and entry id.

    python3 events/fill.py record-entry --token "$TOKEN"
    python3 events/fill.py get-entry --token "$TOKEN" --entry-id 20261122T140506.789Z-3f0c...

Where isBase64Encoded is true, the body is decoded, filled and encoded again. The header
content-length has the length of the filled body, as the gateway would send it. The script needs
Python's own library only.
"""

import argparse
import base64
import json
import os
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PLACEHOLDER = re.compile(r"\{\{(token|now|entry_id)\}\}")
# A value is put into a header, a path and JSON text as it is, so it must not need escaping.
PLAIN = re.compile(r"[A-Za-z0-9_.:\-]+")


def now():
    """The time as the API writes it: RFC 3339, UTC, milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fill(text, values):
    """Fill the placeholders of a text. Raises ValueError if a value is missing or not plain."""

    def value_of(match):
        value = values.get(match[1])
        if not value:
            raise ValueError(f"the event needs a value for {match[0]}")
        if not PLAIN.fullmatch(value):
            raise ValueError(f"the value for {match[0]} has a character that no {match[1]} has")
        return value

    return PLACEHOLDER.sub(value_of, text)


def fill_all(part, values):
    """Fill every string of a JSON value."""
    if isinstance(part, dict):
        return {name: fill_all(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [fill_all(value, values) for value in part]
    return fill(part, values) if isinstance(part, str) else part


def fill_event(event, values):
    """Fill an event, so that it is as API Gateway would send it."""
    body = event.get("body")
    if body is not None and event["isBase64Encoded"]:
        event = {**event, "body": base64.b64decode(body).decode()}
    event = fill_all(event, values)
    if body is not None:
        octets = event["body"].encode()
        if event["isBase64Encoded"]:
            event["body"] = base64.b64encode(octets).decode()
        headers = {**event["headers"], "content-length": str(len(octets))}
        event["headers"] = dict(sorted(headers.items()))
    return event


def main():
    """Print the event that the command line names."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("name", help="the event's file name without .json")
    arguments.add_argument(
        "--token", default=os.environ.get("TOKEN"), help="bearer token (default: $TOKEN)"
    )
    arguments.add_argument(
        "--entry-id", default=os.environ.get("ENTRY_ID"), help="id of an entry (default: $ENTRY_ID)"
    )
    arguments.add_argument(
        "--now", default=now(), help="time for occurred_at (default: the present)"
    )
    options = arguments.parse_args()

    names = sorted(json.loads((FOLDER / "expected.json").read_text(encoding="utf-8")))
    if options.name not in names:
        arguments.error(f"no such event; there are: {', '.join(names)}")
    event = json.loads((FOLDER / f"{options.name}.json").read_text(encoding="utf-8"))
    try:
        filled = fill_event(
            event, {"token": options.token, "entry_id": options.entry_id, "now": options.now}
        )
    except ValueError as error:
        arguments.error(str(error))
    json.dump(filled, sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
