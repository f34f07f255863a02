// A browser's speech for tests: it says nothing aloud, takes a second for each utterance, and keeps what was asked.
window.spoken = [];
window.stopped = 0;
{
  let current = null;
  let timer = 0;
  const voices = window.VOICES.map((lang) => ({ lang, name: `voice of ${lang}`, localService: true }));
  const speech = new EventTarget();
  speech.getVoices = () => (window.voicesAreLate ? [] : voices);
  speech.cancel = () => {
    window.stopped += 1;
    clearTimeout(timer);
    const cut = current;
    current = null;
    cut?.onerror?.({ error: "interrupted" });
  };
  speech.speak = (words) => {
    current = words;
    window.spoken.push({ text: words.text, lang: words.lang, rate: words.rate, voice: words.voice.name });
    words.onstart?.({});
    timer = setTimeout(() => {
      current = null;
      words.onend?.({});
    }, 1000);
  };
  Object.defineProperty(window, "speechSynthesis", { value: speech });
  window.SpeechSynthesisUtterance = class {
    constructor(text) {
      this.text = text;
    }
  };
}
