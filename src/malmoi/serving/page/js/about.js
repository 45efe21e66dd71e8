// The model card: what it is, what it learned from, its scores with intervals, its confusions, its worst errors.

import { getJson } from "./api.js";
import { fill, h, table } from "./dom.js";
import { say } from "./i18n.js";

/** Returns the panel. */
export function aboutPanel(model) {
  const place = h("div", {}, "…");
  getJson(`/v1/models/${encodeURIComponent(model.name)}/card`).then((card) => fill(place, show(card))).catch((error) => fill(place, h("p", { class: "error", role: "alert" }, error.message)));
  return place;
}

function show(card) {
  return [
    table(say("모델", "model"), [say("항목", "what"), say("값", "value")], card.facts.map(([ko, en, value]) => [say(ko, en), value])),
    card.scores.length ? h("h3", {}, say(`점수 (${card.judged_on})`, `scores (${card.judged_on})`)) : null,
    card.scores.length ? table(say("점수", "scores"), [say("점수", "score"), say("값", "value"), "95 %", "n"], card.scores.map((score) => [score.name, score.value, score.interval, score.n])) : null,
    card.scores.length ? h("p", { class: "facts" }, say("dev 점수입니다: 모델을 고르는 데 쓴 자료라 조금 높게 나옵니다.", "Dev scores: the model was chosen on these data, so they are a little too high.")) : null,
    card.report ? h("p", {}, h("a", { href: card.report, target: "_blank", rel: "noopener" }, say("학습 보고서: 학습 곡선, 혼동 행렬, 보정, 가장 확신하며 틀린 예", "training report: curves, confusion matrix, calibration, most confident errors"))) : null,
  ];
}
