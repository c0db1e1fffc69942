// Locking a read: once, with the answers as they were at the press, retried while the server is away.

const LOCK_AGAIN_MS = 1000;
const HOLD_MS = 2000; // how long nothing can be entered while a press is on its way
const KEEP_ALL = "All answers are still open. Press again to keep all your unaided answers, or answer.";
const LOCKED_AS_PRESSED =
  "The read before was locked as it stood when you pressed; what you changed since is not in it.";
/** @type {Partial<Record<NonNullable<ServerContent["why"]>, string>>} */
const WHY_NOT = {
  locked: "This read was locked in another window.",
  model: "The model's output of this case was changed: look at it again, then lock.",
};

/** @param {ReadForm} read */
function pressLock(read) {
  const { form, data } = read;
  if (form.held || read.press || ignoresPresses(form.lock)) return;
  if (read.askedAsBefore) takeOver(form);
  const body = {
    ...bodyOf(read), press: freshName(16), pressed_at: serverTime(), shown: data.shown, asked: read.asked,
    taken_over: [...form.takenOver],
  };
  read.press = body.press;
  read.askedAsBefore = false;
  form.say("");
  holdForm(form, true);
  const letting = setTimeout(() => holdForm(form, false), HOLD_MS);
  tryToLock(read, body).finally(() => clearTimeout(letting));
}

/** Tries until there is an answer, or the press is withdrawn. @param {ReadForm} read @param {LockBody} body */
async function tryToLock(read, body) {
  const { form, data, desk } = read;
  const { signal } = form.ending;
  const pressedAt = wallTime(Date.now());
  const isPressed = () => read.press === body.press && !signal.aborted;
  while (isPressed()) {
    read.pressing = new AbortController();
    const reply = await send("POST", data.lock_url, body, read.pressing.signal);
    if (!isPressed()) return;
    if (reply.status === 200) {
      read.withdrew = false; // this press is the one that counted
      desk.show(reply.answered);
      return;
    }
    holdForm(form, false);
    if (!isAway(reply.status)) {
      read.press = "";
      afterRefusal(read, reply);
      return;
    }
    form.say(`Not locked yet: the server can't be reached. It is locked as it stood at ${pressedAt} when the server ` +
             "is there again; change an answer to take that back.");
    await new Promise((resolve) => setTimeout(resolve, LOCK_AGAIN_MS));
  }
}

/** @param {ReadForm} read @param {ServerAnswer} reply */
function afterRefusal(read, { status, answered }) {
  const { form, desk } = read;
  if (status === 422) {
    read.revision = answered.revision;
    read.asked = answered.ask;
    read.askedAsBefore = Boolean(answered.ask_as_before);
    form.ask(answered.ask ?? (answered.ask_as_before ? KEEP_ALL : ""));
    sayMissing(form, answered.ask_as_before ? {} : answered.missing);
  } else if (answered.why === "newer") desk.takeNewer();
  else if (answered.why === "elsewhere") desk.moveElsewhere();
  else desk.lookAgain((answered.why && WHY_NOT[answered.why]) ?? "Not locked.");
}

/** Takes a press back that waits for the server: the form has changed since. @param {ReadForm} read */
function withdraw(read) {
  read.asked = null;
  read.askedAsBefore = false;
  if (!read.press) return;
  read.press = "";
  read.withdrew = true; // it may have reached the server all the same
  read.pressing?.abort();
  read.form.say("Not locked: you changed an answer after you had pressed. Press again when it is right.");
}
