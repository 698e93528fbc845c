// Owns times: the viewer's zone for reading, UTC for certainty. Days are whole days of the viewer's zone.

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const DAY_AND_TIME = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const LOCAL = new Intl.DateTimeFormat("en-GB", DAY_AND_TIME);
const LOCAL_MINUTE = new Intl.DateTimeFormat("en-GB", { ...DAY_AND_TIME, second: undefined });
const LOCAL_DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const LOCAL_ZONED = new Intl.DateTimeFormat("en-GB", { ...DAY_AND_TIME, timeZoneName: "shortOffset" });
const LOCAL_EXACT = new Intl.DateTimeFormat("en-GB", { ...DAY_AND_TIME, fractionalSecondDigits: 3, timeZoneName: "shortOffset" });
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** The viewer's zone in words, for example `Europe/Berlin`. */
export function zoneName() {
  return ZONE.replaceAll("_", " ");
}

/** A time in the viewer's zone, to the second. */
export function localTime(instant) {
  return LOCAL.format(new Date(instant));
}

/** A time in the viewer's zone, to the minute. */
export function localMinute(instant) {
  return LOCAL_MINUTE.format(new Date(instant));
}

/** The day of a time in the viewer's zone. */
export function localDay(instant) {
  return LOCAL_DAY.format(new Date(instant));
}

/** A time in the viewer's zone, to the millisecond unless that is zero, with the zone's offset at that time. */
export function exactLocalTime(instant) {
  const date = new Date(instant);
  return (date.getMilliseconds() === 0 ? LOCAL_ZONED : LOCAL_EXACT).format(date);
}

/** A time in UTC, to the millisecond unless that is zero: `2026-11-22 14:05:06.789 UTC`. */
export function utcTime(instant) {
  return new Date(instant).toISOString().replace("T", " ").replace(".000", "").replace("Z", " UTC");
}

/** Whether the text is a day, such as `2026-11-22`, that the calendar has. */
export function isDay(text) {
  return DAY.test(text) && !Number.isNaN(startOf(text, 0).getTime()) && dayOf(startOf(text, 0)) === text;
}

/** Whether the text is a moment as RFC 3339 writes it. */
export function isInstant(text) {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
}

/** The first moment, in UTC, of a day in the viewer's zone, or of the day so many days later. */
export function startOfDay(day, daysLater = 0) {
  return startOf(day, daysLater).toISOString();
}

function startOf(day, daysLater) {
  const [year, month, date] = day.split("-").map(Number);
  const start = new Date(2000, month - 1, 1);
  start.setFullYear(year, month - 1, date + daysLater);
  start.setHours(0, 0, 0, 0);
  return start;
}

function dayOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
