#!/usr/bin/env python3
"""Reads exports with other readers than the service's own and compares them with the API: python3 tests/exports/check.py [SEED]

Starts the local service over an empty database, records random entries full of what breaks files, and exports them by random filters as CSV and
NDJSON, plain and compressed. Each file is read with Python's csv, json and gzip, and compared with what was sent, with the pages of the list, and
with each entry as it is got alone. LOCAL says where the service's program is.
"""
import csv
import gzip
import hashlib
import io
import pathlib
import random
import sys
import tempfile
import time
import urllib.request

import entries
from service import WORKSPACE, WORKSPACE_ID, Log, Service

FILTERS = 24
KINDS = [(format, compression) for format in ("csv", "ndjson") for compression in ("none", "gzip")]
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
# How long an export of some hundred entries may take.
PATIENCE_SECONDS = 60

COLUMNS = (
    "id workspace_id occurred_at recorded_at actor_type actor_id actor_name actor_email action target_type target_id target_name outcome ip_address"
    " user_agent user_agent_truncated external_id request_id old_value new_value expires_at"
).split()
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

# Values with more bytes do not lie in the item of their entry (docs/table.md).
MAX_INLINE_BYTES = 1_024

# An address on this machine is not asked of a proxy.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# A value can have 256 KiB; the reader would stop at 128.
csv.field_size_limit(1 << 20)


def export(service, filters, format, compression):
    """An export that is done."""
    body = entries.written({"format": format, "compression": compression, **filters})
    started = service.ask("POST", f"{WORKSPACE}/exports", body, wanted=(202,))
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        now = service.ask("GET", f"{WORKSPACE}/exports/{started['id']}")
        if now["state"] == "done":
            return now
        if now["state"] == "failed" or time.monotonic() > until:
            raise SystemExit(f"an export is {now['state']}: {entries.written(now)}")
        time.sleep(0.02)


def fetch(url):
    """A file's bytes and the headers it came with."""
    with OPENER.open(url, timeout=30) as answer:
        return answer.read(), answer.headers


def number(value):
    return int(value.text)


def differences(what, found, wanted):
    """One line for each member in which two objects differ."""
    for name in sorted({*found, *wanted}):
        if name not in found or name not in wanted or found[name] != wanted[name]:
            here, there = (repr(side[name]) if name in side else "not there" for side in (found, wanted))
            yield f"{what}: {name} is {here:.200}, not {there:.200}"


def faults_of_entry(log, entry_id):
    """What differs between an entry as it is got and as it was sent."""
    got = log.entry(entry_id)
    by_service = {"id": entry_id, "workspace_id": WORKSPACE_ID, "recorded_at": got["recorded_at"], "expires_at": got["expires_at"]}
    yield from differences(entry_id, got, {**entries.as_stored(log.sent[entry_id]), **by_service})


def faults_of_list(log, filters, rows):
    """What is wrong with the pages of a list: each entry that was sent and matches is there once, newest first, as it is got alone."""
    ids = [row["id"] for row in rows]
    if ids != sorted(set(ids), reverse=True):
        yield "the list is not in order, or has an entry twice"
    matching = {entry_id for entry_id, entry in log.sent.items() if entries.matches(entry, filters)}
    if matching != {entry_id for entry_id in ids if entry_id in log.sent}:
        yield "the list has other entries than those that match"
    for row in rows:
        entry = log.entry(row["id"])
        yield from differences(f"list, {row['id']}", row, {name: value for name, value in entry.items() if name not in ("old_value", "new_value")})


def faults_of_facts(exported, filters, format, compression, newest, rows):
    """What is wrong with what the service says of the export."""
    wanted = {"format": format, "compression": compression, "filters": filters, "as_of": newest, "rows_written": entries.Number(str(rows))}
    yield from differences("export", {name: exported[name] for name in wanted}, wanted)
    if exported["rows_expected"] not in (None, wanted["rows_written"]):
        yield f"{exported['rows_expected']} rows were expected"
    manifest = entries.read(fetch(exported["file"]["manifest_url"])[0].decode())
    same = ("workspace_id", "requested_at", "requested_by", "format", "compression", "filters", "as_of")
    of_file = ("bytes", "row_count", "sha256", "truncated")
    wanted = {name: exported[name] for name in same} | {name: exported["file"][name] for name in of_file}
    yield from differences("manifest", manifest, wanted | {"export_id": exported["id"], "file": exported["file"]["name"]})


def faults_of_file(file, content, headers, format, compression, rows):
    """What is wrong with a file before it is read."""
    ending, media_type = (".gz", "application/gzip") if compression == "gzip" else ("", MEDIA_TYPES[format])
    if not file["name"].endswith(f"Z.{format}{ending}") or file["name"] not in headers["content-disposition"]:
        yield f"its name is {file['name']} and {headers['content-disposition']}"
    if (file["media_type"], headers["content-type"], headers["content-encoding"]) != (media_type, media_type, None):
        yield f"its media type is {file['media_type']} and {headers['content-type']}, encoded as {headers['content-encoding']}"
    if file["sha256"] != hashlib.sha256(content).hexdigest():
        yield "SHA-256 differs"
    if number(file["bytes"]) != len(content):
        yield f"{len(content)} bytes, not {number(file['bytes'])}"
    if number(file["row_count"]) != rows or file["truncated"] is not False:
        yield f"{number(file['row_count'])} rows and truncated {file['truncated']}, not {rows} and false"


