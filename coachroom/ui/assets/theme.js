// Colours come from Streamlit's theme; this file answers what can be read on top of them.

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

export function luminance(color) {
  const rgb = channels(String(color ?? "").trim());
  if (!rgb || rgb.some(Number.isNaN)) return null;
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, other) {
  const [light, dark] = [luminance(one) ?? 1, luminance(other) ?? 0].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever reaches 4.5 to 1: one of them always does. White first: it looks calmer. */
export const readableOn = (color) => (contrast("#ffffff", color) >= 4.5 ? "#ffffff" : "#000000");

/** Towards where the accent goes under the pointer: away from the text on it, never towards. */
const deeper = (color) => (readableOn(color) === "#ffffff" ? "#000000" : "#ffffff");

export function readTheme(node) {
  const style = getComputedStyle(node);
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

/** Variables Streamlit does not have: text on the accent, and an accent that can be read as text. */
export function applyTheme(root) {
  const theme = readTheme(root);
  root.style.setProperty("--cr-on-primary", readableOn(theme.primary));
  root.style.setProperty("--cr-deeper", deeper(theme.primary));
  root.style.setProperty(
    "--cr-accent-text",
    contrast(theme.primary, theme.background) >= 4.5 ? theme.primary : theme.text,
  );
  root.style.colorScheme = isDark(theme.background) ? "dark" : "light";
  return theme;
}

export const isDark = (background) => (luminance(background) ?? 1) < 0.3;

/** The widget's own variables, so that it looks like the page around it in light and dark. */
export function widgetColours(theme) {
  const mix = (share) => `color-mix(in srgb, ${theme.text} ${share}%, ${theme.background})`;
  const accent = (share) => `color-mix(in srgb, ${deeper(theme.primary)} ${share}%, ${theme.primary})`;
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
