// Owns how times are read and shown: in the viewer's time zone to read, in UTC to be certain. A day
// is a whole day of the viewer's zone.

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** @type {Intl.DateTimeFormatOptions} */
const DAY_AND_TIME = {
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

/** The viewer's time zone, for example `Europe/Berlin`. */
export function zoneName() {
  return ZONE.replaceAll("_", " ");
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
  date.setDate(date.getDate() - days);
  return dayOf(date);
}

/** The first day of this month. */
export function firstOfMonth() {
  const date = new Date();
  date.setDate(1);
  return dayOf(date);
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
  start.setFullYear(year, month - 1, date + daysLater);
  start.setHours(0, 0, 0, 0);
  return start;
}

/** @param {Date} date */
function dayOf(date) {
  /** @param {number} number */
  const two = (number) => String(number).padStart(2, "0");
  const year = String(date.getFullYear()).padStart(4, "0");
  return `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
