// The types of the viewer's scripts, which share one scope in the browser. Only tsc and editors read this file: it is
// never sent to a browser. What the page sends is defined in pages/shared/viewer.py.

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

interface ReportData {
  part: "report";
  scan: Scan;
  in_form: boolean;
  keep: Keeping | null;
}

interface Keeping {
  url: string;
  sitting: string;
  fields: Fields;
}

type Fields = Record<string, Field>;

/** A field of the page: the class of its container, the key that brings the cursor there, whether it takes a number. */
interface Field {
  at: string;
  letter?: string;
  number?: boolean;
}

interface TabData {
  known: string;
  opening: string;
}

type SetStateValue = (name: string, value: unknown) => void;

interface Part<Data> {
  data: Data;
  parentElement: PartHolder;
  setStateValue: SetStateValue;
}

/** Where a part of the page is drawn: it stays over reruns, and what belongs to the part is kept on it. */
type PartHolder = (HTMLElement | ShadowRoot) & { ichViewer?: Viewer; ichReport?: Report; ichTold?: boolean };

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

// ---- The report and the draft of a read

interface Typing {
  by: string;
  count: number;
}

interface Report {
  scan: Scan | null;
  keeper: Keeper | null;
  sent: string;
  send: (value: object) => void;
  update: (part: { data: ReportData; setStateValue: SetStateValue }) => void;
  destroy: () => void;
}

// What keeper.js asks for by selectors, which tsc can't check: they name these two elements alone.
type TypingElement = HTMLInputElement | HTMLTextAreaElement;
type FieldValue = string | number | null;

interface Keeper {
  fields: Fields;
  scan: Scan;
  url: string;
  sitting: string;
  typing: Typing;
  held: HeldPresses;
  now: () => void;
  typed: () => Record<string, FieldValue>;
  update: (data: { scan: Scan; keep: Keeping }) => void;
  end: () => void;
}

interface HeldPresses {
  drawn: () => void;
  takes: (event: KeyboardEvent) => boolean;
}

interface BrowserTab {
  name: string;
  opening: string;
  askForTurn: () => void;
}

// ---- What is added to the browser's own

interface HTMLElement {
  shownText?: string; // by setText
}

declare var ichTab: BrowserTab | undefined;
declare var ichShowPart: PromiseWithResolvers<(part: Part<ViewerData | ReportData>) => () => void> | undefined;

// ---- Elements

type Listener = { on(event: Event): void }["on"]; // a method's type: a listener may say which event it takes
type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;
type Child = Node | string | null | undefined;
