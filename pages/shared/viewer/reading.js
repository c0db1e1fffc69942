// Active reading time and slices seen, for the page to store with the read. Nothing here reruns the page.

const IDLE_AFTER_MS = 60_000;
const TICK_MS = 500;
const LONGEST_TICK_MS = 1500; // a computer that slept was not read at
const SIGNS_OF_LIFE = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];

const readings = new Map(); // case -> reading; shared by the viewer and the report on the page
let lastSign = performance.now();

/** The reading of a case: time at it, time with a map on the screen, slices seen. Goes on after a reload. */
function readingOf(scan) {
  const key = caseKey(scan);
  if (!readings.has(key)) {
    const { activeMs = 0, overlayMs = 0, visited = [] } = (scan.reader && storedState(key)?.reading) || {};
    readings.set(key, { activeMs, overlayMs, visited: new Set(visited), measurements: () => [], flush: () => {} });
  }
  return readings.get(key);
}

function storableReading({ activeMs, overlayMs, visited }) {
  return { activeMs, overlayMs, visited: [...visited] };
}

/** Counts time while the case is open, the tab is visible and the reader was active in the last minute. */
function startClock(viewer) {
  const { signal } = viewer.ending;
  let last = performance.now();
  const sign = () => { lastSign = performance.now(); };
  for (const type of SIGNS_OF_LIFE) document.addEventListener(type, sign, { signal, capture: true, passive: true });
  const count = () => {
    const now = performance.now();
    const passed = Math.min(now - last, LONGEST_TICK_MS);
    last = now;
    if (!viewer.volume || document.hidden || now - lastSign > IDLE_AFTER_MS) return;
    viewer.reading.activeMs += passed;
    if (viewer.panes.some((pane) => paneMap(viewer, pane))) viewer.reading.overlayMs += passed;
  };
  const timer = setInterval(count, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  viewer.countTime = count;
  document.addEventListener("visibilitychange", () => document.hidden && viewer.reading?.flush(), { signal });
}

/** What the page stores with the read; times in seconds. */
function readingReport(reading) {
  const seconds = (milliseconds) => Math.round(milliseconds / 100) / 10;
  return {
    active_s: seconds(reading.activeMs),
    overlay_s: seconds(reading.overlayMs),
    slices_visited: reading.visited.size,
    measurements: reading.measurements(),
  };
}

const FORM_REPORT_MS = 5000;
const LIVE_REPORT_MS = 30_000;

/**
 * The report's own, invisible part of the page. In a form its value waits for the form's button, so it may be set as
 * often as needed: at every press, hence also at the one that submits. Outside a form each report reruns a fragment: it
 * is sent when the pointer or the focus leaves the viewer, when the tab is hidden, and twice a minute.
 */
function mountReport(holder) {
  const ending = new AbortController();
  const report = { scan: null, send: () => {}, sent: "" };
  const flush = () => {
    if (!report.scan) return;
    const reading = readingOf(report.scan);
    reading.countTime?.();
    const value = readingReport(reading);
    if (JSON.stringify(value) === report.sent) return;
    report.sent = JSON.stringify(value);
    report.send(value);
  };
  let timer;
  report.update = ({ data, setStateValue }) => {
    report.send = (value) => setStateValue("report", { ...value, case: data.scan.case, study: data.scan.study });
    if (report.scan && caseKey(report.scan) === caseKey(data.scan)) return;
    report.scan = data.scan;
    report.sent = "";
    clearInterval(timer);
    timer = setInterval(flush, data.in_form ? FORM_REPORT_MS : LIVE_REPORT_MS);
    readingOf(data.scan).flush = data.in_form ? () => {} : flush;
    if (data.in_form) {
      const early = { signal: ending.signal, capture: true }; // before the form hears of the press
      for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, flush, early);
    }
  };
  report.destroy = () => {
    ending.abort();
    clearInterval(timer);
    if (report.scan) readingOf(report.scan).flush = () => {};
    delete holder.ichReport;
  };
  return report;
}
