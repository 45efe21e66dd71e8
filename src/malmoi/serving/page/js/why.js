// "왜?": how the probability of the answer moves when an eojeol is left out.

import { ask, askMany } from "./api.js";
import { fill, h, percent, table } from "./dom.js";
import { say } from "./i18n.js";

/** The tasks whose answers have one probability that can move. */
export const CAN_EXPLAIN = ["classification", "multi-label"];
const MOST = 64;

/** Returns the panel for what was asked last. */
export function whyPanel(model, fields) {
  const place = h("div", { "aria-live": "polite" }, say("세는 중…", "counting…"));
  explain(model, fields, place).catch((error) => fill(place, h("p", { class: "error", role: "alert" }, error.message)));
  return place;
}

async function explain(model, fields, place) {
  const parts = (fields.text ?? "").split(/(\s+)/);
  const words = parts.map((part, i) => [part, i]).filter(([part]) => part.trim());
  if (!words.length) return void fill(place, say("글을 넣어 주세요.", "Type a text."));
  if (words.length > MOST) return void fill(place, say(`어절 ${MOST}개까지 볼 수 있습니다 (지금 ${words.length}개).`, `At most ${MOST} words (${words.length} here).`));
  const whole = await ask(model.name, "predict", fields);
  const label = whole.label ?? whole.labels[0] ?? Object.keys(whole.scores)[0];
  const before = whole.scores[label];
  if (words.length === 1) return void fill(place, say("어절이 하나뿐이라 지워 볼 것이 없습니다.", "There is only one word to leave out."));
  const without = words.map(([, place]) => ({ ...fields, text: parts.filter((_, i) => i !== place).join("").replace(/\s+/g, " ").trim() }));
  const answers = await askMany(model.name, without, model.most_texts);
  const moved = answers.map((answer) => answer.scores[label] - before);
  const largest = Math.max(0.02, ...moved.map(Math.abs));
  const line = h("p", { class: "sentence" }, say(`'${label}' ${percent(before)}: 어절을 눌러 보세요.`, `'${label}' ${percent(before)}: press a word.`));
  const buttons = words.map(([word], i) => h("button", {
    type: "button", "aria-pressed": "false", tint: tint(moved[i] / largest), title: signed(moved[i]),
    onclick: (event) => {
      for (const other of event.currentTarget.parentElement.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
      event.currentTarget.setAttribute("aria-pressed", "true");
      line.textContent = say(`'${word}' 을(를) 지우면 '${label}' ${percent(before)} → ${percent(before + moved[i])}`, `without '${word}': '${label}' ${percent(before)} → ${percent(before + moved[i])}`);
    },
  }, word, h("small", {}, ` ${moved[i] < -0.005 ? "▲" : moved[i] > 0.005 ? "▼" : ""}`)));
  const order = words.map(([word], i) => [word, percent(before + moved[i]), signed(moved[i])]).sort((a, b) => parseFloat(a[2]) - parseFloat(b[2]));
  fill(place, line, h("p", { class: "why" }, buttons),
    h("p", { class: "facts" }, say("파란 말(▲)은 이 답을 떠받치고, 붉은 말(▼)은 깎습니다. 말을 하나씩 지워 다시 물은 결과이며, 말끼리 함께 미치는 영향은 보이지 않습니다.", "Blue words (▲) hold this answer up, red ones (▼) take from it: each was left out once and the rest asked again. What words do together does not show.")),
    h("details", {}, h("summary", {}, say("표로 보기", "as a table")), table(say("지웠을 때", "without"), [say("어절", "word"), say(`${label} 확률`, `probability of ${label}`), say("차이", "difference")], order)));
}

const signed = (change) => `${change >= 0 ? "+" : "−"}${(100 * Math.abs(change)).toFixed(1)} %p`;

function tint(share) {
  const [name, alpha] = share < 0 ? ["44, 92, 197", -share] : ["179, 38, 30", share];
  return `rgba(${name}, ${(0.55 * Math.min(1, alpha)).toFixed(2)})`;
}
