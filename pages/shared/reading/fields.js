// The fields of a form: buttons, round buttons, numbers and texts, each with its key printed on it.

const NOT_OF_A_NUMBER = /[^\d.,+-]/;

/**
 * A field for each kind of question: its elements, `show` for the answer as it stands, `focus` for its letter.
 * @type {Record<QuestionKind, (form: Form, question: Question) => AnswerField>}
 */
const FIELDS = {
  choice: (form, q) => buttonField(form, q, (answer, code) => answer === code, (_answer, code) => code),
  choices: (form, q) => buttonField(form, q, (answer, code) => listed(answer).includes(code),
    (answer, code) => q.choices.map((each) => each.code).filter((c) => listed(answer).includes(c) !== (c === code))),
  steps: stepField,
  number: (form, q) => typedField(form, q, element("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", maxlength: q.most, placeholder: q.span,
    beforeinput: keepToNumbers,
  })),
  text: (form, q) => typedField(form, q, element("textarea", { rows: 2, maxlength: q.most })),
};

/** @param {InputEvent} event */
function keepToNumbers(event) {
  if (NOT_OF_A_NUMBER.test(event.data ?? "")) event.preventDefault();
}

/** A key as it is printed beside what it does, for the eye; null where there is none. @param {string} key */
const keyMark = (key) => (key ? element("kbd", { "aria-hidden": "true" }, key) : null);

/** The codes of an answer of several. @param {AnswerValue} answer @returns {string[]} */
const listed = (answer) => (Array.isArray(answer) ? answer : []);

/**
 * One button a choice; what is chosen is filled.
 * @param {Form} form @param {Question} q
 * @param {(answer: AnswerValue, code: string) => boolean} isChosen
 * @param {(answer: AnswerValue, code: string) => AnswerValue} chosen the answer after a press
 * @returns {AnswerField}
 */
function buttonField(form, q, isChosen, chosen) {
  /** @param {string} code */
  const press = (code) => form.answer(q.key, chosen(form.answers[q.key], code));
  const made = q.choices.map(({ code, text, letter }) => element("button", {
    type: "button", class: "choice", "aria-pressed": "false", "aria-keyshortcuts": letter || null,
    click: () => press(code),
  }, element("span", {}, text), keyMark(letter)));
  for (const { code, letter } of q.choices) if (letter) form.letters.set(letter, () => press(code));
  return {
    body: element("div", { class: q.row ? "choices row" : "choices" }, ...made),
    show: () => made.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(isChosen(form.answers[q.key], q.choices[i].code)));
    }),
    focus: () => (made.find((button) => button.getAttribute("aria-pressed") === "true") ?? made[0]).focus(),
  };
}

/**
 * A row of round buttons, for a number that has few values.
 * @param {Form} form @param {Question} q @returns {AnswerField}
 */
function stepField(form, q) {
  const name = `${form.name}-${q.key}`;
  const made = q.values.map((value) => element("input",
    { type: "radio", name, value, change: () => form.answer(q.key, String(value)) }));
  return {
    body: element("div", { class: "steps" },
      ...made.map((input, i) => element("label", {}, input, element("span", {}, String(q.values[i]))))),
    show: () => made.forEach((input) => { input.checked = form.answers[q.key] === input.value; }),
    focus: () => (made.find((input) => input.checked) ?? made[0]).focus(),
  };
}

/**
 * A number or a text, as it is typed; the server reads the number.
 * @param {Form} form @param {Question} q @param {HTMLInputElement | HTMLTextAreaElement} node @returns {AnswerField}
 */
function typedField(form, q, node) {
  node.setAttribute("aria-label", q.label);
  if (q.letter) node.setAttribute("aria-keyshortcuts", q.letter);
  node.addEventListener("input", () => form.answer(q.key, node.value));
  return {
    body: node,
    show: () => {
      const text = String(form.answers[q.key] ?? "");
      if (node.value !== text) node.value = text;
    },
    focus: () => {
      node.focus();
      if (q.kind === "number") node.select();
    },
  };
}

/**
 * An answer in few words: a band without what explains it in brackets.
 * @param {Question} q @param {AnswerValue} answer
 */
function answerText(q, answer) {
  if (Array.isArray(answer)) return answer.map((code) => shortOf(q, code)).join("; ");
  if (answer === null || answer === undefined || answer === "") return "";
  return q.choices.length ? shortOf(q, answer) : `${answer} ${q.kind === "text" ? "" : q.unit}`.trim();
}

/** @param {Question} q @param {string} code */
const shortOf = (q, code) => q.choices.find((choice) => choice.code === code)?.short ?? code;

/** Whether two answers are the same. @type {(one: AnswerValue, other: AnswerValue) => boolean} */
const isSame = (one, other) => JSON.stringify(one ?? "") === JSON.stringify(other ?? "");

/** Whether there is no answer yet. @param {AnswerValue} answer */
const isOpenAnswer = (answer) => answer === null || answer === undefined || answer.length === 0;
