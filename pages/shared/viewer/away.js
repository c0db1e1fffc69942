// What is typed and pressed while the server is away from the Read page, or does not know the page yet.

const READ_FORM = ".st-key-ich-read-form";
const FADING_MS = 30; // how often it is tried to give the cursor back
const AWAY_MS = 500; // how often it is looked whether the server is away
const LONGEST_HOLD_MS = 10_000; // where nothing is drawn at all
const DRAWING_MS = 700; // after a press that waited: not every one has the form drawn

/** Whether the form is closed, as Streamlit closes it while the server is away. */
const isClosed = () =>
  document.querySelector(`${READ_FORM} [data-testid=stFormSubmitButton] button`)?.matches("[disabled]") ?? false;

/** @type {(event: KeyboardEvent) => boolean} */
const isCharacter = (event) => event.key.length === 1 &&
  (event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || event.altKey));

const STARTS_TYPING = new Set(["Backspace", "Delete", "Dead", "Process"]); // besides characters
const ENDS_TYPING = new Set(["Escape", "Tab"]);

/**
 * A listener to keys that says whether it took one. The field that the cursor was in when the page closed it gets the
 * cursor back as soon as it is open again and someone types on: else the rest of the word would reach the viewer and the
 * buttons. Streamlit's dialog about the server holds the cursor until it has faded; what is typed meanwhile waits.
 * @param {Keeper} keeper @param {AbortSignal} signal @returns {(event: KeyboardEvent) => boolean}
 */
function bringCursorBack(keeper, signal) {
  /** @type {Field | null} */
  let left = null;
  let waiting = "";
  const forget = () => { left = null; waiting = ""; };
  const put = () => {
    const node = left && fieldOf(left);
    if (!node) return;
    node.focus();
    if (document.activeElement !== node) {
      setTimeout(put, FADING_MS);
      return;
    }
    document.execCommand("insertText", false, waiting); // at the cursor, and React hears of it
    forget();
  };
  document.addEventListener("focusout", ({ target }) => {
    if (!(target instanceof Element) || !target.matches("[disabled]")) return;
    forget();
    left = Object.values(keeper.fields).find((field) => fieldOf(field) === target) ?? null;
  }, { signal, capture: true });
  document.addEventListener("pointerdown", () => { if (!waiting) forget(); }, { signal, capture: true });
  return (event) => {
    const node = left && fieldOf(left);
    if (!node || node.disabled) return false;
    const typed = isCharacter(event) || (event.key === "Enter" && !event.ctrlKey);
    if (isTyping(event.composedPath()) || (ENDS_TYPING.has(event.key) && !waiting)) forget();
    if (!left || !(typed || STARTS_TYPING.has(event.key))) return false;
    if (!waiting) node.focus();
    if (document.activeElement === node) {
      forget();
      return true;
    }
    event.preventDefault();
    if (typed && !waiting) setTimeout(put, FADING_MS);
    if (typed) waiting += event.key === "Enter" ? "\n" : event.key;
    if (event.key === "Backspace") waiting = waiting.slice(0, -1);
    return true;
  };
}

/**
 * Letters that may press a button, and the lock; not those that bring the cursor into a field, nor what is typed.
 * @param {KeyboardEvent} event @param {Fields} fields
 */
function isPress(event, fields) {
  if (event.ctrlKey && event.key === "Enter") return true;
  const letter = letterOf(event);
  return /^(Alt\+)?[A-Z]$/.test(letter) && !isTyping(event.composedPath()) &&
    !Object.values(fields).some((field) => field.letter === letter);
}

/**
 * Presses wait where they would be dropped. After the server was away the form is open again at once, but a session that
 * is new to it knows its buttons only when it has drawn them. `drawn` is for when it has: then one press is made after
 * another, each on the form as the one before has left it. Those of a form that closes again are for its reader to make.
 * @param {Keeper} keeper @param {AbortSignal} signal @returns {HeldPresses}
 */
function holdPresses(keeper, signal) {
  let unknown = false; // whether the server may not know the form's buttons
  /** @type {(() => void)[]} */
  let waiting = [];
  let timer = 0;
  const drawn = () => {
    clearTimeout(timer);
    timer = 0;
    if (isClosed()) return;
    const press = waiting.shift();
    unknown &&= Boolean(press);
    if (!press) return;
    timer = setTimeout(drawn, DRAWING_MS);
    press();
  };
  /** @param {() => void} press */
  const hold = (press) => {
    if (!waiting.length) timer ||= setTimeout(drawn, LONGEST_HOLD_MS);
    waiting.push(press);
  };
  const look = () => {
    if (!isClosed()) return;
    unknown = true;
    waiting = [];
  };
  const looking = setInterval(look, AWAY_MS);
  signal.addEventListener("abort", () => {
    clearInterval(looking);
    clearTimeout(timer);
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest(`${READ_FORM} button`);
    if (!(button instanceof HTMLElement) || !event.isTrusted || !unknown || isClosed()) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    hold(() => button.click());
  }, { signal, capture: true });
  return {
    drawn,
    takes: (event) => {
      look();
      const holds = event.isTrusted && unknown && !isClosed() && isPress(event, keeper.fields);
      if (holds) {
        event.preventDefault();
        hold(() => {
          pressAgain("keydown", event);
          pressAgain("keyup", event); // Streamlit takes a key that does not come up for a part of the next
        });
      }
      return holds;
    },
  };
}
