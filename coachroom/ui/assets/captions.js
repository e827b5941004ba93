// @ts-check
// How large the words of the conversation are: the client's choice, kept in this browser.

const KEY = "coachroom.captions";
const SIZES = [
  { name: "normal", rem: 1 },
  { name: "large", rem: 1.3 },
  { name: "very large", rem: 1.7 },
];

/** The size in use. */
export class CaptionSize {
  #index = 0;

  /** @param {Pick<Storage, "getItem" | "setItem"> | null} [storage] */
  constructor(storage = browserStorage()) {
    this.storage = storage;
    this.#index = Math.max(
      0,
      SIZES.findIndex(({ name }) => name === this.#saved()),
    );
  }

  get name() {
    return SIZES[this.#index].name;
  }

  get rem() {
    return SIZES[this.#index].rem;
  }

  /** Takes the next size; after the largest comes the first. */
  next() {
    this.#index = (this.#index + 1) % SIZES.length;
    try {
      this.storage?.setItem(KEY, this.name);
    } catch {
      // A private window may refuse; then the choice lasts as long as the page.
    }
  }

  #saved() {
    try {
      return this.storage?.getItem(KEY);
    } catch {
      return null;
    }
  }
}

function browserStorage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
