// The scroll bar at the right: slice numbers, the thumb, and a strip that shows where the map is strongest.

/** Builds the bar; slice 1, the lowest, is at the top, as the wheel turns. */
function makeScrollBar(viewer) {
  const bar = {
    strip: element("canvas", { class: "strip", "aria-hidden": "true" }),
    numbers: element("div", { class: "numbers", "aria-hidden": "true" }),
    thumb: element("div", { class: "thumb", "aria-hidden": "true" }),
  };
  const drag = (event) => {
    if (!viewer.volume || (event.type === "pointermove" && !event.buttons)) return;
    event.preventDefault();
    if (event.type === "pointerdown") {
      bar.root.setPointerCapture(event.pointerId);
      bar.root.focus({ preventScroll: true });
    }
    const { top, height } = bar.root.getBoundingClientRect();
    goTo(viewer, 2, Math.floor(((event.clientY - top) / height) * viewer.volume.size[2]));
  };
  bar.root = element("div", {
    class: "scroll-bar", role: "slider", tabindex: 0, "aria-label": "Slice", "aria-orientation": "vertical",
    "aria-valuemin": 1, pointerdown: drag, pointermove: drag,
  }, bar.strip, bar.numbers, bar.thumb);
  listenToWheel(viewer, bar.root, () => viewer.panes[0]);
  return bar;
}

/** Writes the numbers at the bar's side: the first, the last, and round ones between with room to be read. */
function numberScrollBar(viewer) {
  const { bar, volume } = viewer;
  const slices = volume.size[2];
  const room = bar.root.clientHeight / slices;
  Object.assign(bar, { room, shown: null });
  const every = [1, 2, 5, 10, 20, 50, 100].find((each) => each * room >= 26) ?? 200;
  const shown = [1, slices];
  const free = (n) => Math.min(n - 1, slices - n) * room >= 18; // px to the numbers at the ends
  for (let n = every; n < slices; n += every) if (free(n)) shown.push(n);
  bar.numbers.replaceChildren(...shown.map((n) =>
    element("span", { style: `top: ${((n - 0.5) / slices) * 100}%` }, String(n))));
  bar.root.setAttribute("aria-valuemax", slices);
}

/** Moves the thumb to the slice shown. */
function moveThumb(viewer) {
  const { bar, volume, state } = viewer;
  const slices = volume.size[2];
  const k = state.at[2];
  if (bar.shown === k) return;
  bar.shown = k;
  bar.thumb.style.transform = `translateY(${(k + 0.5) * bar.room}px) translateY(-50%)`; // no new layout
  setText(bar.thumb, String(k + 1));
  bar.root.setAttribute("aria-valuenow", k + 1);
  bar.root.setAttribute("aria-valuetext", `slice ${k + 1} of ${slices}`);
}

/** Paints the strip: one row a slice, the colour map's colour for how much of the map is visible there. */
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
  const context = bar.strip.getContext("2d");
  for (let k = 0; k < slices; k++) {
    const value = Math.round(profile[k] * 255);
    context.fillStyle = `rgb(${table[3 * value]}, ${table[3 * value + 1]}, ${table[3 * value + 2]})`;
    context.fillRect(0, k, 2, 1);
  }
  bar.strip.dataset.strongest = strongest + 1;
}
