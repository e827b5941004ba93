// @ts-check
// Whether anything was said. The server decides what is recorded as words; it also takes the agent's audio tags for
// none (recording/words.py).

const HEARD = /[^\s\p{Cc}\p{Cf}.…。⋯]/u;

/** Whether the text holds more than white space, invisible signs and dots. @param {unknown} text */
export const hasWords = (text) => typeof text === "string" && HEARD.test(text);
