// @ts-check
// The human coach's box: who could come in, who asks to, and who is here.
import { button, el, setDisabled, setHidden, setText } from "./dom.js";
import { LivePicture } from "./live_picture.js";
import { LiveSession } from "./live_session.js";
import {
  couldJoin,
  ifYes,
  linkSentence,
  messageLine,
  modeSentence,
  NOBODY,
  overSentence,
} from "./live_words.js";
import { mountOnce, SessionBox } from "./mount.js";
import { applyTheme } from "./theme.js";
/** @import { HumanCoachData } from "./component_data.js" */
/** @import { LiveState } from "./live_session.js" */
/** @import { SessionBoxParts } from "./mount.js" */

/** @type {Map<string, LiveSession>} By session, so that a re-created box finds the coach who is there. */
const sessions = new Map();

/** The box's elements. */
class HumanCoachView {
  #couldJoin = "";
  #shownMessages = 0;

  /**
   * @param {HTMLElement} root
   * @param {{ onAnswer: (admit: boolean) => void, onLeave: () => void, onContinue: () => void }} callbacks
   */
  constructor(root, { onAnswer, onLeave, onContinue }) {
    this.root = root;
    this.spoken = el("p", { class: "cr-visually-hidden", role: "status" });
    this.idle = el("p");
    this.nobody = el("p", { class: "cr-help" }, NOBODY);
    this.title = el("h3", { class: "cr-live-title" });
    this.reason = el("blockquote", { class: "cr-reason" });
    this.what = el("p", { class: "cr-help" });
    this.yes = button("", () => this.#letIn(onAnswer), "cr-primary");
    this.no = button("Not now", () => onAnswer(false));
    this.question = el(
      "div",
      { class: "cr-live-part" },
      this.title,
      this.reason,
      this.what,
      el("div", { class: "cr-actions" }, this.yes, this.no),
    );
    this.picture = new LivePicture({ label: "Your human coach" });
    this.mode = el("p", { class: "cr-live-mode" });
    this.link = el("p", { class: "cr-problem" });
    this.messages = el("ul", { class: "cr-live-messages", ariaLabel: "From your human coach" });
    this.goOn = button("Continue with the AI coach", onContinue, "cr-primary");
    this.leave = button("", onLeave);
    this.here = el(
      "div",
      { class: "cr-live-part" },
      el(
        "div",
        { class: "cr-live-here" },
        this.picture.node,
        el(
          "div",
          { class: "cr-live-part" },
          this.mode,
          this.link,
          el("div", { class: "cr-actions" }, this.goOn, this.leave),
        ),
      ),
      this.messages,
    );
    root.append(this.spoken, this.idle, this.nobody, this.question, this.here);
  }

  /** The coach's picture is not shown any more. */
  stop() {
    this.picture.stop();
  }

  /** @param {(admit: boolean) => void} onAnswer */
  #letIn(onAnswer) {
    this.picture.prepare();
    onAnswer(true);
  }

  /** @param {HumanCoachData} data Who could come in. */
  setCoach({ coach, closed }) {
    this.#couldJoin = couldJoin(coach, closed);
    applyTheme(this.root);
  }

  /** @param {LiveState} state */
  render(state) {
    const { join, coach } = state;
    this.root.dataset.join = join;
    const over = join === "over";
    setText(this.idle, over ? overSentence(state) : this.#couldJoin);
    setHidden(this.idle, join === "asked" || join === "admitted");
    setHidden(this.nobody, join !== "none");
    setHidden(this.question, join !== "asked");
    setHidden(this.here, join !== "admitted");
    setText(this.title, `${coach} would like to join you`);
    setText(this.reason, state.reason);
    setHidden(this.reason, !state.reason);
    setText(this.what, ifYes(coach));
    setText(this.yes, `Let ${coach} in`);
    setDisabled(this.yes, state.answering || !state.connected);
    setDisabled(this.no, state.answering || !state.connected);
    setText(this.leave, `Ask ${coach} to leave`);
    setHidden(this.goOn, !state.canContinue);
    const link = join === "admitted" ? linkSentence(state) : "";
    setText(this.link, link);
    setHidden(this.link, !link);
    const mode = modeSentence(state);
    setText(this.mode, mode);
    this.picture.show(state.picture, `${coach} has no camera on.`);
    setHidden(this.picture.node, state.link !== "connected" && state.link !== "lost");
    this.#renderMessages(state);
    setText(this.spoken, this.#announcement(state, mode));
  }

  /** What a screen reader says: a question, and each change of who hears whom. @param {LiveState} state @param {string} mode */
  #announcement(state, mode) {
    if (state.join === "asked")
      return `${state.coach} would like to join your session. Answer in the box Human Coach.`;
    if (state.join === "over") return overSentence(state);
    if (state.join !== "admitted") return "";
    const last = state.messages.at(-1);
    return last ? `${mode} ${messageLine(last, state.coach)}` : mode;
  }

  /** @param {LiveState} state */
  #renderMessages({ messages, coach }) {
    setHidden(this.messages, !messages.length);
    if (messages.length === this.#shownMessages) return;
    this.#shownMessages = messages.length;
    // The latest first: the box is small.
    this.messages.replaceChildren(
      ...messages
        .toReversed()
        .map((message) => el("li", { class: `cr-live-${message.kind}` }, messageLine(message, coach))),
    );
  }
}

/**
 * @param {HTMLElement} root
 * @param {LiveSession} session
 */
function createView(root, session) {
  return new HumanCoachView(root, {
    onAnswer: (admit) => session.answer(admit),
    onLeave: () => session.askToLeave(),
    onContinue: () => session.continueWithAgent(),
  });
}

/** @type {SessionBoxParts<HumanCoachData, LiveSession, HumanCoachView>} */
const VISITED = {
  sessions: () => sessions,
  create: (data) => new LiveSession(data),
  createView,
  show(session, view, data, send) {
    view.setCoach(data);
    session.show(view, data, () => send("changed", true));
  },
};

/** The component human_coach. */
export default mountOnce("human-coach", (root) => new SessionBox(root, VISITED));
