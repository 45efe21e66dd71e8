// What the page says, in Korean and English side by side.

let language = stored("malmoi-language") ?? (navigator.language.toLowerCase().startsWith("ko") ? "ko" : navigator.language ? "en" : "ko");

function stored(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

export const currentLanguage = () => language;

export function setLanguage(wish) {
  language = wish;
  try { localStorage.setItem("malmoi-language", wish); } catch { /* private windows remember nothing */ }
  document.documentElement.lang = wish;
}

/** Returns the Korean or the English text. */
export const say = (ko, en) => (language === "ko" ? ko : en);

const TASKS = {
  classification: ["분류", "Classification"], "multi-label": ["여러 라벨", "Several labels"], regression: ["점수", "Scores"],
  tagging: ["개체명·품사", "Entities, parts of speech"], extraction: ["기계 독해", "Machine reading"], relations: ["관계", "Relations"],
  parsing: ["의존 구문", "Dependency trees"], dialogue: ["대화 상태", "Dialogue states"], "language-model": ["언어 모델", "Language models"],
};
export const taskName = (task) => say(...(TASKS[task] ?? [task, task]));
