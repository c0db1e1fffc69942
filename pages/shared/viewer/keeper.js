// The keeper of a draft: what is typed and how the case was looked at go to the server while it happens.

const TYPED_MS = 350; // how long a typed character waits at most
const LOOK_MS = 1000; // how often it is looked whether the viewer has changed
const BEAT_MS = 2000; // how often this tab says that it is still here

/**
 * The typing element of a field that the page names by the class of its container; null while it is not there.
 * @type {(field: Field) => TypingElement | null}
 */
const fieldOf = ({ at }) => document.querySelector(`.${CSS.escape(at)} :is(textarea, input:not([type=radio]))`);

/**
 * What stands in a field: text, a number, null for an emptied number; undefined for what is no number.
 * @param {Field} field @param {TypingElement} node @returns {FieldValue | undefined}
 */
function valueIn(field, node) {
  if (!field.number) return node.value;
  const text = node.value.trim().replace(",", ".");
  if (!text) return null;
  return Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/** @type {Map<string, { node: TypingElement, text: string }>} */
const stood = new Map(); // by a field's place, which no other sitting has: its node and what stood in it

/**
 * A field's node. Where Streamlit has put a new one in its place, in a rerun that was overtaken, it gets back what stood
 * in the one before: the page only knows what was sent when that was left.
 * @param {Field} field
 */
function filledNode(field) {
  const node = fieldOf(field), last = stood.get(field.at);
  if (!node) return null;
  stood.set(field.at, { node, text: last?.text ?? node.value }); // before refilling, which is typing
  if (last && last.node !== node) refill(node, last.text);
  stood.set(field.at, { node, text: node.value });
  return node;
}

/**
 * Puts a text into a field as if it had been typed.
 * @param {TypingElement} node @param {string} text
 */
function refill(node, text) {
  if (node.value === text) return;
  const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(node), "value") ?? {};
  set?.call(node, text); // past React, which then hears of it as of typing
  node.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * Puts the cursor into a field, or onto the chosen (else the first) of its round buttons.
 * @param {Field} field
 */
function focusField({ at }) {
  const holder = document.querySelector(`.${CSS.escape(at)}`);
  /** @type {TypingElement | null | undefined} */
  const node = holder?.querySelector("textarea, input:checked") ?? holder?.querySelector("input");
  node?.focus();
  if (node?.matches("input:not([type=radio])")) node.select();
  return Boolean(node);
}

/** @param {KeyboardEvent} event */
function letterOf(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return "";
  if (event.altKey) return event.code.startsWith("Key") ? `Alt+${event.code.slice(3)}` : "";
  return event.key.length === 1 && event.key !== " " ? event.key.toUpperCase() : "";
}

/** @type {(event: Event) => boolean} */
const isOnRound = ({ target }) => target instanceof Element && target.matches("input[type=radio]");

/**
 * Round buttons keep their arrows and the space bar; other keys are passed on to the page, which they'd not reach.
 * @param {KeyboardEvent} event
 */
function passOn(event) {
  event.stopImmediatePropagation();
  event.preventDefault();
  pressAgain("keydown", event);
}

/** @param {"keydown" | "keyup"} type @param {KeyboardEvent} event */
function pressAgain(type, { key, code, ctrlKey, altKey }) {
  document.body.dispatchEvent(new KeyboardEvent(type, { key, code, ctrlKey, altKey, bubbles: true, cancelable: true }));
}

/** Whether what an event passed, the innermost first, begins in a field. @type {(path: EventTarget[]) => boolean} */
const isTyping = ([target]) => target instanceof Element && target.matches(TYPED_IN);

/**
 * Letters bring the cursor into fields; Escape takes it out again and clears nothing. While the server is away the
 * page closes its fields: what is then typed on must not reach the viewer. R is also Streamlit's, which would make the
 * whole page again in the middle of a read: it never hears of it.
 * @param {Keeper} keeper @param {AbortSignal} signal
 */
function listenForLetters(keeper, signal) {
  const fields = () => Object.values(keeper.fields);
  /** @param {KeyboardEvent} event */
  const goToField = (event) => {
    const field = fields().find(({ letter }) => letter && letter === letterOf(event));
    if (field && focusField(field)) event.preventDefault();
  };
  const broughtBack = bringCursorBack(keeper, signal);
  document.addEventListener("keydown", (event) => { // before the page and the viewer hear of it
    if (broughtBack(event) || keeper.held.takes(event)) {
      event.stopImmediatePropagation();
      return;
    }
    if (isClosed() && (isCharacter(event) || letterOf(event))) {
      event.stopPropagation();
      return;
    }
    if (isOnRound(event) && (letterOf(event) || (event.ctrlKey && event.key === "Enter"))) {
      passOn(event);
      return;
    }
    if (letterOf(event) === "R") {
      event.stopPropagation();
      if (!isTyping(event.composedPath())) goToField(event);
      return;
    }
    const { target } = event;
    if (event.key !== "Escape" || !(target instanceof HTMLElement)) return;
    if (!fields().some(({ at }) => target.closest(`.${CSS.escape(at)}`))) return;
    event.stopPropagation();
    target.blur();
  }, { signal, capture: true });
  document.addEventListener("keydown", (event) => {
    if (!event.defaultPrevented && !isTyping(event.composedPath())) goToField(event);
  }, { signal });
}

/**
 * Sends the draft of one step: typed values soon after each key, the viewer's settings and measurements when they
 * change, and a sign of life every few seconds. What did not arrive is sent again, and the reader is told.
 * @param {PartHolder} holder @param {Scan} scan @returns {Keeper}
 */
function makeKeeper(holder, scan) {
  const ending = new AbortController();
  const { signal } = ending;
  const notice = holder.querySelector("span");
  const typing = { by: tabName() + performance.now(), count: 0 }; // of two told by the same keeper the later one counts
  /** @type {Keeper} */
  const keeper = {
    fields: {}, scan, url: "", sitting: "", typing, held: { drawn: () => {}, takes: () => false },
    now: () => {}, typed: () => ({}), update: () => {}, end: () => {},
  };
  keeper.held = holdPresses(keeper, signal);
  /** @type {Record<string, FieldValue>} */
  let changed = {};
  let sentLook = "", busy = false, again = false, stopped = false, failedAt = 0, beatAt = 0, timer = 0;

  /** @param {string} sentence */
  const say = (sentence) => { if (notice) notice.textContent = sentence; };
  /** @param {Record<string, FieldValue>} answers */
  const body = (answers) => {
    const reading = readingOf(keeper.scan);
    reading.countTime?.();
    return { tab: tabName(), sitting: keeper.sitting, answers, viewing: { ...readingReport(reading), typing } };
  };
  const look = () => JSON.stringify(readingOf(keeper.scan).told().kept?.state ?? null);
  /** @param {object} content */
  const post = (content, { keepalive = false } = {}) => fetch(new URL(keeper.url, document.baseURI), {
    method: "POST", credentials: "same-origin", keepalive, body: JSON.stringify(content),
    headers: { "Content-Type": "application/json" },
  });

  const failed = () => {
    failedAt ||= Date.now();
    if (Date.now() - failedAt > BEAT_MS) {
      say(`Not saved since ${new Date(failedAt).toLocaleTimeString()}: the server can't be reached. Trying again.`);
    }
  };
  /** @param {number} status */
  const settled = (status) => {
    if (status === 409) {
      stopped = true;
      theTab.askForTurn();
    } else if (status === 404) {
      stopped = true;
      say("What you type is not kept any more: reload the page.");
    } else if (status >= 400) failed();
    else {
      failedAt = 0;
      say("");
    }
    return status < 300;
  };
  const send = async () => {
    clearTimeout(timer);
    timer = 0;
    if (stopped || !keeper.url) return;
    if (busy) {
      again = true;
      return;
    }
    const { url } = keeper;
    const sending = changed;
    const seen = look();
    changed = {};
    beatAt = Date.now();
    busy = true;
    const kept = await post(body(sending)).then(({ status }) => settled(status), () => { failed(); return false; });
    busy = false;
    if (kept) sentLook = seen;
    else if (url === keeper.url) changed = { ...sending, ...changed };
    if (again) {
      again = false;
      send();
    }
  };

  const refillAll = () => Object.values(keeper.fields).forEach(filledNode);

  keeper.now = send;
  keeper.typed = () => Object.fromEntries(Object.entries(keeper.fields).flatMap(([key, field]) => {
    const node = filledNode(field);
    return node ? [[key, valueIn(field, node) ?? null]] : [];
  }));
  keeper.update = ({ scan, keep }) => {
    if (keep.url !== keeper.url) {
      changed = {};
      sentLook = "";
      stopped = false;
      say("");
    }
    Object.assign(keeper, { scan, ...keep });
    refillAll();
    keeper.held.drawn();
    if (!beatAt) send(); // this tab is here
  };
  keeper.end = () => {
    if (Object.keys(changed).length) send();
    ending.abort();
  };

  document.addEventListener("input", (event) => {
    const found = Object.entries(keeper.fields).find(([, field]) => fieldOf(field) === event.target);
    if (!found) return;
    const [key, field] = found;
    const node = fieldOf(field);
    const value = node ? valueIn(field, node) : undefined;
    if (value === undefined) return;
    changed[key] = value;
    typing.count++;
    timer ||= setTimeout(send, TYPED_MS);
  }, { signal, capture: true });
  listenForLetters(keeper, signal);
  const ticking = setInterval(() => {
    refillAll();
    const waiting = Object.keys(changed).length > 0 || look() !== sentLook;
    if (!busy && (waiting || Date.now() - beatAt >= BEAT_MS)) send();
  }, LOOK_MS);
  signal.addEventListener("abort", () => clearInterval(ticking));
  document.addEventListener("visibilitychange", () => document.hidden && send(), { signal });
  window.addEventListener("pagehide", () => {
    if (!stopped && keeper.url) post({ ...body(changed), leaving: true }, { keepalive: true }).catch(() => {});
  }, { signal });
  return keeper;
}
