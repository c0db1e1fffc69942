// The help sheet: the keys' own table and the gestures.

/** @typedef {[shown: string, does: string]} HelpRow */

/** @type {HelpRow[]} */
const GESTURES = [
  ["Wheel", "Next and previous slice"],
  ["Left drag", "Scroll slices (or the tool in hand); in MPR moves the crosshair"],
  ["Right drag", "Window: sideways width, up and down level"],
  ["Double click", "Brain window again"],
  ["Ctrl + wheel", "Zoom at the pointer"],
  ["Middle or Shift drag", "Move the image"],
  ["One finger", "Scroll slices"],
  ["Two fingers", "Zoom and move the image"],
  ["Three fingers", "Window; double tap for the brain window"],
];

const ABC_RULE = "ABC/2 (Kothari 1996): A is the largest diameter of the haematoma, B the diameter at right angles " +
  "on the same slice, C the number of slices times their thickness; a slice with over 75 % of the largest area " +
  "counts 1, with 25–75 % counts 0.5, with less 0. Slices are shown as in radiology: " +
  "the patient's right on the left.";

/** @param {string} caption @param {HelpRow[]} rows */
function keyTable(caption, rows) {
  const table = element("table", {}, element("caption", {}, caption));
  for (const [shown, does] of rows) {
    const key = element("th", { scope: "row" }, element("kbd", {}, shown));
    table.append(element("tr", {}, key, element("td", {}, does)));
  }
  return table;
}

/**
 * Writes the sheet.
 * @param {Viewer} viewer
 */
function fillHelp(viewer) {
  /** @type {HelpRow[]} */
  const rows = [];
  for (const { shown, does } of KEYS) if (shown && does) rows.push([shown, does]);
  const half = Math.ceil(rows.length / 2);
  const shut = () => closeHelp(viewer);
  const close = element("button", { type: "button", class: "tool close", click: shut }, "Close (Esc)");
  viewer.help.append(
    element("div", { class: "sheet-head" }, element("h2", {}, "Keys and gestures"), close),
    element("div", { class: "sheet" },
      keyTable("Keys", rows.slice(0, half)),
      keyTable("Keys, continued", rows.slice(half)),
      keyTable("Mouse and touch", GESTURES)),
    element("p", {}, ABC_RULE));
}

/** @param {Viewer} viewer */
function openHelp(viewer) {
  if (closeHelp(viewer)) return;
  viewer.help.show(); // not modal: a modal sheet would lie outside a full-screen viewer
  viewer.help.querySelector("button")?.focus();
}

/**
 * Closes the sheet; true where it was open.
 * @param {Viewer} viewer
 */
function closeHelp(viewer) {
  if (!viewer.help.open) return false;
  viewer.help.close();
  viewer.stage.focus({ preventScroll: true });
  return true;
}
