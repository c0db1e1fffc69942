// The id of this browser tab.

const TAB_KEY = "ich-tab";
let ownName = "";

/** A name that nobody guesses and no other has. @param {number} bytes */
function freshName(bytes) {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** This tab's own name. It stays over a reload; a copied tab, or one whose browser died, gets another. */
function tabName() {
  if (ownName) return ownName;
  ownName = takeStored() || freshName(12);
  window.addEventListener("pagehide", () => {
    try { sessionStorage.setItem(TAB_KEY, ownName); } catch { /* storage switched off: a reload gets another name */ }
  });
  window.addEventListener("pageshow", takeStored); // back from the browser's own cache
  return ownName;
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
