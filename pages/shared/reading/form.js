// A form: a study's questions as fields, what stands beside them, and one button that ends it.

let formsMade = 0;

/**
 * Builds a form of questions; nothing of it is sent anywhere yet.
 * @param {FormContent} data @param {FormLook} look @returns {Form}
 */
function makeForm(data, { lockText, hasBefore = false, more = [] }) {
  const ending = new AbortController();
  /** @type {Form} */
  const form = {
    name: `form${++formsMade}`, questions: data.questions, answers: { ...data.answers }, missing: {},
    takenOver: new Set(), letters: new Map(), ending, changes: 0, held: false, paused: false, fields: [],
    root: element("form", { class: "ich-read", novalidate: true }),
    notice: element("div", { class: "notice", role: "status" }),
    doubt: element("div", { class: "doubt", role: "alert" }),
    lock: element("button", { type: "button", class: "lock" }, lockText, keyMark("Ctrl+Enter")),
    answer: (key, value) => {
      if (!form.held) form.takenOver.delete(key);
      setAnswer(form, key, value);
    },
    changed: () => {}, submit: () => {}, say: (sentence) => setText(form.notice, sentence),
    ask: (sentence) => {
      setText(form.doubt, sentence);
      if (sentence) ignorePressesForNow(form.lock);
      else form.lock.removeAttribute("aria-disabled");
    },
  };
  form.lock.addEventListener("click", () => form.submit());
  form.fields = data.questions.map((q) => makeQuestion(form, q));
  const asBefore = hasBefore ? element("button", {
    type: "button", class: "as-before", "aria-keyshortcuts": AS_BEFORE_KEY, click: () => takeOver(form),
  }, "All as before", keyMark(AS_BEFORE_KEY)) : null;
  if (hasBefore) form.letters.set(AS_BEFORE_KEY, () => takeOver(form));
  form.root.append(
    element("div", { class: "questions" }, asBefore, ...form.fields.map((field) => field.root), ...more),
    element("div", { class: "foot" }, form.doubt, form.lock, form.notice));
  form.root.addEventListener("submit", (event) => event.preventDefault()); // Enter in a field ends it, not the read
  showForm(form);
  return form;
}

const TYPED_ANSWER = "input:not([type=radio]), textarea";
const AS_BEFORE_KEY = "."; // a key that no question and nothing in the viewer can have

/** @param {Form} form @param {string} key @param {AnswerValue} value */
function setAnswer(form, key, value) {
  if (form.held) showForm(form); // a round button or an input method has changed the field all the same
  if (form.held || isSame(form.answers[key], value)) return;
  form.answers[key] = value;
  form.changes++;
  delete form.missing[key];
  form.ask("");
  showForm(form);
  form.changed();
}

/** Takes over the reader's own unaided answers; each can still be changed. @param {Form} form */
function takeOver(form) {
  for (const q of form.questions) {
    if (isOpenAnswer(q.before)) continue;
    setAnswer(form, q.key, q.before);
    if (isSame(form.answers[q.key], q.before)) form.takenOver.add(q.key);
  }
}

/** @param {Form} form */
function showForm(form) {
  for (const field of form.fields) field.show();
}

/**
 * A question with its field; beside it the model's answers, how it changed, and, under it, what is missing. The line
 * for that is always there: nothing moves when it is said.
 * @param {Form} form @param {Question} q @returns {QuestionField}
 */
function makeQuestion(form, q) {
  const field = FIELDS[q.kind](form, q);
  const change = element("span", { class: "change" });
  const missing = element("div", { class: "missing", id: `${form.name}-${q.key}-missing`, "aria-live": "polite" });
  const says = q.model ? element("div", { class: "says" }, "model: ", ...q.model.map(([text, on]) =>
    element(on ? "b" : "span", {}, text))) : null;
  const root = element("fieldset", { "aria-describedby": missing.id },
    element("legend", {}, element("span", { class: "label" }, q.label), keyMark(q.letter), change),
    says, field.body, missing);
  if (q.letter) form.letters.set(q.letter, field.focus);
  const show = () => {
    field.show();
    const words = changeWords(q, form.answers[q.key]);
    setText(change, words);
    change.classList.toggle("changed", words !== "" && !words.startsWith("unaided"));
    setText(missing, form.missing[q.key] ?? "");
    root.classList.toggle("open", Boolean(form.missing[q.key]));
    const typed = root.querySelector(TYPED_ANSWER);
    typed?.setAttribute("aria-invalid", String(Boolean(form.missing[q.key])));
  };
  return { root, show, focus: field.focus, key: q.key };
}

/**
 * The answer before the model was shown, and the one now where it is another.
 * @param {Question} q @param {AnswerValue} now
 */
function changeWords(q, now) {
  const before = answerText(q, q.before);
  if (!before) return "";
  if (q.kind === "text") return isOpenAnswer(now) ? "" : isSame(now, q.before) ? "unaided, kept" : "changed";
  const text = answerText(q, now);
  if (!text) return `unaided: ${before}`;
  return text === before ? "unaided, kept" : `${before} → ${text}`;
}

/**
 * Says what is missing beside each field, and moves the focus to the first such one.
 * @param {Form} form @param {Record<string, string>} missing
 */
function sayMissing(form, missing) {
  form.missing = { ...missing };
  showForm(form);
  form.fields.find(({ key }) => missing[key])?.focus();
}

/**
 * Lets nothing be entered while a press is being answered: what is locked is what was pressed on.
 * @param {Form} form @param {boolean} held
 */
function holdForm(form, held) {
  form.held = held;
  form.root.setAttribute("aria-busy", String(held));
}
