"""Starts the local service for check.py, fills its log and sends requests."""

import http.client
import os
import pathlib
import re
import subprocess
import time
import urllib.parse

import entries
import tree
from adjusting import as_stored

LOCAL = (
    os.environ.get("LOCAL")
    or pathlib.Path(__file__).resolve().parents[2] / "target" / "debug" / "local"
)
# Free ports, a new database, no sample.
OPTIONS = ["--fresh", "--empty", "--port", "0", "--dynamodb-port", "0", "--s3-port", "0"]

WORKSPACE_ID = "ws_exports"
WORKSPACE = f"/v1/workspaces/{WORKSPACE_ID}"
ENTRIES = 400
# How long the service may take to number what was recorded.
PATIENCE_SECONDS = 90
# What the catalogue says of the metadata of an action, as JSON Schema has it and as Python has it.
SCHEMAS = {"project.create": {"flag": ("boolean", bool), "plan": ("string", str)}}


class Service:
    """The running service."""

    def __init__(self, folder, options=OPTIONS):
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [LOCAL, *options, "--data", folder / "data"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        address = token = dynamodb = None
        # What it printed so far.
        self.banner = []
        while not (address and token and dynamodb):
            line = self.process.stdout.readline()
            if not line:
                self.stop()
                raise SystemExit(f"the service did not start:\n{self.said()}")
            self.banner.append(line)
            address = address or re.search(r"ready at http://(\S+)", line)
            dynamodb = dynamodb or re.search(r"DynamoDB +(http://\S+)", line)
            token = token or re.search(r"TOKEN=(cwa_\S+)", line)
        self.host, self.token, self.dynamodb = address[1], token[1], dynamodb[1]
        self.key_id = self.token.split("_")[1]

    def send(self, method, path, body=None, wanted=(200,)):
        """Send a request, and return the text of the answer."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        connection.request(method, path, body=body and body.encode(), headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status not in wanted:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return text

    def ask(self, method, path, body=None, wanted=(200,)):
        """Send a request, and return the answer as a tree."""
        return tree.read(self.send(method, path, body, wanted))

    def said(self):
        """Return the end of the service's log."""
        lines = self.log.read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(lines[-20:])

    def stop(self):
        """Stop the process that was started here."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Log:
    """The log of one workspace: what it must store, and what the service returns."""

    def __init__(self, service, chance):
        self.service = service
        self.stored = {}
        self.got = {}
        self.set_catalog()
        service.send("PUT", WORKSPACE, '{"plan":"enterprise"}', wanted=(201,))
        types = {
            action: {key: here for key, (_, here) in keys.items()}
            for action, keys in SCHEMAS.items()
        }
        made = [entries.entry(chance) for _ in range(ENTRIES)]
        # More than Python's reader of CSV takes if nobody tells it to.
        made[0]["new_value"] = "x" * 200_000
        for start in range(0, len(made), 100):
            some = made[start : start + 100]
            body = tree.written({"entries": some})
            answer = service.ask("POST", f"{WORKSPACE}/entries/batch", body)
            for entry, result in zip(some, answer["results"], strict=True):
                if result["status"] not in ("recorded", "duplicate"):
                    reason, text = tree.written(result), tree.written(entry)
                    raise SystemExit(f"an entry is refused: {reason}: {text:.300}")
                self.stored[result["id"]] = as_stored(entry, types)

    def set_catalog(self):
        """Set the catalogue that the service has, with schemas."""
        catalog = self.service.ask("GET", "/v1/catalog")
        actions = [action for action in catalog["actions"] if "service" not in action]
        for action in actions:
            if keys := SCHEMAS.get(action["name"]):
                properties = {key: {"type": name} for key, (name, _) in keys.items()}
                action["metadata_schema"] = {"type": "object", "properties": properties}
        body = {"actions": actions, "target_types": catalog["target_types"]}
        self.service.send("PUT", "/v1/catalog", tree.written(body))

    def newest(self):
        """Return when the newest entry was recorded."""
        page = self.service.ask("GET", f"{WORKSPACE}/entries?page_size=100")
        return max(row["recorded_at"] for row in page["entries"])

    def walk(self, filters, page_size):
        """Return all rows of a list, page by page."""
        query, rows = {**filters, "page_size": page_size}, []
        while True:
            page = self.service.ask("GET", f"{WORKSPACE}/entries?{urllib.parse.urlencode(query)}")
            rows += page["entries"]
            if page["page"]["next_page_token"] is None:
                return rows
            query["page_token"] = page["page"]["next_page_token"]

    def wait_for_numbers(self):
        """Wait until every entry has its sequence number, which it gets last."""
        until = time.monotonic() + PATIENCE_SECONDS
        while any("sequence" not in row for row in self.walk({}, 100)):
            if time.monotonic() > until:
                raise SystemExit(f"entries have no number after {PATIENCE_SECONDS} s")
            time.sleep(1)

    def text(self, entry_id):
        """Return the text of an entry. It is requested once: what is sent does not change."""
        if entry_id not in self.got:
            self.got[entry_id] = self.service.send("GET", f"{WORKSPACE}/entries/{entry_id}")
        return self.got[entry_id]

    def entry(self, entry_id):
        """Return an entry without its integrity and its changes, which the service computes."""
        entry = tree.read(self.text(entry_id))
        return {
            name: value
            for name, value in entry.items()
            if name not in ("integrity", "changes", "changes_truncated")
        }
