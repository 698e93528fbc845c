// Owns how times are read and shown: in the zone that the reader has chosen to read, in UTC to be
// certain. A day is a whole day of that zone.

import { LOCALE } from "./language.js";
import { keepLiking, remembered } from "./remembered.js";
import { say } from "./texts.js";

/** @import { Interval } from "./answers.d.ts" */

/** @typedef {"local" | "utc"} Zone The viewer's own zone, or UTC. */

/** @type {Intl.DateTimeFormatOptions} */
const DAY_ALONE = { day: "numeric", month: "short", year: "numeric" };
/** @type {Intl.DateTimeFormatOptions} */
const HOUR = { hour: "2-digit", minute: "2-digit" };
/** @type {Intl.DateTimeFormatOptions} */
const MINUTE = { ...DAY_ALONE, ...HOUR };
/** @type {Intl.DateTimeFormatOptions} */
const SECOND = { ...MINUTE, second: "2-digit" };

/**
 * How the periods of UTC are written that are not hours.
 *
 * @type {Record<Exclude<Interval, "hour">, Intl.DateTimeFormatOptions>}
 */
const DATES = {
  day: DAY_ALONE,
  week: DAY_ALONE,
  month: { month: "long", year: "numeric" },
  year: { year: "numeric" },
};

/** The formats of the chosen zone. */
let formats = formatsIn(chosenZone());

/** The zone that was chosen last: the viewer's own, unless it was UTC. */
export function chosenZone() {
  return remembered("zone") === "utc" ? "utc" : "local";
}

/**
 * Shows all further times in a zone, and remembers that.
 *
 * @param {Zone} zone
 */
export function chooseZone(zone) {
  keepLiking("zone", zone);
  formats = formatsIn(zone);
}

/** @param {Zone} zone */
function formatsIn(zone) {
  const timeZone = zone === "utc" ? "UTC" : undefined;
  /** @type {Intl.DateTimeFormatOptions} */
  const zoned = { ...SECOND, timeZoneName: zone === "utc" ? "short" : "shortOffset" };
  /** @param {Intl.DateTimeFormatOptions} options */
  const format = (options) => new Intl.DateTimeFormat(LOCALE, { ...options, timeZone });
  return {
    day: format(DAY_ALONE),
    minute: format(MINUTE),
    hour: format(HOUR),
    second: format(SECOND),
    zoned: format(zoned),
    exact: format({ ...zoned, fractionalSecondDigits: 3 }),
  };
}

const HOURS = 24;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** The zone in which times are shown, for example `Europe/Berlin`. */
export function zoneName() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone.replaceAll("_", " ");
}

/** The zone that is chosen, for example `Europe/Berlin`. */
export function chosenZoneName() {
  return chosenZone() === "utc" ? "UTC" : zoneName();
}

/**
 * A day of UTC.
 *
 * @param {string} day such as `2026-11-22`
 */
export function utcDay(day) {
  return new Intl.DateTimeFormat(LOCALE, { ...DAY_ALONE, timeZone: "UTC" }).format(new Date(day));
}

/**
 * Calendar periods of UTC in words: hours by the clock of the chosen zone, and others by their dates,
 * which say so unless they are whole days of that zone as well.
 *
 * @param {string} from
 * @param {string} to where the last of them ends
 * @param {Interval} interval
 */
export function periodWords(from, to, interval) {
  if (interval === "hour") return formats.minute.formatRange(new Date(from), new Date(to));
  const format = new Intl.DateTimeFormat(LOCALE, { ...DATES[interval], timeZone: "UTC" });
  const words = format.formatRange(new Date(from), new Date(Date.parse(to) - 1));
  return wholeDays(from, to) ? words : say.unusual.inUtc(words);
}

/**
 * The first and the last day that the time between two instants has; undefined if these are not the
 * bounds of days in the chosen zone.
 *
 * @param {string} from
 * @param {string} to
 */
