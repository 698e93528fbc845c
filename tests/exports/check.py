#!/usr/bin/env python3
"""Read exports with readers that are not the service's own, and compare them with the API.

    python3 tests/exports/check.py [SEED]

The script starts the local service over an empty database and records random entries with content
that breaks careless writers. It exports them by random filters as CSV and NDJSON, plain and
compressed. It reads each file with Python's csv, json and gzip, and compares it with the entries
sent, with the pages of the list, and with each single entry. LOCAL is the path of the service's
binary.
"""

import codecs
import csv
import gzip
import hashlib
import io
import pathlib
import random
import re
import sys
import tempfile
import time
import urllib.request

import entries
import tree
from service import WORKSPACE, WORKSPACE_ID, Log, Service

FILTERS = 24
# Format, byte order mark and compression.
KINDS = [
    (format, bom, compression)
    for format, bom in (("csv", False), ("csv", True), ("ndjson", False))
    for compression in ("none", "gzip")
]
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
# How long an export of some hundred entries may take.
PATIENCE_SECONDS = 60

COLUMNS = [
    "id",
    "workspace_id",
    "occurred_at",
    "recorded_at",
    "sequence",
    "key_id",
    "actor_type",
    "actor_id",
    "actor_name",
    "actor_email",
    "on_behalf_of_type",
    "on_behalf_of_id",
    "on_behalf_of_name",
    "on_behalf_of_email",
    "action",
    "target_type",
    "target_id",
    "target_name",
    "targets",
    "outcome",
    "reason",
    "ip_address",
    "ip_address_text",
    "user_agent",
    "location",
    "session_id",
    "external_id",
    "request_id",
    "metadata",
    "old_value",
    "new_value",
    "adjusted",
    "expires_at",
    "integrity",
    "unusual",
]
# A spreadsheet takes a cell that starts with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

# The most characters of a text in the summary of a row.
SUMMARY_CHARS = 40
# Why an entry is unusual, in its text. It is judged some time after it was recorded, so an export
# may have it where a reading before did not.
JUDGEMENT = re.compile(r'"unusual":\[[^\]]*\],')
# The number of an entry in its text.
NUMBER = re.compile(r'"sequence":[0-9]+,')

# What only the rows of a list have.
ONLY_IN_LIST = ("changes", "unusual")
# What the rows of a list leave out.
NOT_IN_LIST = ("key_id", "metadata", "old_value", "new_value")

# Larger values are not stored in the item of their entry (docs/table.md).
MAX_INLINE_BYTES = 1_024

# Addresses on this machine must not go through a proxy.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# A value can have 256 KiB, and the reader's default limit is 131,072 characters.
DEFAULT_CELL = csv.field_size_limit(1 << 20)


def export(service, filters, format, bom, compression):
    """Start an export, and return it when it is done."""
    asked = {"format": format, "bom": bom, "compression": compression, **filters}
    body = tree.written(asked)
    started = service.ask("POST", f"{WORKSPACE}/exports", body, wanted=(202,))
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        now = service.ask("GET", f"{WORKSPACE}/exports/{started['id']}")
        if now["state"] == "done":
            return now
        if now["state"] == "failed" or time.monotonic() > until:
            raise SystemExit(f"an export is {now['state']}: {tree.written(now)}")
        time.sleep(0.02)


def fetch(url):
    """Fetch a file, and return its bytes and headers."""
    with OPENER.open(url, timeout=30) as answer:
        return answer.read(), answer.headers


def number(value):
    """Return a number of an answer as an integer."""
    return int(value.text)


def differences(what, found, wanted):
    """Describe each member in which two objects differ."""
    for name in sorted({*found, *wanted}):
        if name not in found or name not in wanted or found[name] != wanted[name]:
            here, there = (
                repr(side[name]) if name in side else "not there" for side in (found, wanted)
            )
            yield f"{what}: {name} is {here:.200}, not {there:.200}"


def comparable(log, entry_id, found, wanted):
    """Return both without a number if one has none.

    That is right only for the entry of an export, which may get its number after it was read. The
    entries that were sent have theirs before anything is compared.
    """
    if entry_id in log.stored or (found.get("sequence") and wanted.get("sequence")):
        return found, wanted
    return ({**of, "sequence": ""} for of in (found, wanted))


def faults_of_entry(log, entry_id):
    """Find differences between an entry of the service and what it must store of the entry sent."""
    got = log.entry(entry_id)
    by_service = {
        "id": entry_id,
        "workspace_id": WORKSPACE_ID,
        "recorded_at": got["recorded_at"],
        "key_id": log.service.key_id,
        "expires_at": got["expires_at"],
    }
    by_service["sequence"] = got["sequence"]
    yield from differences(entry_id, got, {**log.stored[entry_id], **by_service})


