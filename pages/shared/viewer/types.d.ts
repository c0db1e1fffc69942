// The types of the viewer's scripts, which share one scope in the browser. Only tsc and editors read this file: it is
// never sent to a browser. What the page sends is defined in pages/shared/viewer/component.py.

// ---- The page's data, as Streamlit hands them over

interface Scan {
  study: string;
  case: string;
  shape: Triple;
  spacing_mm: Triple;
  url: string;
  synthetic: boolean;
  reader: string;
  first_slice_mm: number;
  brain_url: string;
  step: string;
  kept: Kept | null;
  label: string;
}

interface Overlay {
  label: string;
  task: string;
  method: string;
  url: string;
  native_shape: Triple; // (D, H, W)
  probability_text: string;
}

interface ViewerData {
  part: "viewer";
  scan: Scan;
  overlays: Overlay[];
  next?: Scan | null;
  least_height_px: number;
  above_px: number;
}

interface DeskData {
  part: "desk";
  url: string;
  reader: string;
}

interface CorrectionData {
  part: "correction";
  url: string;
  reader: string;
  form: FormContent;
}

type PartData = ViewerData | DeskData | CorrectionData;

interface Part<Data> {
  data: Data;
  parentElement: PartHolder;
  setTriggerValue: (name: string, value: unknown) => void;
}

/** Where a part of the page is drawn: it stays over reruns, and what belongs to the part is kept on it. */
type PartHolder = (HTMLElement | ShadowRoot) & { ichViewer?: Viewer; ichMade?: { of: string; end: () => void } };

// ---- Places. Axes: 0 = x, from the patient's right; 1 = y, from anterior; 2 = k, slices from inferior

type Axis = 0 | 1 | 2;
type Triple = [number, number, number]; // one number an axis
type Point = [across: number, down: number]; // in voxels of a plane, or [x, y] in CSS pixels from a pane's corner
type PlaneName = "axial" | "coronal" | "sagittal";

interface Plane {
  across: Axis;
  down: Axis;
  through: Axis;
  flip: boolean;
  letters: string;
}

interface Grid {
  size: Triple;
  stride: Triple;
}

interface Volume extends Grid {
  spacing: Triple; // mm
  hu: Int16Array;
}

// ---- What a reader sets up, and what is kept of it

interface HuWindow {
  width: number;
  level: number;
}

interface Preset extends HuWindow {
  key: string;
  name: string;
}

type ColourMap = "inferno" | "viridis" | "hot";

interface OverlayLook {
  on: boolean;
  opacity: number;
  threshold: number; // a share of the map's maximum
  colours: ColourMap;
}

type SideBySide = "one" | "two" | "three" | "four";
type Layout = SideBySide | "mpr";
type Kind = "ruler" | "ellipse" | "abc";
type Tool = "scroll" | "window" | Kind;

interface Measurement {
  id: number;
  kind: Kind;
  plane: PlaneName;
  depth: number; // the slice of its plane
  points: Point[];
  slices: number; // counted for ABC/2
}

interface ViewState {
  at: Triple; // the voxel shown
  centre: Triple; // mm
  zoom: number;
  window: HuWindow;
  inverted: boolean;
  smooth: boolean;
  contour: boolean;
  overlay: OverlayLook;
  layout: Layout;
  shown: Record<SideBySide, number[]>; // an overlay's index for each pane; -1 is none
  tool: Tool;
  measurements: Measurement[];
  selected: number | null; // a measurement's id
}

interface Kept {
  size: Triple;
  state: ViewState;
  reading?: StoredReading; // earlier versions kept none
}

interface StoredReading {
  activeMs: number;
  overlayMs: number;
  overlayOpened?: number; // this and the next, too
  visited?: number[];
  presets?: string[];
  maps?: string[];
}

/** What the viewer tells of a case with its reading. */
interface Told {
  measurements: object[];
  kept: Kept | null;
}

interface Reading {
  activeMs: number;
  overlayMs: number;
  overlayOpened: number;
  visited: Set<number>;
  presets: Set<string>;
  maps: Set<string>;
  mapOn: boolean;
  told: () => Told;
  flush: () => void;
  countTime?: () => void;
}

// ---- What is fetched

interface FetchOptions {
  noun: string;
  length: number; // bytes
  signal: AbortSignal;
  onProgress: (share: number) => void;
}

interface Pending {
  loading: true;
}

interface Refused {
  error: string;
}

interface LoadedMap {
  values: Uint8Array;
  counts: Uint32Array; // k * 256 + value
}

interface LoadedBrain {
  mask: Uint8Array;
  volumeMl: number;
}

// ---- The viewer and its panes

type Changed = "greys" | "blend" | "pixels" | "view" | "slice" | "text" | "controls" | "panes";

