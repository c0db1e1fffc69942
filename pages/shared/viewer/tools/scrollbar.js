// The scroll bar at the right: slice numbers, the thumb, and a strip that shows where the map is strongest.

/**
 * Builds the bar; slice 1, the lowest, is at the top, as the wheel turns.
 * @returns {ScrollBar}
 */
function makeScrollBar() {
  const strip = element("canvas", { class: "strip", "aria-hidden": "true" });
  const numbers = element("div", { class: "numbers", "aria-hidden": "true" });
  const thumb = element("div", { class: "thumb", "aria-hidden": "true" });
  const root = element("div", {
    class: "scroll-bar", role: "slider", tabindex: 0, "aria-label": "Slice", "aria-orientation": "vertical",
    "aria-valuemin": 1,
  }, strip, numbers, thumb);
  return { root, strip, numbers, thumb, room: 0, shown: null };
}

/**
 * Listens to the wheel and to drags on the bar.
 * @param {Viewer} viewer
 */
function listenToScrollBar(viewer) {
  const { root } = viewer.bar;
  /** @param {PointerEvent} event */
  const drag = (event) => {
    if (!isOpen(viewer) || (event.type === "pointermove" && !event.buttons)) return;
    event.preventDefault();
    if (event.type === "pointerdown") {
      root.setPointerCapture(event.pointerId);
      root.focus({ preventScroll: true });
    }
    const { top, height } = root.getBoundingClientRect();
    goTo(viewer, 2, Math.floor(((event.clientY - top) / height) * viewer.volume.size[2]));
  };
  root.addEventListener("pointerdown", drag);
  root.addEventListener("pointermove", drag);
  listenToWheel(viewer, root, () => viewer.panes[0]);
}

/**
 * Writes the numbers at the bar's side: the first, the last, and round ones between with room to be read.
 * @param {OpenViewer} viewer
 */
function numberScrollBar(viewer) {
  const { bar, volume } = viewer;
  const slices = volume.size[2];
  const room = bar.root.clientHeight / slices;
  Object.assign(bar, { room, shown: null });
  const every = [1, 2, 5, 10, 20, 50, 100].find((each) => each * room >= 26) ?? 200;
  const shown = [1, slices];
  /** @param {number} n */
  const free = (n) => Math.min(n - 1, slices - n) * room >= 18; // px to the numbers at the ends
  for (let n = every; n < slices; n += every) if (free(n)) shown.push(n);
  bar.numbers.replaceChildren(...shown.map((n) =>
    element("span", { style: `top: ${((n - 0.5) / slices) * 100}%` }, String(n))));
  bar.root.setAttribute("aria-valuemax", String(slices));
}

/**
 * Moves the thumb to the slice shown.
 * @param {OpenViewer} viewer
 */
function moveThumb(viewer) {
  const { bar, volume, state } = viewer;
  const slices = volume.size[2];
  const k = state.at[2];
  if (bar.shown === k) return;
  bar.shown = k;
  bar.thumb.style.transform = `translateY(${(k + 0.5) * bar.room}px) translateY(-50%)`; // no new layout
  setText(bar.thumb, String(k + 1));
  bar.root.setAttribute("aria-valuenow", String(k + 1));
  bar.root.setAttribute("aria-valuetext", `slice ${k + 1} of ${slices}`);
}

/**
 * Paints the strip: one row a slice, the colour map's colour for how much of the map is visible there.
 * @param {OpenViewer} viewer
 */
function paintStrip(viewer) {
  const { bar, state, volume } = viewer;
  const map = state.overlay.on ? leadingMap(viewer) : null;
  bar.strip.hidden = !map;
  if (!map) return;
  const slices = volume.size[2];
  const profile = sliceProfile(map, state.overlay.threshold);
  const strongest = strongestSlice(profile);
  const table = colourTable(state.overlay.colours);
  bar.strip.width = 2;
  bar.strip.height = slices;
  const context = contextOf(bar.strip);
  for (let k = 0; k < slices; k++) {
    const value = Math.round(profile[k] * 255);
    context.fillStyle = `rgb(${table[3 * value]}, ${table[3 * value + 1]}, ${table[3 * value + 2]})`;
    context.fillRect(0, k, 2, 1);
  }
  bar.strip.dataset.strongest = String(strongest + 1);
}
