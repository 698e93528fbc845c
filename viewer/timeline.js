// Owns the chart above the list: how many entries each period of UTC has, and the periods that
// somebody picks in it, with the pointer or with keys.

import { filtersOf } from "./address.js";
import { byId, el } from "./dom.js";
import { state } from "./state.js";
import { grouped } from "./text.js";
import { say } from "./texts.js";
import { localMinute, periodWords, wholeDays } from "./time.js";

/**
 * @import { Bucket, Facets, Interval, Timeline } from "./answers.d.ts"
 * @import { View } from "./address.js"
 */

/** @typedef {Bucket & { slot: number, button: HTMLButtonElement }} Bar A bar, and its place. */
/** @typedef {[first: number, last: number]} Slots Periods of the axis, by their places on it. */
/** @typedef {{ numberAt: (at: number) => number, startOf: (number: number) => number }} Counting */

const HOUR_LENGTH = 3_600_000;
const DAY_LENGTH = 24 * HOUR_LENGTH;
/** A Monday: weeks are counted from it. */
const FIRST_MONDAY = Date.UTC(1970, 0, 5);
/** The axis has at least as many periods, so that few bars are not far apart. */
const FEWEST_SLOTS = 12;
/** The filters widen the axis to no more periods than the service fills it with. */
const MOST_SLOTS = 120;
/** How far from a bar a click may be, in pixels. */
const NEAR = 12;

/** @type {(length: number, first?: number) => Counting} */
const evenly = (length, first = 0) => ({
  numberAt: (at) => Math.floor((at - first) / length),
  startOf: (number) => first + number * length,
});
/**
 * The number of the period that a time is in, and the start of the period with that number.
 *
 * @type {Record<Interval, Counting>}
 */
const CALENDAR = {
  hour: evenly(HOUR_LENGTH),
  day: evenly(DAY_LENGTH),
  week: evenly(7 * DAY_LENGTH, FIRST_MONDAY),
  month: {
    numberAt: (at) => new Date(at).getUTCFullYear() * 12 + new Date(at).getUTCMonth(),
    startOf: (number) => Date.UTC(Math.floor(number / 12), number % 12),
  },
  year: {
    numberAt: (at) => new Date(at).getUTCFullYear(),
    startOf: (number) => Date.UTC(number, 0),
  },
};

/**
 * What the chart shows. `isKnown` is whether there are counts, or counts to come. `first` is the
 * number of the first period of the axis, and `slots` is how many it has. `stop` is the bar that is
 * the stop of the Tab key. `start` is the slot in which the pointer went down, `anchor` the one
 * from which the keys select, and `picked` what is selected.
 *
 * @type {{
 *   timeline: Timeline,
 *   isKnown: boolean,
 *   first: number,
 *   slots: number,
 *   bars: Bar[],
 *   stop?: Bar,
 *   start?: number,
 *   anchor?: number,
 *   picked?: Slots,
 *   wasDragged: boolean,
 * }}
 */
const chart = {
  timeline: { interval: "hour", buckets: [] },
  isKnown: true,
  first: 0,
  slots: 1,
  bars: [],
  wasDragged: false,
};
/** What is selected, behind the bars. */
const pickedMark = el("span", { class: "picked", hidden: true });

/**
 * Listens to the chart. To be called once.
 *
 * @param {(changes: Partial<View>) => unknown} onChange called with the period that was picked
 */
export function listenToTimeline(onChange) {
  const plot = byId("timeline-bars");
  /** @param {Slots} slots */
  const zoom = (slots) => {
    letGo();
    // The bars of other filters stand there until the counts come.
    if (isAwaited()) return;
    onChange({ ...periodOfSlots(slots), page: 1 });
  };
  byId("timeline-whole").addEventListener("click", () => {
    byId("period").focus();
    onChange({ from: "", to: "", page: 1 });
  });
  plot.addEventListener("pointerdown", (event) => {
    letGo();
    chart.wasDragged = false;
    if (event.button === 0 && event.isPrimary) chart.start = slotAt(event);
  });
  plot.addEventListener("pointermove", (event) => {
    const at = slotAt(event);
    if (chart.start === undefined) {
      tellOf(barNear(event));
    } else if (at !== chart.start || chart.picked) {
      plot.setPointerCapture(event.pointerId);
      chart.wasDragged = true;
      pick(chart.start, at);
    }
  });
  plot.addEventListener("pointerup", () => {
    const { start, picked } = chart;
    chart.start = undefined;
    if (start === undefined || !picked) return;
    if (barsOf(picked).length > 0) zoom(picked);
    else letGo();
  });
  plot.addEventListener("pointercancel", letGo);
  plot.addEventListener("pointerleave", () => tellOf(keyBar()));
  // A key and a screen reader click, too. The second click of two is on what the first has shown.
  plot.addEventListener("click", (event) => {
    const bar = barOf(event.target) ?? barNear(event);
    if (bar && !chart.wasDragged && event.detail < 2) zoom(chart.picked ?? [bar.slot, bar.slot]);
  });
  plot.addEventListener("focusin", ({ target }) => {
    makeStop(barOf(target));
    tellOf(keyBar());
  });
  plot.addEventListener("focusout", ({ relatedTarget }) => {
    if (!barOf(relatedTarget) && chart.start === undefined) letGo();
  });
  plot.addEventListener("keydown", pressInChart);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && letGo());
}

