// Words by voice, where the browser can turn speech into words.

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

export const hears = Boolean(Recognition);

/** Listen once in a language; `heard` gets the words, `done` comes at the end with what went wrong. */
export function listen(language, heard, done) {
  const ear = new Recognition();
  let trouble = "";
  ear.lang = language;
  ear.onresult = (event) => heard(event.results[0][0].transcript);
  ear.onerror = (event) => (trouble = event.error);
  ear.onend = () => done(trouble);
  ear.start();
  return () => ear.abort();
}