interface ScrollBar {
  root: HTMLElement;
  strip: HTMLCanvasElement;
  numbers: HTMLElement;
  thumb: HTMLElement;
  room: number; // px a slice
  shown: number | null; // the slice at which the thumb stands
}

/** A measurement in hand: the point that is moved (-1: none), and whether it is being made. */
interface Held {
  measurement: Measurement;
  handle: number;
  made?: boolean;
}

interface Cursor {
  pane: Pane;
  point: Point;
  held: Held | null;
}

type DragKind = "scroll" | "crosshair" | "window" | "pan" | "measure" | "change";

interface DragMoves {
  move: (step: [x: number, y: number, dx: number, dy: number]) => void;
  end?: () => void;
}

interface Drag extends DragMoves {
  pane: Pane;
  last: Point;
}

interface Chip {
  measurement: Measurement;
  root: HTMLElement;
  update: () => void;
}

interface Viewer {
  root: HTMLElement;
  bar: ScrollBar;
  stage: HTMLElement;
  chips: HTMLElement;
  message: HTMLElement;
  help: HTMLDialogElement;
  controls: ((viewer: OpenViewer) => void)[]; // each brings a control of the toolbar up to date
  listed: Chip[];
  overlays: Overlay[];
  maps: Map<string, LoadedMap | Pending | Refused>; // by url
  panes: Pane[];
  dirty: { [part in Changed]?: boolean };
  frame: number; // the frame asked for; 0: none
  drawnAt: number;
  keeping: number; // a timer
  preparing: boolean;
  identity: string;
  scan: Scan | null;
  reading: Reading | null;
  volume: Volume | null;
  state: ViewState | null;
  next: Scan | null;
  ahead: { url: string; done: Promise<unknown> } | null;
  heading: { axis: Axis; by: number } | null; // where the last step went
  pointer: { pane: Pane; at: Point } | null;
  cursor: Cursor | null;
  drag: Drag | null;
  cine: { key: string; timer: number } | null;
  brain: LoadedBrain | Pending | Refused | null;
  greys: Uint8ClampedArray;
  blend: Uint32Array;
  loading: AbortController; // of the scan on the screen
  ending: AbortController; // of the viewer
  countTime: () => void;
}

/** A viewer whose scan is there: what almost everything works on. `isOpen` tells. */
interface OpenViewer extends Viewer {
  scan: Scan;
  reading: Reading;
  volume: Volume;
  state: ViewState;
}

type Action = (viewer: OpenViewer) => void;

/** The canvas in which a slice is coloured before it is scaled onto the pane. */
interface Picture {
  picture: HTMLCanvasElement;
  pictureContext: CanvasRenderingContext2D;
  image: ImageData;
  pixels: Uint32Array;
  holds: number | null; // the slice in it
}

interface Prepared {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
  depth: number | null; // the slice in it
}

type CornerText = "caseText" | "synthetic" | "planeText" | "probability" | "resolution" | "contourText" |
  "windowText" | "zoomText" | "spacingText" | "huText" | "positionText" | "sliceText";

interface Pane extends Picture, Record<CornerText, HTMLElement> {
  index: number;
  plane: PlaneName;
  overlay: number; // -1: none
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
  select: HTMLSelectElement | null;
  view: HTMLElement;
  root: HTMLElement;
  width: number; // CSS pixels
  height: number;
  ratio: number; // device pixels a CSS pixel; 0: not known yet
  scale: number; // CSS pixels a mm
  left: number;
  top: number;
  imageWidth: number;
  imageHeight: number;
  status: string | null; // of its map; null: to be looked up
  prepared: Prepared | null;
  outline: { depth: number; mask: Uint8Array; lines: [Point, Point][] } | null;
  fingers: Map<number, Point>;
  tap: { at: Point; time: number } | null;
  pinch: { middle: Point; spread: number };
}

// ---- Tables

interface KeyRow {
  keys: string[];
  with?: "shift" | "ctrl";
  shown?: string;
  does?: string;
  moves?: boolean; // a key that other controls use themselves
  onPicture?: boolean; // only while the picture has the focus
  run?: Action;
  cine?: Action; // again and again while the key is held
}

interface ButtonLook {
  icon: IconName;
  label: string;
  key?: string;
  title?: string;
  offered?: (viewer: OpenViewer) => boolean;
  enabled?: (viewer: OpenViewer) => boolean;
  why?: string; // it is not enabled
}

interface ToolRow extends ButtonLook {
  tool: Tool;
}

interface RunRow extends ButtonLook {
  run: Action;
  pressed?: (viewer: OpenViewer) => boolean;
}

type ButtonRow = ToolRow | RunRow;

