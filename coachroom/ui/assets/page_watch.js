// @ts-check
// Notices when the page inside the app is another one, which Streamlit shows without loading anything.

const NARROW = "(max-width: 768px)"; // from here on Streamlit lays its menu over the page
const SETTLE_MS = 120;
const HEADING = "[data-testid=stMain] h1";
const MENU = "[data-testid=stSidebar]";
const MENU_ENTRY = "[data-testid=stSidebarNavLink]";
const CLOSE_MENU = "[data-testid=stSidebarCollapseButton] button";
const APP = "[data-testid=stApp]";
// Its title is the name of the library.
const SELF_VIEW = "iframe[title*=webrtc]:not([aria-label])";
// Streamlit runs the page again, or offers to empty its cache, for a letter that somebody says or types by mistake.
const SHORTCUTS = new Set(["a", "c", "r"]);

/** One page after the other: the focus starts at its heading, which a screen reader then says. */
export class PageWatch {
  #page = "";
  #shown = "";
  #heading = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Document} page */
  constructor(page) {
    this.document = page;
    this.observer = new MutationObserver(() => this.#soon());
    this.observer.observe(page.body, { childList: true, subtree: true });
    this.onClick = (/** @type {MouseEvent} */ event) => {
      if (event.target instanceof Element && event.target.closest(MENU_ENTRY)) this.closeMenu();
    };
    page.addEventListener("click", this.onClick);
    // Streamlit listens at the document; what a list or a field does with the letter has happened below.
    this.onKey = (/** @type {KeyboardEvent} */ event) => {
      const isAlone = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (isAlone && SHORTCUTS.has(event.key.toLowerCase())) event.stopPropagation();
    };
    page.body.addEventListener("keydown", this.onKey);
    this.#soon();
  }

  /** @param {string} name The page that is shown now. */
  show(name) {
    if (this.#page && this.#page !== name) {
      this.closeMenu();
      // Somebody quick has gone on before the first page was looked at.
      this.#shown ||= this.#page;
    }
    this.#page = name;
    this.#soon();
  }

  /** On a phone the menu lies over the page that was chosen in it. */
  closeMenu() {
    const menu = this.document.querySelector(MENU);
    if (!matchMedia(NARROW).matches || menu?.getAttribute("data-collapsed") !== "false") return;
    /** @type {HTMLElement | null} */ (menu.querySelector(CLOSE_MENU))?.click();
  }

  dispose() {
    clearTimeout(this.#timer);
    this.observer.disconnect();
    this.document.removeEventListener("click", this.onClick);
    this.document.body.removeEventListener("keydown", this.onKey);
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), SETTLE_MS);
  }

  #look() {
    this.document.querySelector(SELF_VIEW)?.setAttribute("aria-label", "Your own picture");
    const app = this.document.querySelector(APP);
    if (app?.getAttribute("data-test-script-state") === "running") {
      this.#soon();
      return;
    }
    /** @type {HTMLElement | null} */
    const heading = this.document.querySelector(HEADING);
    if (!heading?.innerText) return;
    // A page that has just been loaded begins at its top anyway.
    const isFirst = this.#shown === "";
    const isOther = this.#page !== this.#shown;
    if (!isOther && heading.innerText === this.#heading) return;
    this.#shown = this.#page;
    this.#heading = heading.innerText;
    if (isFirst || !this.#focusIsFree(isOther)) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  /**
   * Whether the focus may go to the heading: always on another page; on the same one where it is lost.
   * @param {boolean} isOther
   */
  #focusIsFree(isOther) {
    const at = this.document.activeElement;
    if (!at || at === this.document.body || at.tagName === "H1") return true;
    return isOther && !at.matches("input, textarea");
  }
}
