// Owns how times are read and shown: in the viewer's time zone to read, in UTC to be certain. A day
// is a whole day of the viewer's zone. Whoever prefers it has UTC as the zone; the browser remembers
// it for this page's origin.

const UTC = "UTC";
const ZONE_KEY = "audit-log-zone";
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const IS_UTC = preferredZone() === UTC;
/** Undefined stands for the zone of the browser. */
const timeZone = IS_UTC ? UTC : undefined;
/** @type {Intl.DateTimeFormatOptions} */
const DAY_AND_TIME = {
  timeZone,
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};
const LOCAL = new Intl.DateTimeFormat("en-GB", DAY_AND_TIME);
const LOCAL_MINUTE = new Intl.DateTimeFormat("en-GB", { ...DAY_AND_TIME, second: undefined });
const LOCAL_DAY = new Intl.DateTimeFormat("en-GB", {
  timeZone,
  day: "numeric",
  month: "short",
  year: "numeric",
});
const LOCAL_ZONED = new Intl.DateTimeFormat("en-GB", {
  ...DAY_AND_TIME,
  timeZoneName: "shortOffset",
});
const LOCAL_EXACT = new Intl.DateTimeFormat("en-GB", {
  ...DAY_AND_TIME,
  fractionalSecondDigits: 3,
  timeZoneName: "shortOffset",
});
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** The zone in which times are shown, for example `Europe/Berlin`. */
export function zoneName() {
  return (timeZone ?? OWN_ZONE).replaceAll("_", " ");
}

/** The zone that the other choice would show; undefined if there is no other. */
export function otherZone() {
  if (OWN_ZONE === UTC) return undefined;
  return IS_UTC ? OWN_ZONE.replaceAll("_", " ") : UTC;
}

/** Remembers the other zone, and shows the page anew in it. */
export function switchZone() {
  try {
    if (IS_UTC) localStorage.removeItem(ZONE_KEY);
    else localStorage.setItem(ZONE_KEY, UTC);
    location.reload();
  } catch {
    // A browser that keeps nothing for this page cannot switch.
  }
}

/** The zone that this browser remembers. */
function preferredZone() {
  try {
    return localStorage.getItem(ZONE_KEY);
  } catch {
    return null;
  }
}

/**
 * A time in the viewer's zone, to the second.
 *
 * @param {string} instant
 */
export function localTime(instant) {
  return LOCAL.format(new Date(instant));
}

/**
 * A time in the viewer's zone, to the minute.
 *
 * @param {string} instant
 */
export function localMinute(instant) {
  return LOCAL_MINUTE.format(new Date(instant));
}

/**
 * The day of a time in the viewer's zone.
 *
 * @param {string} instant
 */
export function localDay(instant) {
  return LOCAL_DAY.format(new Date(instant));
}

/**
 * A time in the viewer's zone with the zone's offset at that time. Milliseconds are left out when
 * they are zero.
 *
 * @param {string} instant
 */
export function exactLocalTime(instant) {
  const date = new Date(instant);
  return (date.getMilliseconds() === 0 ? LOCAL_ZONED : LOCAL_EXACT).format(date);
}

/**
 * A time in UTC, such as `2026-11-22 14:05:06.789 UTC`. Milliseconds are left out when they are
 * zero.
 *
 * @param {string} instant
 */
export function utcTime(instant) {
  const text = new Date(instant).toISOString();
  return text.replace("T", " ").replace(".000", "").replace("Z", " UTC");
}

/**
 * Whether the text is a day that the calendar has, such as `2026-11-22`.
 *
 * @param {string} text
 */
export function isDay(text) {
  if (!DAY.test(text)) return false;
  const start = startOf(text, 0);
  return !Number.isNaN(start.getTime()) && dayOf(start) === text;
}

/**
 * Whether the text is a time as RFC 3339 writes it.
 *
 * @param {string} text
 */
export function isInstant(text) {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * The day that many days before today.
 *
 * @param {number} days
 */
export function daysAgo(days) {
  const date = new Date();
  if (IS_UTC) date.setUTCDate(date.getUTCDate() - days);
  else date.setDate(date.getDate() - days);
  return dayOf(date);
}

/** The first day of this month. */
export function firstOfMonth() {
  return `${dayOf(new Date()).slice(0, -2)}01`;
}

/**
 * The start, in UTC, of a day in the viewer's zone, or of a day that many days later.
 *
 * @param {string} day
 */
export function startOfDay(day, daysLater = 0) {
  return startOf(day, daysLater).toISOString();
}

/**
 * @param {string} day
 * @param {number} daysLater
 */
function startOf(day, daysLater) {
  const [year, month, date] = day.split("-").map(Number);
  const start = new Date(2000, month - 1, 1);
  if (IS_UTC) {
    start.setUTCFullYear(year, month - 1, date + daysLater);
    start.setUTCHours(0, 0, 0, 0);
    return start;
  }
  start.setFullYear(year, month - 1, date + daysLater);
  start.setHours(0, 0, 0, 0);
  return start;
}

/** @param {Date} date */
function dayOf(date) {
  /** @param {number} number */
  const two = (number) => String(number).padStart(2, "0");
  /** @type {[number, number, number]} */
  const [year, month, day] = IS_UTC
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    : [date.getFullYear(), date.getMonth(), date.getDate()];
  return `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(day)}`;
}
