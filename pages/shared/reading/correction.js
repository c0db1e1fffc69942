// A correction of a locked read: the same form, with the answers that count now and a reason.

/**
 * @param {HTMLElement} root @param {CorrectionData} data @param {() => void} onCorrected
 * @returns {{ end: () => void }}
 */
function makeCorrection(root, data, onCorrected) {
  const reason = element("textarea", { rows: 2, maxlength: 2000, "aria-label": "Reason for the correction" });
  const missing = element("div", { class: "missing", "aria-live": "polite" });
  const form = makeForm(data.form, { lockText: "Add the correction", more: [element("fieldset", {},
    element("legend", {}, element("span", { class: "label" }, "Reason for the correction")), reason, missing)] });
  form.submit = async () => {
    if (form.held) return;
    holdForm(form, true);
    const { status, answered } = await send("POST", data.url, {
      reader: data.reader, answers: form.answers, reason: reason.value,
    });
    if (form.ending.signal.aborted) return;
    if (status === 200) { // held for good: a second press adds no second correction
      onCorrected();
      return;
    }
    holdForm(form, false);
    setText(missing, answered.missing.reason ?? "");
    sayMissing(form, answered.missing);
    if (status === 422 && Object.keys(answered.missing).join() === "reason") reason.focus();
    if (isAway(status)) form.say("Not corrected: the server can't be reached. Press again in a moment.");
    else if (status === 409) form.say(answered.sentence ?? "");
    else if (status !== 422) form.say("Not corrected: reload the page, and sign in again if you are asked to.");
  };
  form.root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey && event.key === "Enter")) event.stopPropagation(); // Streamlit's own keys
    else form.submit();
  });
  form.root.classList.add("without-keys");
  root.replaceChildren(form.root);
  return { end: () => form.ending.abort() };
}
