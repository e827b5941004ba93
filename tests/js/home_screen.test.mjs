import assert from "node:assert/strict";
import test from "node:test";
import { addressInSafari, isApplePhone } from "../../coachroom/ui/assets/home_screen.js";

const IPHONE = { userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", maxTouchPoints: 5 };
const IPAD = { userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", maxTouchPoints: 5 };
const MAC = { ...IPAD, maxTouchPoints: 0 };
const ANDROID = { userAgent: "Mozilla/5.0 (Linux; Android 15; Pixel 9)", maxTouchPoints: 5 };

/** A page as this device shows it. */
function pageOn(device, { standalone, href = "https://coach.example.com/Room?room=r1" }) {
  const { protocol } = new URL(href);
  const set = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true });
  set("navigator", { ...device, standalone });
  set("location", { href, protocol });
  set("matchMedia", () => ({ matches: standalone }));
}

test("an iPad says that it is a Mac, and is told apart by its screen", () => {
  assert.deepEqual([IPHONE, IPAD, MAC, ANDROID].map(isApplePhone), [true, true, false, false]);
});

test("an app on an iPhone's home screen is led to this very page in Safari", () => {
  pageOn(IPHONE, { standalone: true });
  assert.equal(addressInSafari(), "x-safari-https://coach.example.com/Room?room=r1");
});

test("nobody else is", () => {
  pageOn(IPHONE, { standalone: false });
  assert.equal(addressInSafari(), null);
  pageOn(ANDROID, { standalone: true });
  assert.equal(addressInSafari(), null);
  pageOn(IPHONE, { standalone: true, href: "http://localhost:8501/Room" });
  assert.equal(addressInSafari(), null);
});
