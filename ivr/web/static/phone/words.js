// What the page says about a call.

const OUTCOMES = {
  completed: "They talked, and that call ended",
  busy: "That line was busy",
  "no-answer": "Nobody answered",
  failed: "That call failed",
  canceled: "That call was cancelled",
  absent: "That call ended; no status was reported",
};

const REASONS = {
  hangup: "The line hung up",
  "end of document": "The line had nothing more to say",
  rejected: "The line did not take the call",
  "caller hung up": "You hung up",
  refused: "The line made a mistake",
  "never began": "The call did not begin",
};

/** Return an event in words, as it stands in the list of what happened. */
export function happened(event) {
  switch (event.kind) {
    case "pressed":
      return `You pressed ${event.keys}`;
    case "said":
      return `You said: ${event.words}`;
    case "silent":
      return "You stayed silent";
    case "recorded":
      return `You spoke for ${event.seconds} s`;
    case "dialled":
      return OUTCOMES[event.status];
    case "answered":
      return `They answered, heard "${event.heard}" and ${event.keys ? `pressed ${event.keys}` : "pressed nothing"}${event.taken ? ": you are put through" : ""}`;
    case "rang":
      return `Ringing ${event.who.map(whom).join(", ")}. Nobody is really called`;
    default:
      return "You hung up";
  }
}

/** Return how a call ended, in words. */
export function ending(reason) {
  return REASONS[reason];
}

/** Return an act of a link in words, in short. */
export function act(token) {
  if (token === "-") return "silence";
  return token.replace(/^(say|record):/, "$1 ");
}

export function whom({ name, number }) {
  return name && name !== number ? `${name}, ${number}` : number;
}

/** Return a language by name, its own ("es-US" is Español) or another language's for it. */
export function tongue(language, words) {
  const code = language.split("-")[0];
  let name = code;
  try {
    name = new Intl.DisplayNames([words ?? code], { type: "language" }).of(code) ?? code;
  } catch {
    // A language that the browser does not know keeps its code.
  }
  return name.charAt(0).toLocaleUpperCase() + name.slice(1);
}

/** Return milliseconds as minutes and seconds. */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
