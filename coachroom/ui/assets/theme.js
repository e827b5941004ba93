// @ts-check
// Colours come from Streamlit's theme; this file finds colours that can be read on top of them.

/**
 * @typedef {object} Theme
 * @property {string} primary
 * @property {string} background
 * @property {string} raised
 * @property {string} text
 * @property {string} font
 * @property {string} radius
 */

/**
 * Red, green and blue, 0 to 255, from a colour as CSS writes it.
 * @param {string} color
 */
function channels(color) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(color);
  if (short) return short.slice(1).map((digit) => parseInt(digit + digit, 16));
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  if (long) return long.slice(1).map((pair) => parseInt(pair, 16));
  const written = /^rgba?\(([^)]+)\)$/i.exec(color);
  if (written)
    return written[1]
      .split(/[\s,/]+/)
      .filter(Boolean)
      .slice(0, 3)
      .map(Number);
  return null;
}

/**
 * The relative luminance of WCAG, 0 to 1; null where the colour cannot be read.
 * @param {string | null | undefined} color
 */
export function luminance(color) {
  const rgb = channels(String(color ?? "").trim());
  if (!rgb || rgb.some(Number.isNaN)) return null;
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * The contrast ratio of WCAG, 1 to 21.
 * @param {string} one
 * @param {string} other
 */
export function contrast(one, other) {
  const [light, dark] = [luminance(one) ?? 1, luminance(other) ?? 0].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * White where it reaches 4.5 to 1 on this colour, else black, which then does.
 * @param {string} color
 */
export const readableOn = (color) => (contrast("#ffffff", color) >= 4.5 ? "#ffffff" : "#000000");

/** What the accent is mixed with under the pointer: away from the colour of the text on it. @param {string} color */
const hoverMix = (color) => (readableOn(color) === "#ffffff" ? "#000000" : "#ffffff");

/**
 * Streamlit's theme at this element.
 * @param {Element} node
 * @returns {Theme}
 */
function readTheme(node) {
  const style = getComputedStyle(node);
  /** @type {(name: string, fallback: string) => string} */
  const pick = (name, fallback) => {
    const value = style.getPropertyValue(`--st-${name}`).trim();
    return value && value !== "unset" ? value : fallback;
  };
  return {
    primary: pick("primary-color", "#1f6f5c"),
    background: pick("background-color", "#ffffff"),
    raised: pick("secondary-background-color", "#f3f4f2"),
    text: pick("text-color", "#1c1f1e"),
    font: pick("font", "system-ui, sans-serif"),
    radius: pick("base-radius", "0.5rem"),
  };
}

/**
 * Sets the variables that Streamlit lacks: text on the accent, and an accent that can be read as text.
 * @param {HTMLElement} root
 */
export function applyTheme(root) {
  const theme = readTheme(root);
  root.style.setProperty("--cr-on-primary", readableOn(theme.primary));
  root.style.setProperty("--cr-hover-mix", hoverMix(theme.primary));
  root.style.setProperty(
    "--cr-accent-text",
    contrast(theme.primary, theme.background) >= 4.5 ? theme.primary : theme.text,
  );
  root.style.colorScheme = isDark(theme.background) ? "dark" : "light";
  return theme;
}

/** @param {string} background */
const isDark = (background) => (luminance(background) ?? 1) < 0.3;

/**
 * The widget's own variables, so that it looks like the page around it in light and dark.
 * @param {Theme} theme
 */
export function widgetColours(theme) {
  /** @param {number} share Percent of the text's colour. */
  const mix = (share) => `color-mix(in srgb, ${theme.text} ${share}%, ${theme.background})`;
  /** @param {number} share */
  const accent = (share) => `color-mix(in srgb, ${hoverMix(theme.primary)} ${share}%, ${theme.primary})`;
  return {
    "--el-base": theme.background,
    "--el-base-hover": mix(5),
    "--el-base-active": mix(9),
    "--el-base-border": mix(20),
    "--el-base-subtle": mix(70),
    "--el-base-primary": theme.text,
    "--el-accent": theme.primary,
    "--el-accent-hover": accent(12),
    "--el-accent-active": accent(22),
    "--el-accent-border": accent(22),
    "--el-accent-subtle": readableOn(theme.primary),
    "--el-accent-primary": readableOn(theme.primary),
  };
}
