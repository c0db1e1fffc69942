// The scan in the browser: fetched once from the app's guarded route, checked, kept for as long as the page lives.

const KEPT_BYTES = 192e6; // two large scans with their maps; older ones are fetched again
/** @type {Map<string, Uint8Array>} */
const keptPayloads = new Map(); // url -> Uint8Array, least recently used first

/** Why a payload can't be shown, as one sentence for the reader. */
class PayloadError extends Error {}

/** @param {number} status @param {string} noun */
function refusal(status, noun) {
  if (status === 401 || status === 403 || status === 404) {
    return `This ${noun} is not available to you: it does not exist, is not in your worklist, or is not open yet. ` +
      "Go back to your worklist, or sign in again.";
  }
  return `The server answered with error ${status} instead of the ${noun}. ` +
    "Try again; if it stays, tell the coordinator.";
}

/** @param {string} url @param {Uint8Array} bytes */
function keep(url, bytes) {
  keptPayloads.delete(url);
  keptPayloads.set(url, bytes);
  let total = 0;
  for (const kept of keptPayloads.values()) total += kept.byteLength;
  for (const [old, kept] of keptPayloads) {
    if (total <= KEPT_BYTES || old === url) break;
    total -= kept.byteLength;
    keptPayloads.delete(old);
  }
}

/** @param {string} url @param {FetchOptions} options */
async function download(url, { noun, length, signal, onProgress }) {
  let response;
  try {
    response = await fetch(new URL(url, document.baseURI), { credentials: "same-origin", cache: "no-store", signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new PayloadError(`The server can't be reached for the ${noun}. Check the connection and try again.`);
  }
  if (!response.ok) throw new PayloadError(refusal(response.status, noun));
  const bytes = new Uint8Array(length);
  const reader = (response.body ?? new Blob().stream()).getReader(); // status 204 has no body
  let filled = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (filled + part.value.length <= length) bytes.set(part.value, filled);
    filled += part.value.length;
    onProgress(Math.min(1, filled / length));
  }
  if (filled !== length) {
    throw new PayloadError(`The ${noun} arrived with ${filled} bytes where ${length} are expected. Try again.`);
  }
  return bytes;
}

/**
 * The bytes behind a guarded address, from memory where they have been fetched before; PayloadError says why not.
 * @param {string} url @param {FetchOptions} options @returns {Promise<Uint8Array>}
 */
async function fetchPayload(url, options) {
  const kept = keptPayloads.get(url);
  const bytes = kept?.length === options.length ? kept : await download(url, options);
  keep(url, bytes);
  return bytes;
}

/** How long a scan's payload is: two bytes a voxel. @param {Scan} scan */
const bytesOf = ({ shape: [nx, ny, nz] }) => 2 * nx * ny * nz;

/**
 * A volume in screen order: hu[k][y][x], x from the patient's right, y from anterior, k from inferior.
 * @param {Scan} scan @param {Uint8Array} bytes @returns {Volume}
 */
function makeVolume(scan, bytes) {
  const [nx, ny] = scan.shape;
  return {
    size: scan.shape,
    spacing: scan.spacing_mm,
    stride: [1, nx, nx * ny],
    hu: new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2),
  };
}
