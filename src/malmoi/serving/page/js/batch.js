// A file of texts: drop it, look at it, choose the column, watch it go, take the answers home.

import { askMany } from "./api.js";
import { fill, h, table } from "./dom.js";
import { say } from "./i18n.js";
import { decode, flat, parse, toCsv } from "./table.js";

const MOST_ROWS = 20000;
const LIKELY = ["text", "document", "sentence", "review", "글", "내용", "리뷰", "문장", "question", "질문"];

/** Returns the panel. */
export function batchPanel(model) {
  const place = h("div", { "aria-live": "polite" });
  const input = h("input", { type: "file", accept: ".csv,.tsv,.txt,.json,.jsonl,.ndjson", onchange: () => input.files[0] && open(input.files[0], model, place) });
  const zone = h("div", {
    class: "drop",
    ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
    ondragleave: () => zone.classList.remove("over"),
    ondrop: (event) => { event.preventDefault(); zone.classList.remove("over"); if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0], model, place); },
  }, h("p", {}, say("CSV, TSV, JSONL, TXT 파일을 여기에 놓거나 고르세요. 글은 이 서버 밖으로 나가지 않습니다.", "Drop a CSV, TSV, JSONL or TXT file here, or choose one. Texts go to this server only.")), h("label", {}, h("span", { class: "hidden" }, say("파일", "file")), input));
  return h("div", {}, zone, place);
}

async function open(file, model, place) {
  try {
    const { text, encoding } = decode(await file.arrayBuffer());
    const found = parse(text, file.name);
    if (!found.rows.length) throw new Error(say(`${file.name}: 글이 없습니다.`, `${file.name} holds no text.`));
    if (found.rows.length > MOST_ROWS) throw new Error(say(`한 번에 ${MOST_ROWS.toLocaleString()}줄까지입니다 (이 파일은 ${found.rows.length.toLocaleString()}줄). 더 큰 파일은 malmoi predict --input 으로 하세요.`, `At most ${MOST_ROWS.toLocaleString()} rows (${found.rows.length.toLocaleString()} here). For more use malmoi predict --input.`));
    fill(place, choose(file, encoding, found, model, place));
  } catch (error) {
    fill(place, h("p", { class: "error", role: "alert" }, error.message));
  }
}

function choose(file, encoding, { columns, rows }, model) {
  const likely = Math.max(0, columns.findIndex((name) => LIKELY.includes(name.toLowerCase())));
  const select = (name, chosen) => h("select", { "aria-label": name }, columns.map((column, i) => h("option", { value: i, selected: i === chosen }, column)));
  const text = select(say("글 열", "text column"), likely);
  const pair = model.reads_pairs ? select(say("둘째 글 열", "second column"), Math.min(columns.length - 1, likely + 1)) : null;
  const out = h("div", {});
  const button = h("button", { type: "button", class: "main", onclick: () => run({ file, columns, rows, text: Number(text.value), pair: pair ? Number(pair.value) : null, model, out, button }) }, say(`${rows.length.toLocaleString()}줄에 답하기`, `answer ${rows.length.toLocaleString()} rows`));
  return [
    h("p", {}, `${file.name} · ${encoding} · ${rows.length.toLocaleString()} ${say("줄", "rows")}`),
    table(say("미리 보기", "preview"), columns, rows.slice(0, 5)),
    h("div", { class: "row" }, h("label", {}, say("글", "text"), text), pair ? h("label", {}, say("둘째 글", "second text"), pair) : null, button),
    out,
  ];
}

async function run({ file, columns, rows, text, pair, model, out, button }) {
  const stop = new AbortController();
  const bar = h("progress", { max: rows.length, value: 0, "aria-label": say("진행", "progress") });
  const line = h("p", { class: "facts" });
  button.disabled = true;
  fill(out, bar, h("div", { class: "row" }, h("button", { type: "button", onclick: () => stop.abort() }, say("취소", "cancel"))), line);
  const began = performance.now();
  try {
    const asked = rows.map((row) => ({ text: row[text] ?? "", ...(pair === null ? {} : { pair: row[pair] ?? "" }) }));
    const full = asked.map((one, i) => [one, i]).filter(([one]) => one.text.trim());
    const answers = await askMany(model.name, full.map(([one]) => one), model.most_texts, {
      signal: stop.signal,
      onDone: (done) => {
        bar.value = done;
        const left = ((performance.now() - began) / done) * (full.length - done) / 1000;
        line.textContent = say(`${done.toLocaleString()} / ${full.length.toLocaleString()} · 남은 시간 ${left.toFixed(0)}초`, `${done.toLocaleString()} / ${full.length.toLocaleString()} · ${left.toFixed(0)} s left`);
      },
    });
    const byRow = new Map(full.map(([, place], i) => [place, answers[i]]));
    fill(out, results(file, columns, rows, byRow, (performance.now() - began) / 1000));
  } catch (error) {
    fill(out, h("p", { class: "error", role: "alert" }, error.name === "AbortError" ? say("취소했습니다.", "Cancelled.") : error.message));
  }
  button.disabled = false;
}

/** The column of a part of an answer, as `malmoi predict` calls it: never read as a label when the file is data again. */
function called(part, columns) {
  let name = `malmoi_${part}`;
  while (columns.includes(name)) name += "_2";
  return name;
}

function results(file, columns, rows, byRow, seconds) {
  const added = [...new Set([...byRow.values()].flatMap((answer) => Object.keys(flat(answer))))];
  const names = added.map((part) => called(part, columns));
  const whole = rows.map((row, i) => [...columns.map((_, j) => row[j] ?? ""), ...added.map((name) => (byRow.has(i) ? flat(byRow.get(i))[name] : ""))]);
  const stem = file.name.replace(/\.[^.]*$/, "");
  const jsonl = () => rows.map((row, i) => JSON.stringify({ ...Object.fromEntries(columns.map((name, j) => [name, row[j] ?? ""])), ...Object.fromEntries(added.filter(() => byRow.has(i)).map((part) => [called(part, columns), byRow.get(i)[part]])) })).join("\n") + "\n";
  return [
    h("p", { class: "sentence" }, say(`${byRow.size.toLocaleString()}줄에 ${seconds.toFixed(1)}초 만에 답했습니다 (초당 ${(byRow.size / seconds).toFixed(0)}줄).`, `${byRow.size.toLocaleString()} rows answered in ${seconds.toFixed(1)} s (${(byRow.size / seconds).toFixed(0)}/s).`)),
    h("div", { class: "row" },
      h("button", { type: "button", class: "main", onclick: () => save(`${stem}.answers.csv`, toCsv([...columns, ...names], whole), "text/csv") }, say("CSV 받기 (엑셀)", "CSV (Excel)")),
      h("button", { type: "button", onclick: () => save(`${stem}.answers.jsonl`, jsonl(), "application/jsonl") }, say("JSONL 받기", "JSONL"))),
    table(say("답", "answers"), [...columns, ...names], whole.slice(0, 10)),
  ];
}

function save(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