def faults_of_ndjson(log, ids, text):
    """What differs between the lines and the entries as they are got: not a byte."""
    *lines, end = text.split("\n")
    if end:
        yield "the last line has no end"
    if [entries.read(line)["id"] for line in lines] != ids:
        yield "other entries than in the list, or in another order"
        return
    for entry_id, line in zip(ids, lines):
        yield from differences(entry_id, entries.read(line), log.entry(entry_id))
        if not log.text(entry_id).startswith(line[:-1] + ',"changes":'):
            yield f"{entry_id}: the line is not the text that is got"


def cells(entry):
    """The cells of an entry by column."""
    actor, target = ({f"{name}_{key}": value for key, value in entry[name].items()} for name in ("actor", "target"))
    values = {name: entries.written(entry[name]) for name in ("old_value", "new_value") if name in entry}
    flat = {**entry, **actor, **target, **values}
    texts = {name: "true" if flat.get(name) is True else flat.get(name) or "" for name in COLUMNS}
    return {name: f"'{text}" if text.startswith(FORMULA) else text for name, text in texts.items()}


def faults_of_csv(log, ids, text):
    """What differs between the cells and the entries as they are got."""
    if text.startswith("\ufeff") or not text.endswith("\r\n"):
        yield "a byte order mark, or no CRLF at the end"
    names, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if names != COLUMNS:
        yield f"the columns are {names}"
    if [row[0] for row in rows] != ids:
        yield "other entries than in the list, or in another order"
        return
    for entry_id, row in zip(ids, rows):
        yield from differences(entry_id, dict(zip(names, row, strict=True)), cells(log.entry(entry_id)))


def faults_of_export(log, filters, rows, exported, newest):
    """All that is wrong with one export, of which the list has such rows."""
    format, compression, file = exported["format"], exported["compression"], exported["file"]
    # What is above was recorded after it was asked for: the exports themselves.
    ids = [row["id"] for row in rows if row["id"] <= newest]
    content, headers = fetch(file["url"])
    yield from faults_of_facts(exported, filters, format, compression, newest, len(ids))
    yield from faults_of_file(file, content, headers, format, compression, len(ids))
    text = (gzip.decompress(content) if compression == "gzip" else content).decode()
    yield from {"csv": faults_of_csv, "ndjson": faults_of_ndjson}[format](log, ids, text)


def check(log, chance, filters):
    """All that is wrong with the list by a filter and its exports, and how many rows were compared."""
    newest, exports = log.newest(), []
    for format, compression in KINDS:
        exports.append((export(log.service, filters, format, compression), newest))
        # An export is itself an entry, and the next one has it.
        newest = exports[-1][0]["id"]
    rows = log.walk(filters, chance.choice((9, 20, 100)))
    faults = list(faults_of_list(log, filters, rows))
    for exported, newest in exports:
        name = f"{exported['format']}, {exported['compression']}"
        faults += [f"{name}: {fault}" for fault in faults_of_export(log, filters, rows, exported, newest)]
    return faults, sum(number(exported["file"]["row_count"]) for exported, _ in exports)


def values(entry):
    """How many bytes an entry's values have."""
    return sum(len(entries.written(entry[name]).encode()) for name in ("old_value", "new_value") if name in entry)


def run(service, seed):
    """Checks it all; says whether all is well."""
    chance = random.Random(seed)
    log = Log(service, chance)
    faults = [fault for entry_id in log.sent for fault in faults_of_entry(log, entry_id)]
    print(f"seed {seed}: {len(log.sent)} entries recorded and got, {len(faults)} differences")
    apart = sum(values(entry) > MAX_INLINE_BYTES for entry in log.sent.values())
    guarded = sum(cell.startswith("'") and cell[1:].startswith(FORMULA) for entry_id in log.sent for cell in cells(log.entry(entry_id)).values())
    print(f"{apart} of them with values that lie apart, {guarded} cells that a spreadsheet would take for formulas")
    compared = 0
    for filters in entries.filters(chance, list(log.sent.values()), FILTERS):
        found, rows = check(log, chance, filters)
        print(f"{rows:6} rows in {len(KINDS)} files, {len(found)} differences: {entries.written(filters)}")
        faults += found
        compared += rows
    for fault in faults[:50]:
        print(f"FAILED: {fault}")
    print(f"{FILTERS * len(KINDS)} exports, {compared} rows, {len(log.got)} entries: {len(faults)} differences")
    # A run over nothing shows nothing.
    return not faults and min(compared, apart, guarded) > 0


def main():
    if len(sys.argv) > 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory(prefix="audit-exports-") as folder:
        service = Service(pathlib.Path(folder))
        try:
            is_well = run(service, int(sys.argv[1]) if len(sys.argv) == 2 else 1)
        finally:
            service.stop()
        if not is_well:
            print(service.said())
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    main()
