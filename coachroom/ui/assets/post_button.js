// A button that leaves the page by a real POST, or by a plain link in the same tab: works without the
// websocket, and the browser follows the redirect by itself.
import { el, frame, setDisabled, setHidden, setText } from "./dom.js";
import { applyTheme } from "./theme.js";

class PostButton {
  constructor(root) {
    this.root = root;
    this.button = el("button", { type: "submit" });
    this.fields = el("div", { hidden: true });
    this.form = el("form", { method: "post" }, this.fields, this.button);
    this.form.addEventListener("submit", () => {
      // After the submission has been taken: a disabled button would not be sent.
      setTimeout(() => setDisabled(this.button, true));
    });
    // Coming back with the browser's Back button must not find the button still disabled.
    this.restore = () => setDisabled(this.button, false);
    window.addEventListener("pageshow", this.restore);
    // A form may not lead to another site, not even by a redirect (the page's policy); a link may.
    this.link = el("a");
    root.append(this.form, this.link);
  }

  update(data) {
    applyTheme(this.root);
    const isLink = Boolean(data.href);
    setHidden(this.form, isLink);
    setHidden(this.link, !isLink);
    if (isLink) this.link.setAttribute("href", data.href);
    else this.form.setAttribute("action", data.action);
    this.fields.replaceChildren(
      ...Object.entries(data.fields ?? {}).map(([name, value]) =>
        el("input", { type: "hidden", name, value: String(value) }),
      ),
    );
    setText(this.button, data.label);
    this.restore();
    setText(this.link, data.label);
    this.link.className = this.button.className = data.kind === "secondary" ? "cr-btn" : "cr-btn cr-primary";
  }

  dispose() {
    window.removeEventListener("pageshow", this.restore);
    this.form.remove();
    this.link.remove();
  }
}

const made = new WeakMap();

export default function ({ parentElement, data }) {
  const root = frame(parentElement, "post");
  const button = made.get(root) ?? new PostButton(root);
  made.set(root, button);
  button.update(data);
  const turn = (button.turn = (button.turn ?? 0) + 1);
  return () => {
    if (button.turn !== turn) return;
    button.dispose();
    made.delete(root);
    root.remove();
  };
}
