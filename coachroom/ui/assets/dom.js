// Everything a component shows is built here, and text only ever goes in as text.

/** el("button", { class: "cr-btn", onclick: f, ariaLabel: "…" }, "Send") */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(attribute(name), value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const attribute = (name) => (name.startsWith("aria") ? `aria-${name.slice(4).toLowerCase()}` : name);

/** Writes only what changed: a screen reader announces a live region again when it is rewritten. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setDisabled(button, disabled) {
  if (button.disabled !== disabled) button.disabled = disabled;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** The wrapper all components draw into, made once for each place Streamlit gives us. */
export function frame(parentElement, name) {
  const found = [...parentElement.children].find((child) => child.classList.contains("cr"));
  if (found) return found;
  const root = el("div", { class: `cr cr-${name}` });
  parentElement.append(root);
  return root;
}
