// Owns every text of the page, in each of its languages. What entries and the catalogue say is shown
// as it is, and no part of this.
//
// German must have what English has: the type checker sees that, and a test compares the two.

import { LANGUAGE } from "./language.js";
import { counted, grouped } from "./text.js";

/** @import { Child } from "./dom.js" */

/**
 * What a sentence on why an entry is unusual is made of. Each uses the facts of its reason.
 *
 * `at` and `hours` are hours of the day in UTC, `usual` and `late` are texts of this file, and
 * `hour` is the hour that was counted, by its start.
 *
 * @typedef {{
 *   who: Child,
 *   network: Child,
 *   known: Child[],
 *   since: Child,
 *   day: Child,
 *   at: string,
 *   hours: string,
 *   hour: Child,
 *   count: number,
 *   actions: number,
 *   usual: string,
 *   late: string,
 * }} WhyUnusual
 */

/**
 * @param {number} count
 * @returns {string}
 */
const entriesEn = (count) => counted(count, "entry", "entries");
/**
 * @param {number} count
 * @returns {string}
 */
const entriesDe = (count) => counted(count, "Eintrag", "Einträge");

const EN = {
  /** What the page has from the start: `data-text` and the like in index.html. */
  page: {
    title: "Audit log",
    export: "Export",
    refresh: "Refresh",
    refreshTitle: "Show the newest entries",
    apply: "Apply filters",
    entries: "Entries",
    caption:
      "Entries, newest first. The arrow keys move between rows and pages, and Enter opens an entry.",
    open: "Open",
    pages: "Pages",
    previous: "Previous",
    next: "Next",
    goToPage: "Go to page",
    go: "Go",
    entry: "Entry",
    entryDetails: "Entry details",
    newer: "Newer entry",
    newerTitle: "Newer entry (←)",
    older: "Older entry",
    olderTitle: "Older entry (→)",
    close: "Close",
    closeTitle: "Close (Esc)",
  },
  /** The names of fields, in filters, columns and facts. */
  fields: {
    action: "Action",
    targetType: "Target type",
    user: "User",
    target: "Target",
    period: "Period",
    from: "From",
    to: "To",
    time: "Time",
    ipAddress: "IP address",
    addressAsSent: "Address as sent",
    furtherTargets: "Further targets",
    targetId: "Target id",
    entryId: "Entry id",
    happened: "Happened",
    recorded: "Recorded",
    expires: "Expires",
    outcome: "Outcome",
    location: "Location",
    sessionId: "Session id",
    requestId: "Request id",
    externalId: "External id",
    keyId: "Recorded with key",
    userAgent: "User agent",
    reason: "Reason",
    metadata: "Metadata",
    adjusted: "Adjusted",
    /** @param {string} kind */
    idOf: (kind) => `${kind} id`,
  },
  keys: {
    title: "Keyboard",
    buttonTitle: "Keyboard shortcuts (?)",
    skip: "Skip to the entries",
    inList: "In the list",
    inEntry: "In an entry",
    inChart: "In the chart",
    everywhere: "Everywhere",
    rows: "The row above or below",
    ends: "The first or the last row",
    pages: "The page before or after",
    open: "Open the entry",
    user: "Tell about the user of this row",
    address: "Tell about the IP address of this row",
    target: "Show only what was done to the target of this row",
    scroll: "Scroll",
    neighbours: "The entry above or below, also on the next page",
    close: "Close the entry, and go back to its row",
    bars: "The bar before or after",
    moreBars: "Select several bars",
    zoom: "Show only this time",
    help: "Show these keys",
    homeKey: "Home",
    endKey: "End",
    enterKey: "Enter",
    escKey: "Esc",
    shiftKey: "Shift",
    single: "Use the keys U, A, T and ?",
  },
  filters: {
    allActions: "All actions",
    allTypes: "All types",
    /** @param {string} names */
    allBut: (names) => `All but ${names}`,
    /** @type {(first: string, more: number) => string} */
    several: (first, more) => `${first} + ${grouped(more)}`,
    onlyThese: "Only these",
    allButThese: "All but these",
    clearChoice: "Clear",
    find: "Find in this list",
    /** @param {number} count */
    most: (count) => `No more than ${grouped(count)} at once.`,
    anyOutcome: "Any",
    nameEmailOrId: "Name, email or id",
    nameOrId: "Name or id",
    addressOrRange: "Address or range",
    clear: "Clear filters",
    typeFirst: "Choose a target type first: ids are only unique within a type.",
    /** @type {(time: Child) => Child[]} */
    onlyFrom: (time) => ["Only from ", time],
    /** @type {(time: Child) => Child[]} */
    onlyBefore: (time) => ["Only before ", time],
    noneFound: "None has these words.",
    /** @param {string} label */
    retired: (label) => `${label}, retired`,
    otherGroup: "Other",
    badDates: "The dates in this address are not valid.",
    badOrder: "The first day is after the last day.",
    noActorId: "An actor is found by its type and id; the id is missing.",
    noTargetType: "A target is found by its type and id; the type is missing.",
  },
  lookups: {
    looking: "Looking …",
    /** @param {string} name */
    listOf: (name) => `Found for ${name}`,
    /** @param {number} count */
    found: (count) => `${grouped(count)} found. The arrow keys move through them.`,
    more: "There are more. A longer text finds them.",
    nobody:
      "Nobody with this name, email or id in this log; " +
      "somebody who acted in the last 40 seconds may be missing.",
    /** @param {string} who */
    useId: (who) => `Use it as an id: ${who}`,
    /** @type {(count: number, last: string) => string} */
    usedBy: (count, last) => `Used by ${grouped(count)}, last on ${last}`,
    noAddress:
      "No address in this log begins so; one used in the last 40 seconds may be missing. " +
      "A whole address, or a range such as 203.0.113.0/24, is taken as it is typed.",
    badAddress:
      "This is no IP address. Type one such as 203.0.113.7, or a range such as 203.0.113.0/24.",
  },
  periods: {
    any: "Any time",
    today: "Today",
    week: "Last 7 days",
    days30: "Last 30 days",
    days90: "Last 90 days",
    month: "This month",
    other: "Other dates",
  },
  timeline: {
    title: "Entries over time",
    /** @type {(when: string, count: number, unusual: number) => string} */
    bar: (when, count, unusual) =>
      `${when}: ${entriesEn(count)}${unusual > 0 ? `, ${grouped(unusual)} unusual` : ""}`,
    newest: "Only the newest entries are counted.",
    whole: "Whole time",
  },
  zone: { timesIn: "Times in", utc: "UTC" },
  list: {
    loading: "Loading entries.",
    entries: entriesEn,
    /** @param {string} count */
    atLeast: (count) => `at least ${count}`,
    /** @type {(count: number, orMore: boolean) => string} */
    arrived: (count, orMore) =>
      `${grouped(count)}${orMore ? " or more" : ""} new ${count === 1 ? "entry" : "entries"}`,
    /** @type {(old: Child, now: Child) => Child[]} */
    fromTo: (old, now) => ["from ", old, " to ", now],
    /** @param {number} count */
    more: (count) => `+ ${grouped(count)} more`,
    /** @param {string} name */
    openEntry: (name) => `Open: ${name}`,
    /** @param {string} who */
    onlyWhatDid: (who) => `Show only what ${who} did`,
    /** @param {string} target */
    onlyDoneTo: (target) => `Show only what was done to ${target}`,
    /** @param {string} names */
    also: (names) => `Also: ${names}`,
    /** @param {string} names */
    further: (names) => ` further: ${names}`,
    /** @param {string} sent */
    addressAsSent: (sent) => `Address as sent: ${sent}`,
  },
  pager: {
    /** @type {(number: string, pages: string, isExact: boolean) => string} */
    place: (number, pages, isExact) => `Page ${number} of ${isExact ? "" : "at least "}${pages}`,
    whole: "Enter a whole number from 1 on.",
  },
  actors: {
    kinds: {
      user: "User",
      api_key: "API key",
      service_account: "Service account",
      system: "System",
      anonymous: "Anonymous",
    },
    impersonating: "impersonating",
    onBehalfOf: "on behalf of",
  },
  about: {
    /** @param {string} who */
    more: (who) => `More about ${who}`,
    back: "Back",
    only: "Show only these",
    /** @param {string} what */
    onlyThese: (what) => `Show only these: ${what}`,
    loading: "Loading what is known.",
    shown: "What is known is shown.",
    first: "First seen",
    last: "Last seen",
    days: "Active days",
    hours: "Usual hours",
    networks: "Networks",
    network: "Network",
    actions: "Actions",
    names: "Other names",
    email: "Email",
    emails: "Other emails",
    who: "Used by",
    allDay: "At all hours",
    longAgo: "Before the last 366 active days, which are those that are kept.",
    /** @param {string} day */
    inUtc: (day) => `${day}, UTC`,
    /** @param {string} zone */
    zone: (zone) => `${zone}, by today's clock`,
    moreThanKept: "There are more. Those that were seen last are shown.",
    visibleOnly:
      "This is what the entries tell that can be seen now. " +
      "What happened in the last 40 seconds may be missing.",
    onlyRow: "Of somebody whose id has a slash, only this is known here.",
    actorUnknown:
      "Nothing is known of this user yet, or any more: " +
      "the first entry is less than 40 seconds old, or all entries have expired.",
    addressUnknown:
      "Nothing is known of this address yet, or any more: " +
      "the first entry is less than 40 seconds old, or all entries have expired.",
  },
  outcomes: { success: "Success", failure: "Failed", denied: "Denied" },
  unusual: {
    only: "Unusual only",
    title: "Unusual",
    unjudged: "The newest entries are still being checked.",
    /** @param {string} reasons */
    said: (reasons) => `Unusual: ${reasons}`,
    reasons: {
      new_actor: "New actor",
      new_address: "New network",
      new_action: "First time",
      returned: "Back after a pause",
      unusual_hour: "Unusual hour",
      burst: "Burst",
      many_denied: "Many denied",
      recorded_late: "Recorded late",
    },
    newActors: {
      user: "New user",
      api_key: "New API key",
      service_account: "New service account",
      system: "New system",
      anonymous: "First anonymous entry",
    },
    why: {
      /** @param {WhyUnusual} facts */
      new_actor: ({ who }) => ["First entry by ", who, "."],
      /** @param {WhyUnusual} facts */
      new_address: ({ who, network, since, known }) => [
        ...["First entry by ", who, " from ", network, ". Earlier ones, since ", since],
        ...[", came from ", ...known, "."],
      ],
      /** @param {WhyUnusual} facts */
      new_action: ({ who, since, actions }) => [
        ...["First time that ", who, " did this. Known since ", since],
        `, with ${counted(actions, "other action", "other actions")}.`,
      ],
      /** @param {WhyUnusual} facts */
      returned: ({ who, day }) => ["First entry by ", who, " since ", day, "."],
      /** @param {WhyUnusual} facts */
      unusual_hour: ({ who, at, since, hours }) => [
        ...["First entry by ", who, ` around ${at} UTC. Known since `, since],
        `, active at ${hours} UTC.`,
      ],
      /** @param {WhyUnusual} facts */
      burst: ({ who, count, hour, usual }) => [
        ...[`${counted(count, "sensitive action", "sensitive actions")} by `, who],
        ...[" in the hour from ", hour, `. ${usual}`],
      ],
      /** @param {WhyUnusual} facts */
      many_denied: ({ who, count, hour, usual }) => [
        ...[`${counted(count, "attempt", "attempts")} by `, who],
        ...[" were denied in the hour from ", hour, `. ${usual}`],
      ],
      /** @param {WhyUnusual} facts */
      recorded_late: ({ late }) => [`Recorded ${late} after it happened.`],
    },
    noNetwork: "no known network",
    /** @param {number} count */
    moreNetworks: (count) => counted(count, "other network", "other networks"),
    /** @param {number} busiest */
    usual: (busiest) =>
      busiest === 0
        ? "There were none in an hour before."
        : `The busiest usual hour had ${grouped(busiest)}.`,
    /** @param {number} days */
    days: (days) => counted(days, "day", "days"),
    /** @param {number} hours */
    hours: (hours) => counted(hours, "hour", "hours"),
    /** @param {string} day */
    inUtc: (day) => `${day} (UTC)`,
  },
  entry: {
    whyFailed: "Why it failed: ",
    whyDenied: "Why it was denied: ",
    never: "Never",
    notRecorded: "Not recorded",
    /** @param {string} name */
    onlyTarget: (name) => `Show only this target: ${name}`,
    /** @param {string} name */
    onlyAction: (name) => `Show only this action: ${name}`,
    /** @param {string} name */
    leaveOut: (name) => `Leave this action out: ${name}`,
    whatChanged: "What changed",
    altered:
      "This entry was altered after it was recorded: what is stored does not fit its id. " +
      "Do not rely on it, and tell whoever runs the product.",
    unverifiable:
      "It cannot be verified that this entry is as it was recorded: " +
      "the key that this takes was destroyed. That says nothing against the entry.",
    notFound: "Entry not found",
    notFoundWhy: "It has expired, or no entry of this workspace has this address.",
    unreachableWhy: "You may be offline.",
    cannotShow: "The entry cannot be shown",
    cannotShowWhy: "The service could not answer.",
    copyOld: "Copy old value",
    copyNew: "Copy new value",
    copyEntry: "Copy entry as JSON",
    copyLink: "Copy link",
    copy: "Copy",
    copied: "Copied.",
    copiedShort: "Copied",
    cannotCopy: "The browser does not allow copying here.",
  },
  values: {
    none: "No values were recorded with this entry.",
    old: "Old value",
    new: "New value",
    /** @param {number} count */
    fields: (count) => counted(count, "field", "fields"),
    /** @param {string} fields */
    added: (fields) => `${fields} added`,
    /** @param {string} fields */
    removed: (fields) => `${fields} removed`,
    /** @param {string} fields */
    changed: (fields) => `${fields} changed`,
    saidAdded: "added: ",
    saidRemoved: "removed: ",
    saidChanged: "changed: ",
    nothing: "Nothing changed.",
    truncated:
      "The service lists only the first changes; later ones are not marked. " +
      "The values are complete.",
    /** @type {(count: number, all: number) => string} */
    showUnchanged: (count, all) => `Show ${someOf(count, all, "of")} unchanged lines`,
    /** @type {(count: number, all: number) => string} */
    showMore: (count, all) => `Show ${someOf(count, all, "of")} more lines`,
    layout: "How the two values stand",
    sideBySide: "Side by side",
    unified: "Unified",
    /** @param {number} count */
    showEqual: (count) => `… show ${grouped(count)} equal characters …`,
    /** @param {number} count */
    showCharacters: (count) => `… show all ${grouped(count)} characters`,
  },
  adjusted: {
    name: "The name",
    email: "The email address",
    reason: "The reason",
    address: "The address",
    userAgent: "The user agent",
    location: "The location",
    text: "The text",
    field: "The field",
    /** @type {(field: string, most: number | undefined) => string} */
    cut: (field, most) =>
      `${field} was cut${most === undefined ? "" : ` to ${grouped(most)} characters`}.`,
    /** @param {string} field */
    empty: (field) => `${field} was sent as an empty text, so it is left out.`,
    /** @param {string} field */
    notText: (field) => `${field} was not sent as a text. This is the JSON that was sent.`,
    /** @param {string} field */
    loneSurrogate: (field) =>
      `${field} was not valid Unicode; the damaged characters are shown as �.`,
    /** @param {string} field */
    controlCharacter: (field) =>
      `${field} had control or invisible characters; they are shown as �.`,
    /** @param {string} field */
    notAnEmail: (field) => `${field} does not look like one. It is kept as it was sent.`,
    /** @param {string} field */
    notAnAddress: (field) => `${field} is not an IP address. It is kept as it was sent.`,
    /** @param {string} field */
    addressOnly: (field) =>
      `${field} was sent with white space, a port, brackets or a zone, which are left out.`,
    numberAsText:
      "The number was too long to be kept as a number. It is a text with the same characters.",
    schema: "The value does not fit the catalogue's schema for it. It is kept as it was sent.",
    more: "More was adjusted than is listed here.",
    /** @type {(field: string, reason: string) => string} */
    other: (field, reason) => `${field} was adjusted: ${reason}.`,
  },
  retention: {
    unlimited: "Entries are kept without limit.",
    /** @param {number} days */
    kept: (days) => `Entries are kept for ${counted(days, "day", "days")}.`,
    /** @param {number} days */
    noneExpires: (days) => `None expires within ${days} days.`,
    /** @type {(count: number, isExact: boolean, days: number) => string} */
    expire: (count, isExact, days) => {
      const expire = counted(count, "entry expires", "entries expire");
      return `${isExact ? "" : "At least "}${expire} within ${days} days`;
    },
    /** @type {(day: Child, count: number) => Child[]} */
    firstOn: (day, count) => [count === 1 ? ", on " : ", the first on ", day],
    /** @type {(day: Child) => Child[]} */
    by: (day) => [", by ", day],
    /** @param {number} count */
    exportThem: (count) => `Export ${count === 1 ? "it" : "them"}`,
    /** @type {(button: Child, count: number) => Child[]} */
    toKeep: (button, count) => [" ", button, ` to keep ${count === 1 ? "it" : "them"}.`],
    /** @type {(count: number, isExact: boolean, since: Child, until: Child) => Child[]} */
    hidden: (count, isExact, since, until) => [
      `${isExact ? "" : "At least "}${entriesEn(count)} hidden since `,
      since,
      ". Raise the plan by ",
      until,
      ` to get ${count === 1 ? "it" : "them"} back.`,
    ],
  },
  checked: {
    /** @type {(when: Child, entries: number, verdict: string) => Child[]} */
    line: (when, entries, verdict) => ["Checked ", when, `: ${entriesEn(entries)}, ${verdict}`],
    /** @param {number} count */
    missing: (count) => `${grouped(count)} missing`,
    /** @param {number} count */
    altered: (count) => `${grouped(count)} altered`,
    and: " and ",
    good: "all present and as recorded.",
    /** @param {string} found */
    bad: (found) => `${found}. Ask your provider.`,
  },
  messages: {
    access: [
      "Open Settings → Audit again in your product. You get a new link, valid for up to an hour.",
      "If this happens again, ask whoever runs the product for you. They decide who may read this log.",
    ],
    noToken: "Open this page from your product",
    entryWaits:
      "This link leads to an entry. Open the log from your product in this tab, and the entry opens.",
    ended: "Your access to this log has ended",
    endedWhy: "It has expired or was revoked.",
    /** @param {string} time */
    endsAt: (time) => `Your access to this log ends at ${time}`,
    goesOn: "Opened in this tab, the page goes on where it is.",
    forbidden: "This access does not allow reading the log",
    absent: "You do not have access to this workspace",
    absentWhy: "It does not exist, or your access is for another workspace.",
    unusable: "These filters cannot be used",
    busy: "The service is busy",
    busyWhy: "Nothing is lost. Try again in a moment.",
    failed: "The service could not answer",
    failedWhy:
      "Nothing is lost. Try again. If this keeps happening, tell whoever runs the product.",
    unreachable: "The service cannot be reached",
    unreachableWhy: "You may be offline. The page tries again as soon as there is a connection.",
    /** @param {string} id */
    reference: (id) => `Reference: ${id}`,
    tryAgain: "Try again",
    noMatchesYet: "No matches so far",
    noMatchesYetWhy: "None of the entries searched so far match. There are older entries.",
    searchOlder: "Search older entries",
    /** @param {string} number */
    pastEnd: (number) => `Page ${number} is past the end`,
    /** @type {(pages: number, isExact: boolean) => string} */
    pages: (pages, isExact) =>
      pages === 1
        ? "There is one page of entries here."
        : `There are ${isExact ? "" : "at least "}${grouped(pages)} pages of entries here.`,
    /** @param {string} number */
    goToPage: (number) => `Go to page ${number}`,
    noMatches: "No entries match these filters",
    noMatchesWhy: "No such entry was recorded, or it has expired.",
    noUnusual: "Nothing unusual was found",
    noUnusualYet: "Nothing unusual was found yet",
    noUnusualHere: "No unusual entries match these filters",
    noUnusualWhy:
      "In the first days of a log, usually 14, only bursts of sensitive actions are found.",
    nothing: "Nothing has been recorded yet",
    nothingWhy: "What people and programs do in this workspace will appear here.",
  },
  exports: {
    title: "Export",
    format: "Format",
    csv: "for spreadsheets: one row per entry, old and new value as JSON text",
    ndjson: "for programs: one JSON object per line, exactly what was recorded",
    compress: "Compress",
    withGzip: "with gzip",
    start: "Start export",
    goesOn:
      "The export goes on if you close this panel, and you find it here later. " +
      "The log records that you exported.",
    ofWorkspace: "Exports of this workspace",
    none: "No exports in the last seven days.",
    sizeUnknown: "How many entries the file will have is not known yet.",
    /** @type {(count: number, isExact: boolean) => string} */
    size: (count, isExact) =>
      `The file will have ${isExact ? "" : "at least "}${entriesEn(count)}, as the list has now.`,
    /** @type {(form: string, progress: string) => string} */
    started: (form, progress) => `Export started: ${form}. ${progress}`,
    goneLong: "This export is gone. Its file was kept for seven days.",
    gone: "This export is gone.",
    failed: "The export failed.",
    /** @param {number} rows */
    done: (rows) => `The export is done, ${entriesEn(rows)}. The file can be downloaded now.`,
    states: { queued: "Waiting", running: "Running", done: "Done", failed: "Failed" },
    /** @type {(when: Child, who: Child[]) => Child[]} */
    by: (when, who) => [when, ", by ", ...who],
    /** @type {(form: string, when: string) => string} */
    showFileOf: (form, when) => `Show file: ${form}, ${when}`,
    showFile: "Show file",
    sizeName: "Size",
    keptUntil: "Kept until",
    name: "Name",
    sha256: "SHA-256",
    download: "Download",
    /** @param {string} name */
    downloadOf: (name) => `Download ${name}`,
    manifest: "Manifest",
    /** @param {string} name */
    manifestOf: (name) => `Manifest of ${name}, as JSON`,
    failedNoFile: "This export failed; there is no file.",
    filters: "Filters",
    /** @type {(name: string, value: Child) => Child[]} */
    filter: (name, value) => [`${name}: `, value],
    /** @type {(time: Child) => Child[]} */
    from: (time) => ["From ", time],
    /** @type {(time: Child) => Child[]} */
    before: (time) => ["Before ", time],
    noFilter: "No filter: the whole log",
    waiting: "Waiting to start.",
    /** @param {number} written */
    written: (written) => `${entriesEn(written)} written so far`,
    /** @type {(written: number, expected: number) => string} */
    writtenOf: (written, expected) => `${grouped(written)} of ${entriesEn(expected)} written`,
    /** @param {number} bytes */
    bytes: (bytes) => counted(bytes, "byte", "bytes"),
    notAllowed: "This access does not allow exporting",
    busyWhy: "Nothing is lost.",
    absent: "Exports are not available",
    absentWhy:
      "You no longer have access to this workspace, or this service does not offer exports.",
    unusable: "This cannot be exported",
    unreachableWhy: "You may be offline. Exports that have started go on without this page.",
    /** @param {number} seconds */
    inSeconds: (seconds) =>
      seconds > 0 ? `in ${counted(seconds, "second", "seconds")}` : "in a moment",
    mayHaveStarted: "The export may have started anyway. If so, it is in the list below.",
    /** @param {string} wait */
    triesAgain: (wait) => `The page tries again by itself ${wait}.`,
    /** @param {string} wait */
    tryAgain: (wait) => `Try again ${wait}.`,
    reload: "Reload the list",
  },
};

