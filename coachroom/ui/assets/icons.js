// @ts-check
// The signs on the room's buttons, drawn in the colour of the text. A word always stands beside them.

const NAMESPACE = "http://www.w3.org/2000/svg";
const MICROPHONE = "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3";
const CAMERA = "M4 6h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM15 11l6-4v10l-6-4z";
const CROSSED = "M3 3l18 18";

/** @typedef {keyof typeof PATHS} IconName */

const PATHS = {
  microphone: MICROPHONE,
  muted: MICROPHONE + CROSSED,
  camera: CAMERA,
  "camera-off": CAMERA + CROSSED,
  pause: "M9 5v14M15 5v14",
  end: "M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M11 12h10M17 8l4 4-4 4",
  notes: "M6 3h12a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM9 8h6M9 12h6M9 16h4",
  person: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 21a8 8 0 0 1 16 0",
};

/** An empty sign; `setIcon` says which. */
export function createIcon() {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "cr-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(NAMESPACE, "path"));
  return svg;
}

/**
 * @param {SVGSVGElement} svg
 * @param {IconName} name
 */
export function setIcon(svg, name) {
  const path = /** @type {SVGPathElement} */ (svg.firstChild);
  if (path.getAttribute("d") !== PATHS[name]) path.setAttribute("d", PATHS[name]);
}
