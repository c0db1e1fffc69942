"""`python -m ich_model explain`: maps of one scan or of many cases. Torch is imported after the arguments' checks."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ich_model.command_line import Arguments
from ich_model.explain.pointing_game import load_lesion
from ich_model.explain.scan_list import CaseToExplain, find_cases
from ich_model.jobs.dask import run_jobs
from ich_model.saliency.saliency_map import Form, Method
from ich_model.scans.load import load_one
from ich_model.tasks import Task
from ich_model.variants import DEFAULT_VARIANT, VARIANTS

if TYPE_CHECKING:
    from ich_model.explain.outputs import Request
    from ich_model.network.weights import LoadedNetwork

log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    """Explains one scan or many cases; exit code 0, or 1 where some of the cases were refused."""
    parser = _parser()
    options = parser.parse_args(argv)
    if (options.file is None) == (options.cases is None):
        parser.error("expected one FILE, or --cases with a table or folder")
    if options.check and options.form is Form.PUBLISHED:
        parser.error("--check measures evidence, and the published form has no zero; leave --form out")
    if options.cases is not None:
        return _many(find_cases(options.cases, out=options.out), options)
    return _one(options)


def _parser() -> Arguments:
    parser = Arguments(
        prog="python -m ich_model explain",
        description="Saliency maps as NIfTI on the scan's own grid, each with a manifest. Not for clinical use.",
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE",
                        help="a whole head or a stripped brain: NIfTI, a DICOM folder, or a zip")  # fmt: skip
    parser.add_argument("--series", metavar="WHICH",
                        help="of a DICOM examination with several: its number, or words; of --cases, where the table "
                        "names none")  # fmt: skip
    parser.add_argument("--cases", type=Path, metavar="TABLE|FOLDER",
                        help="many: a CSV file with caseID, image and perhaps lesion and series, or a folder or zip "
                        "of scans (masks beside them end in _labels or _lesion), NIfTI, DICOM folders and zips; "
                        "existing valid outputs are reused")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="a new folder; of --cases the folder of all outputs")  # fmt: skip
    parser.add_argument("--variant", choices=list(VARIANTS), help=f"the network; {DEFAULT_VARIANT} if not given")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="its weights; those of the demo if not given")
    parser.add_argument("--method", action="append", choices=[str(method) for method in Method],
                        help=f"{Method.GUIDED_GRAD_CAM} if not given; may be given again")  # fmt: skip
    parser.add_argument("--task", action="append", choices=[str(task) for task in Task],
                        help=f"{Task.PROGNOSIS} if not given, of --cases all; may be given again")  # fmt: skip
    parser.add_argument("--layer", help="a convolution's name, for Grad-CAM; the published one if not given")
    parser.add_argument("--form", type=Form, choices=list(Form), default=Form.SIGNED,
                        help="%(default)s if not given; published is for display alone")  # fmt: skip
    parser.add_argument("--check", action="store_true",
                        help="also check the maps' faithfulness (dozens of passes per map)")  # fmt: skip
    parser.add_argument("--lesion", type=Path, metavar="MASK", help="of a FILE, for --check: the lesion's mask")
    parser.add_argument("--lesion-values", type=int, nargs="+", default=[], metavar="N",
                        help="the values that mark the lesion in masks; all above 0 if not given")  # fmt: skip
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of --cases: a Dask cluster to run on")
    return parser


def _one(options: argparse.Namespace) -> int:
    volume = load_one(options.file, series=options.series)
    for note in volume.notes:
        log.info("%s: %s", volume.name, note)
    lesion = None
    if options.lesion:
        lesion = load_lesion(options.lesion, volume, values=tuple(options.lesion_values))
    loaded = _network(options)
    from ich_model.explain import faithfulness, outputs

    request = _request(options, tasks=options.task or [Task.PROGNOSIS])
    outputs.write_new(loaded, volume, options.out, request=request, lesion=lesion)
    caveat = "; trained on synthetic cases" if loaded.manifest.synthetic else ""
    for method in request.methods:
        for task in request.tasks:
            print(f"{options.out / f'{method}_{task}.nii.gz'}{caveat}; not for clinical use")
            for sentence in faithfulness.read_sentences(options.out, method=method, task=task):
                print(f"  {sentence}")
    return 0


def _many(cases: list[CaseToExplain], options: argparse.Namespace) -> int:
    if options.lesion:
        raise ValueError("--lesion: belongs to one FILE; with --cases, masks are in the table or beside the scans")
    loaded = _network(options)  # refuses an unusable file before any output is written
    from ich_model.explain.batch import Job, Outcome, explain_case, write_tables
    from ich_model.network import weights

    request = _request(options, tasks=options.task or [])
    for task in request.tasks:
        loaded.variant.head_of(task)
    file, values = options.weights or weights.DEMO_WEIGHTS, tuple(options.lesion_values)
    cases = [replace(case, series=case.series or options.series) for case in cases]
    jobs = [Job(case, options.out, request, file, options.variant, values) for case in cases]
    options.out.mkdir(parents=True, exist_ok=True)
    results = []
    for number, result in run_jobs(explain_case, jobs, scheduler=options.scheduler):
        results.append((number, result))
        log.info("%d of %d: %s %s, %.1f s%s", len(results), len(jobs), result.case, result.outcome, result.seconds,
                 f": {result.sentence}" if result.sentence else "")  # fmt: skip
    in_order = [result for _, result in sorted(results, key=lambda pair: pair[0])]
    write_tables(options.out, in_order)
    return int(any(result.outcome is Outcome.REFUSED for result in in_order))


def _request(options: argparse.Namespace, *, tasks: list[str]) -> "Request":
    from ich_model.explain.outputs import Request

    return Request(
        methods=tuple(Method(name) for name in options.method or [Method.GUIDED_GRAD_CAM]),
        tasks=tuple(Task(name) for name in tasks),
        layer=options.layer,
        form=options.form,
        check=options.check,
    )


def _network(options: argparse.Namespace) -> "LoadedNetwork":
    from ich_model.commands.predict import network_of

    return network_of(options, options.weights)
