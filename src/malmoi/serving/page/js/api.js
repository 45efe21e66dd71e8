// The server's JSON API, with errors that say what to do.

import { currentLanguage, say } from "./i18n.js";

/** What went wrong, ready to be shown; `status` is 0 when there was no answer at all. */
export class ApiFailure extends Error {
  constructor(status, message, retryAfter = null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

let key = "";
export function setKey(given) { key = given; }

function headers() {
  const found = { "Content-Type": "application/json", "Accept-Language": currentLanguage() };
  return key ? { ...found, "X-API-Key": key } : found;
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: headers() });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiFailure(0, say("서버에 닿지 않습니다. 서버가 켜져 있는지 보세요 (malmoi serve).", "The server cannot be reached. Is it running (malmoi serve)?"));
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new ApiFailure(response.status, body.message ?? `HTTP ${response.status}`, response.headers.get("Retry-After"));
}

export const getJson = async (path) => (await send(path, { method: "GET" })).json();

export async function postJson(path, body, signal) {
  return (await send(path, { method: "POST", body: JSON.stringify(body), signal })).json();
}

const address = (model, verb) => `/v1/models/${encodeURIComponent(model)}/${verb}`;

/** One answer; `fields` are text, pair and whatever else the task reads. */
export const ask = (model, verb, fields, signal) => postJson(address(model, verb), fields, signal);

/** The answers to several questions, as many requests as the limits ask for; waits where the server is busy. */
export async function askMany(model, inputs, most, { signal, onDone } = {}) {
  const answers = [];
  for (let start = 0; start < inputs.length; start += most) {
    const part = inputs.slice(start, start + most);
    answers.push(...(await patiently(() => postJson(address(model, "predict"), { inputs: part }, signal))).predictions);
    onDone?.(answers.length);
  }
  return answers;
}

async function patiently(request, tries = 6) {
  for (let i = 0; ; i++) {
    try { return await request(); } catch (error) {
      if (![429, 503].includes(error.status) || i >= tries) throw error;
      await new Promise((done) => setTimeout(done, 1000 * Math.min(10, Number(error.retryAfter) || 2 ** i)));
    }
  }
}

/** Server-sent events of a generation: calls `on(name, data)` for each. */
export async function stream(model, fields, on, signal) {
  const response = await send(address(model, "generate"), { method: "POST", body: JSON.stringify({ ...fields, stream: true }), signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const lines = event.split("\n");
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7) ?? "message";
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      on(name, JSON.parse(data));
    }
  }
}
