// Start here: the list of models at the left, one model at the right; the address keeps model, view and text.

import { aboutPanel } from "./about.js";
import { answerPanel } from "./answer.js";
import { getJson, setKey } from "./api.js";
import { batchPanel } from "./batch.js";
import { codePanel } from "./code.js";
import { comparePanel } from "./compare.js";
import { fill, h } from "./dom.js";
import { examplesFor } from "./examples.js";
import { currentLanguage, say, setLanguage, taskName } from "./i18n.js";
import { tokensPanel } from "./tokens.js";
import { CAN_EXPLAIN, whyPanel } from "./why.js";

const main = document.getElementById("main");
const nav = document.getElementById("models");
let models = [];
let byKey = false; // the tab was changed by an arrow key: the focus goes with it

/** The place that the address names: model, tab, verb and the fields of the question. */
function place() {
  const found = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const model = models.find((one) => one.name === found.m) ?? models[0];
  const verb = model.offers.includes(found.v) ? found.v : model.offers.find((one) => one !== "tokens");
  const first = examplesFor(model, verb)[0] ?? model.sample ?? { text: "" };
  const fields = "t" in found ? { text: found.t, ...("p" in found ? { pair: found.p } : {}) } : first;
  return { model, verb, tab: found.tab ?? "answer", fields };
}

function address({ model, verb, tab, fields }) {
  const found = new URLSearchParams({ m: model.name, v: verb, tab, t: fields.text ?? "" });
  if (fields.pair !== undefined) found.set("p", fields.pair);
  return `#${found}`;
}

const go = (wish) => { location.hash = address({ ...place(), ...wish }); };
const remember = (fields) => history.replaceState(null, "", address({ ...place(), fields }));

function tabsOf(model, verb) {
  const isTask = verb === "predict";
  return [
    ["answer", say("답", "Answer"), true], ["why", say("왜?", "Why?"), isTask && CAN_EXPLAIN.includes(model.task)],
    ["tokens", say("토큰", "Tokens"), model.offers.includes("tokens")], ["compare", say("견주기", "Compare"), isTask],
    ["batch", say("파일", "File"), isTask], ["code", say("코드", "Code"), true], ["about", say("모델", "Model"), isTask],
  ].filter(([, , has]) => has);
}

function panel({ model, verb, tab, fields }) {
  if (tab === "why") return whyPanel(model, fields);
  if (tab === "tokens") return tokensPanel(model, fields);
  if (tab === "compare") return comparePanel(model, models, fields);
  if (tab === "batch") return batchPanel(model);
  if (tab === "code") return codePanel(model, verb, fields);
  if (tab === "about") return aboutPanel(model);
  return answerPanel(model, verb, fields, remember);
}

function tabs(now) {
  const list = tabsOf(now.model, now.verb);
  const onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = list.findIndex(([name]) => name === now.tab);
    byKey = true;
    go({ ...place(), tab: list[(at + step + list.length) % list.length][0] });
  };
  return h("div", { class: "tabs", role: "tablist", onkeydown }, list.map(([name, title]) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(name === now.tab), tabindex: name === now.tab ? 0 : -1, onclick: () => go({ ...place(), tab: name }),
  }, title)));
}

function render() {
  if (!models.length) return;
  const now = place();
  const { model, verb } = now;
  const about = [taskName(model.task), model.labels?.length ? model.labels.slice(0, 8).join(", ") + (model.labels.length > 8 ? " …" : "") : "", model.engine ?? ""].filter(Boolean).join(" · ");
  const verbs = model.offers.filter((one) => one !== "tokens");
  fill(main, h("section", { class: "card" }, h("h2", { class: "title" }, model.name), h("p", { class: "about" }, about),
    verbs.length > 1 ? h("div", { class: "row" }, verbs.map((one) => h("button", { type: "button", class: one === verb ? "main" : null, "aria-pressed": String(one === verb), onclick: () => { location.hash = address({ model, verb: one, tab: "answer", fields: examplesFor(model, one)[0] ?? { text: "" } }); } }, verbName(one)))) : null,
    tabs(now), h("div", { role: "tabpanel", "aria-labelledby": `tab-${now.tab}` }, panel(now))));
  list(now);
  if (byKey) document.getElementById(`tab-${now.tab}`)?.focus();
  byKey = false;
}

const verbName = (verb) => ({ "fill-mask": say("빈칸 채우기", "Fill in"), "next-sentence": say("다음 문장", "Next sentence"), similarity: say("비슷함", "Likeness"), generate: say("이어 쓰기", "Write on") })[verb] ?? verb;

function list(now) {
  const tasks = [...new Set(models.map((model) => model.task))];
  fill(nav, tasks.map((task) => h("div", {}, h("h2", {}, taskName(task)), h("ul", {}, models.filter((model) => model.task === task).map((model) => h("li", {}, h("a", { href: `#${new URLSearchParams({ m: model.name })}`, "aria-current": model === now.model ? "true" : null }, model.name)))))));
}

function frame() {
  document.title = say("말모이", "malmoi");
  document.getElementById("tagline").textContent = say("한국어 글에 바로 물어보세요", "Ask about Korean text");
  document.getElementById("skip").textContent = say("본문으로", "Skip to content");
  document.getElementById("language").textContent = currentLanguage() === "ko" ? "English" : "한국어";
  nav.setAttribute("aria-label", say("모델", "models"));
  const theme = document.documentElement.dataset.theme;
  document.getElementById("theme").textContent = theme === "dark" ? say("밝게", "Light") : say("어둡게", "Dark");
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem("malmoi-theme", theme); } catch { /* private windows remember nothing */ }
}

function wanted() {
  try { return localStorage.getItem("malmoi-theme"); } catch { return null; }
}

async function load() {
  try {
    const info = await getJson("/info");
    models = info.models.map((model) => ({ ...model, most_texts: info.limits.max_texts, most_chars: info.limits.max_chars }));
    render();
  } catch (error) {
    fill(main, error.status === 401 ? keyForm() : h("p", { class: "error", role: "alert" }, error.message));
  }
}

function keyForm() {
  const input = h("input", { type: "password", autocomplete: "off", "aria-label": say("API 키", "API key") });
  return h("form", { class: "card", onsubmit: (event) => { event.preventDefault(); setKey(input.value.trim()); load(); } }, h("label", { class: "field" }, h("span", {}, say("이 서버는 API 키가 필요합니다. 서버를 켤 때 보인 키를 넣으세요.", "This server needs its API key, shown when it was started.")), input), h("button", { class: "main" }, say("열기", "open")));
}

setTheme(wanted() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
setLanguage(currentLanguage());
frame();
document.getElementById("language").addEventListener("click", () => { setLanguage(currentLanguage() === "ko" ? "en" : "ko"); frame(); render(); });
document.getElementById("theme").addEventListener("click", () => { setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"); frame(); });
addEventListener("hashchange", render);
load();
