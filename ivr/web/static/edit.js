// Saves each text as soon as its field is left, and shows what the checks say of it and its clip, once there is one.
// Without this script, the button "Save" does the same, and opening the page again.
"use strict";
(() => {
  const EVERY = 3000;
  const TRIES = 100;
  const news = document.createElement("p");
  news.className = "visually-hidden";
  news.setAttribute("role", "status");
  document.getElementById("content").append(news);

  /** Take parts of a page that was fetched into this one; parts with the focus stay. */
  function take(page, selector) {
    for (const old of document.querySelectorAll(selector)) {
      const fresh = page.getElementById(old.id);
      if (fresh && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
    }
  }

  async function parsed(answer) {
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  async function save(form) {
    const label = form.querySelector("label").textContent;
    let answer;
    try {
      // It also arrives if the page is left at once.
      answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true });
    } catch {
      answer = null;
    }
    form.querySelector("[data-unsaved]")?.remove();
    if (!answer || answer.status >= 500) {
      const note = document.createElement("p");
      note.className = "note bad";
      note.dataset.unsaved = "";
      note.textContent = "This text is not saved: the line's console cannot save it now. It stays here: press Save in a minute.";
      form.querySelector("[data-fresh]").prepend(note);
      news.textContent = `${label}: ${note.textContent}`;
      return;
    }
    if (!answer.ok || !answer.redirected) {
      form.submit(); // The answer is a page that shows the text: two people changed it, or the session has ended.
      return;
    }
    const page = await parsed(answer);
    const fresh = page.getElementById(form.id);
    if (!fresh) return; // On the desk, a text that waits no longer is gone.
    form.elements.was.value = fresh.elements.was.value;
    if (fresh.elements.text.hasAttribute("aria-invalid")) form.elements.text.setAttribute("aria-invalid", "true");
    else form.elements.text.removeAttribute("aria-invalid");
    take(page, `#${CSS.escape(form.id)} [data-fresh]`);
    const problems = document.querySelectorAll(`#${CSS.escape(form.id)} .problems li`).length;
    news.textContent = `${label} is saved. Problems: ${problems}.`;
    wait();
  }

  let queue = Promise.resolve();
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-saves]");
    if (form && event.target.name === "text") queue = queue.then(() => save(form)).catch(console.error);
  });

  let waiting = 0;
  async function look() {
    waiting += 1;
    try {
      const answer = await fetch(location.href);
      if (answer.ok) take(await parsed(answer), ".hear:has([data-waiting])");
    } catch {
      // The line cannot be reached now: look again.
    }
    if (waiting < TRIES && document.querySelector("[data-waiting]")) setTimeout(look, EVERY);
    else waiting = 0;
  }
  function wait() {
    if (!waiting && document.querySelector("[data-waiting]")) setTimeout(look, EVERY);
  }
  wait();
})();
