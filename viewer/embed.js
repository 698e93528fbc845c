// Owns <audit-log-viewer>: the page in a frame, with a token from the page around it. `host.js` is
// the other end. See docs/viewer.md.
//
//   <script src="https://audit.example.com/v1/viewer/embed.js"></script>
//   <audit-log-viewer workspace="ws_acme"></audit-log-viewer>
//   document.querySelector("audit-log-viewer").tokenProvider = async () =>
//     (await fetch("/session/audit-token")).json();

/** @import { HandedToken, TokenProvider, ViewerElement } from "./elements.d.ts" */

/** @typedef {"missing" | "expiring" | "ended" | "refused"} Reason Why a token is needed. */

(() => {
  const SCRIPT = /** @type {HTMLScriptElement} */ (document.currentScript);
  const HOME = new URL("../viewer", SCRIPT.src).href;
  const THEME = [
    "font",
    "text-size",
    "accent",
    "background",
    "surface",
    "text",
    "muted",
    "line",
    "radius",
  ];
  const LOOK =
    ":host { display: block; height: 48rem; } " +
    "iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal; }";

  /** How long the page may be silent after the frame has loaded, and while it loads. */
  const ANSWER_MS = 5_000;
  const LOADING_MS = 30_000;

  /** @implements {ViewerElement} */
  class AuditLogViewer extends HTMLElement {
    static observedAttributes = ["workspace", "src", "view", "color-scheme", "lang"];

    #frame = document.createElement("iframe");
    /** @type {{ token: string, expires_at?: string }} */
    #handed = { token: "" };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #silence;
    /** @type {TokenProvider | null} */
    #provider = null;
    #asking = false;
    #hasAnswered = false;
    #view = "";

    constructor() {
      super();
      const style = new CSSStyleSheet();
      style.replaceSync(LOOK);
      this.#frame.setAttribute("allow", "clipboard-write");
      // The page in the frame sends only to the origin that it knows. It learns it from this, where
      // the browser does not tell.
      this.#frame.addEventListener("load", () => {
        this.#tellTheme();
        if (this.#frame.hasAttribute("src")) this.#expectAnswer(ANSWER_MS);
      });
      const root = this.attachShadow({ mode: "open" });
      root.append(this.#frame);
      root.adoptedStyleSheets = [style];
    }

    /**
     * Set this to hand over a token: alone, or with its `expires_at`, as the service answers when it
     * makes one. Only with that can the page ask for the next one in time. It cannot be read back.
     *
     * @param {HandedToken} handed
     */
    set token(handed) {
      const { token, expires_at } = typeof handed === "object" ? handed : { token: handed };
      this.#handed = { token: String(token), ...(expires_at && { expires_at }) };
      if (this.#frame.hasAttribute("src")) this.#tell({ audit: "token", ...this.#handed });
      else this.#load();
    }

    /**
     * Set this to an async function that returns a token. It is called whenever one is needed: at
     * first, two minutes before the last one ends, and after the service refused it.
     *
     * @param {TokenProvider | null} provider
     */
    set tokenProvider(provider) {
      this.#provider = provider;
      if (this.isConnected && this.#handed.token === "") this.#fetch("missing");
    }

    /**
     * What is shown, as a query string: filters, page and open entry. To show something else, set
     * the attribute `view`.
     */
    get view() {
      return this.#view;
    }

    connectedCallback() {
      window.addEventListener("message", this.#hear);
      this.#frame.title = this.getAttribute("label") ?? "Audit log";
      if (this.#handed.token !== "") this.#load();
      else this.#need("missing");
    }

    disconnectedCallback() {
      window.removeEventListener("message", this.#hear);
      clearTimeout(this.#silence);
      this.#frame.removeAttribute("src");
    }

    /**
     * @param {string} name
     * @param {string | null} before
     * @param {string | null} after
     */
    attributeChangedCallback(name, before, after) {
      if (before === after || !this.isConnected) return;
      if (name === "color-scheme") this.#tellTheme();
      else if (name !== "view" || after !== this.#view) this.#load();
    }

    /** Loads the page, with the token in the fragment, which browsers do not send to servers. */
    #load() {
      const workspace = this.getAttribute("workspace");
      if (!this.isConnected || this.#handed.token === "" || !workspace) return;
      const address = new URL(this.getAttribute("src") ?? HOME, location.href);
      address.search = this.getAttribute("view") ?? "";
      address.searchParams.set("workspace", workspace);
      if (this.lang !== "") address.searchParams.set("lang", this.lang);
      address.hash = new URLSearchParams(this.#handed).toString();
      this.#hasAnswered = false;
      this.#frame.src = address.href;
      this.#expectAnswer(LOADING_MS);
    }

    /**
     * Says that the frame is blocked if it is silent for that long: by this page's policy, by the
     * `frame-ancestors` of the service, or by the browser. No browser tells which.
     *
     * @param {number} withinMs
     */
    #expectAnswer(withinMs) {
      clearTimeout(this.#silence);
      const say = () => this.#say("audit-blocked", { reason: "silent" });
      if (!this.#hasAnswered) this.#silence = setTimeout(say, withinMs);
    }

    /** @param {MessageEvent} event */
    #hear = (event) => {
      const isOurs = event.source === this.#frame.contentWindow && event.origin === this.#origin();
      if (!isOurs) return;
      const { audit, reason, search, expires_at } = event.data ?? {};
      this.#hasAnswered = true;
      clearTimeout(this.#silence);
      if (audit === "blocked") this.#say("audit-blocked", { reason });
      if (audit === "token-expiring") {
        this.#say("audit-token-expiring", { expires_at });
        this.#fetch("expiring");
      }
      if (audit === "ready") this.#tellTheme();
      if (audit === "token-expired") this.#need(reason);
      if (audit === "view") {
        this.#view = search;
        this.#say("audit-view-change", { view: search });
      }
    };

    /** @param {Reason} reason */
    #need(reason) {
      this.#say("audit-token-expired", { reason });
      this.#fetch(reason);
    }

    /**
     * Asks the provider for a token, if there is one and it has not been asked already.
     *
     * @param {Reason} reason
     */
    async #fetch(reason) {
      if (!this.#provider || this.#asking) return;
      this.#asking = true;
      try {
        this.token = await this.#provider({ reason, workspace: this.getAttribute("workspace") });
      } catch (error) {
        this.#say("audit-token-failed", { error });
      } finally {
        this.#asking = false;
      }
    }

    /**
     * Dispatches an event of this element.
     *
     * @param {string} type
     * @param {Record<string, unknown>} more
     */
    #say(type, more) {
      const detail = { workspace: this.getAttribute("workspace"), ...more };
      this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
    }

    #tellTheme() {
      const style = getComputedStyle(this);
      const values = THEME.map((name) => [
        name,
        style.getPropertyValue(`--audit-log-${name}`).trim(),
      ]);
      const properties = Object.fromEntries(values.filter(([, value]) => value !== ""));
      const scheme = this.getAttribute("color-scheme") ?? "auto";
      this.#tell({ audit: "theme", scheme, properties });
    }

    /**
     * Sends a message to the page in the frame.
     *
     * @param {{ audit: "token", token: string, expires_at?: string }
     *   | { audit: "theme", scheme: string, properties: Record<string, string> }} message
     */
    #tell(message) {
      this.#frame.contentWindow?.postMessage(message, this.#origin());
    }

    #origin() {
      return new URL(this.getAttribute("src") ?? HOME, location.href).origin;
    }
  }

  customElements.define("audit-log-viewer", AuditLogViewer);
})();
