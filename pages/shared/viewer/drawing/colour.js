// Grey values and colours: window presets, look-up tables, colour maps.

/** @type {Preset[]} */
const PRESETS = [
  { key: "1", name: "Brain", width: 80, level: 40 },
  { key: "2", name: "Subdural", width: 200, level: 75 },
  { key: "3", name: "Stroke", width: 40, level: 40 },
  { key: "4", name: "Bone", width: 2800, level: 600 },
  { key: "5", name: "Soft tissue", width: 350, level: 50 },
  { key: "6", name: "Network 15–100 HU", width: 85, level: 57.5 }, // the intensities the network sees
];

/** @typedef {[at: number, colour: string]} Stop */

/** @type {(...colours: string[]) => Stop[]} */
const even = (...colours) => colours.map((colour, index) => [index / (colours.length - 1), colour]);

// Stops of the maps as matplotlib draws them (its tables are in the public domain, CC0); between stops: straight lines.
/** @type {Record<ColourMap, Stop[]>} */
const COLOUR_MAPS = {
  inferno: even("#000004", "#0c0826", "#240c4f", "#420a68", "#5d126e", "#781c6d", "#932667", "#ae305c",
                "#c73e4c", "#dd513a", "#ed6925", "#f8850f", "#fca50a", "#fac62d", "#f2e661", "#fcffa4"),
  viridis: even("#440154", "#481a6c", "#472f7d", "#414487", "#39568c", "#31688e", "#2a788e", "#23888e",
                "#1f988b", "#22a884", "#35b779", "#54c568", "#7ad151", "#a5db36", "#d2e21b", "#fde725"),
  hot: [[0, "#0b0000"], [0.365, "#ff0000"], [0.746, "#ffff00"], [1, "#ffffff"]],
};

/** @type {(colour: string, index: number) => number} */
const channel = (colour, index) => parseInt(colour.slice(1 + 2 * index, 3 + 2 * index), 16);

/** @param {string} name @returns {name is ColourMap} */
function isColourMap(name) {
  return name in COLOUR_MAPS;
}

/**
 * A colour map as 256 x 3 bytes, red, green, blue.
 * @param {ColourMap} name
 */
function colourTable(name) {
  const stops = COLOUR_MAPS[name];
  const table = new Uint8ClampedArray(256 * 3);
  for (let value = 0, upper = 1; value < 256; value++) {
    const at = value / 255;
    while (at > stops[upper][0]) upper++;
    const [low, from] = stops[upper - 1];
    const [high, to] = stops[upper];
    const share = (at - low) / (high - low);
    for (let c = 0; c < 3; c++) table[3 * value + c] = (1 - share) * channel(from, c) + share * channel(to, c);
  }
  return table;
}

/**
 * A colour map as a CSS gradient, low values at the left.
 * @param {ColourMap} name
 */
function colourGradient(name) {
  return `linear-gradient(to right, ${COLOUR_MAPS[name].map(([at, colour]) => `${colour} ${at * 100}%`).join(", ")})`;
}

/**
 * Fills the grey of every 16-bit HU (indexed as unsigned): level - width/2 is black, level + width/2 is white.
 * @param {Uint8ClampedArray} greys @param {HuWindow} window @param {boolean} inverted
 */
function fillGreys(greys, { width, level }, inverted) {
  const low = level - width / 2;
  const scale = 255 / width;
  for (let index = 0; index < 65536; index++) {
    const grey = ((index << 16 >> 16) - low) * scale;
    greys[index] = inverted ? 255 - grey : grey; // a clamped array: rounds, and keeps 0 to 255
  }
}

/**
 * Fills the colour of every pair (map value, grey), index = value * 256 + grey, packed for a little-endian pixel.
 * Map values of 0 and values below the threshold (a share of the maximum) leave the grey as it is.
 * @param {Uint32Array} blend @param {OverlayLook} look
 */
function fillBlend(blend, { colours, opacity, threshold }) {
  const table = colourTable(colours);
  const keep = 1 - opacity;
  for (let value = 0; value < 256; value++) {
    const hidden = value === 0 || value < threshold * 255;
    const red = table[3 * value] * opacity;
    const green = table[3 * value + 1] * opacity;
    const blue = table[3 * value + 2] * opacity;
    for (let grey = 0; grey < 256; grey++) {
      blend[value << 8 | grey] = hidden
        ? 0xff000000 | grey * 0x010101
        : 0xff000000 | (blue + keep * grey) << 16 | (green + keep * grey) << 8 | red + keep * grey;
    }
  }
}
