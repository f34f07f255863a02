// An assistant talks to the skill: {url, models, conversations} in, what it was answered out (JSON).
// A conversation is a locale and what is said; the first is said to open the skill.
const { VirtualAlexa } = require("virtual-alexa");

async function converse({ locale, says }, { url, models, skill }) {
  const alexa = VirtualAlexa.Builder()
    .skillURL(url)
    .interactionModelFile(models[locale])
    .locale(locale)
    .applicationID(skill)
    .create();
  const answers = [await alexa.launch()];
  for (const words of says) {
    answers.push(await alexa.utter(words));
  }
  return answers.map((answer) => ({
    ssml: answer.response.outputSpeech.ssml,
    ends: answer.response.shouldEndSession,
  }));
}

async function main() {
  const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const answers = [];
  for (const conversation of asked.conversations) {
    answers.push(await converse(conversation, asked));
  }
  process.stdout.write(JSON.stringify(answers));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
