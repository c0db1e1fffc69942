// Which of the browser's tabs this is. The scripts of a page's parts are modules of their own: they share it.

const TAB_KEY = "ich-tab";
const theTab = globalThis.ichTab ??= { name: "", opening: "", askForTurn: () => {} };

/** This tab's own name. It stays over a reload; a copied tab, or one whose browser died, gets another. */
function tabName() {
  if (theTab.name) return theTab.name;
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  theTab.name = takeStored() || [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  window.addEventListener("pagehide", () => {
    try { sessionStorage.setItem(TAB_KEY, theTab.name); } catch { /* storage switched off: a reload gets another name */ }
  });
  window.addEventListener("pageshow", takeStored); // back from the browser's own cache
  return theTab.name;
}

/** @returns {string | null} */
function takeStored() {
  try {
    const stored = sessionStorage.getItem(TAB_KEY);
    sessionStorage.removeItem(TAB_KEY);
    return stored;
  } catch {
    return null;
  }
}

/**
 * The tab's own part of the page: tells the page which tab it is in, and when the reader reads on in another. The app's
 * opening has the name that was given to this part when it came; a session that is new learns by it what stands here.
 * @param {Part<TabData>} part
 */
function showTab({ data, parentElement: holder, setStateValue }) {
  let asked = 0;
  if (!holder.ichTold) theTab.opening = data.opening;
  /** @param {number} when */
  const tell = (when) => setStateValue("tab", { name: tabName(), opening: theTab.opening, asked: when });
  theTab.askForTurn = () => tell(Date.now() + asked++);
  if (holder.ichTold && data.known === tabName()) return;
  holder.ichTold = true; // a part that left the page and came back has to tell again
  tell(0);
}