export function wholeDays(from, to) {
  const [first, last] = [dayOf(new Date(from)), dayOf(new Date(Date.parse(to) - 1))];
  const isWhole = startOfDay(first) === from && startOfDay(last, 1) === to;
  return isWhole ? { from: first, to: last } : undefined;
}

/**
 * What the clock of the chosen zone shows today at an hour of UTC, and the minute of its day.
 *
 * @param {number} hour
 */
export function hourOfDay(hour) {
  const at = new Date();
  at.setUTCHours(hour, 0, 0, 0);
  const isUtc = chosenZone() === "utc";
  const minute = isUtc ? (hour % 24) * 60 : at.getHours() * 60 + at.getMinutes();
  return { words: formats.hour.format(at), minute };
}

/**
 * Hours of the day as ranges, each from its first hour to the one after its last; empty if these
 * are all hours. A range may go on past midnight.
 *
 * @param {number[]} hours
 */
export function hourRanges(hours) {
  const has = new Set(hours);
  const starts = [...has].filter((hour) => !has.has((hour + HOURS - 1) % HOURS));
  return starts.map((start) => {
    let end = start + 1;
    while (has.has(end % HOURS)) end += 1;
    return [start, end];
  });
}

/**
 * An hour of the day in UTC, in the reader's format.
 *
 * @param {number} hour
 */
export function utcHour(hour) {
  const format = new Intl.DateTimeFormat(LOCALE, { ...HOUR, timeZone: "UTC" });
  return format.format(new Date(Date.UTC(2000, 0, 1, hour)));
}

/**
 * A time in the chosen zone, to the second.
 *
 * @param {string} instant
 */
export function localTime(instant) {
  return formats.second.format(new Date(instant));
}

/**
 * A time in the chosen zone, to the minute.
 *
 * @param {string} instant
 */
export function localMinute(instant) {
  return formats.minute.format(new Date(instant));
}

/**
 * The day of a time in the chosen zone.
 *
 * @param {string} instant
 */
export function localDay(instant) {
  return formats.day.format(new Date(instant));
}

/**
 * A time in the chosen zone with the zone's offset at that time. Milliseconds are left out when
 * they are zero.
 *
 * @param {string} instant
 */
export function exactLocalTime(instant) {
  const date = new Date(instant);
  return (date.getMilliseconds() === 0 ? formats.zoned : formats.exact).format(date);
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
  const [year, month, date] = partsOfDay(new Date());
  return dayOf(midnight(year, month, date - days));
}

/** The first day of this month. */
export function firstOfMonth() {
  const [year, month] = partsOfDay(new Date());
  return dayOf(midnight(year, month, 1));
}

/**
 * The start, in UTC, of a day in the chosen zone, or of a day that many days later.
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
  return midnight(year, month - 1, date + daysLater);
}

/**
 * The start of a day in the chosen zone.
 *
 * @param {number} year
 * @param {number} month from 0
 * @param {number} date may be of another month: the day after 31 January is 32 January
 */
function midnight(year, month, date) {
  // A Date takes years before 100 for others, unless they are set afterwards.
  const start = new Date(2000, 0, 1);
  if (chosenZone() === "utc") {
    start.setUTCFullYear(year, month, date);
    start.setUTCHours(0, 0, 0, 0);
  } else {
    start.setFullYear(year, month, date);
    start.setHours(0, 0, 0, 0);
  }
  return start;
}

/**
 * Year, month from 0, and day of the month in the chosen zone.
 *
 * @param {Date} at
 */
function partsOfDay(at) {
  return chosenZone() === "utc"
    ? [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
    : [at.getFullYear(), at.getMonth(), at.getDate()];
}

/** @param {Date} at */
function dayOf(at) {
  /** @param {number} number */
  const two = (number) => String(number).padStart(2, "0");
  const [year, month, date] = partsOfDay(at);
  return `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(date)}`;
}
