// @ts-check
// A button that leaves the page by a real POST, or by a link in the same tab. It works without the web socket,
// and the browser follows the redirect by itself.
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { mountOnce } from "./mount.js";
import { applyTheme } from "./theme.js";
/** @import { PostFormData, PostLinkData } from "./component_data.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

/** @implements {Component<PostFormData | PostLinkData>} */
class PostButton {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.button = el("button", { type: "submit" });
    this.fields = el("div", { hidden: true });
    this.form = el("form", { method: "post" }, this.fields, this.button);
    this.form.addEventListener("submit", () => {
      // Once the form is sent: a disabled button would not submit it.
      setTimeout(() => setDisabled(this.button, true));
    });
    // The browser's Back button shows the page as it was left, with the button disabled.
    this.enable = () => setDisabled(this.button, false);
    window.addEventListener("pageshow", this.enable);
    // The page's policy allows a form no redirect to another site, but a link may lead there.
    this.link = el("a");
    root.append(this.form, this.link);
  }

  /** @param {ComponentArgs<PostFormData | PostLinkData>} args */
  update({ data }) {
    applyTheme(this.root);
    const isLink = "href" in data;
    setHidden(this.form, isLink);
    setHidden(this.link, !isLink);
    if (isLink) this.link.setAttribute("href", data.href);
    else this.#fillForm(data);
    setText(this.button, data.label);
    this.enable();
    setText(this.link, data.label);
    this.link.className = this.button.className = data.kind === "secondary" ? "cr-btn" : "cr-btn cr-primary";
  }

  dispose() {
    window.removeEventListener("pageshow", this.enable);
  }

  /** @param {PostFormData} data */
  #fillForm({ action, fields }) {
    this.form.setAttribute("action", action);
    this.fields.replaceChildren(
      ...Object.entries(fields).map(([name, value]) =>
        el("input", { type: "hidden", name, value: String(value) }),
      ),
    );
  }
}

/** The component post_button. */
export default mountOnce("post", (root) => new PostButton(root));
