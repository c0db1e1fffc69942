// The heading above a form: which read of how many, clinical data, the model's title, and the pause button.

const TRAINING = "Training";

/** A mark that nobody overlooks; null where there is nothing to mark. @param {string} text */
const makeTag = (text) => (text ? element("span", { class: "tag" }, text) : null);

/** @param {ReadData} data @param {() => void} pause */
function makeHeading({ heading, clinical, model }, pause) {
  const { place, left, condition, training, done, total } = heading;
  const named = heading.case ? `${heading.case} · ` : "";
  const title = element("h1", { class: "ich-step", tabindex: -1 }, element("b", {}, place), left ? ` · ${left}` : "",
    element("span", {}, `${named}${condition} `, makeTag(training ? TRAINING : "")));
  return element("header", {},
    element("div", { class: "title-row" }, title,
      element("button", { type: "button", class: "quiet", click: pause }, "Pause")),
    element("progress", { value: done, max: total, "aria-label": "Reads locked" }),
    clinical.length ? element("p", { class: "clinical" }, element("b", {}, "Clinical data "),
      clinical.join(" · ")) : null,
    model ? makeModelHead(model) : null);
}

/** @param {ModelHead} model */
function makeModelHead({ title, weights, grid, mark }) {
  return element("div", { class: "model-head" }, element("b", {}, `Model: ${title}`), " ",
    makeTag(mark),
    element("small", {}, `weights ${weights}, input grid ${grid}`));
}

/**
 * The reference standard of a training case beside the reader's own answers.
 * @param {FeedbackData} data @param {() => void} goOn
 */
function makeFeedback({ rows, truth, mark }, goOn) {
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    if (!ignoresPresses(button)) goOn();
  };
  const button = element("button", { type: "submit", class: "lock" }, "Go on", keyMark("Ctrl+Enter"));
  ignorePressesForNow(button);
  return element("form", { class: "feedback", submit },
    element("h1", { class: "ich-step", tabindex: -1 }, "Feedback on your training case"),
    element("p", {}, makeTag(TRAINING), " ", makeTag(mark)),
    element("dl", {}, ...rows.flatMap(({ question, right, given }) => [
      element("dt", {}, question), element("dd", {}, element("b", {}, right), " ", element("small", {}, given))])),
    truth ? element("p", { class: "truth" }, truth) : null,
    button);
}
