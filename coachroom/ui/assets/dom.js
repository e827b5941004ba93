// @ts-check
// Builds what the components show. Data goes into the page as text, never as markup.

/** @typedef {Node | string | null | undefined} Child */

/**
 * A new element: el("button", { class: "cr-btn", onclick: f, ariaLabel: "…" }, "Send").
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [props] Attributes, and listeners under names that begin with "on".
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(attributeName(name), value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * A button with a label; `kind` is one more class of it.
 * @param {string} label
 * @param {() => void} onclick
 * @param {string} [kind]
 */
export const button = (label, onclick, kind = "") =>
  el("button", { type: "button", class: `cr-btn ${kind}`.trim(), onclick }, label);

/** @param {string} name */
const attributeName = (name) => (name.startsWith("aria") ? `aria-${name.slice(4).toLowerCase()}` : name);

/**
 * Writes the text if it changed: a screen reader announces a live region again when it is rewritten.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Disables or enables a button.
 * @param {HTMLButtonElement} button
 * @param {boolean} disabled
 */
export function setDisabled(button, disabled) {
  if (button.disabled !== disabled) button.disabled = disabled;
}

/**
 * Hides or shows an element.
 * @param {HTMLElement} node
 * @param {boolean} hidden
 */
export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/**
 * The element that a component draws into; one for each parent that Streamlit gives us.
 * @param {ParentNode} parentElement
 * @param {string} name
 * @returns {HTMLElement}
 */
export function componentRoot(parentElement, name) {
  const found = [...parentElement.children].find((child) => child.classList.contains("cr"));
  if (found) return /** @type {HTMLElement} */ (found);
  const root = el("div", { class: `cr cr-${name}` });
  parentElement.append(root);
  return root;
}
