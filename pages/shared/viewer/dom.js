// DOM helpers: making elements, setting text, buttons that ignore a press for a moment.

/**
 * Makes an element. Attributes whose value is a function become listeners; false and null are left out.
 * @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {Attributes} attributes @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * Sets an element's text only where it differs, so that an unchanged corner costs no layout; its node stays.
 * @param {HTMLElement} node @param {string} text
 */
function setText(node, text) {
  if (node.shownText === text) return;
  node.shownText = text;
  if (node.firstChild) node.firstChild.nodeValue = text;
  else node.textContent = text;
}

/**
 * What draws on a canvas. A browser that has no memory left for one gives none.
 * @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [settings]
 */
function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("the browser has no memory left to draw on. Close other tabs and try again.");
  return context;
}

const TOO_SOON_MS = 500; // nobody reads a sentence and presses a key in less

/**
 * Lets a button that has just taken on another meaning take no press for a moment: a second press that follows at once
 * was meant for what was on the screen before.
 * @param {HTMLButtonElement} button
 */
function ignorePressesForNow(button) {
  button.setAttribute("aria-disabled", "true");
  setTimeout(() => button.removeAttribute("aria-disabled"), TOO_SOON_MS);
}

/** Whether a press comes too soon to be meant. @param {HTMLButtonElement} button */
const ignoresPresses = (button) => button.hasAttribute("aria-disabled");

/**
 * The value, kept between two limits.
 * @param {number} value @param {number} low @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/**
 * A number with at most `digits` decimals and a point, whatever the browser's language: 57.5, 80.
 * @param {number} value
 */
function plain(value, digits = 1) {
  return String(Number(value.toFixed(digits)));
}
