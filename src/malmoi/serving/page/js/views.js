// How answers look: bars, marks on the text, trees, candidates, states. Every chart has its table.

import { fill, h, percent, s, table } from "./dom.js";
import { say } from "./i18n.js";

const UNSURE = 0.6; // below this the most probable label is a guess

/** Returns what shows a prediction of a task. */
export function view(model, answer) {
  const draw = VIEWS[model.task] ?? plain;
  return [h("p", { class: "sentence" }, answer.sentence ?? ""), ...[draw(answer, model)].flat()];
}

const plain = (answer) => h("pre", {}, JSON.stringify(answer, null, 2));

/** Bars of `[name, share, isAnswer]`, and the same as a table. */
export function bars(rows, caption) {
  return [
    h("dl", { class: "bars" }, rows.map(([name, share, isAnswer]) => [
      h("dt", { class: isAnswer ? "answer" : null }, isAnswer ? `✓ ${name}` : name),
      h("dd", { class: "track", "aria-hidden": "true" }, h("span", { class: isAnswer ? "fill answer" : "fill", "width%": 100 * share })),
      h("dd", { class: "number" }, percent(share)),
    ])),
    h("details", {}, h("summary", {}, say("표로 보기", "as a table")), table(caption, [say("라벨", "label"), say("확률", "probability")], rows.map(([name, share]) => [name, percent(share)]))),
  ];
}

function classes(answer) {
  const unsure = answer.known === false || answer.score < UNSURE;
  return [
    unsure ? h("p", {}, h("span", { class: "badge" }, say("모르겠음", "not sure")), say("확신이 낮습니다. 참고만 하세요.", "Low confidence: a guess.")) : null,
    bars(Object.entries(answer.scores).map(([name, share]) => [name, share, name === answer.label]), say("라벨마다의 확률", "probability of each label")),
  ];
}

function labels(answer) {
  return bars(Object.entries(answer.scores).map(([name, share]) => [name, share, answer.labels.includes(name)]), say("라벨마다의 확률", "probability of each label"));
}

function gauge(answer, model) {
  const [low, high] = model.range ?? [0, 5];
  const share = (100 * (answer.score - low)) / (high - low || 1);
  return h("div", { class: "gauge" }, h("strong", {}, answer.score.toFixed(2)),
    h("div", { class: "track", role: "meter", "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": answer.score, "aria-label": say("점수", "score") }, h("span", { class: "fill", "width%": Math.min(100, Math.max(0, share)) })),
    h("div", { class: "ends" }, h("span", {}, String(low)), h("span", {}, String(high))));
}

/** A text with stretches `{start, end, caption}` marked; places count code points, as the API does. */
export function marked(text, marks) {
  const chars = Array.from(text);
  const colors = new Map();
  const parts = [];
  let done = 0;
  for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
    if (mark.start < done || mark.end <= mark.start) continue;
    if (!colors.has(mark.caption)) colors.set(mark.caption, colors.size % 8);
    parts.push(chars.slice(done, mark.start).join(""), h("mark", { class: `c${colors.get(mark.caption)}`, title: mark.title ?? null }, chars.slice(mark.start, mark.end).join(""), h("small", {}, mark.caption)));
    done = mark.end;
  }
  return h("p", { class: "marked" }, parts, chars.slice(done).join(""));
}

const meaning = (model, label) => {
  const found = model.meanings?.[label];
  return found ? `${label} ${say(found.ko, found.en)}` : label;
};

function spans(answer, model) {
  const rows = answer.spans.map((span) => [span.text, meaning(model, span.label), percent(span.score), `${span.start}–${span.end}`]);
  return [
    marked(answer.text, answer.spans.map((span) => ({ ...span, caption: meaning(model, span.label), title: percent(span.score) }))),
    rows.length ? table(say("찾은 것", "what was found"), [say("글", "text"), say("라벨", "label"), say("확률", "probability"), say("자리", "place")], rows) : null,
  ];
}

