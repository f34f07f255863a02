// A list of SSML documents in, the faults of each out (JSON), as the assistant's maker would find them.
const { check } = require("ssml-check");

async function main() {
  const documents = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const faults = [];
  for (const ssml of documents) {
    faults.push((await check(ssml, { platform: "amazon" })) || []);
  }
  process.stdout.write(JSON.stringify(faults));
}

main();
