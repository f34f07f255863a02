// The way to the line: the whole call goes to the server, which plays it again and tells what is new.

const TOKEN = document.querySelector('meta[name="csrf-token"]').content;

/**
 * Ask what the line does after some acts. `since` is how many events have been shown already; `at` is the
 * time at which the line is tried, by its own clocks, or empty for now.
 * Throws an Error whose message is one line for a person.
 */
export async function step(url, acts, since, at = "") {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": TOKEN },
      body: JSON.stringify({ acts, since, at }),
    });
  } catch {
    throw new Error("The line does not answer. Is it still running? Press the key once more to try again.");
  }
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new Error(`The line answered with something odd (HTTP status ${response.status}).`);
  }
  if (!response.ok) throw new Error(answer.error || `The line answered with HTTP status ${response.status}.`);
  return answer;
}
