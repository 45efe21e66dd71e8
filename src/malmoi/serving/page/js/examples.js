// What one may try: our own sentences, easy and hard ones (신조어, 띄어쓰기 없음, 사투리, 비꼼).

const MOVIES = ["배우 연기는 좋은데 이야기가 지루해요", "와 진짜 시간 가는 줄 모르고 봤네", "돈 주고 보기엔 좀 아깝다", "노잼인데 끝까지 봄 ㅋㅋ", "이게영화냐진짜실망이다", "마 이기 진짜배기 영화 아이가", "참 훌륭한 수면제네요", "음악은 별로였지만 결말이 모든 걸 살렸다"];
const PAIRS = [["비가 온다", "비가 내린다"], ["아이가 공을 던진다", "아이가 공을 찬다"], ["그는 회의에 늦지 않았다", "그는 회의에 늦었다"], ["고양이가 창가에서 잔다", "버스가 십 분 늦게 왔다"], ["환불은 어떻게 하나요?", "돈 돌려받고 싶은데요"]];
const CONTEXT = "말모이는 1910년대에 조선광문회에서 주시경과 그의 제자들이 만들던 우리말 사전의 이름이다. 1911년에 편찬을 시작했으나 1914년 주시경이 세상을 떠나면서 펴내지 못했다. 남은 원고는 뒤에 조선어학회가 사전을 만드는 바탕이 되었다.";

const BY_TASK = {
  classification: MOVIES.map((text) => ({ text })),
  "multi-label": ["말씀 잘 들었습니다, 고맙습니다", "요즘 애들은 버릇이 없어서 큰일이야", "그 동네 사람들은 원래 다 그래", "운전을 왜 저렇게 하냐 진짜", "좋은 기사네요"].map((text) => ({ text })),
  regression: PAIRS.map(([text, pair]) => ({ text, pair })),
  pairs: PAIRS.map(([text, pair]) => ({ text, pair })),
  tagging: ["손흥민은 2015년부터 런던에서 뛰었다", "세종대왕은 1443년에 한글을 만들었다", "내일 오후 세 시에 서울역 앞에서 김민수 씨를 만나기로 했다", "삼성전자가 수원에 새 연구소를 연다고 밝혔다", "울 할매가 부산서 왔심더", "아버지가방에들어가신다"].map((text) => ({ text })),
  extraction: ["누가 사전을 만들었나?", "편찬을 시작한 해는 언제인가?", "왜 펴내지 못했나?", "사전의 값은 얼마였나?"].map((text) => ({ text, pair: CONTEXT })),
  relations: ["[[이순신|PER]]은 ((조선|LOC))의 장군이다", "[[주시경|PER]]은 ((조선광문회|ORG))에서 사전을 만들었다", "((세종|PER))의 아들인 [[문종|PER]]이 뒤를 이었다"].map((text) => ({ text })),
  parsing: ["아이는 병원에서 치료를 받았다.", "어제 산 책을 친구에게 빌려주었다.", "비가 오면 길이 미끄러우니 천천히 가세요.", "내가 좋아하는 노래가 카페에서 나왔다."].map((text) => ({ text })),
  dialogue: ["user: 서울 중앙에 있는 식당 찾아 주세요\nsys: 어떤 음식을 좋아하세요?\nuser: 한식이요. 주차도 되면 좋겠어요", "user: 이번 주 토요일에 묵을 숙소 있나요?\nsys: 몇 분이신가요?\nuser: 두 명이요"].map((text) => ({ text })),
  "fill-mask": ["이 영화 정말 [MASK]", "배우의 [MASK]가 훌륭했다", "오늘은 날씨가 [MASK] 밖에 나가고 싶다"].map((text) => ({ text })),
  "next-sentence": [["표를 끊었다.", "극장에 들어갔다."], ["표를 끊었다.", "고래는 포유류이다."], ["배우는 좋았다.", "그런데 이야기가 약했다."]].map(([text, pair]) => ({ text, pair })),
  similarity: PAIRS.map(([text, pair]) => ({ text, pair })),
  generate: ["이 영화는", "배우들의 연기가", "기대하지 않고 봤는데"].map((text) => ({ text })),
};

/** Returns questions to try on a model's verb; the model's own sample first when it is no task we know. */
export function examplesFor(model, verb) {
  if (verb !== "predict") return BY_TASK[verb] ?? [];
  const name = model.task === "classification" && model.reads_pairs ? "pairs" : model.task;
  return BY_TASK[name] ?? [model.sample];
}
