// The tab that answers: examples, the form, and the answer 300 ms after typing stops.

import { ask, stream } from "./api.js";
import { fill, h } from "./dom.js";
import { examplesFor } from "./examples.js";
import { questionForm } from "./form.js";
import { say } from "./i18n.js";
import { bars, masks, view } from "./views.js";

const PAUSE = 300;
const SHOWN = { "fill-mask": masks, "next-sentence": following, similarity: likeness };

/** Returns the panel; `remember(fields)` keeps what was asked in the address, `start` is what it opens with. */
export function answerPanel(model, verb, start, remember) {
  const place = h("div", { "aria-live": "polite" });
  let timer = null;
  let going = null;

  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(run, PAUSE);
  };
  const form = questionForm(model, verb, verb === "generate" ? () => {} : changed);

  async function run() {
    clearTimeout(timer);
    going?.abort();
    if (form.isEmpty()) return void fill(place, h("p", { class: "about" }, say("글을 넣어 주세요.", "Type a text.")));
    going = new AbortController();
    const { signal } = going;
    const asked = form.values();
    remember(asked);
    place.classList.add("waiting");
    const began = performance.now();
    try {
      if (verb === "generate") await write(place, model, asked, signal);
      else {
        const answer = await ask(model.name, verb, asked, signal);
        const shown = verb === "predict" ? view(model, answer) : [h("p", { class: "sentence" }, answer.sentence ?? ""), SHOWN[verb](answer)];
        fill(place, shown, facts(model, performance.now() - began));
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(place, h("p", { class: "error", role: "alert" }, error.message));
    }
    place.classList.remove("waiting");
  }

  form.set(start);
  run();
  const buttons = verb === "generate"
    ? h("div", { class: "row" }, h("button", { type: "button", class: "main", onclick: run }, say("이어 쓰기", "write on")), h("button", { type: "button", onclick: () => going?.abort() }, say("멈추기", "stop")))
    : null;
  return h("div", {},
    h("ul", { class: "examples", "aria-label": say("보기", "examples") }, examplesFor(model, verb).map((example) => h("li", {}, h("button", { type: "button", title: example.text, onclick: () => { form.set(example); run(); } }, example.text)))),
    form.element, buttons, place);
}

const facts = (model, ms) => h("p", { class: "facts" }, `${ms.toFixed(0)} ms · ${model.name}${model.engine ? ` · ${model.engine}` : ""}`);

function following(answer) {
  const share = answer.probability ?? answer.score;
  return bars([[say("이어지는 문장", "follows"), share, share >= 0.5], [say("이어지지 않음", "does not follow"), 1 - share, share < 0.5]], say("다음 문장", "next sentence"));
}

function likeness(answer) {
  const share = Math.max(0, answer.similarity ?? answer.score);
  return bars([[say("닮음", "likeness"), share, true]], say("코사인", "cosine"));
}

async function write(place, model, asked, signal) {
  const written = h("p", { class: "written" }, h("span", { class: "prompt" }, asked.text));
  fill(place, h("p", {}, h("span", { class: "badge" }, say("AI 생성", "AI-generated")), say("모델이 만든 글입니다. 사실이 아닐 수 있습니다.", "Written by a model: it may be untrue.")), written);
  const began = performance.now();
  let failure = null;
  await stream(model.name, asked, (event, data) => {
    if (event === "piece") written.append(data.piece);
    if (event === "error") failure = data.message;
  }, signal);
  place.append(failure ? h("p", { class: "error", role: "alert" }, failure) : facts(model, performance.now() - began));
}
