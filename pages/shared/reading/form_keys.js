// The keys of a form: the letters of its questions, Ctrl+Enter, Escape. What is typed in a field reaches nobody else.

/** @param {KeyboardEvent} event */
function letterOf(event) {
  if (event.ctrlKey || event.metaKey) return "";
  // The letter that is printed on the key; with Alt a Mac types signs, and says only where the key lies.
  if (event.altKey && /^[a-z]$/i.test(event.key)) return `Alt+${event.key.toUpperCase()}`;
  if (event.altKey) return event.code.startsWith("Key") ? `Alt+${event.code.slice(3)}` : "";
  return event.key.length === 1 && event.key !== " " ? event.key.toUpperCase() : "";
}

/**
 * What a key does in a form; null: it is not the form's, undefined: it is typed.
 * @param {Form} form @param {KeyboardEvent} event @param {EventTarget | undefined} target
 * @returns {(() => void) | null | undefined}
 */
function actionOf(form, event, target) {
  if (event.ctrlKey && event.key === "Enter") return form.submit;
  const field = target instanceof HTMLElement && form.root.contains(target) ? target : null;
  if (event.key === "Escape" && field) return () => field.blur();
  const letter = form.letters.get(letterOf(event)) ?? null;
  if (!(target instanceof Element) || !target.matches(TYPED_IN)) return letter;
  if (!field) return null; // somebody else's field
  const isNumber = field instanceof HTMLInputElement;
  return isNumber && letter && NOT_OF_A_NUMBER.test(event.key) ? letter : undefined;
}

/**
 * Listens before the viewer and Streamlit do, whose R would run the page again and whose C would clear its caches.
 * @param {Form} form
 */
function listenToFormKeys(form) {
  document.addEventListener("keydown", (event) => {
    const [target] = event.composedPath();
    if (form.paused || event.isComposing || (target instanceof Element && target.closest("dialog"))) return;
    const action = actionOf(form, event, target);
    const pageKey = ["R", "C"].includes(letterOf(event)) && !event.shiftKey;
    if (action === null && !pageKey) return;
    if (action === null && target instanceof Element && target.matches(TYPED_IN)) return;
    event.stopPropagation();
    if (action && !event.repeat) action();
    if (action || form.held) event.preventDefault();
  }, { signal: form.ending.signal, capture: true });
  form.root.addEventListener("beforeinput", (event) => { if (form.held) event.preventDefault(); });
  form.root.addEventListener("click", (event) => { if (form.held) event.preventDefault(); }, { capture: true });
}