def at(value, pointer):
    """Return the part of a value at a JSON pointer."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def faults_of_summary(row, entry):
    """Find what a row says of a change that its entry does not."""
    for told in row.get("changes", {"first": []})["first"]:
        side = "new" if "new" in told else "old"
        value, whole = told[side], at(entry[f"{side}_value"], told["path"])
        is_cut = isinstance(whole, str) and len(whole) > SUMMARY_CHARS
        expected = whole[: SUMMARY_CHARS - 1] + "…" if is_cut else whole
        if value != expected:
            yield f"list, {row['id']}: {told['path']} is {value:.200}, not {expected:.200}"


def faults_of_list(log, filters, rows):
    """Find what is wrong with the pages of a list.

    Each matching entry must be there once, newest first, and equal to the single entry.
    """
    ids = [row["id"] for row in rows]
    if ids != sorted(set(ids), reverse=True):
        yield "the list is not in order, or has an entry twice"
    matching = {
        entry_id for entry_id, entry in log.stored.items() if entries.matches(entry, filters)
    }
    if matching != {entry_id for entry_id in ids if entry_id in log.stored}:
        yield "the list has other entries than those that match"
    for row in rows:
        entry = log.entry(row["id"])
        in_list = {name: entry[name] for name in entry if name not in NOT_IN_LIST}
        yield from faults_of_summary(row, entry)
        row = {name: row[name] for name in row if name not in ONLY_IN_LIST}
        found, wanted = comparable(log, row["id"], row, in_list)
        yield from differences(f"list, {row['id']}", found, wanted)


def faults_of_facts(exported, filters, kind, newest, rows):
    """Find what is wrong with the facts about an export and with its manifest.

    It holds what was recorded by its moment: everything that was there when it was requested.
    """
    if not newest <= exported["as_of"] <= exported["requested_at"]:
        yield f"as_of is {exported['as_of']}, the newest entry was recorded at {newest}"
    format, bom, compression = kind
    wanted = {
        "format": format,
        "bom": bom,
        "compression": compression,
        "filters": {"actor_type": "user", **filters} if "actor_id" in filters else filters,
        "rows_written": tree.Number(str(rows)),
    }
    yield from differences("export", {name: exported[name] for name in wanted}, wanted)
    if exported["rows_expected"] not in (None, wanted["rows_written"]):
        yield f"{exported['rows_expected']} rows were expected"
    manifest = tree.read(fetch(exported["file"]["manifest_url"])[0].decode())
    same = (
        "workspace_id",
        "requested_at",
        "requested_by",
        "format",
        "bom",
        "compression",
        "filters",
        "as_of",
    )
    of_file = ("bytes", "row_count", "sha256", "truncated")
    file = exported["file"]
    wanted = {name: exported[name] for name in same} | {name: file[name] for name in of_file}
    wanted |= {"export_id": exported["id"], "file": file["name"]}
    yield from differences("manifest", manifest, wanted)


def faults_of_file(file, content, headers, format, compression, rows):
    """Find what is wrong with the name, type, size and digest of a file."""
    ending, media_type = "", MEDIA_TYPES[format]
    if compression == "gzip":
        ending, media_type = ".gz", "application/gzip"
    name, disposition = file["name"], headers["content-disposition"]
    if not name.endswith(f"Z.{format}{ending}") or name not in disposition:
        yield f"its name is {name} and {disposition}"
    types = (file["media_type"], headers["content-type"])
    encoding = headers["content-encoding"]
    if types != (media_type, media_type) or encoding is not None:
        yield f"its media type is {types[0]} and {types[1]}, encoded as {encoding}"
    if file["sha256"] != hashlib.sha256(content).hexdigest():
        yield "SHA-256 differs"
    if number(file["bytes"]) != len(content):
        yield f"{len(content)} bytes, not {number(file['bytes'])}"
    count, truncated = number(file["row_count"]), file["truncated"]
    if count != rows or truncated is not False:
        yield f"{count} rows and truncated {truncated}, not {rows} and false"


def faults_of_ndjson(log, ids, text):
    """Find differences between the lines and the entries, byte for byte."""
    *lines, end = text.split("\n")
    if end:
        yield "the last line has no end"
    if [tree.read(line)["id"] for line in lines] != ids:
        yield "other entries than in the list, or in another order"
        return
    for entry_id, line in zip(ids, lines, strict=True):
        line = JUDGEMENT.sub("", line, count=1)
        text, whole = line[:-1] + ',"integrity":"verified","changes":', log.text(entry_id)
        if entry_id not in log.stored:
            text, whole = (NUMBER.sub("", of, count=1) for of in (text, whole))
        if not whole.startswith(text):
            yield f"{entry_id}: the line is not the text of the entry"
        found, wanted = comparable(log, entry_id, tree.read(line), log.entry(entry_id))
        yield from differences(entry_id, found, wanted)


def harmless(text):
    """Return a cell in which no spreadsheet finds a formula, wherever it splits."""
    parts = text.split(";")
    return ";".join(f"'{part}" if part.startswith(FORMULA) else part for part in parts)


def cells(entry):
    """Return the cells that an entry must have, by column."""
    flat = {name: value for name, value in entry.items() if isinstance(value, str)}
    for name in ("actor", "on_behalf_of", "target"):
        flat |= {f"{name}_{key}": value for key, value in entry.get(name, {}).items()}
    for name in ("metadata", "old_value", "new_value"):
        if name in entry:
            flat[name] = tree.written(entry[name])
    for name, keys in (("targets", ("type", "id", "name")), ("adjusted", ("pointer", "reason"))):
        if name in entry:
            some = [{key: one[key] for key in keys if key in one} for one in entry[name]]
            flat[name] = tree.written(some, order=list)
    flat["integrity"] = "verified"
    if "sequence" in entry:
        flat["sequence"] = entry["sequence"].text
    texts = {name: flat.get(name, "") for name in COLUMNS}
    return {name: harmless(text) for name, text in texts.items()}


def faults_of_csv(log, ids, text):
    """Find differences between the cells and the entries."""
    if not text.endswith("\r\n"):
        yield "no CRLF at the end"
    names, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if names != COLUMNS:
        yield f"the columns are {names}"
    if [row[0] for row in rows] != ids:
        yield "other entries than in the list, or in another order"
        return
    for entry_id, row in zip(ids, rows, strict=True):
        cells_of_row = {**dict(zip(names, row, strict=True)), "unusual": ""}
        found, wanted = comparable(log, entry_id, cells_of_row, cells(log.entry(entry_id)))
        yield from differences(entry_id, found, wanted)


def faults_of_export(log, filters, rows, kind, exported, newest):
    """Find everything that is wrong with one export, given the rows of the list."""
    format, bom, compression = kind
    file = exported["file"]
    # Entries that were recorded later are those of the exports.
    ids = [row["id"] for row in rows if row["recorded_at"] <= exported["as_of"]]
    content, headers = fetch(file["url"])
    yield from faults_of_facts(exported, filters, kind, newest, len(ids))
    yield from faults_of_file(file, content, headers, format, compression, len(ids))
    content = gzip.decompress(content) if compression == "gzip" else content
    # The codec takes one byte order mark away, if there is one.
    if content.startswith(codecs.BOM_UTF8) != bom:
        yield "a byte order mark, or none"
    text = content.decode("utf-8-sig" if bom else "utf-8")
    yield from {"csv": faults_of_csv, "ndjson": faults_of_ndjson}[format](log, ids, text)


def check(log, chance, filters):
    """Check the list and the exports of a filter. Returns the faults and the number of rows."""
    newest, exports = log.newest(), []
    for kind in KINDS:
        exports.append((kind, export(log.service, filters, *kind), newest))
        # An export is recorded as an entry, which the next export contains.
        newest = log.newest()
    rows = log.walk(filters, chance.choice((9, 20, 100)))
    faults = list(faults_of_list(log, filters, rows))
    for kind, exported, newest in exports:
        found = faults_of_export(log, filters, rows, kind, exported, newest)
        faults += [f"{kind}: {fault}" for fault in found]
    return faults, sum(number(exported["file"]["row_count"]) for _, exported, _ in exports)


def values(entry):
    """Return the size of an entry's values in bytes."""
    return sum(
        len(tree.written(entry[name]).encode())
        for name in ("old_value", "new_value")
        if name in entry
    )


