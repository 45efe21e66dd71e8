// The tokenizer's view: raw → normalised → morphemes → pieces → ids, a card for each word.

import { ask } from "./api.js";
import { fill, h } from "./dom.js";
import { say } from "./i18n.js";

/** Returns the panel for a text. */
export function tokensPanel(model, fields) {
  const place = h("div", {}, say("세는 중…", "counting…"));
  ask(model.name, "tokens", { text: fields.text ?? "" })
    .then(({ words }) => fill(place, show(words)))
    .catch((error) => fill(place, h("p", { class: "error", role: "alert" }, error.message)));
  return place;
}

function show(words) {
  const pieces = words.flatMap((word) => word.pieces);
  const unknown = pieces.filter((piece) => piece.is_unknown).length;
  const chars = [...words.map((word) => word.raw).join("")].length;
  const real = words.filter((word) => word.raw).length;
  return [
    h("p", { class: "sentence" }, say(`조각 ${pieces.length}개 · 어절 ${real}개 · 글자 ${chars}개 · 모르는 조각 ${unknown}개`, `${pieces.length} pieces · ${real} words · ${chars} characters · ${unknown} unknown`)),
    h("div", { class: "words" }, words.map((word, i) => h("div", { class: "word" },
      h("span", { class: "raw" }, word.raw || say("(특수)", "(special)")),
      word.normalised !== word.raw ? h("span", { class: "step" }, `→ ${word.normalised}`) : null,
      word.morphemes.length ? h("span", { class: "step" }, word.morphemes.join(" + ")) : null,
      h("span", { class: "pieces" }, word.pieces.map((piece) => h("span", { class: `piece c${i % 8}${piece.is_unknown ? " unknown" : ""}`, title: piece.is_unknown ? say("어휘에 없음", "not in the vocabulary") : null }, piece.shown, h("small", {}, String(piece.id)))))))),
    h("p", { class: "facts" }, say("원문 → 정규화 → 형태소(Kiwi) → 조각과 번호. 점선은 어휘에 없는 조각입니다.", "raw → normalised → morphemes (Kiwi) → pieces with ids. Dashed: not in the vocabulary.")),
  ];
}
