// The reading desk: the scan and the form of the read that is due, and of each that follows, without a run of the page.

const ELSEWHERE = "You are reading in another tab or on another computer; all that you entered there is kept.";
const MOVED = "Your reading was moved to another tab or computer; all that you entered here is kept.";
const PAUSING = "You are pausing; your answers are kept and no time is counted.";
const LOST = "This page can't be shown to you any more: you were signed out, or the study was changed. Reload the " +
  "page; all that was saved is kept.";
const TOO_LATE =
  "Your reading was moved to another tab or computer. What you entered here last could not be kept: enter it there.";
const SINCE = "You have read in another tab or on another computer since; the form shows what you entered there.";
const AWAY = "The server can't be reached. Trying again.";
const ASK_AGAIN_MS = 2000; // whether the other tab, or the server, is still there

/** @param {HTMLElement} root @param {DeskData} data @returns {Desk} */
function makeDesk(root, { url, reader }) {
  const ending = new AbortController();
  const side = element("section", { class: "side", "aria-label": "Read" });
  const announced = element("div", { class: "announced", role: "status" });
  const viewerRoot = element("div", { class: "ich-viewer" });
  const sheet = element("div", { class: "sheet-of-desk", role: "status", hidden: true });
  root.replaceChildren(viewerRoot, side, sheet, announced);
  /** @type {Desk} */
  const desk = {
    root, side, sheet, announced, url, reader, ending, viewer: makeViewer(viewerRoot), read: null, asking: 0,
    hasRead: false, isElsewhere: false,
    show: (told) => (desk.read?.form.paused ? stayPaused(desk, told) : showDesk(desk, told, "")),
    moveElsewhere: () => showElsewhere(desk, desk.read?.isSaved() === false ? TOO_LATE : MOVED),
    takeNewer: () => {
      endRead(desk);
      askDesk(desk, { notice: SINCE });
    },
    lookAgain: (notice) => { askDesk(desk, { notice: notice ?? "" }); },
    end: () => {
      ending.abort();
      clearTimeout(desk.asking);
      desk.read?.leave();
      endRead(desk);
      destroyViewer(desk.viewer);
    },
  };
  keepCursor(ending.signal);
  askDesk(desk);
  return desk;
}

/**
 * Asks where the reader stands, and shows it; `take`: they read on here, wherever they read before.
 * @param {Desk} desk @param {{ take?: boolean, notice?: string }} [how]
 */
async function askDesk(desk, { take = false, notice = "" } = {}) {
  clearTimeout(desk.asking);
  const before = desk.read;
  const { status, answered } = await send("POST", desk.url, { reader: desk.reader, tab: tabName(), take });
  if (desk.ending.signal.aborted || desk.read !== before) return; // a lock's answer has gone on meanwhile
  if (status === 200) showDesk(desk, answered, notice);
  else if (isAway(status)) {
    if (!desk.read) showSheet(desk, AWAY);
    desk.asking = setTimeout(() => askDesk(desk, { take, notice }), ASK_AGAIN_MS);
  } else {
    endRead(desk);
    showSheet(desk, LOST);
  }
}

/** @param {Desk} desk @param {DeskTold} told @param {string} notice */
function showDesk(desk, told, notice) {
  clearTimeout(desk.asking); // a question that was to be put once more is answered
  desk.root.dataset.told = told.state;
  if (desk.read?.withdrew && hasGoneOn(desk.read.data, told)) notice = LOCKED_AS_PRESSED;
  if (told.state === "elsewhere") showElsewhere(desk, desk.read || desk.hasRead ? MOVED : ELSEWHERE);
  else if (told.state === "read") showRead(desk, told, notice);
  else if (told.state === "feedback") showFeedback(desk, told);
  else {
    endRead(desk);
    showSheet(desk, `${notice} ${told.message}`.trim());
  }
}

/**
 * Whether a read is behind the reader, by where they are said to stand.
 * @param {ReadData} read @param {DeskTold} told
 */
function hasGoneOn({ step, heading }, told) {
  return told.state === "read" ? told.step !== step : told.state === "message" && told.done > heading.done;
}

/** @type {Map<string, { revision: number, answers: Record<string, AnswerValue> }>} */
const leftAt = new Map(); // case and step -> how this tab's last form of it stood, and which revision it knew

/**
 * Takes the form down; what was entered in it stays in this tab's memory, where the server has nothing newer.
 * @param {Desk} desk
 */
function endRead(desk) {
  if (desk.read) leaveForm(desk.read);
  desk.read?.form.ending.abort();
  desk.read = null;
  desk.side.replaceChildren();
  takeScanAway(desk);
}

/** @param {Desk} desk @param {{ scan: Scan, overlays?: Overlay[], next?: Scan | null }} data */
function putScan({ viewer }, { scan, overlays = [], next = null }) {
  updateViewer(viewer, { part: "viewer", scan, overlays, next, least_height_px: 0, above_px: 0 });
}

/** Takes the scan off the screen; put again it is opened anew. @param {Desk} desk */
function takeScanAway({ viewer }) {
  closeScan(viewer);
  viewer.identity = "";
}