def run(service, seed):
    """Run all checks. Returns whether there are no differences."""
    chance = random.Random(seed)
    log = Log(service, chance)
    log.wait_for_numbers()
    faults = [fault for entry_id in log.stored for fault in faults_of_entry(log, entry_id)]
    print(f"seed {seed}: {len(log.stored)} entries recorded and read, {len(faults)} differences")
    apart = sum(values(entry) > MAX_INLINE_BYTES for entry in log.stored.values())
    guarded = sum(
        cell.startswith("'") and cell[1:].startswith(FORMULA)
        for entry_id in log.stored
        for cell in cells(log.entry(entry_id)).values()
    )
    adjusted = sum("adjusted" in entry for entry in log.stored.values())
    wide = sum(
        len(cell) > DEFAULT_CELL for entry in log.stored.values() for cell in cells(entry).values()
    )
    print(f"{apart} of them with values in items of their own, {guarded} cells with formulas")
    print(f"{adjusted} of them with adjusted fields, {wide} cells too large for csv's default")
    compared = 0
    for filters in entries.filters(chance, list(log.stored.values()), FILTERS):
        found, rows = check(log, chance, filters)
        by = tree.written(filters)
        print(f"{rows:6} rows in {len(KINDS)} files, {len(found)} differences: {by}")
        faults += found
        compared += rows
    for fault in faults[:50]:
        print(f"FAILED: {fault}")
    exports = FILTERS * len(KINDS)
    print(f"{exports} exports, {compared} rows, {len(log.got)} entries: {len(faults)} differences")
    # A run that compared nothing is no success.
    return not faults and min(compared, apart, guarded, adjusted, wide) > 0


def main():
    """Run the checks against a service of their own, and exit with 1 if one fails."""
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
