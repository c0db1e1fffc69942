"""The commands on a study's models: running a network on all cases, and listing whose outputs there are."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing

from ich_model.command_line import REFUSED
from ich_model.saliency.saliency_map import Method
from ich_model.variants import VARIANTS
from reader_study.models import run as models
from reader_study.models.run import Maps
from reader_study.models.weights_files import weights_file
from reader_study.store.workspace import Workspace

DEMO = "ord_gcs_bin_age"


def add_model(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Run a network on all cases of a study and store its outputs; a case that it cannot take gets its sentence.

    Raises:
        ValueError: where there is no such study, it has no cases, or there are no such weights.
    """
    with closing(workspace.existing_store()) as store:
        cases = store.cases(store.study(arguments.study).key)
        if not cases:
            raise ValueError(f"study {arguments.study} has no cases yet: import scans first")
        file = weights_file(arguments.weights, workspace)
        from ich_model.network import weights  # torch takes seconds: after all that can be refused without it

        loaded, refused = weights.load(file), 0
        outcomes = models.run(store, workspace, arguments.study, loaded=loaded, cases=cases, maps=arguments.maps,
                              methods=arguments.methods)
        for number, outcome in enumerate(outcomes, 1):
            print(f"{number} of {len(cases)}: {outcome.case.key} {outcome.refusal or 'done'}", file=sys.stderr)
            refused += bool(outcome.refusal)
    title, n_done = f"{loaded.variant.title} ({loaded.manifest.weights_id})", len(cases) - refused
    print(f"Study {arguments.study}: {title} on {n_done} of {len(cases)} cases.")
    return REFUSED if refused else 0


def list_models(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """One line a model of a study: variant, weights, and on how many cases it has outputs."""
    with closing(workspace.existing_store()) as store:
        study, n_cases = store.study(arguments.study), len(store.cases(arguments.study))
        found = Counter((one.variant, one.weights_id, one.synthetic_weights)
                        for one in store.predictions(arguments.study))
    if not found:
        print(f"Study {arguments.study} has no model outputs: `add-model` runs a network on its cases.")
    for (variant, weights_id, synthetic), n in found.items():
        marks = [f"{n} of {n_cases} cases", *(["trained on phantoms"] if synthetic else []),
                 *(["shown in aided reads"] if study.has_aid and study.shows(variant, weights_id) else [])]
        print(f"{variant} {weights_id}: {VARIANTS[variant].title}; {', '.join(marks)}")
    return 0


def add_to(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    new = command("add-model", add_model, "run a network on all cases of a study")
    new.add_argument("--weights", default=DEMO, metavar="FILE|KEY",
                     help="a weights file, or the key of weights at hand (default: the demo's, trained on phantoms)")
    new.add_argument("--maps", type=Maps, choices=list(Maps), default=Maps.ALL, help="saliency maps to make")
    new.add_argument("--methods", type=Method, choices=list(Method), nargs="+", default=[Method.GUIDED_GRAD_CAM])
    command("models", list_models, "whose outputs a study has")
