// A passkey: made on the account page, used at the sign-in. The server sends what is to be signed.

const button = document.getElementById("passkey");
const note = document.getElementById("passkey-note");
const headers = { "Content-Type": "application/json", "X-CSRFToken": button.dataset.token };

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

async function make() {
  const current = document.getElementById("current-3").value;
  const options = await post(button.dataset.options, {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  return post(button.dataset.url, { credential: credential.toJSON(), current });
}

async function use() {
  const options = await post(button.dataset.options, {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  return post(button.dataset.url, { credential: credential.toJSON() });
}

button.hidden = !window.PublicKeyCredential?.parseCreationOptionsFromJSON;
button.addEventListener("click", async () => {
  note.textContent = "";
  try {
    const told = await (button.dataset.act === "make" ? make() : use());
    location.replace(told.next);
  } catch (error) {
    note.textContent = error.name === "Error" ? error.message : "That did not work. Please try again.";
  }
});
