import assert from "node:assert/strict";
import test from "node:test";
import { contrast, luminance, readableOn } from "../../coachroom/ui/assets/theme.js";

test("colours as themes write them", () => {
  assert.equal(luminance("#fff"), 1);
  assert.equal(luminance("rgb(0, 0, 0)"), 0);
  assert.equal(luminance("rgba(255 255 255 / 1)"), 1);
  assert.equal(luminance("transparent"), null);
});

test("text on any accent reaches 4.5 to 1", () => {
  for (const colour of ["#ff4b4b", "#c7384a", "#1f6f5c", "#ffd166", "#777777", "#123456", "#e07a5f"]) {
    assert.ok(contrast(readableOn(colour), colour) >= 4.5, colour);
  }
});
