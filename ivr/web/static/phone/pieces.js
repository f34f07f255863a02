// Words as they are spoken: pieces between pauses, and about how long each takes.

const WORDS_A_MINUTE = 130;
const SLOW = 0.8;
const PAUSE = 500;
const SLOW_PAUSE = 800;
const BETWEEN = 350;
const LONG = 70;

/** Return { text, ms, pause } for each piece of something heard; `pause` is the silence after it, in ms. */
export function pieces(heard) {
  const pause = heard.slow ? SLOW_PAUSE : PAUSE;
  const phrases = heard.text.split("…").map((text) => text.trim()).filter(Boolean);
  const all = phrases.flatMap((phrase) => {
    const cut = sentences(phrase);
    return cut.map((text, i) => ({
      text,
      ms: milliseconds(text, heard.slow),
      pause: i < cut.length - 1 ? BETWEEN : pause,
    }));
  });
  if (all.length) all.at(-1).pause = BETWEEN;
  return all;
}

function milliseconds(text, slow) {
  const words = text.match(/[\p{L}\p{N}'’]+/gu) || [];
  return (words.length * 60000) / WORDS_A_MINUTE / (slow ? SLOW : 1);
}

/** Cut what is long at the ends of sentences: captions stay readable, and no voice runs out of breath. */
function sentences(text) {
  return text.length <= LONG ? [text] : text.split(/(?<=[.!?;:])\s+/);
}
