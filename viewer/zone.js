// Owns the menu of the zone in which times are shown.

import { byId } from "./dom.js";
import { say } from "./texts.js";
import { chooseZone, chosenZone, zoneName } from "./time.js";

/**
 * Listens to the menu. To be called once.
 *
 * @param {() => unknown} onChange called when times are to be shown in another zone
 */
export function listenToZone(onChange) {
  showZones();
  byId("zone").addEventListener("change", () => {
    chooseZone(byId("zone").value === "utc" ? "utc" : "local");
    onChange();
  });
}

/** Offers the viewer's own zone, and UTC if that is another. */
function showZones() {
  const [own, utc] = [new Option(zoneName(), "local"), new Option(say.zone.utc, "utc")];
  const zones = own.text === utc.text ? [own] : [own, utc];
  byId("zone").replaceChildren(...zones);
  byId("zone").value = zones.length > 1 ? chosenZone() : "local";
}
