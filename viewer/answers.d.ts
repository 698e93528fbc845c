// The API's requests and answers as far as the page and its tests use them. Each type has the name
// of its schema in openapi.yaml, which is the contract; this file is never served.
//
// Names that come from the catalogue, such as actions, are plain strings: the page shows names that
// it does not know as they are.

/** RFC 3339 in UTC with milliseconds. */
export type Timestamp = string;

/** `<occurred_at>-<digest>`; text order is the order of time. */
export type EntryId = string;

export interface Actor {
  /** `user`, `api_key`, `service_account`, `system` or `anonymous`. */
  type: string;
  id: string;
  name?: string;
  email?: string;
}

export interface Target {
  type: string;
  id: string;
  name?: string;
}

export interface EntryRow {
  id: EntryId;
  workspace_id: string;
  occurred_at: Timestamp;
  recorded_at: Timestamp;
  /** Its number in the order of recording. It has none for some 10 seconds. */
  sequence?: number;
  actor: Actor;
  on_behalf_of?: Actor;
  action: string;
  target: Target;
  targets?: Target[];
  outcome: "success" | "failure" | "denied";
  reason?: string;
  ip_address?: string;
  /** What was sent as the address and is none. */
  ip_address_text?: string;
  user_agent?: string;
  location?: string;
  session_id?: string;
  external_id?: string;
  request_id?: string;
  adjusted?: Adjustment[];
  expires_at: Timestamp | null;
  /** The reasons for which it is unusual. Absent while it is not judged: see docs/unusual.md. */
  unusual?: string[];
  /** What differs between the old and the new value. Absent if nothing does. */
  changes?: ChangeSummary;
}

/** Differences between simple values, at most three, and how many there are in all. */
export interface ChangeSummary {
  total: number;
  first: Difference[];
}

export interface Difference {
  /** RFC 6901 pointer. */
  path: string;
  /** Each is absent if that side has none. Texts are cut. */
  old?: string | number | boolean | null;
  new?: string | number | boolean | null;
}

/** What the service changed of a field so that the entry was recorded. */
export interface Adjustment {
  /** RFC 6901 pointer into the entry; the empty text with the reason `more`. */
  pointer: string;
  reason: string;
}

export interface EntryWithChanges extends Omit<EntryRow, "unusual" | "changes"> {
  /** The id of the credential with which it was recorded. */
  key_id?: string;
  metadata?: Record<string, string | number | boolean>;
  old_value?: unknown;
  new_value?: unknown;
  integrity: "verified" | "failed" | "unverifiable";
  /** Absent while the entry is not judged. */
  unusual?: Evidence[];
  changes: Change[];
  changes_truncated?: true;
}

/** A reason for which an entry is unusual, and what the sentence about it is made of. */
export interface Evidence {
  /** One of the names in `unusual.js`, or a later one. */
  reason: string;
  /** The sentence in English. */
  detail: string;
  known_since?: Timestamp;
  network?: string;
  /** Up to three of them. */
  known_networks?: string[];
  known_network_count?: number;
  known_action_count?: number;
  /** A day in UTC. */
  last_active_day?: string;
  /** Hours of the day in UTC. */
  known_hours?: number[];
  /** The first moment of the hour that is counted. */
  hour?: Timestamp;
  count?: number;
  busiest_before?: number;
  recorded_after_seconds?: number;
}

export interface Change {
  change: "added" | "removed" | "changed";
  /** RFC 6901 pointer into the new value, or into the old one of what was removed. */
  path: string;
  /** The pointer into the old value of what was changed, if it is another. */
  old_path?: string;
}

export interface EntryPage {
  entries: EntryRow[];
  page: Page;
}

export interface Page {
  /** Null where it is not known how many entries are newer. */
  number: number | null;
  size: number;
  /** A lower bound unless `total_is_exact`. */
  total_entries: number;
  total_pages: number;
  total_is_exact: boolean;
  as_of: Timestamp | null;
  next_page_token: string | null;
  previous_page_token: string | null;
}

export interface Facets {
  actions: Facet[];
  target_types: Facet[];
  outcomes: Facet[];
  /** The reasons for which entries are unusual. An entry counts for each that it has. */
  unusual: Facet[];
  /** How many entries are unusual. One that is so for several reasons counts once. */
  unusual_entries: number;
  /** False while the newest entries are not judged, so that more may be unusual. */
  unusual_is_complete: boolean;
  total_entries: number;
  total_is_exact: boolean;
  as_of: Timestamp | null;
  retention_days: 30 | 90 | 365 | null;
  visible_from: Timestamp | null;
  /** Present only in an answer without filters. */
  expiring?: Expiring;
  /** Present only in such an answer; null before the first check. */
  journal_check?: JournalCheck | null;
  /** Present only in such an answer, while a lowered plan can be raised without loss. */
  grace?: Grace[];
  /** Present only if the request has an `interval`. */
  timeline?: Timeline;
}

/** How many entries each period has, under all filters. */
export interface Timeline {
  interval: Interval;
  /** Oldest first. Periods without an entry are left out. */
  buckets: Bucket[];
}

export type Interval = "hour" | "day" | "week" | "month" | "year";

