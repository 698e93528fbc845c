// Owns <audit-log-viewer>: the page in a frame, with a token from the page around it. `host.js` is the other end. See docs/viewer.md.
//
//   <script src="https://audit.example.com/v1/viewer/embed.js"></script>
//   <audit-log-viewer workspace="ws_acme"></audit-log-viewer>
//   document.querySelector("audit-log-viewer").tokenProvider = async () => (await fetch("/session/audit-token")).text();
(() => {
  const HOME = new URL("../viewer", document.currentScript.src).href;
  const THEME = ["font", "text-size", "accent", "background", "surface", "text", "muted", "line", "radius"];
  const LOOK = ":host { display: block; height: 48rem; } iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal; }";

  class AuditLogViewer extends HTMLElement {
    static observedAttributes = ["workspace", "src", "view", "color-scheme"];

    #frame = document.createElement("iframe");
    #token = "";
    #provider = null;
    #asking = false;
    #view = "";

    constructor() {
      super();
      const style = new CSSStyleSheet();
      style.replaceSync(LOOK);
      this.#frame.setAttribute("allow", "clipboard-write");
      this.attachShadow({ mode: "open" }).append(this.#frame);
      this.shadowRoot.adoptedStyleSheets = [style];
    }

    /** Set this to hand over a token; there is no way to read it back. */
    set token(token) {
      this.#token = String(token);
      if (this.#frame.hasAttribute("src")) this.#tell({ audit: "token", token: this.#token });
      else this.#load();
    }

    /** Set this to an async function that gives a token: it is called when one is needed, at first and later. */
    set tokenProvider(provider) {
      this.#provider = provider;
      if (this.isConnected && this.#token === "") this.#fetch("missing");
    }

    /** What is shown, as a query string: filters, page, open entry. Setting the attribute `view` goes there. */
    get view() {
      return this.#view;
    }

    connectedCallback() {
      window.addEventListener("message", this.#hear);
      this.#frame.title = this.getAttribute("label") ?? "Audit log";
      if (this.#token !== "") this.#load();
      else this.#need("missing");
    }

    disconnectedCallback() {
      window.removeEventListener("message", this.#hear);
      this.#frame.removeAttribute("src");
    }

    attributeChangedCallback(name, before, after) {
      if (before === after || !this.isConnected) return;
      if (name === "color-scheme") this.#tellTheme();
      else if (name !== "view" || after !== this.#view) this.#load();
    }

    /** Loads the page. The token goes in the fragment, which no server sees. */
    #load() {
      if (!this.isConnected || this.#token === "" || !this.getAttribute("workspace")) return;
      const address = new URL(this.getAttribute("src") ?? HOME, location.href);
      address.search = this.getAttribute("view") ?? "";
      address.searchParams.set("workspace", this.getAttribute("workspace"));
      address.hash = new URLSearchParams({ token: this.#token });
      this.#frame.src = address.href;
    }

    #hear = (event) => {
      if (event.source !== this.#frame.contentWindow || event.origin !== this.#origin()) return;
      const { audit, reason, search } = event.data ?? {};
      if (audit === "ready") this.#tellTheme();
      if (audit === "token-expired") this.#need(reason);
      if (audit === "view") {
        this.#view = search;
        this.#say("audit-view-change", { view: search });
      }
    };

    #need(reason) {
      this.#say("audit-token-expired", { reason });
      this.#fetch(reason);
    }

    /** Asks the provider for a token, if there is one, and not twice at the same time. */
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

    #say(type, detail) {
      this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: { workspace: this.getAttribute("workspace"), ...detail } }));
    }

    #tellTheme() {
      const style = getComputedStyle(this);
      const values = THEME.map((name) => [name, style.getPropertyValue(`--audit-log-${name}`).trim()]);
      const properties = Object.fromEntries(values.filter(([, value]) => value !== ""));
      this.#tell({ audit: "theme", scheme: this.getAttribute("color-scheme") ?? "auto", properties });
    }

    #tell(message) {
      this.#frame.contentWindow?.postMessage(message, this.#origin());
    }

    #origin() {
      return new URL(this.getAttribute("src") ?? HOME, location.href).origin;
    }
  }

  customElements.define("audit-log-viewer", AuditLogViewer);
})();
