"""Use the generated client of Python: record, list, get, export."""

import datetime
import os
import time
import urllib.request

from audit_client.api.export import create_export, get_export
from audit_client.api.get import get_entry
from audit_client.api.list_ import list_entries
from audit_client.api.record import record_entry
from audit_client.client import AuthenticatedClient
from audit_client.models import (
    ActorInput,
    ActorTypeInput,
    ExportRequest,
    FileFormatInput,
    RecordRequest,
    TargetInput,
)

WORKSPACE = os.environ["WORKSPACE"]
client = AuthenticatedClient(base_url=os.environ["AUDIT"], token=os.environ["TOKEN"])

entry = record_entry.sync(
    WORKSPACE,
    client=client,
    body=RecordRequest(
        occurred_at=datetime.datetime.now(datetime.timezone.utc),
        actor=ActorInput(type_=ActorTypeInput.USER, id="usr_python", name="Ada"),
        action="member.invite",
        target=TargetInput(type_="member", id="mem_1"),
        new_value={"role": "editor"},
    ),
)
page = list_entries.sync(WORKSPACE, client=client, actor_id="usr_python", page_size=5)
assert [row.id for row in page.entries] == [entry.id], page
got = get_entry.sync(WORKSPACE, entry.id, client=client)
assert got.integrity == "verified" and got.changes[0].new_value == {"role": "editor"}, got
request = ExportRequest(format_=FileFormatInput.NDJSON, actor_id="usr_python")
export = create_export.sync(WORKSPACE, client=client, body=request)
while export.state not in ("done", "failed"):
    time.sleep(0.2)
    export = get_export.sync(WORKSPACE, export.id, client=client)
with urllib.request.urlopen(export.file.url) as file:
    lines = file.read().decode().splitlines()
assert len(lines) == export.file.row_count == 1 and entry.id in lines[0], lines
print(f"python: recorded, listed, got and exported {entry.id}")