// ---- The reading desk. What the server tells of a read is made in pages/shared/reading/desk.py and form_data.py

type QuestionKind = "choice" | "choices" | "steps" | "number" | "text";
type AnswerValue = string | string[] | null | undefined; // codes, typed texts; numbers as they were typed

interface Choice {
  code: string;
  text: string;
  short: string;
  letter: string;
}

interface Question {
  key: string;
  label: string;
  letter: string;
  unit: string;
  kind: QuestionKind;
  values: number[]; // of round buttons
  most: number; // characters
  choices: Choice[];
  row: boolean; // whether the choices stand beside each other
  span: string;
  model: [text: string, on: boolean][] | null;
  before: AnswerValue; // the reader's own unaided answer
}

interface FormContent {
  questions: Question[];
  answers: Record<string, AnswerValue>;
}

interface Heading {
  place: string;
  left: string;
  case: string;
  condition: string;
  training: boolean;
  done: number;
  total: number;
}

interface ModelHead {
  title: string;
  weights: string;
  grid: string;
  mark: string; // what must be said of its weights; may be empty
}

interface ReadData {
  state: "read";
  step: string;
  revision: number;
  draft_url: string;
  lock_url: string;
  scan: Scan;
  next: Scan | null;
  overlays: Overlay[];
  heading: Heading;
  form: FormContent;
  has_before: boolean;
  clinical: string[];
  model: ModelHead | null;
  shown: string; // id of the weights whose output stands on the page
}

interface FeedbackData {
  state: "feedback";
  scan: Scan;
  mark: string; // what must be said of the case; may be empty
  rows: { question: string; right: string; given: string }[];
  truth: string;
}

/** Where a reader stands. */
type DeskTold = ReadData | FeedbackData | { state: "message"; message: string; done: number } | { state: "elsewhere" };

/** What else an answer of the server may hold; which of it, its status and `why` say. */
interface ServerContent {
  now?: number; // ms
  why?: "elsewhere" | "newer" | "locked" | "model" | "refused";
  sentence?: string;
  revision: number;
  answers: Record<string, AnswerValue>;
  missing: Record<string, string>;
  ask?: string | null;
  ask_as_before?: boolean;
}

interface ServerAnswer {
  status: number; // 0: none came
  answered: ServerContent & DeskTold;
}

interface AnswerField {
  body: HTMLElement;
  show: () => void;
  focus: () => void;
}

interface QuestionField {
  root: HTMLElement;
  key: string;
  show: () => void;
  focus: () => void;
}

interface FormLook {
  lockText: string;
  hasBefore?: boolean;
  more?: HTMLElement[];
}

interface Form {
  name: string;
  questions: Question[];
  answers: Record<string, AnswerValue>;
  missing: Record<string, string>;
  takenOver: Set<string>; // questions answered as before
  letters: Map<string, () => void>;
  ending: AbortController;
  changes: number;
  held: boolean; // while a press is being answered
  paused: boolean;
  fields: QuestionField[];
  root: HTMLFormElement;
  notice: HTMLElement;
  doubt: HTMLElement;
  lock: HTMLButtonElement;
  answer: (key: string, value: AnswerValue) => void;
  changed: () => void;
  submit: () => void;
  say: (sentence: string) => void;
  ask: (sentence: string) => void;
}

/** The form of a read, with what it knows of its draft and its lock. */
interface ReadForm {
  id: string;
  data: ReadData;
  form: Form;
  desk: Desk;
  revision: number; // the last that the server is known to have
  saves: number;
  press: string; // the press that waits for its answer; empty: none
  pressing: AbortController | null;
  asked: string | null | undefined; // the contradiction that was asked about
  askedAsBefore: boolean;
  withdrew: boolean; // a press that may have reached the server
  save: () => void;
  isSaved: () => boolean; // whether all that was entered has arrived
  leave: () => void;
}

type LockBody = ReturnType<typeof bodyOf> & { press: string };

interface Desk {
  root: HTMLElement;
  side: HTMLElement;
  sheet: HTMLElement;
  announced: HTMLElement;
  url: string;
  reader: string;
  ending: AbortController;
  viewer: Viewer;
  read: ReadForm | null;
  hasRead: boolean;
  asking: number; // a timer
  isElsewhere: boolean; // whether that is what the sheet says
  show: (told: DeskTold) => void;
  moveElsewhere: () => void;
  takeNewer: () => void;
  lookAgain: (notice?: string) => void;
  end: () => void;
}

// ---- What is added to the browser's own

interface HTMLElement {
  shownText?: string; // by setText
}


// ---- Elements

type Listener = { on(event: Event): void }["on"]; // a method's type: a listener may say which event it takes
type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;
type Child = Node | string | null | undefined;
