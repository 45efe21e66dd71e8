// Two models, or two texts, side by side.

import { ask } from "./api.js";
import { fill, h } from "./dom.js";
import { questionForm } from "./form.js";
import { say } from "./i18n.js";
import { view } from "./views.js";

/** Returns the panel: this model and another of its task (or itself), each with a text of its own. */
export function comparePanel(model, models, fields) {
  const same = models.filter((other) => other.task === model.task && other.reads_pairs === model.reads_pairs);
  return h("div", { class: "two" }, [model, same.find((other) => other.name !== model.name) ?? model].map((own) => side(own, same, fields)));
}

function side(first, models, fields) {
  const place = h("div", { "aria-live": "polite" });
  let model = first;
  let timer = null;
  const form = questionForm(model, "predict", () => { clearTimeout(timer); timer = setTimeout(run, 300); });
  const choice = h("select", { "aria-label": say("모델", "model"), onchange: () => { model = models.find((other) => other.name === choice.value); run(); } }, models.map((other) => h("option", { value: other.name, selected: other.name === first.name }, other.name)));
  async function run() {
    if (form.isEmpty()) return;
    const began = performance.now();
    try {
      const answer = await ask(model.name, "predict", form.values());
      fill(place, view(model, answer), h("p", { class: "facts" }, `${(performance.now() - began).toFixed(0)} ms${model.engine ? ` · ${model.engine}` : ""}${model.megabytes ? ` · ${model.megabytes} MB` : ""}`));
    } catch (error) {
      fill(place, h("p", { class: "error", role: "alert" }, error.message));
    }
  }
  form.set(fields);
  run();
  return h("section", {}, h("div", { class: "row" }, choice), form.element, place);
}
