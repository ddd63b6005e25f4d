// Makes characters visible that would steer a terminal or reorder a line: nothing that a host sends may do that.

// C0 and C1 controls, DEL, line and paragraph separators, and the bidirectional controls of Unicode (UAX #9).
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** The text with each of them as `\u001b`, line feeds and tabs included. */
export function escapeControl(text: string): string {
  return text.replace(dangerous, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
