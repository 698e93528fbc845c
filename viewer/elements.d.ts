// The elements of the page that scripts find by their id or tag. A test compares the ids with
// index.html; this file is never served.

/** The tag of each element by its id. */
export interface Tags {
  skip: "a";
  retention: "p";
  checked: "p";
  export: "button";
  refresh: "button";
  keys: "button";
  filters: "form";
  "action-label": "label";
  action: "button";
  "target_type-label": "label";
  target_type: "button";
  actor: "input";
  target: "input";
  address: "input";
  outcome: "select";
  period: "select";
  from: "input";
  to: "input";
  unusual: "input";
  "unusual-words": "span";
  targets: "datalist";
  ending: "div";
  timeline: "div";
  "timeline-most": "span";
  "timeline-bars": "div";
  "timeline-from": "span";
  "timeline-told": "span";
  "timeline-note": "span";
  "timeline-whole": "button";
  "timeline-to": "span";
  results: "section";
  arrived: "button";
  unjudged: "span";
  total: "span";
  bounds: "span";
  clear: "button";
  times: "span";
  zone: "select";
  message: "div";
  table: "div";
  rows: "tbody";
  pager: "nav";
  previous: "button";
  place: "span";
  next: "button";
  jump: "form";
  page: "input";
  status: "p";
  entry: "dialog";
  "entry-title": "h2";
  newer: "button";
  older: "button";
  close: "button";
  "entry-body": "div";
  exports: "dialog";
  "exports-title": "h2";
  "exports-close": "button";
  "exports-message": "div";
  "export-form": "form";
  "export-choice": "div";
  "export-start": "button";
  "exports-none": "p";
  "exports-list": "ol";
  "exports-status": "p";
  about: "dialog";
  "about-back": "button";
  "about-title": "h2";
  "about-close": "button";
  "about-body": "div";
  "about-only": "button";
  "about-told": "div";
  "about-status": "p";
  help: "dialog";
  "help-title": "h2";
  "help-close": "button";
  "help-keys": "div";
  "single-keys": "input";
}

/** Each element by its id. */
export type PageElements = { [Id in keyof Tags]: HTMLElementTagNameMap[Tags[Id]] };

/** Asked for a token: why, and for which workspace. */
export type TokenProvider = (wanted: {
  reason: "missing" | "expiring" | "ended" | "refused";
  workspace: string | null;
}) => Promise<HandedToken>;

/** A token alone, or with its end: what the service answers when it makes one. */
export type HandedToken = string | { token: string; expires_at?: string };

/** `<audit-log-viewer>`, as a product's page sees it. */
export interface ViewerElement extends HTMLElement {
  set token(token: HandedToken);
  set tokenProvider(provider: TokenProvider | null);
  get view(): string;
}

declare global {
  interface HTMLElementTagNameMap {
    "audit-log-viewer": ViewerElement;
  }
}
