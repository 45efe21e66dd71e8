// The fields of a question, shared by all views that ask one: text, pair, marks of entities, settings of generation.

import { h } from "./dom.js";
import { say } from "./i18n.js";

const NAMES = {
  extraction: () => [say("질문", "question"), say("지문", "context")],
  relations: () => [say("글: 주어는 [[말|종류]], 대상은 ((말|종류))", "text: subject [[word|TYPE]], object ((word|TYPE))"), ""],
  dialogue: () => [say("대화: 줄마다 user: 또는 sys:", "dialogue: user: or sys: in each line"), ""],
  "fill-mask": () => [say("[MASK] 가 든 글", "text with [MASK]"), ""],
  generate: () => [say("이어 쓸 글", "text to write on"), ""],
};

/** Returns `{element, values(), set(fields), focus()}`; `onChange` is called whenever something was typed. */
export function questionForm(model, verb, onChange) {
  const [textName, pairName] = (NAMES[verb === "predict" ? model.task : verb] ?? (() => [say("글", "text"), say("둘째 글", "second text")]))();
  const hasPair = verb === "predict" ? model.reads_pairs : ["next-sentence", "similarity"].includes(verb);
  const text = h("textarea", { id: "text", maxlength: model.most_chars, oninput: onChange, spellcheck: "false" });
  const pair = hasPair ? h("textarea", { id: "pair", maxlength: model.most_chars, oninput: onChange, spellcheck: "false" }) : null;
  const settings = verb === "generate" ? generation(onChange) : verb === "fill-mask" ? many(onChange) : null;
  const element = h("div", {},
    h("label", { class: "field" }, h("span", {}, textName), text),
    verb === "predict" && model.task === "relations" ? markers(text, onChange) : null,
    pair ? h("label", { class: "field" }, h("span", {}, pairName || say("둘째 글", "second text")), pair) : null,
    settings?.element);
  return {
    element,
    values: () => ({ text: text.value, ...(pair ? { pair: pair.value } : {}), ...(settings?.values() ?? {}) }),
    set: (fields) => { text.value = fields.text ?? ""; if (pair) pair.value = fields.pair ?? ""; },
    isEmpty: () => !text.value.trim() || (pair !== null && !pair.value.trim()),
    focus: () => text.focus(),
  };
}

function markers(text, onChange) {
  const wrap = (open, close) => () => {
    const [start, end] = [text.selectionStart, text.selectionEnd];
    if (start === end) return;
    text.setRangeText(`${open}${text.value.slice(start, end)}${close}`, start, end, "select");
    onChange();
  };
  return h("div", { class: "row" }, say("글에서 말을 고르고:", "select a word, then:"), h("button", { type: "button", onclick: wrap("[[", "]]") }, say("주어로", "subject")), h("button", { type: "button", onclick: wrap("((", "))") }, say("대상으로", "object")));
}

function number(name, attributes, onChange) {
  const input = h("input", { type: "number", oninput: onChange, ...attributes });
  return { element: h("label", {}, name, input), value: () => (input.value === "" ? null : Number(input.value)) };
}

function many(onChange) {
  const count = number(say("보기", "fillings"), { min: 1, max: 20, value: 5 }, onChange);
  return { element: h("div", { class: "row" }, count.element), values: () => ({ top_k: count.value() ?? 5 }) };
}

function generation(onChange) {
  const fields = {
    max_new_tokens: number(say("길이", "length"), { min: 1, max: 256, value: 48 }, onChange),
    temperature: number(say("온도", "temperature"), { min: 0.1, max: 2, step: 0.1, value: 0.8 }, onChange),
    top_p: number("top-p", { min: 0.05, max: 1, step: 0.05, value: 0.9 }, onChange),
    seed: number(say("씨앗", "seed"), { min: 0, max: 1e9, value: 1 }, onChange),
  };
  const values = () => ({ sample: true, ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value()]).filter(([, value]) => value !== null)) });
  return { element: h("div", { class: "row" }, Object.values(fields).map((field) => field.element)), values };
}
