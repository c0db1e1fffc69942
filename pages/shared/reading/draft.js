// The draft of a read: all answers, with how the case was looked at, go to the server as they change and every few
// seconds. What did not arrive stays in this tab's memory and is sent again, and the reader is told.

const SAVE_MS = 300; // how long a typed character waits at most
const BEAT_MS = 2000; // how often this tab says that it is still here
const BEAT_FOR_MS = 15 * 60_000; // after the reader's last sign of life: a page that was left is signed out in time

/**
 * What is sent of a form: where from, which revision it knows, and all that stands in it.
 * @param {ReadForm} read
 */
function bodyOf(read) {
  const reading = readingOf(read.data.scan);
  reading.countTime?.();
  return {
    reader: read.data.scan.reader, tab: tabName(), form: read.id, revision: read.revision, save: ++read.saves,
    answers: read.form.answers, viewing: readingReport(reading),
  };
}

/**
 * Keeps the draft of a read until its form ends.
 * @param {ReadForm} read
 */
function keepDraft(read) {
  const { form, data } = read;
  const { signal } = form.ending;
  let busy = false, again = false, failedAt = 0, timer = 0, beatAt = 0, savedChanges = 0, seen = "";
  const look = () => JSON.stringify(readingOf(data.scan).told().kept?.state ?? null);
  const failed = () => {
    failedAt ||= Date.now();
    if (Date.now() - failedAt < BEAT_MS || read.press) return;
    form.say(`Not saved since ${wallTime(failedAt)}: the server can't be reached. What you enter stays in this tab ` +
             "and is saved when it is there again.");
  };
  /** @param {ServerAnswer} reply @param {number} changes */
  const settle = ({ status, answered }, changes) => {
    if (isAway(status)) {
      failed();
      return;
    }
    if (status === 200) {
      read.revision = answered.revision;
      savedChanges = changes;
      if (failedAt || (changes && changes === form.changes && !read.press)) form.say("Saved");
      failedAt = 0;
    } else if (answered.why === "newer") read.desk.takeNewer();
    else if (answered.why === "elsewhere") read.desk.moveElsewhere();
    else if (!read.press) { // what became of a press, its own answer says
      failed();
      read.desk.lookAgain();
    }
  };
  const save = async () => {
    clearTimeout(timer);
    timer = 0;
    again = busy;
    if (busy || signal.aborted) return;
    busy = true;
    beatAt = Date.now();
    const { changes } = form;
    const looked = look();
    const reply = await send("PUT", data.draft_url, bodyOf(read));
    busy = false;
    if (signal.aborted) return;
    if (reply.status === 200) seen = looked;
    settle(reply, changes);
    if (again) save();
  };
  const soon = () => { timer ||= setTimeout(save, SAVE_MS); };
  read.save = save;
  read.isSaved = () => form.changes === savedChanges;
  read.leave = () => sendLast(data.draft_url, { ...bodyOf(read), leaving: true });
  form.changed = () => {
    if (!failedAt && !read.press) form.say("");
    withdraw(read);
    soon();
  };
  const ticking = setInterval(() => {
    if (busy || read.press) return;
    const isHere = performance.now() - lastSign < BEAT_FOR_MS;
    if (form.changes !== savedChanges || look() !== seen || (isHere && Date.now() - beatAt >= BEAT_MS)) save();
  }, BEAT_MS / 2);
  signal.addEventListener("abort", () => { clearInterval(ticking); clearTimeout(timer); });
  readingOf(data.scan).flush = save;
  document.addEventListener("visibilitychange", () => document.hidden && save(), { signal });
  window.addEventListener("beforeunload", (event) => {
    if (read.press || (failedAt && !read.isSaved())) event.preventDefault(); // the browser asks whether to leave
  }, { signal });
  window.addEventListener("pagehide", read.leave, { signal });
}