/** @param {ReadForm} read */
function leaveForm({ data, revision, form }) {
  leftAt.set(caseKey(data.scan), { revision, answers: form.answers });
}

/**
 * Goes on with what this tab left, unless the draft was saved since: then that counts, with its view and measurements.
 * @param {Desk} desk @param {ReadData} data
 */
function goOnFrom(desk, data) {
  const left = leftAt.get(caseKey(data.scan));
  if (left && data.revision <= left.revision) data.form.answers = left.answers;
  else if (left) {
    takeScanAway(desk);
    keptStates.delete(caseKey(data.scan));
  }
}

/** @param {Desk} desk @param {ReadData} data @param {string} notice */
function showRead(desk, data, notice) {
  const { read } = desk;
  const isNext = read && read.data.step !== data.step;
  if (read && !isNext && data.revision <= read.revision && data.shown === read.data.shown) { // it stands as it is
    if (notice) read.form.say(notice);
    return;
  }
  if (read) leaveForm(read);
  goOnFrom(desk, data);
  read?.form.ending.abort();
  hideSheet(desk);
  const form = makeForm(data.form, { lockText: "Lock read", hasBefore: data.has_before });
  /** @type {ReadForm} */
  const made = { id: freshName(8), data, form, desk, revision: data.revision, saves: 0, press: "", pressing: null,
                 asked: null, askedAsBefore: false, withdrew: false, save: () => {}, isSaved: () => true,
                 leave: () => {} };
  desk.read = made;
  desk.hasRead = true;
  form.submit = () => pressLock(made);
  takeUpReading(data.scan);
  const heading = makeHeading(data, () => pauseRead(desk));
  desk.side.replaceChildren(heading, form.root);
  putScan(desk, data);
  listenToFormKeys(form);
  keepDraft(made);
  form.root.dataset.step = data.step;
  form.say(notice);
  if (isNext) focusLater(heading.querySelector("h1"));
  announce(desk, [data.heading.place, data.heading.case, data.heading.condition].filter(Boolean).join(", "));
  made.save(); // this tab is here
}

/**
 * Brings the focus to a heading once it is drawn, unless the reader has gone into a field by then.
 * @param {HTMLElement | null} heading
 */
function focusLater(heading) {
  requestAnimationFrame(() => setTimeout(() => {
    if (document.activeElement === document.body) heading?.focus({ preventScroll: true });
  }));
}

/** @param {Desk} desk @param {string} sentence */
const announce = (desk, sentence) => setText(desk.announced, sentence);

/** @param {Desk} desk @param {FeedbackData} data */
function showFeedback(desk, data) {
  endRead(desk);
  hideSheet(desk);
  const goOn = () => {
    leaving.abort();
    askDesk(desk);
  };
  const leaving = new AbortController();
  desk.ending.signal.addEventListener("abort", () => leaving.abort());
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey && event.key === "Enter") || event.repeat) return;
    event.preventDefault();
    shown.requestSubmit();
  }, { signal: leaving.signal });
  const shown = makeFeedback(data, goOn);
  desk.side.replaceChildren(shown);
  putScan(desk, data);
  shown.querySelector("h1")?.focus({ preventScroll: true });
  announce(desk, "Feedback on your training case");
}

/**
 * One sentence in place of scan and form, with a button where there is something to do.
 * @param {Desk} desk @param {string} sentence @param {[text: string, run: () => void]} [button]
 */
function showSheet(desk, sentence, button) {
  desk.root.dataset.sheet = "";
  desk.isElsewhere = false;
  desk.sheet.hidden = false;
  desk.sheet.replaceChildren(element("p", {}, sentence),
    ...(button ? [element("button", { type: "button", class: "lock", click: button[1] }, button[0])] : []));
}

/** @param {Desk} desk */
function hideSheet(desk) {
  delete desk.root.dataset.sheet;
  desk.isElsewhere = false;
  desk.sheet.hidden = true;
  desk.sheet.replaceChildren();
}

/** @param {Desk} desk @param {string} sentence */
function showElsewhere(desk, sentence) {
  endRead(desk);
  if (!desk.isElsewhere) showSheet(desk, sentence, ["Read here", () => askDesk(desk, { take: true })]);
  desk.isElsewhere = true;
  clearTimeout(desk.asking);
  desk.asking = setTimeout(() => askDesk(desk, { notice: desk.hasRead ? SINCE : "" }), ASK_AGAIN_MS);
}

/**
 * A press was answered while its reader pauses: what comes next waits until they go on.
 * @param {Desk} desk @param {DeskTold} told
 */
function stayPaused(desk, told) {
  endRead(desk);
  showSheet(desk, PAUSING, ["Go on", () => showDesk(desk, told, "")]);
  desk.sheet.querySelector("button")?.focus();
}

/** Takes the scan off the screen until the reader goes on: no time runs, and the draft is kept. @param {Desk} desk */
function pauseRead(desk) {
  const { read } = desk;
  if (!read) return;
  read.save();
  read.form.paused = true;
  takeScanAway(desk);
  showSheet(desk, PAUSING, ["Go on", () => {
    hideSheet(desk);
    read.form.paused = false;
    putScan(desk, read.data);
  }]);
  desk.sheet.querySelector("button")?.focus();
}
