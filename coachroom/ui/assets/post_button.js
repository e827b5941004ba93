// A button that leaves the page by a real POST: works without the websocket, and the browser
// follows the redirect by itself.
import { el, frame, setDisabled, setHidden, setText } from "./dom.js";
import { applyTheme } from "./theme.js";

function create(root) {
  const button = el("button", { type: "submit", class: "cr-btn" });
  const help = el("p", { class: "cr-help" });
  const fields = el("div", { hidden: true });
  const form = el("form", { method: "post" }, fields, button, help);
  form.addEventListener("submit", () => {
    // After the submission has been taken: a disabled button would not be sent.
    setTimeout(() => {
      button.disabled = true;
    });
  });
  root.append(form);
  return { form, fields, button, help };
}

const made = new WeakMap();

export default function ({ parentElement, data }) {
  const { root, fresh } = frame(parentElement, "post");
  const view = fresh ? create(root) : made.get(root);
  made.set(root, view);
  applyTheme(root);
  view.form.setAttribute("action", data.action);
  view.fields.replaceChildren(
    ...Object.entries(data.fields ?? {}).map(([name, value]) =>
      el("input", { type: "hidden", name, value: String(value) }),
    ),
  );
  setText(view.button, data.label);
  setDisabled(view.button, Boolean(data.disabled));
  view.button.className = `cr-btn ${data.kind === "secondary" ? "" : "cr-primary"} ${data.full ? "cr-full" : ""}`;
  setText(view.help, data.help ?? "");
  setHidden(view.help, !data.help);

  // Coming back with the browser's Back button must not find the button still disabled.
  const restore = () => setDisabled(view.button, Boolean(data.disabled));
  window.addEventListener("pageshow", restore, { once: true });
  return () => window.removeEventListener("pageshow", restore);
}
