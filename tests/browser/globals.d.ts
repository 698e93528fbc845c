// What the tests see and add in the page, inside functions that run there.

import type { PageElements } from "../../viewer/elements.d.ts";

declare global {
  interface Document {
    /** As `byId` of the page: a test fails with a TypeError where the element is missing. */
    getElementById<Id extends keyof PageElements>(id: Id): PageElements[Id];
  }

  /** An entry of the browser's layout shifts, which the library has no type for. */
  interface LayoutShift extends PerformanceEntry {
    value: number;
    sources: { node: Node | null }[];
  }

  interface Window {
    /** Violations of the page's policy, noted by `openPage`. */
    violations: string[];
    /** axe-core, once `seriousFindings` has loaded it. */
    axe: typeof import("axe-core");
    /** When the rows were painted, noted by `bench.js`. */
    usableAt?: number;
    /** Layout shifts: their size and the elements that moved. */
    shifts: [value: number, moved: (string | undefined)[]][];
    /** Events of `<audit-log-viewer>`, noted by the product's page. */
    events: [type: string, detail: string][];
    /** The calls of the product's token provider. */
    asked: [reason: string, workspace: string | null][];
  }
}
