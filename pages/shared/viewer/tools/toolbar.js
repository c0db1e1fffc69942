// The toolbar: rows of a table become buttons; the overlay's own controls stand in a second row.

/** @type {(ButtonRow & { group: string })[]} */
const BUTTONS = [
  { group: "tool", icon: "scroll", label: "Scroll", title: "Left drag scrolls slices", tool: "scroll" },
  { group: "tool", icon: "window", label: "Window", title: "Left drag sets the window; the right button always does",
    tool: "window" },
  { group: "measure", icon: "ruler", label: "Ruler", key: "d", title: "Length in mm", tool: "ruler" },
  { group: "measure", icon: "ellipse", label: "Ellipse", key: "e", title: "Mean, SD and area", tool: "ellipse" },
  { group: "measure", icon: "abc", label: "ABC/2", key: "b", title: "Haematoma volume (Kothari 1996): draw A, then B",
    tool: "abc" },
  { group: "look", icon: "invert", label: "Invert", key: "i", run: (v) => toggle(v, "inverted", "greys"),
    pressed: (v) => v.state.inverted },
  { group: "look", icon: "smooth", label: "Smooth", key: "s", run: (v) => toggle(v, "smooth", "pixels"),
    pressed: (v) => v.state.smooth },
  { group: "look", icon: "contour", label: "Contour", key: "c",
    title: "The brain's contour, as the network's input is cut",
    run: toggleContour, pressed: (v) => v.state.contour, offered: (v) => Boolean(v.scan.brain_url) },
  { group: "size", icon: "fit", label: "Fit", key: "f", title: "Fit the pane", run: fit },
  { group: "size", icon: "life", label: "1:1", title: "1 mm on the screen for 1 mm", run: lifeSize },
  { group: "panes", icon: "layout", label: "Layout", key: "l", title: "One to four linked panes", run: nextLayout,
    enabled: (v) => offeredLayouts(v).length > 1, why: "Side by side needs a map" },
  { group: "panes", icon: "mpr", label: "MPR", key: "v", title: "Axial, coronal and sagittal", run: toggleMpr,
    pressed: (v) => v.state.layout === "mpr" },
  { group: "end", icon: "full", label: "Full screen", run: toggleFullScreen },
  { group: "end", icon: "help", label: "Help", key: "?", title: "Keys and gestures", run: openHelp },
];

/**
 * What a tool's button does.
 * @param {Tool} tool @returns {Pick<RunRow, "run" | "pressed">}
 */
function choosing(tool) {
  return {
    run: (viewer) => chooseTool(viewer, tool),
    pressed: (viewer) => viewer.state.tool === tool,
  };
}

/** @param {Viewer} viewer @param {ButtonRow} row */
function makeButton(viewer, row) {
  const title = (row.title ?? row.label) + (row.key ? ` (${row.key})` : "");
  const { run, pressed } = "tool" in row ? choosing(row.tool) : row;
  const button = element("button", { type: "button", class: "tool", "data-tool": row.icon, title,
    "aria-label": row.label, click: () => isOpen(viewer) && run(viewer) },
  icon(row.icon), element("span", { class: "label" }, row.label));
  viewer.controls.push((open) => {
    if (pressed) button.setAttribute("aria-pressed", String(pressed(open)));
    if (row.offered) button.hidden = !row.offered(open);
    if (row.enabled) {
      button.disabled = !row.enabled(open);
      button.title = button.disabled ? row.why ?? title : title;
    }
  });
  return button;
}

/** @param {Viewer} viewer */
function makePresets(viewer) {
  const select = element("select", { "aria-label": "Window preset", class: "presets",
    change: () => {
      const preset = PRESETS[Number(select.value)];
      if (preset && isOpen(viewer)) setWindow(viewer, preset);
    } });
  PRESETS.forEach(({ key, name }, index) => select.append(element("option", { value: index }, `${key}  ${name}`)));
  select.append(element("option", { value: -1, disabled: true, hidden: true }, "Own window"));
  viewer.controls.push(({ state: { window: { width, level } } }) => {
    select.value = String(PRESETS.findIndex((preset) => preset.width === width && preset.level === level));
  });
  returnFocus(viewer, select);
  return select;
}

