// @ts-check
// Says so where a component's script does not load, as on a phone that changes networks: without it the room has no
// buttons. It stands in the document itself, as nothing that is loaded can tell of what is not.
(() => {
  const COMPONENTS = "/_stcore/bidi-components/coachroom.";

  function tell() {
    if (document.querySelector(".coachroom-missing-part")) return;
    const note = document.createElement("section");
    note.className = "coachroom-missing-part";
    note.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.textContent =
      "A part of this page did not load. Load the page again: a session that has begun goes on.";
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Load the page again";
    again.addEventListener("click", () => location.reload());
    note.append(words, again);
    document.body.append(note);
  }

  window.addEventListener(
    "error",
    (event) => {
      const script = event.target;
      if (!(script instanceof window.HTMLScriptElement) || !script.src.includes(COMPONENTS)) return;
      // Streamlit, which listens at the script, would show a stack of calls in the place of the part.
      event.stopImmediatePropagation();
      tell();
    },
    { capture: true },
  );
})();
