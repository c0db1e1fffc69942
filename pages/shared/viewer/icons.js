// The toolbar's icons: strokes on a 16 x 16 grid, drawn in the text's colour.

/** @typedef {keyof typeof ICON_STROKES} IconName */
const ICON_STROKES = {
  scroll: "M8 2v12M5 5l3-3 3 3M5 11l3 3 3-3",
  window: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  invert: "M2.5 2.5h11v11h-11zM2.5 13.5l11-11M5 13.5l8.500-8.500M9 13.5l4.500-4.500",
  smooth: "M2 12c3 0 3-8 6-8s3 8 6 8",
  fit: "M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10",
  life: "M3.500 4.500L5 3.500v9M11 4.500l1.500-1v9M8.500 6.500v.2M8.500 9.800v.2",
  ruler: "M2 11L11 2l3 3-9 9zM5 8l1.500 1.500M7.500 5.500L9 7",
  ellipse: "M8 4c3.300 0 6 1.800 6 4s-2.700 4-6 4-6-1.800-6-4 2.700-4 6-4z",
  abc: "M8 3.500c3.600 0 6 2 6 4.500s-2.400 4.500-6 4.500-6-2-6-4.500 2.400-4.500 6-4.500zM2 8h12M8 3.500v9",
  contour: "M8 2.500c3.500 0 5.500 2.300 5.500 5.500S11.500 13.500 8 13.500 2.500 11.200 2.500 8 4.500 2.500 8 2.500zM8 5v6",
  layout: "M2.500 3h11v10h-11zM8 3v10",
  mpr: "M2.500 2.500h11v11h-11zM8 2.500v11M2.500 8h11",
  overlay: "M8 2L2 5.500 8 9l6-3.500zM2 10l6 3.500L14 10",
  jump: "M3 8h9M9 4.500L12.500 8 9 11.500M14 3v10",
  full: "M9.500 2.500h4v4M6.500 13.500h-4v-4M13.500 2.500l-4.500 4.500M2.500 13.500L7 9",
  help: "M5.500 6a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M8 12.700v.3",
};

/**
 * An icon as an SVG element, hidden from screen readers: the button's own name says what it does.
 * @param {IconName} name
 */
function icon(name) {
  const holder = document.createElement("span");
  holder.className = "icon";
  holder.setAttribute("aria-hidden", "true");
  holder.innerHTML = `<svg viewBox="0 0 16 16" width="16" height="16"><path d="${ICON_STROKES[name]}"/></svg>`;
  return holder;
}