/** @param {KeyboardEvent} event */
function pressInChart(event) {
  const { bars, stop, anchor } = chart;
  if (!stop || event.altKey || event.ctrlKey || event.metaKey || event.key === "Escape") return;
  chart.wasDragged = false;
  const [at, last] = [bars.indexOf(stop), bars.length - 1];
  /** @type {Partial<Record<string, number>>} */
  const places = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
  const place = places[event.key];
  if (place === undefined) return;
  // The arrows turn no page here.
  event.preventDefault();
  event.stopPropagation();
  const next = bars[Math.min(Math.max(place, 0), last)];
  letGo();
  if (event.shiftKey) {
    chart.anchor = anchor ?? stop.slot;
    pick(chart.anchor, next.slot);
    byId("status").textContent = byId("timeline-told").textContent;
  }
  next.button.focus();
}

/**
 * Keeps the place of the chart, or hides it in a view that has none.
 *
 * @param {boolean} isAnew whether other counts are to come
 */
export function expectTimeline(isAnew) {
  if (isAnew) {
    byId("timeline").setAttribute("aria-busy", "true");
    letGo();
  }
  placeTimeline(isAnew || chart.isKnown);
}

/** Hides the chart until there are other counts. */
export function hideTimeline() {
  placeTimeline(false);
}

/**
 * Shows the counts of the view.
 *
 * @param {Facets} facets
 */
export function showTimeline({ timeline, total_is_exact: isExact }) {
  // Nothing that was counted once more changes bars while somebody selects them.
  if (!isAwaited() && (chart.picked ?? chart.start) !== undefined) return;
  byId("timeline").setAttribute("aria-busy", "false");
  byId("timeline-note").hidden = isExact;
  if (!timeline || !CALENDAR[timeline.interval]) return hideTimeline();
  chart.timeline = timeline;
  placeTimeline(timeline.buckets.length > 0 || isOfPeriod());
  drawTimeline();
}

/** Draws the bars and the axis. The focus stays at its bar. */
export function drawTimeline() {
  const { buckets } = chart.timeline;
  const [plot, stop] = [byId("timeline-bars"), chart.stop];
  const hasFocus = plot.contains(document.activeElement);
  const most = Math.max(...buckets.map(({ count }) => count));
  letGo();
  setAxis();
  chart.bars = buckets.map((bucket) => newBar(bucket, most));
  plot.style.gridTemplateColumns = `repeat(${chart.slots}, minmax(0, 1fr))`;
  plot.replaceChildren(pickedMark, ...chart.bars.map(({ button }) => button));
  byId("timeline-most").textContent = buckets.length > 0 ? grouped(most) : "";
  makeStop(chart.bars.find(({ from }) => from === stop?.from) ?? chart.bars.at(-1));
  if (hasFocus) (chart.stop?.button ?? byId("timeline-whole")).focus({ preventScroll: true });
}

/**
 * Lets the axis go from the first bar to the last, or to the bounds of the view if they are not too
 * far, and writes its ends.
 */
function setAxis() {
  const { buckets, interval } = chart.timeline;
  const { numberAt, startOf } = CALENDAR[interval];
  const { from, to } = bounds();
  const numbers = buckets.map((bucket) => numberAt(Date.parse(bucket.from)));
  let [first = 0, last = first] = [numbers[0], numbers.at(-1)];
  const start = from === undefined ? last - FEWEST_SLOTS + 1 : numberAt(from);
  const end = to === undefined ? last : numberAt(to - 1);
  if (start < first && last - start < MOST_SLOTS) first = start;
  if (end > last && end - first < MOST_SLOTS) last = end;
  chart.first = first;
  chart.slots = last - first + 1;
  const ends =
    interval === "hour"
      ? [first, last + 1].map((number) => localMinute(instantOf(startOf(number))))
      : [0, last - first].map((slot) => wordsOf([slot, slot]));
  if (buckets.length === 0) ends.fill("");
  byId("timeline-from").textContent = ends[0];
  byId("timeline-to").textContent = ends[1];
}

/**
 * @param {Bucket} bucket
 * @param {number} most the greatest count
 * @returns {Bar}
 */
function newBar(bucket, most) {
  const { count, unusual = 0 } = bucket;
  const slot = CALENDAR[chart.timeline.interval].numberAt(Date.parse(bucket.from)) - chart.first;
  const [whole, part] = [el("span"), el("span")];
  whole.style.height = `${(count / most) * 100}%`;
  part.style.height = `${(unusual / count) * 100}%`;
  if (unusual > 0) whole.append(part);
  const name = barName([slot, slot], [bucket]);
  const button = el("button", { type: "button", "aria-label": name }, whole);
  button.style.gridColumn = `${slot + 1}`;
  return { ...bucket, slot, button };
}