function answers(answer) {
  const place = h("div", {});
  const show = (start, end) => fill(place, marked(answer.pair, start === null ? [] : [{ start, end, caption: say("답", "answer") }]));
  show(answer.start, answer.end);
  const rows = answer.candidates.slice(0, 3).map((candidate, i) => h("button", { type: "button", onclick: () => show(candidate.start, candidate.end) }, `${i + 1}. ${candidate.text} (${percent(candidate.score)})`));
  return [place, h("div", { class: "row" }, rows), h("p", { class: "facts" }, say(`답이 없을 확률 ${percent(answer.no_answer)}`, `probability of no answer ${percent(answer.no_answer)}`))];
}

function relation(answer) {
  const roles = [[answer.subject, say("주어", "subject")], [answer.object, say("대상", "object")]];
  return [
    marked(answer.text, roles.map(([entity, role]) => ({ ...entity, caption: `${role} ${entity.label}`.trim() }))),
    bars(Object.entries(answer.scores).slice(0, 6).map(([name, share]) => [name, share, name === answer.relation]), say("관계마다의 확률", "probability of each relation")),
  ];
}

/** Arcs from heads to dependents over the words. */
function tree(answer) {
  const words = answer.words;
  const width = (text) => 12 + 14 * Math.max(2, [...text].length);
  const widths = words.map((word) => Math.max(width(word.text), width(word.pos ?? "") * 0.72, width(word.relation) * 0.72));
  const places = widths.map((own, i) => widths.slice(0, i).reduce((a, b) => a + b, 0) + own / 2);
  const total = widths.reduce((a, b) => a + b, 0) + 8;
  const span = (i) => (words[i].head ? Math.abs(words[i].head - 1 - i) : 0);
  const height = 34 + 17 * Math.max(1, ...words.map((_, i) => span(i)));
  const arcs = words.map((word, i) => {
    const x = places[i];
    if (!word.head) return [s("path", { class: "root", d: `M${x} 8V${height}` }), s("text", { class: "relation", x: x + 4, y: 18 }, word.relation)];
    const from = places[word.head - 1];
    const top = height - 17 * span(i);
    const near = from + Math.sign(x - from) * 8;
    return [s("path", { d: `M${near} ${height}C${near} ${top} ${x} ${top} ${x} ${height - 5}` }), s("path", { class: "tip", d: `M${x - 4} ${height - 8}h8l-4 8z` }), s("text", { class: "relation", x: (near + x) / 2, y: height - 0.76 * 17 * span(i) - 3, "text-anchor": "middle" }, word.relation)];
  });
  const texts = words.map((word, i) => [s("text", { x: places[i], y: height + 20, "text-anchor": "middle" }, word.text), s("text", { class: "relation", x: places[i], y: height + 37, "text-anchor": "middle" }, word.pos ?? "")]);
  const rows = words.map((word, i) => [i + 1, word.text, word.pos ?? "", word.head, word.relation]);
  return [
    h("div", { class: "scroll" }, s("svg", { class: "tree", width: total, height: height + 46, viewBox: `0 0 ${total} ${height + 46}`, role: "img", "aria-label": answer.sentence }, arcs, texts)),
    h("details", {}, h("summary", {}, say("표로 보기", "as a table")), table(say("낱말과 머리", "words and heads"), ["#", say("낱말", "word"), say("품사", "part of speech"), say("머리", "head"), say("관계", "relation")], rows)),
  ];
}

function state(answer) {
  const turns = answer.text.split("\n").map((line) => h("p", { class: "turn" }, h("b", {}, line.split(":")[0]), line.slice(line.indexOf(":") + 1)));
  const rows = answer.state.map((found) => [found.domain, found.slot, found.value, percent(found.score)]);
  return [turns, rows.length ? table(say("지금까지의 조건", "asked for so far"), [say("영역", "domain"), say("슬롯", "slot"), say("값", "value"), say("확률", "probability")], rows) : null];
}

export function masks(answer) {
  return answer.masks.map((mask, i) => [answer.masks.length > 1 ? h("h3", {}, `[MASK] ${i + 1}`) : null, bars(mask.fillings.map((filling, j) => [filling.word, filling.probability, j === 0]), "[MASK]")]);
}

const VIEWS = { classification: classes, "multi-label": labels, regression: gauge, tagging: spans, extraction: answers, relations: relation, parsing: tree, dialogue: state };