/** @type {typeof EN} */
const DE = {
  page: {
    title: "Audit-Log",
    export: "Export",
    refresh: "Aktualisieren",
    refreshTitle: "Die neuesten Einträge zeigen",
    apply: "Filter anwenden",
    entries: "Einträge",
    caption:
      "Einträge, neueste zuerst. Die Pfeiltasten wechseln Zeile und Seite, Enter öffnet einen Eintrag.",
    open: "Öffnen",
    pages: "Seiten",
    previous: "Zurück",
    next: "Weiter",
    goToPage: "Gehe zu Seite",
    go: "Los",
    entry: "Eintrag",
    entryDetails: "Einzelheiten des Eintrags",
    newer: "Neuerer Eintrag",
    newerTitle: "Neuerer Eintrag (←)",
    older: "Älterer Eintrag",
    olderTitle: "Älterer Eintrag (→)",
    close: "Schließen",
    closeTitle: "Schließen (Esc)",
  },
  fields: {
    action: "Aktion",
    targetType: "Zieltyp",
    user: "Benutzer",
    target: "Ziel",
    period: "Zeitraum",
    from: "Von",
    to: "Bis",
    time: "Zeit",
    ipAddress: "IP-Adresse",
    addressAsSent: "Adresse wie gesendet",
    furtherTargets: "Weitere Ziele",
    targetId: "Ziel-ID",
    entryId: "Eintrags-ID",
    happened: "Geschehen",
    recorded: "Aufgezeichnet",
    expires: "Läuft ab",
    outcome: "Ergebnis",
    location: "Ort",
    sessionId: "Sitzungs-ID",
    requestId: "Anfrage-ID",
    externalId: "Externe ID",
    keyId: "Aufgezeichnet mit Schlüssel",
    userAgent: "User-Agent",
    reason: "Grund",
    metadata: "Metadaten",
    adjusted: "Angepasst",
    idOf: (kind) => `${kind}-ID`.replaceAll(" ", "-"),
  },
  keys: {
    title: "Tastatur",
    buttonTitle: "Tastenkürzel (?)",
    skip: "Zu den Einträgen springen",
    inList: "In der Liste",
    inEntry: "In einem Eintrag",
    inChart: "Im Diagramm",
    everywhere: "Überall",
    rows: "Zeile darüber oder darunter",
    ends: "Erste oder letzte Zeile",
    pages: "Vorige oder nächste Seite",
    open: "Eintrag öffnen",
    user: "Mehr über den Benutzer dieser Zeile",
    address: "Mehr über die IP-Adresse dieser Zeile",
    target: "Nur zeigen, was mit dem Ziel dieser Zeile geschah",
    scroll: "Blättern",
    neighbours: "Eintrag darüber oder darunter, auch auf der nächsten Seite",
    close: "Eintrag schließen und zurück zu seiner Zeile",
    bars: "Voriger oder nächster Balken",
    moreBars: "Mehrere Balken auswählen",
    zoom: "Nur diese Zeit zeigen",
    help: "Diese Tasten zeigen",
    homeKey: "Pos1",
    endKey: "Ende",
    enterKey: "Enter",
    escKey: "Esc",
    shiftKey: "Umschalt",
    single: "Die Tasten U, A, T und ? verwenden",
  },
  filters: {
    allActions: "Alle Aktionen",
    allTypes: "Alle Typen",
    allBut: (names) => `Alle außer ${names}`,
    several: (first, more) => `${first} + ${grouped(more)}`,
    onlyThese: "Nur diese",
    allButThese: "Alle außer diesen",
    clearChoice: "Leeren",
    find: "In dieser Liste finden",
    most: (count) => `Nicht mehr als ${grouped(count)} zugleich.`,
    anyOutcome: "Alle",
    nameEmailOrId: "Name, E-Mail oder ID",
    nameOrId: "Name oder ID",
    addressOrRange: "Adresse oder Bereich",
    clear: "Filter löschen",
    typeFirst: "Wählen Sie zuerst einen Zieltyp: IDs sind nur innerhalb eines Typs eindeutig.",
    onlyFrom: (time) => ["Nur ab ", time],
    onlyBefore: (time) => ["Nur vor ", time],
    noneFound: "Nichts hat diese Wörter.",
    retired: (label) => `${label}, nicht mehr verwendet`,
    otherGroup: "Andere",
    badDates: "Die Daten in dieser Adresse sind ungültig.",
    badOrder: "Der erste Tag liegt nach dem letzten.",
    noActorId: "Ein Akteur wird über Typ und ID gefunden; die ID fehlt.",
    noTargetType: "Ein Ziel wird über Typ und ID gefunden; der Typ fehlt.",
  },
  lookups: {
    looking: "Wird gesucht …",
    listOf: (name) => `Gefunden für ${name}`,
    found: (count) => `${grouped(count)} gefunden. Die Pfeiltasten wählen aus.`,
    more: "Es gibt weitere. Ein längerer Text findet sie.",
    nobody:
      "Niemand mit diesem Namen, dieser E-Mail oder ID in diesem Log; " +
      "wer in den letzten 40 Sekunden etwas tat, kann fehlen.",
    useId: (who) => `Als ID verwenden: ${who}`,
    usedBy: (count, last) => `Von ${grouped(count)} verwendet, zuletzt am ${last}`,
    noAddress:
      "Keine Adresse in diesem Log beginnt so; eine aus den letzten 40 Sekunden kann fehlen. " +
      "Eine ganze Adresse oder ein Bereich wie 203.0.113.0/24 gilt, wie Sie sie tippen.",
    badAddress:
      "Das ist keine IP-Adresse. Tippen Sie eine wie 203.0.113.7 " +
      "oder einen Bereich wie 203.0.113.0/24.",
  },
  periods: {
    any: "Jederzeit",
    today: "Heute",
    week: "Letzte 7 Tage",
    days30: "Letzte 30 Tage",
    days90: "Letzte 90 Tage",
    month: "Dieser Monat",
    other: "Andere Tage",
  },
  timeline: {
    title: "Einträge im Lauf der Zeit",
    bar: (when, count, unusual) =>
      `${when}: ${entriesDe(count)}${unusual > 0 ? `, ${grouped(unusual)} ungewöhnlich` : ""}`,
    newest: "Nur die neuesten Einträge sind gezählt.",
    whole: "Ganze Zeit",
  },
  zone: { timesIn: "Zeiten in", utc: "UTC" },
  list: {
    loading: "Einträge werden geladen.",
    entries: entriesDe,
    atLeast: (count) => `mindestens ${count}`,
    arrived: (count, orMore) =>
      `${grouped(count)}${orMore ? " oder mehr" : ""} ${count === 1 ? "neuer Eintrag" : "neue Einträge"}`,
    fromTo: (old, now) => ["von ", old, " zu ", now],
    more: (count) => `+ ${grouped(count)} weitere`,
    openEntry: (name) => `Öffnen: ${name}`,
    onlyWhatDid: (who) => `Nur zeigen, was ${who} getan hat`,
    onlyDoneTo: (target) => `Nur zeigen, was mit ${target} geschah`,
    also: (names) => `Außerdem: ${names}`,
    further: (names) => ` weitere: ${names}`,
    addressAsSent: (sent) => `Adresse wie gesendet: ${sent}`,
  },
  pager: {
    place: (number, pages, isExact) =>
      `Seite ${number} von ${isExact ? "" : "mindestens "}${pages}`,
    whole: "Geben Sie eine ganze Zahl ab 1 ein.",
  },
  actors: {
    kinds: {
      user: "Benutzer",
      api_key: "API-Schlüssel",
      service_account: "Dienstkonto",
      system: "System",
      anonymous: "Anonym",
    },
    impersonating: "als",
    onBehalfOf: "im Auftrag von",
  },
  about: {
    more: (who) => `Mehr über ${who}`,
    back: "Zurück",
    only: "Nur diese zeigen",
    onlyThese: (what) => `Nur diese zeigen: ${what}`,
    loading: "Was bekannt ist, wird geladen.",
    shown: "Was bekannt ist, wird gezeigt.",
    first: "Zuerst gesehen",
    last: "Zuletzt gesehen",
    days: "Aktive Tage",
    hours: "Übliche Zeiten",
    networks: "Netze",
    network: "Netz",
    actions: "Aktionen",
    names: "Andere Namen",
    email: "E-Mail",
    emails: "Andere E-Mails",
    who: "Verwendet von",
    allDay: "Zu jeder Stunde",
    longAgo: "Vor den letzten 366 aktiven Tagen; nur diese werden behalten.",
    inUtc: (day) => `${day}, UTC`,
    zone: (zone) => `${zone}, nach heutiger Uhrzeit`,
    moreThanKept: "Es gibt mehr. Gezeigt wird, was zuletzt gesehen wurde.",
    visibleOnly:
      "Das ist, was die jetzt sichtbaren Einträge sagen. " +
      "Was in den letzten 40 Sekunden geschah, kann fehlen.",
    onlyRow: "Von jemandem mit einem Schrägstrich in der ID ist hier nur das bekannt.",
    actorUnknown:
      "Von diesem Benutzer ist noch nichts oder nichts mehr bekannt: " +
      "Der erste Eintrag ist keine 40 Sekunden alt, oder alle Einträge sind abgelaufen.",
    addressUnknown:
      "Von dieser Adresse ist noch nichts oder nichts mehr bekannt: " +
      "Der erste Eintrag ist keine 40 Sekunden alt, oder alle Einträge sind abgelaufen.",
  },
  outcomes: { success: "Erfolg", failure: "Fehlgeschlagen", denied: "Verweigert" },
  unusual: {
    only: "Nur Ungewöhnliches",
    title: "Ungewöhnlich",
    unjudged: "Die neuesten Einträge werden noch geprüft.",
    said: (reasons) => `Ungewöhnlich: ${reasons}`,
    reasons: {
      new_actor: "Neuer Akteur",
      new_address: "Neues Netz",
      new_action: "Zum ersten Mal",
      returned: "Zurück nach Pause",
      unusual_hour: "Unübliche Uhrzeit",
      burst: "Häufung",
      many_denied: "Oft verweigert",
      recorded_late: "Spät aufgezeichnet",
    },
    newActors: {
      user: "Neuer Benutzer",
      api_key: "Neuer API-Schlüssel",
      service_account: "Neues Dienstkonto",
      system: "Neues System",
      anonymous: "Erster anonymer Eintrag",
    },
    why: {
      new_actor: ({ who }) => ["Erster Eintrag von ", who, "."],
      new_address: ({ who, network, since, known }) => [
        ...["Erster Eintrag von ", who, " aus ", network, ". Frühere, seit dem ", since],
        ...[", kamen aus ", ...known, "."],
      ],
      new_action: ({ who, since, actions }) => [
        ...["Erstes Mal, dass ", who, " das tat. Bekannt seit dem ", since],
        `, mit ${counted(actions, "anderen Aktion", "anderen Aktionen")}.`,
      ],
      returned: ({ who, day }) => ["Erster Eintrag von ", who, " seit dem ", day, "."],
      unusual_hour: ({ who, at, since, hours }) => [
        ...["Erster Eintrag von ", who, ` gegen ${at} UTC. Bekannt seit dem `, since],
        `, üblich sind ${hours} UTC.`,
      ],
      burst: ({ who, count, hour, usual }) => [
        ...[`${counted(count, "sensible Aktion", "sensible Aktionen")} von `, who],
        ...[" in der Stunde ab ", hour, `. ${usual}`],
      ],
      many_denied: ({ who, count, hour, usual }) => [
        ...[`${counted(count, "Versuch", "Versuche")} von `, who, " in der Stunde ab ", hour],
        ` verweigert. ${usual}`,
      ],
      recorded_late: ({ late }) => [`Erst ${late} nach dem Ereignis aufgezeichnet.`],
    },
    noNetwork: "keinem bekannten Netz",
    moreNetworks: (count) => counted(count, "anderen Netz", "anderen Netzen"),
    usual: (busiest) =>
      busiest === 0
        ? "In keiner Stunde davor gab es welche."
        : `Die stärkste übliche Stunde hatte ${grouped(busiest)}.`,
    days: (days) => counted(days, "Tag", "Tage"),
    hours: (hours) => counted(hours, "Stunde", "Stunden"),
    inUtc: (day) => `${day} (UTC)`,
  },
  entry: {
    whyFailed: "Warum es fehlschlug: ",
    whyDenied: "Warum es verweigert wurde: ",
    never: "Nie",
    notRecorded: "Nicht aufgezeichnet",
    onlyTarget: (name) => `Nur dieses Ziel zeigen: ${name}`,
    onlyAction: (name) => `Nur diese Aktion zeigen: ${name}`,
    leaveOut: (name) => `Diese Aktion weglassen: ${name}`,
    whatChanged: "Was sich änderte",
    altered:
      "Dieser Eintrag wurde nach der Aufzeichnung verändert: Was gespeichert ist, passt nicht zu " +
      "seiner ID. Verlassen Sie sich nicht darauf, und sagen Sie es dem Betreiber des Produkts.",
    unverifiable:
      "Es lässt sich nicht prüfen, ob dieser Eintrag so ist, wie er aufgezeichnet wurde: " +
      "Der Schlüssel dafür wurde vernichtet. Das spricht nicht gegen den Eintrag.",
    notFound: "Eintrag nicht gefunden",
    notFoundWhy: "Er ist abgelaufen, oder kein Eintrag dieses Arbeitsbereichs hat diese Adresse.",
    unreachableWhy: "Vielleicht sind Sie offline.",
    cannotShow: "Der Eintrag kann nicht gezeigt werden",
    cannotShowWhy: "Der Dienst konnte nicht antworten.",
    copyOld: "Alten Wert kopieren",
    copyNew: "Neuen Wert kopieren",
    copyEntry: "Eintrag als JSON kopieren",
    copyLink: "Link kopieren",
    copy: "Kopieren",
    copied: "Kopiert.",
    copiedShort: "Kopiert",
    cannotCopy: "Der Browser erlaubt hier kein Kopieren.",
  },
  values: {
    none: "Mit diesem Eintrag wurden keine Werte aufgezeichnet.",
    old: "Alter Wert",
    new: "Neuer Wert",
    fields: (count) => counted(count, "Feld", "Felder"),
    added: (fields) => `${fields} hinzugefügt`,
    removed: (fields) => `${fields} entfernt`,
    changed: (fields) => `${fields} geändert`,
    saidAdded: "hinzugefügt: ",
    saidRemoved: "entfernt: ",
    saidChanged: "geändert: ",
    nothing: "Nichts änderte sich.",
    truncated:
      "Der Dienst nennt nur die ersten Änderungen; spätere sind nicht markiert. " +
      "Die Werte sind vollständig.",
    showUnchanged: (count, all) => `${someOf(count, all, "von")} unveränderte Zeilen zeigen`,
    showMore: (count, all) => `${someOf(count, all, "von")} weitere Zeilen zeigen`,
    layout: "Wie die beiden Werte stehen",
    sideBySide: "Nebeneinander",
    unified: "Untereinander",
    showEqual: (count) => `… ${grouped(count)} gleiche Zeichen zeigen …`,
    showCharacters: (count) => `… alle ${grouped(count)} Zeichen zeigen`,
  },
  adjusted: {
    name: "Der Name",
    email: "Die E-Mail-Adresse",
    reason: "Der Grund",
    address: "Die Adresse",
    userAgent: "Der User-Agent",
    location: "Der Ort",
    text: "Der Text",
    field: "Das Feld",
    cut: (field, most) =>
      `${field} wurde${most === undefined ? "" : ` auf ${grouped(most)} Zeichen`} gekürzt.`,
    empty: (field) => `${field} kam als leerer Text und ist darum weggelassen.`,
    notText: (field) => `${field} kam nicht als Text. Dies ist das gesendete JSON.`,
    loneSurrogate: (field) =>
      `${field} war kein gültiges Unicode; die beschädigten Zeichen erscheinen als �.`,
    controlCharacter: (field) =>
      `${field} hatte Steuerzeichen oder unsichtbare Zeichen; sie erscheinen als �.`,
    notAnEmail: (field) =>
      `${field} sieht nicht wie eine aus und steht hier, wie sie gesendet wurde.`,
    notAnAddress: (field) =>
      `${field} ist keine IP-Adresse und steht hier, wie sie gesendet wurde.`,
    addressOnly: (field) =>
      `${field} kam mit Leerzeichen, Port, Klammern oder Zone; diese sind weggelassen.`,
    numberAsText: "Die Zahl war zu lang für eine Zahl. Sie ist ein Text mit denselben Zeichen.",
    schema: "Der Wert passt nicht zum Schema des Katalogs. Er steht hier, wie er gesendet wurde.",
    more: "Es wurde mehr angepasst, als hier steht.",
    other: (field, reason) => `${field} wurde angepasst: ${reason}.`,
  },
  retention: {
    unlimited: "Einträge werden unbegrenzt aufbewahrt.",
    kept: (days) => `Einträge werden ${counted(days, "Tag", "Tage")} aufbewahrt.`,
    noneExpires: (days) => `In den nächsten ${days} Tagen läuft keiner ab.`,
    expire: (count, isExact, days) => {
      const expire = counted(count, "Eintrag läuft", "Einträge laufen");
      return `${isExact ? "" : "Mindestens "}${expire} in den nächsten ${days} Tagen ab`;
    },
    firstOn: (day, count) => [count === 1 ? ", am " : ", der erste am ", day],
    by: (day) => [", bis zum ", day],
    exportThem: (count) => `Exportieren Sie ${count === 1 ? "ihn" : "sie"}`,
    toKeep: (button, count) => [" ", button, `, um ${count === 1 ? "ihn" : "sie"} zu behalten.`],
    hidden: (count, isExact, since, until) => [
      `${isExact ? "" : "Mindestens "}${entriesDe(count)} verborgen seit `,
      since,
      ". Wechseln Sie bis zum ",
      until,
      ` in den höheren Tarif, um ${count === 1 ? "ihn" : "sie"} zurückzubekommen.`,
    ],
  },
  checked: {
    line: (when, entries, verdict) => ["Geprüft ", when, `: ${entriesDe(entries)}, ${verdict}`],
    missing: (count) => `${grouped(count)} fehlen`,
    altered: (count) => `${grouped(count)} verändert`,
    and: " und ",
    good: "alle vorhanden und wie aufgezeichnet.",
    bad: (found) => `${found}. Fragen Sie Ihren Anbieter.`,
  },
  messages: {
    access: [
      "Öffnen Sie in Ihrem Produkt erneut Einstellungen → Audit. Der neue Link gilt bis zu einer Stunde.",
      "Geschieht das wieder, fragen Sie den Betreiber des Produkts. Er entscheidet, wer dieses Log lesen darf.",
    ],
    noToken: "Öffnen Sie diese Seite aus Ihrem Produkt",
    entryWaits:
      "Dieser Link führt zu einem Eintrag. Öffnen Sie das Log aus Ihrem Produkt in diesem Tab, dann öffnet er sich.",
    ended: "Ihr Zugang zu diesem Log ist beendet",
    endedWhy: "Er ist abgelaufen oder wurde widerrufen.",
    endsAt: (time) => `Ihr Zugang zu diesem Log endet am ${time}`,
    goesOn: "In diesem Tab geöffnet, geht es hier weiter.",
    forbidden: "Dieser Zugang erlaubt nicht, das Log zu lesen",
    absent: "Sie haben keinen Zugang zu diesem Arbeitsbereich",
    absentWhy: "Es gibt ihn nicht, oder Ihr Zugang gilt für einen anderen.",
    unusable: "Diese Filter sind nicht verwendbar",
    busy: "Der Dienst ist ausgelastet",
    busyWhy: "Nichts ist verloren. Versuchen Sie es gleich noch einmal.",
    failed: "Der Dienst konnte nicht antworten",
    failedWhy:
      "Nichts ist verloren. Versuchen Sie es noch einmal. " +
      "Bleibt es dabei, sagen Sie es dem Betreiber des Produkts.",
    unreachable: "Der Dienst ist nicht erreichbar",
    unreachableWhy:
      "Vielleicht sind Sie offline. Die Seite versucht es erneut, sobald es eine Verbindung gibt.",
    reference: (id) => `Referenz: ${id}`,
    tryAgain: "Noch einmal versuchen",
    noMatchesYet: "Bisher keine Treffer",
    noMatchesYetWhy: "Unter den bisher durchsuchten Einträgen passt keiner. Es gibt ältere.",
    searchOlder: "Ältere Einträge durchsuchen",
    pastEnd: (number) => `Seite ${number} liegt hinter dem Ende`,
    pages: (pages, isExact) =>
      pages === 1
        ? "Hier gibt es eine Seite mit Einträgen."
        : `Hier gibt es ${isExact ? "" : "mindestens "}${grouped(pages)} Seiten mit Einträgen.`,
    goToPage: (number) => `Zu Seite ${number}`,
    noMatches: "Kein Eintrag passt zu diesen Filtern",
    noMatchesWhy: "So einer wurde nicht aufgezeichnet, oder er ist abgelaufen.",
    noUnusual: "Nichts Ungewöhnliches gefunden",
    noUnusualYet: "Bisher nichts Ungewöhnliches gefunden",
    noUnusualHere: "Kein ungewöhnlicher Eintrag passt zu diesen Filtern",
    noUnusualWhy:
      "In den ersten Tagen eines Logs, meist 14, werden nur Häufungen sensibler Aktionen gefunden.",
    nothing: "Noch wurde nichts aufgezeichnet",
    nothingWhy: "Was Menschen und Programme in diesem Arbeitsbereich tun, erscheint hier.",
  },
  exports: {
    title: "Export",
    format: "Format",
    csv: "für Tabellen: eine Zeile je Eintrag, alter und neuer Wert als JSON-Text",
    ndjson: "für Programme: ein JSON-Objekt je Zeile, genau das Aufgezeichnete",
    compress: "Komprimieren",
    withGzip: "mit gzip",
    start: "Export starten",
    goesOn:
      "Der Export läuft weiter, wenn Sie dieses Feld schließen, und Sie finden ihn später hier. " +
      "Das Log zeichnet auf, dass Sie exportiert haben.",
    ofWorkspace: "Exporte dieses Arbeitsbereichs",
    none: "Keine Exporte in den letzten sieben Tagen.",
    sizeUnknown: "Wie viele Einträge die Datei haben wird, ist noch nicht bekannt.",
    size: (count, isExact) =>
      `Die Datei wird ${isExact ? "" : "mindestens "}${entriesDe(count)} haben, wie jetzt die Liste.`,
    started: (form, progress) => `Export gestartet: ${form}. ${progress}`,
    goneLong: "Diesen Export gibt es nicht mehr. Seine Datei wurde sieben Tage aufbewahrt.",
    gone: "Diesen Export gibt es nicht mehr.",
    failed: "Der Export ist fehlgeschlagen.",
    done: (rows) => `Der Export ist fertig, ${entriesDe(rows)}. Die Datei ist bereit.`,
    states: { queued: "Wartet", running: "Läuft", done: "Fertig", failed: "Fehlgeschlagen" },
    by: (when, who) => [when, ", von ", ...who],
    showFileOf: (form, when) => `Datei zeigen: ${form}, ${when}`,
    showFile: "Datei zeigen",
    sizeName: "Größe",
    keptUntil: "Aufbewahrt bis",
    name: "Name",
    sha256: "SHA-256",
    download: "Herunterladen",
    downloadOf: (name) => `${name} herunterladen`,
    manifest: "Manifest",
    manifestOf: (name) => `Manifest von ${name}, als JSON`,
    failedNoFile: "Dieser Export ist fehlgeschlagen; es gibt keine Datei.",
    filters: "Filter",
    filter: (name, value) => [`${name}: `, value],
    from: (time) => ["Ab ", time],
    before: (time) => ["Vor ", time],
    noFilter: "Kein Filter: das ganze Log",
    waiting: "Wartet auf den Start.",
    written: (written) => `bisher ${entriesDe(written)} geschrieben`,
    writtenOf: (written, expected) => `${grouped(written)} von ${entriesDe(expected)} geschrieben`,
    bytes: (bytes) => counted(bytes, "Byte", "Bytes"),
    notAllowed: "Dieser Zugang erlaubt keine Exporte",
    busyWhy: "Nichts ist verloren.",
    absent: "Exporte sind nicht verfügbar",
    absentWhy:
      "Sie haben keinen Zugang zu diesem Arbeitsbereich mehr, oder dieser Dienst bietet keine Exporte.",
    unusable: "Das kann nicht exportiert werden",
    unreachableWhy:
      "Vielleicht sind Sie offline. Begonnene Exporte laufen ohne diese Seite weiter.",
    inSeconds: (seconds) =>
      seconds > 0 ? `in ${counted(seconds, "Sekunde", "Sekunden")}` : "gleich",
    mayHaveStarted:
      "Der Export hat vielleicht trotzdem begonnen. Dann steht er unten in der Liste.",
    triesAgain: (wait) => `Die Seite versucht es ${wait} von selbst noch einmal.`,
    tryAgain: (wait) => `Versuchen Sie es ${wait} noch einmal.`,
    reload: "Liste neu laden",
  },
};

/** The texts in each language. */
export const TEXTS = { en: EN, de: DE };
/** The texts in the language of the page. */
export const say = TEXTS[LANGUAGE];

/**
 * A count, and of how many it is a part: `1,000 of 5,000`.
 *
 * @param {number} count
 * @param {number} all
 * @param {string} of
 */
function someOf(count, all, of) {
  return all > count ? `${grouped(count)} ${of} ${grouped(all)}` : grouped(count);
}
