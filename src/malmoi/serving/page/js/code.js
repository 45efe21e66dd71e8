// What was asked, as a command or a few lines of code.

import { h } from "./dom.js";
import { say } from "./i18n.js";

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Returns the panel: curl, Python, JavaScript and the command line. */
export function codePanel(model, verb, fields) {
  const url = `${location.origin}/v1/models/${encodeURIComponent(model.name)}/${verb}`;
  const json = JSON.stringify(fields);
  const words = [fields.text ?? "", ...(fields.pair ? ["--pair", fields.pair] : [])].map((word) => (word.startsWith("--") ? word : shell(word))).join(" ");
  const samples = {
    curl: `curl ${shell(url)} -H 'Content-Type: application/json' -d ${shell(json)}`,
    Python: `import httpx\n\nanswer = httpx.post(${JSON.stringify(url)}, json=${python(fields)}).json()\nprint(answer)`,
    JavaScript: `const response = await fetch(${JSON.stringify(url)}, {\n  method: "POST",\n  headers: { "Content-Type": "application/json" },\n  body: JSON.stringify(${json}),\n});\nconsole.log(await response.json());`,
    malmoi: `malmoi ${verb} ${say("폴더", "FOLDER")} ${words}`,
  };
  return h("div", {}, Object.entries(samples).map(([name, text]) => {
    const button = h("button", { type: "button", onclick: () => copy(text, button) }, say("복사", "copy"));
    return h("section", {}, h("div", { class: "row" }, h("strong", {}, name), button), h("pre", {}, text));
  }));
}

const python = (value) => JSON.stringify(value).replace(/\b(true|false|null)\b(?=[,}\]])/g, (word) => ({ true: "True", false: "False", null: "None" })[word]);

async function copy(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = say("복사했습니다", "copied");
  } catch {
    button.textContent = say("복사할 수 없습니다", "cannot copy");
  }
  setTimeout(() => { button.textContent = before; }, 1500);
}
