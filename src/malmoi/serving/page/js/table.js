// Files of texts in the browser: CSV, TSV, JSONL and TXT in (utf-8, utf-16, cp949), CSV for Excel and JSONL out.

/** Decodes bytes as people save them here: by byte order mark, else utf-8 if it is that, else cp949. */
export function decode(buffer) {
  const bytes = new Uint8Array(buffer);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes), encoding: "utf-16" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("euc-kr").decode(bytes), encoding: "cp949" };
  }
}

/** Returns `{columns, rows}` of a file by its content; a text file has one column. */
export function parse(text, name) {
  const ending = name.toLowerCase().split(".").pop();
  if (ending === "jsonl" || ending === "ndjson") return fromRecords(text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line)));
  if (ending === "json") return fromRecords(JSON.parse(text));
  if (ending === "txt") return { columns: ["text"], rows: lines(text).map((line) => [line]) };
  const head = text.slice(0, text.indexOf("\n") >>> 0);
  const mark = ending === "tsv" || head.includes("\t") ? "\t" : (head.match(/;/g) ?? []).length > (head.match(/,/g) ?? []).length ? ";" : ",";
  const [columns = [], ...rows] = cells(text, mark);
  return { columns, rows: rows.filter((row) => row.length > 1 || row[0]) };
}

function fromRecords(records) {
  const objects = records.map((record) => (typeof record === "object" && record ? record : { text: String(record) }));
  const columns = [...new Set(objects.flatMap(Object.keys))];
  return { columns, rows: objects.map((record) => columns.map((name) => (typeof record[name] === "string" ? record[name] : record[name] === undefined ? "" : JSON.stringify(record[name])))) };
}

const lines = (text) => text.replace(/\r?\n$/, "").split(/\r?\n/);

/** Splits a delimited text with standard quoting. */
export function cells(text, mark) {
  const rows = [];
  let row = [];
  let cell = "";
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') { cell += '"'; i++; } else isQuoted = false;
    } else if (char === '"' && cell === "") isQuoted = true;
    else if (char === mark) { row.push(cell); cell = ""; }
    else if (char === "\n") { row.push(cell.replace(/\r$/, "")); rows.push(row); row = []; cell = ""; }
    else cell += char;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows;
}

/** CSV that Excel opens as it is: a byte order mark, quotes where needed, nothing that starts a formula. */
export function toCsv(columns, rows) {
  const safe = (value) => {
    const text = typeof value === "string" ? value.replace(/^([=+\-@\t\r])/, "'$1") : String(value ?? "");
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\ufeff${[columns, ...rows].map((row) => row.map(safe).join(",")).join("\r\n")}\r\n`;
}

/** The columns that an answer adds: its short fields, and the probabilities as JSON. */
export function flat(answer) {
  const found = {};
  for (const [name, value] of Object.entries(answer)) {
    if (["text", "pair"].includes(name)) continue;
    found[name] = typeof value === "object" && value !== null ? JSON.stringify(value) : value;
  }
  return found;
}
