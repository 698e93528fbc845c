// Owns what the panel about an actor or an address says: when, from where, what, and who.

import { actorKind, actorName } from "./actors.js";
import { actionLabel } from "./catalog.js";
import { copyable } from "./copy.js";
import { el, shown } from "./dom.js";
import { time } from "./list.js";
import { moreButton } from "./only.js";
import { actorOfRow, detailsOf } from "./people.js";
import { grouped } from "./text.js";
import { say } from "./texts.js";
import { chosenZoneName, hourOfDay, hourRanges, utcDay } from "./time.js";

/**
 * @import { ActorProfile, ActorRow, AddressProfile } from "./answers.d.ts"
 * @import { Filters } from "./address.js"
 * @import { Child } from "./dom.js"
 * @import { OnlyActions } from "./only.js"
 */

/**
 * What the buttons ask for: to tell of another, or to list what is of this one and has these
 * filters.
 *
 * @typedef {{
 *   more: OnlyActions["more"],
 *   filter: (further: Partial<Filters>) => unknown,
 * }} ToldActions
 */

/**
 * What is known of an actor. Of some only the row of a search is known.
 *
 * @param {ActorRow & Partial<ActorProfile>} profile
 * @param {ToldActions} on
 * @returns {Child[]}
 */
export function told(profile, on) {
  const { names, emails, networks, actions, active_hours: hours, incomplete = [] } = profile;
  const actor = actorOfRow(profile);
  const kind = actorKind(actor.type);
  /** @param {string} part */
  const more = (part) => incomplete.includes(part) && moreThanKept();
  return [
    el(
      "dl",
      { class: "facts" },
      actor.email !== undefined && aboutFact(say.about.email, shown(actor.email)),
      aboutFact(say.fields.idOf(kind), copyable(actor.id)),
      timesOf(profile, incomplete),
      hours !== undefined &&
        hours.length > 0 &&
        aboutFact(say.about.hours, hoursInWords(hours), [
          el("br"),
          el("span", { class: "quiet" }, say.about.zone(chosenZoneName())),
        ]),
      listFact(
        say.about.networks,
        (networks ?? []).map((one) => filterButton(one, { ip_address: one }, on, true)),
        more("networks"),
      ),
      listFact(
        say.about.actions,
        (actions ?? []).map((one) => filterButton(actionLabel(one), { action: one }, on)),
        more("actions"),
      ),
      listFact(say.about.names, others(names, actor.name), more("names")),
      listFact(say.about.emails, others(emails, actor.email), more("emails")),
    ),
    el("p", { class: "quiet" }, names === undefined ? say.about.onlyRow : say.about.visibleOnly),
  ];
}

/**
 * What is known of an address.
 *
 * @param {AddressProfile} profile
 * @param {ToldActions} on
 * @returns {Child[]}
 */
export function toldOfAddress(profile, on) {
  const { network, actors, actor_count: count, incomplete } = profile;
  return [
    el(
      "dl",
      { class: "facts" },
      aboutFact(say.about.network, filterButton(network, { ip_address: network }, on, true)),
      timesOf(profile, incomplete),
      listFact(
        `${say.about.who} (${grouped(count)})`,
        actors.map((row) => personButton(row, on)),
        incomplete.includes("actors") && moreThanKept(),
      ),
    ),
    el("p", { class: "quiet" }, say.about.visibleOnly),
  ];
}

/**
 * When somebody acted first and last, and on how many days.
 *
 * @param {Pick<ActorRow, "first_day" | "last_entry_at" | "active_days">} of
 * @param {string[]} incomplete
 */
function timesOf({ first_day: first, last_entry_at: last, active_days: days }, incomplete) {
  const isWhole = first !== null && !incomplete.includes("days");
  return [
    aboutFact(
      say.about.first,
      first === null
        ? say.about.longAgo
        : el("time", { datetime: first }, say.about.inUtc(utcDay(first))),
    ),
    aboutFact(say.about.last, time(last)),
    aboutFact(say.about.days, isWhole ? grouped(days) : say.list.atLeast(grouped(days))),
  ];
}

/**
 * @param {string[] | undefined} all
 * @param {string | undefined} present
 */
function others(all, present) {
  return (all ?? []).filter((one) => one !== present).map((one) => shown(one));
}

/**
 * @param {string} words
 * @param {Partial<Filters>} filter
 * @param {ToldActions} on
 */
function filterButton(words, filter, on, isCode = false) {
  const title = say.about.onlyThese(words);
  const attributes = { type: "button", class: "pick more-on", title };
  const content = shown(words, { class: isCode && "code" });
  return el("button", { ...attributes, onclick: () => on.filter(filter) }, content);
}

/**
 * @param {ActorRow} row
 * @param {ToldActions} on
 */
function personButton(row, on) {
  const actor = actorOfRow(row);
  const details = detailsOf(actor).flatMap((one, at) => [at > 0 && " · ", shown(one)]);
  return [
    moreButton({ actor }, shown(actorName(actor)), on.more),
    details.length > 0 && [el("br"), el("span", { class: "quiet" }, details)],
  ].flat();
}

function moreThanKept() {
  return el("p", { class: "note" }, say.about.moreThanKept);
}

/**
 * @param {string} name
 * @param {(Child | Child[])[]} children
 */
function aboutFact(name, ...children) {
  const [dt, dd] = [el("dt", {}, name), el("dd", {}, children.flat())];
  return el("div", { class: "fact wide" }, dt, dd);
}

/**
 * A fact that is a list; false if it has nothing.
 *
 * @param {string} name
 * @param {(Child | Child[])[]} items
 * @param {Child} note
 */
function listFact(name, items, note) {
  if (items.length === 0) return false;
  const list = items.map((one) => el("li", {}, ...[one].flat()));
  return aboutFact(name, el("ul", { class: "targets", role: "list" }, list), note);
}

/**
 * Hours of the day in UTC as ranges in the chosen zone, such as `09:00–12:00, 14:00–15:00`.
 *
 * @param {number[]} hours
 */
function hoursInWords(hours) {
  const ranges = hourRanges(hours).map(([from, to]) => ({
    from: hourOfDay(from),
    to: hourOfDay(to),
  }));
  if (ranges.length === 0) return say.about.allDay;
  // In the order of the clock that is shown.
  ranges.sort((one, other) => one.from.minute - other.from.minute);
  return ranges.map(({ from, to }) => `${from.words}–${to.words}`).join(", ");
}