/**
 * Shows the chart, unless there are no counts, or they are of more than the list has: they are over
 * all actors, targets and addresses.
 *
 * @param {boolean} isKnown
 */
function placeTimeline(isKnown) {
  const { actor_id: actor, target_id: target, ip_address: address } = state.view;
  chart.isKnown = isKnown;
  byId("timeline").hidden = !isKnown || actor + target + address !== "";
  byId("timeline-whole").hidden = !isOfPeriod();
}

/** Whether the counts of the view are still to come. */
function isAwaited() {
  return byId("timeline").ariaBusy === "true";
}

function isOfPeriod() {
  return state.view.from + state.view.to !== "";
}

/**
 * The bounds of the view, as numbers.
 *
 * @returns {{ from?: number, to?: number }}
 */
function bounds() {
  const filters = filtersOf(state.view, ["from", "to"]);
  return Object.fromEntries(filters.map(([name, at]) => [name, Date.parse(at)]));
}

/** @param {number} at */
function instantOf(at) {
  return new Date(at).toISOString();
}

/**
 * The start of the first slot, and the end of the last.
 *
 * @param {Slots} slots
 */
function spanOf([first, last]) {
  const { startOf } = CALENDAR[chart.timeline.interval];
  return [startOf(chart.first + first), startOf(chart.first + last + 1)];
}

/**
 * The filters for these slots, as far as the view has them: as days of the chosen zone, if that is
 * what they are.
 *
 * @param {Slots} slots
 */
function periodOfSlots(slots) {
  const [start, end] = spanOf(slots);
  const { from = start, to = end } = bounds();
  const [first, last] = [instantOf(Math.max(start, from)), instantOf(Math.min(end, to))];
  return wholeDays(first, last) ?? { from: first, to: last };
}

/** @param {Slots} slots */
function wordsOf(slots) {
  const [from, to] = spanOf(slots).map(instantOf);
  return periodWords(from, to, chart.timeline.interval);
}

/**
 * What slots stand for, and how many entries the bars there have.
 *
 * @param {Slots} slots
 * @param {Bucket[]} buckets
 */
function barName(slots, buckets) {
  let [all, odd] = [0, 0];
  for (const { count, unusual = 0 } of buckets) [all, odd] = [all + count, odd + unusual];
  return say.timeline.bar(wordsOf(slots), all, odd);
}

/** @param {Slots} slots */
function barsOf([first, last]) {
  return chart.bars.filter(({ slot }) => slot >= first && slot <= last);
}

/**
 * The bar that an element is, or is part of.
 *
 * @param {EventTarget | null} element
 */
function barOf(element) {
  return chart.bars.find(({ button }) => button.contains(/** @type {Node | null} */ (element)));
}

/** The bar on which the keys are, if somebody uses them. */
function keyBar() {
  return barOf(byId("timeline-bars").querySelector(":focus-visible"));
}

/**
 * Lets the Tab key stop at this bar, and at no other.
 *
 * @param {Bar | undefined} bar
 */
function makeStop(bar) {
  for (const one of chart.bars) one.button.tabIndex = one === bar ? 0 : -1;
  chart.stop = bar;
}

/**
 * Where the pointer is, in slots from the start of the axis, and how much of a slot `NEAR` is.
 *
 * @param {MouseEvent} event
 */
function pointOf({ clientX }) {
  const { left, width } = byId("timeline-bars").getBoundingClientRect();
  return { at: ((clientX - left) / width) * chart.slots, near: (NEAR / width) * chart.slots };
}

/**
 * The slot where the pointer is; at an end of the axis, if it is outside.
 *
 * @param {MouseEvent} event
 */
function slotAt(event) {
  return Math.min(Math.max(Math.floor(pointOf(event).at), 0), chart.slots - 1);
}

/**
 * The bar in whose slot the pointer is; otherwise the nearest, if one is near.
 *
 * @param {MouseEvent} event
 */
function barNear(event) {
  const { at, near } = pointOf(event);
  /** @param {Bar} bar */
  const away = ({ slot }) => Math.abs(slot + 0.5 - at);
  const [nearest] = chart.bars.toSorted((a, b) => away(a) - away(b));
  return nearest && away(nearest) <= Math.max(near, 0.5) ? nearest : undefined;
}

/**
 * Selects the slots from one to another.
 *
 * @param {number} one
 * @param {number} other
 */
function pick(one, other) {
  const [first, last] = [Math.min(one, other), Math.max(one, other)];
  chart.picked = [first, last];
  pickedMark.hidden = false;
  pickedMark.style.gridColumn = `${first + 1} / ${last + 2}`;
  tellOf(undefined);
}

/** Selects nothing. */
function letGo() {
  Object.assign(chart, { start: undefined, anchor: undefined, picked: undefined });
  pickedMark.hidden = true;
  tellOf(keyBar());
}

/**
 * Says what is selected, or else what a bar stands for.
 *
 * @param {Bar | undefined} bar
 */
function tellOf(bar) {
  const { picked } = chart;
  const words = picked ? barName(picked, barsOf(picked)) : bar?.button.ariaLabel;
  byId("timeline-told").textContent = words ?? "";
}