/** @param {Viewer} viewer @param {{ label: string, part: "opacity" | "threshold", min: number }} range */
function makeRange(viewer, { label, part, min }) {
  const output = element("output", { class: "value" });
  const range = element("input", { type: "range", min, max: 1, step: 0.05, "aria-label": label,
    input: () => isOpen(viewer) && setOverlay(viewer, { [part]: Number(range.value) }) });
  viewer.controls.push(({ state }) => {
    const value = state.overlay[part];
    if (Number(range.value) !== value) range.value = String(value);
    setText(output, value.toFixed(2));
  });
  returnFocus(viewer, range);
  return element("label", { class: "range" }, element("span", {}, label), range, output);
}

/** @param {Viewer} viewer */
function makeColours(viewer) {
  const select = element("select", { "aria-label": "Colour map",
    change: () => {
      if (isOpen(viewer) && isColourMap(select.value)) setOverlay(viewer, { colours: select.value });
    } });
  for (const name of Object.keys(COLOUR_MAPS)) select.append(element("option", { value: name }, name));
  viewer.controls.push(({ state }) => { select.value = state.overlay.colours; });
  returnFocus(viewer, select);
  return select;
}

/**
 * The colour bar: the map's values from 0 to its maximum, with what is hidden darkened.
 * @param {Viewer} viewer
 */
function makeColourBar(viewer) {
  const gradient = element("div", { class: "gradient" });
  const veil = element("div", { class: "veil" });
  const mark = element("span", { class: "mark" });
  viewer.controls.push(({ state: { overlay: { threshold, colours } } }) => {
    gradient.style.background = colourGradient(colours);
    veil.style.width = mark.style.left = `${threshold * 100}%`;
    setText(mark, threshold > 0.12 && threshold < 0.88 ? plain(threshold, 2) : "");
  });
  return element("div", { class: "colour-bar", role: "img", "aria-label": "Colours from 0 to the map's maximum" },
    gradient, veil, element("span", { class: "low" }, "0"), mark, element("span", { class: "high" }, "max"));
}

/** @type {ButtonRow[]} */
const OVERLAY_BUTTONS = [
  { icon: "overlay", label: "Map", key: "o", title: "Map on or off",
    run: (v) => setOverlay(v, { on: !v.state.overlay.on }), pressed: (v) => v.state.overlay.on },
  { icon: "jump", label: "Strongest slice", key: "j", title: "Jump to the slice where the map is strongest",
    run: jumpToStrongest },
];

/**
 * Builds both rows. Every control has a name, a key or a tab stop, and shows its state.
 * @param {Viewer} viewer
 */
function makeToolbar(viewer) {
  /** @type {Map<string, HTMLElement>} */
  const groups = new Map();
  for (const row of BUTTONS) {
    const group = groups.get(row.group) ?? element("div", { class: `group group-${row.group}` });
    groups.set(row.group, group);
    group.append(makeButton(viewer, row));
  }
  const tools = element("div", { class: "bar tools", role: "toolbar", "aria-label": "Viewer tools" },
    makePresets(viewer), ...groups.values());
  const [onOff, jump] = OVERLAY_BUTTONS.map((row) => makeButton(viewer, row));
  const overlay = element("div", { class: "bar overlay", role: "toolbar", "aria-label": "Map", hidden: true }, onOff,
    makeRange(viewer, { label: "Opacity", part: "opacity", min: 0 }),
    makeRange(viewer, { label: "Hide below", part: "threshold", min: 0 }),
    makeColours(viewer), makeColourBar(viewer), jump);
  viewer.controls.push(() => { overlay.hidden = !viewer.overlays.length; });
  return element("div", { class: "bars" }, tools, overlay);
}
