// Focus while the server is away: Streamlit's dialog about a lost connection neither takes it nor covers the case.

const DIALOG = "[data-testid=stDialog]";

/**
 * Keeps such dialogs from being drawn while the desk stands, since what is not drawn cannot take the cursor, and closes
 * them, since an open one hides the page from screen readers. The form itself says when the server is away.
 * @param {AbortSignal} signal of the desk's end
 */
function keepCursor(signal) {
  const rule = element("style", {}, `${DIALOG} { display: none !important; }`);
  document.head.append(rule);
  const close = () => {
    /** @type {HTMLElement | null} */
    const button = document.querySelector(`${DIALOG} button[aria-label=Close]`);
    button?.click();
  };
  const watching = new MutationObserver(close);
  watching.observe(document.body, { childList: true, subtree: true });
  signal.addEventListener("abort", () => {
    watching.disconnect();
    rule.remove();
  });
}