/** A calendar period in UTC, and its entries. */
export interface Bucket {
  from: Timestamp;
  /** The start of the next period. */
  to: Timestamp;
  count: number;
  /** How many of them are unusual. Absent if none is. */
  unusual?: number;
}

/** `ActionFacet` and `TargetTypeFacet`, which have the same shape. */
export interface Facet {
  name: string;
  count: number;
}

export interface Expiring {
  within_7_days: number;
  within_30_days: number;
  first_expires_at: Timestamp | null;
  is_exact: boolean;
}

/** What the last check of the log found. */
export interface JournalCheck {
  state: "queued" | "running" | "done" | "failed";
  checked_at: Timestamp;
  checked_through: Timestamp | null;
  entries: number;
  unnumbered: number;
  missing: number;
  altered: number;
  found: string[];
}

/** A plan that was lowered, and what raising the plan to it would bring back. */
export interface Grace {
  plan: string;
  since: Timestamp;
  until: Timestamp;
  hidden_entries: number;
  is_exact: boolean;
}

/** An actor, as the directory knows it. */
export interface ActorRow {
  type: string;
  id: string;
  name: string | null;
  email: string | null;
  /** The first day in UTC on which it was active; null if there were more days than are kept. */
  first_day: string | null;
  last_entry_at: Timestamp;
  active_days: number;
}

/** What the log tells of an actor. */
export interface ActorProfile extends ActorRow {
  /** The present one first. */
  names: string[];
  emails: string[];
  networks: string[];
  actions: string[];
  /** Hours of the day in UTC. */
  active_hours: number[];
  /** The parts of which there is more than is kept. */
  incomplete: string[];
}

export interface SearchPage {
  number: number;
  size: number;
  total: number;
  total_pages: number;
  /** False if there may be more, which a longer text finds. */
  total_is_exact: boolean;
}

export interface ActorList {
  actors: ActorRow[];
  page: SearchPage;
}

/** An IP address, as the directory knows it. */
export interface AddressRow {
  address: string;
  network: string;
  first_day: string | null;
  last_entry_at: Timestamp;
  active_days: number;
  actor_count: number;
}

/** What the log tells of an IP address. */
export interface AddressProfile extends AddressRow {
  actors: ActorRow[];
  incomplete: string[];
}

export interface AddressList {
  addresses: AddressRow[];
  page: SearchPage;
}

export interface ExportFilters {
  action?: string;
  target_type?: string;
  actor_type?: string;
  actor_id?: string;
  target_id?: string;
  outcome?: string;
  /** An address or a range of them. */
  ip_address?: string;
  unusual?: boolean;
  from?: Timestamp;
  to?: Timestamp;
}

export interface ExportRequest extends ExportFilters {
  format: "csv" | "ndjson";
  /** Whether a CSV file begins with a byte order mark. */
  bom?: boolean;
  compression?: "none" | "gzip";
}

export interface Export {
  id: EntryId;
  workspace_id: string;
  state: "queued" | "running" | "done" | "failed";
  format: "csv" | "ndjson";
  bom: boolean;
  compression: "none" | "gzip";
  filters: ExportFilters;
  requested_at: Timestamp;
  requested_by: Actor;
  as_of: Timestamp;
  rows_expected: number | null;
  rows_written: number;
  completed_at: Timestamp | null;
  /** Present only when the state is `failed`. */
  failure?: string;
  /** Null unless the state is `done`. */
  file: ExportFile | null;
}

export interface ExportFile {
  name: string;
  media_type: string;
  bytes: number;
  row_count: number;
  sha256: string;
  truncated: false;
  expires_at: Timestamp;
  /** The two addresses and their end are present in an answer about one export, not in a list. */
  url?: string;
  url_expires_at?: Timestamp;
  manifest_url?: string;
}

export interface ExportList {
  exports: Export[];
}

export interface Catalog {
  /** 0 is the default catalogue. */
  version: number;
  actions: CatalogAction[];
  target_types: CatalogTargetType[];
}

export interface CatalogAction {
  name: string;
  label: string;
  /** Labels in other languages, by BCP 47 tag. */
  labels?: Record<string, string>;
  group: string;
  description?: string;
  /** Present if no new entries may have it. */
  retired?: true;
  service?: true;
}

export interface CatalogTargetType {
  name: string;
  label: string;
  labels?: Record<string, string>;
  retired?: true;
}

export interface BatchAnswer {
  results: (BatchRecorded | BatchDuplicate | BatchRejected)[];
  recorded: number;
  duplicate: number;
  rejected: number;
}

export interface BatchRecorded {
  status: "recorded";
  id: EntryId;
}

export interface BatchDuplicate {
  status: "duplicate";
  id: EntryId;
}

export interface BatchRejected {
  status: "rejected";
  problem: Problem;
}

export interface ViewerToken {
  token: string;
  key_id: string;
  expires_at: Timestamp;
  scopes: string[];
  workspace_id: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  request_id: string;
  errors?: FieldError[];
}

export interface FieldError {
  /** RFC 6901 pointer into the body, or `/` and the name of a query parameter. */
  pointer: string;
  detail: string;
}
