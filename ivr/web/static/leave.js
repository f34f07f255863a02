// The quick exit of the public page: the button, or Esc three times within five seconds.
// `replace` takes this page out of the history of the tab, so that "back" does not show it again.
"use strict";
(() => {
  const link = document.getElementById("leave");
  let presses = [];
  const leave = () => {
    document.body.hidden = true;
    document.title = "";
    location.replace(link.href);
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    const now = Date.now();
    presses = [...presses.filter((at) => now - at < 5000), now];
    if (presses.length >= 3) leave();
  });
})();
