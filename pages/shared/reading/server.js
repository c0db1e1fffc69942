// Requests to the reading routes, and an estimate of the server's clock.

const LONGEST_ANSWER_MS = 10_000; // a server that says nothing for so long is away
const KEEPALIVE_BYTES = 60_000; // what a browser still sends from a page that is left

/** What a lost answer tells. @type {any} */
const NOTHING_TOLD = { revision: 0, answers: {}, missing: {} };
/** How all of it goes. @type {RequestInit} */
const AS_JSON = { credentials: "same-origin", headers: { "Content-Type": "application/json" } };
const clock = { server: 0, here: 0 }; // the same moment by both

/** The server's time in ms now: its last answer's, counted on by this browser's steady clock; 0 before the first. */
const serverTime = () => clock.server && clock.server + performance.now() - clock.here;

/**
 * Sends JSON: the status, 0 where no answer of our server came, and what was answered.
 * @param {"POST" | "PUT"} method @param {string} url @param {object} content @param {AbortSignal} [taken]
 * @returns {Promise<ServerAnswer>}
 */
async function send(method, url, content, taken) {
  const waits = AbortSignal.timeout(LONGEST_ANSWER_MS);
  try {
    const response = await fetch(new URL(url, document.baseURI), {
      ...AS_JSON, method, cache: "no-store", body: JSON.stringify(content),
      signal: taken ? AbortSignal.any([taken, waits]) : waits,
    });
    if (!isAnswer(response)) return { status: 0, answered: NOTHING_TOLD };
    const answered = response.status === 404 ? NOTHING_TOLD : { ...NOTHING_TOLD, ...await response.json() };
    if (answered.now) Object.assign(clock, { server: answered.now, here: performance.now() });
    return { status: response.status, answered };
  } catch {
    return { status: 0, answered: NOTHING_TOLD };
  }
}

/**
 * Whether an answer is our routes' own. What stands before them says other things: that a server is away or has too
 * much to do, or a page to sign in at, which comes with a 200. None of that is an answer to a draft or a lock.
 * @param {Response} response
 */
function isAnswer({ status, headers }) {
  const kind = headers.get("Content-Type") ?? "";
  if (status === 404) return kind.startsWith("text/plain");
  return [200, 409, 422].includes(status) && kind.startsWith("application/json");
}

/** Whether the server is away. @param {number} status */
const isAway = (status) => status === 0;

/**
 * Sends a last word from a page that is left; nobody hears the answer.
 * @param {string} url @param {Record<string, unknown>} content
 */
function sendLast(url, content) {
  let body = JSON.stringify(content);
  if (body.length > KEEPALIVE_BYTES) body = JSON.stringify({ ...content, viewing: {} });
  fetch(new URL(url, document.baseURI), { ...AS_JSON, method: "PUT", keepalive: true, body }).catch(() => {});
}

/** A time of the clock on the wall: 10:42:05. @param {number} ms */
const wallTime = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
