// What stands above a form: which read of how many, clinical data, the model that speaks, and the pause.

/** @param {ReadData} data @param {() => void} pause */
function makeHeading({ heading, clinical, model }, pause) {
  const { place, left, condition, training, done, total } = heading;
  const named = heading.case ? `${heading.case} · ` : "";
  const title = element("h1", { class: "ich-step", tabindex: -1 }, element("b", {}, place), left ? ` · ${left}` : "",
    element("span", {}, `${named}${condition} `, training ? element("span", { class: "tag" }, "Training") : null));
  return element("header", {},
    element("div", { class: "title-row" }, title, element("button", { type: "button", class: "quiet", click: pause }, "Pause")),
    element("progress", { value: done, max: total, "aria-label": "Reads locked" }),
    clinical.length ? element("p", { class: "clinical" }, element("b", {}, "Clinical data "), clinical.join(" · ")) : null,
    model ? makeModelHead(model) : null);
}

/** @param {ModelHead} model */
function makeModelHead({ title, weights, grid, synthetic }) {
  return element("div", { class: "model-head" }, element("b", {}, `Model: ${title}`), " ",
    synthetic ? element("span", { class: "tag" }, "Weights trained on synthetic phantoms") : null,
    element("small", {}, `weights ${weights}, input grid ${grid}`));
}

/**
 * The reference standard of a training case beside the reader's own answers.
 * @param {FeedbackData} data @param {() => void} goOn
 */
function makeFeedback({ rows, truth, synthetic }, goOn) {
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    goOn();
  };
  return element("form", { class: "feedback", submit },
    element("h1", { class: "ich-step", tabindex: -1 }, "Feedback on your training case"),
    element("p", {}, element("span", { class: "tag" }, "Training"), " ",
      synthetic ? element("span", { class: "tag" }, "Synthetic case") : null),
    element("dl", {}, ...rows.flatMap(({ question, right, given }) => [
      element("dt", {}, question), element("dd", {}, element("b", {}, right), " ", element("small", {}, given))])),
    truth ? element("p", { class: "truth" }, truth) : null,
    element("button", { type: "submit", class: "lock" }, "Go on", element("kbd", { "aria-hidden": "true" }, "Ctrl+Enter")));
}
