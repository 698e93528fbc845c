// Uses the generated client of TypeScript: record, list, get, export.

import {
  ActorTypeInput,
  Configuration,
  ExportApi,
  FileFormatInput,
  GetApi,
  ListApi,
  RecordApi,
} from './client/index.js';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function check(holds: boolean, what: unknown): void {
  if (!holds) throw new Error(JSON.stringify(what));
}

const workspaceId = setting('WORKSPACE');
const token = setting('TOKEN');
const configuration = new Configuration({ basePath: setting('AUDIT'), accessToken: token });
const exports = new ExportApi(configuration);

const entry = await new RecordApi(configuration).recordEntry({
  workspaceId,
  recordRequest: {
    occurredAt: new Date(),
    actor: { type: ActorTypeInput.User, id: 'usr_typescript', name: 'Ada' },
    action: 'member.invite',
    target: { type: 'member', id: 'mem_1' },
    newValue: { role: 'editor' },
  },
});
const actorId = 'usr_typescript';
const page = await new ListApi(configuration).listEntries({ workspaceId, actorId, pageSize: 5 });
check(page.entries.map((row) => row.id).join() === entry.id, page);
const got = await new GetApi(configuration).getEntry({ workspaceId, entryId: entry.id });
check(got.integrity === 'verified' && got.changes[0]?.newValue.role === 'editor', got);
const exportRequest = { format: FileFormatInput.Ndjson, actorId };
let made = await exports.createExport({ workspaceId, exportRequest });
while (made.state !== 'done' && made.state !== 'failed') {
  await new Promise((wake) => setTimeout(wake, 200));
  made = await exports.getExport({ workspaceId, exportId: made.id });
}
const file = await fetch(made.file?.url ?? '');
const lines = (await file.text()).trimEnd().split('\n');
check(lines.length === 1 && made.file?.rowCount === 1 && lines[0]!.includes(entry.id), lines);
console.log(`typescript: recorded, listed, got and exported ${entry.id}`);
