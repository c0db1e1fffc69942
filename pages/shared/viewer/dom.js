// Small pieces for building the viewer's elements.

/** Makes an element. Attributes whose value is a function become listeners; false and null are left out. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Sets an element's text only where it differs, so that an unchanged corner costs no layout; its node stays. */
function setText(node, text) {
  if (node.shownText === text) return;
  node.shownText = text;
  if (node.firstChild) node.firstChild.data = text;
  else node.textContent = text;
}

/** The value, kept between two limits. */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** A number with at most `digits` decimals and a point, whatever the browser's language: 57.5, 80. */
function plain(value, digits = 1) {
  return String(Number(value.toFixed(digits)));
}
