"""The demo study: twelve phantoms, four simulated readers and the demo model, created once in a workspace.

Every step is idempotent, so that the next start resumes an interrupted one. Unlocking the results is the last step and
marks the study as complete.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from data_samples.simulated_readers import SimulatedRead, simulate
from ich_model.tasks import PROGNOSIS, Prediction
from reader_study.access import accounts
from reader_study.imports import import_cases
from reader_study.models import run as models
from reader_study.store import workspace
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.design import Design, Study
from reader_study.study.read import Answers, Condition, Read, Step, shown_with

CASES = Path(__file__).parent / "cases"
TRUTH = CASES / "truth.csv"
KEY = "demo"
SEED = 20240608  # of the reading orders
READERS_SEED = 228  # of seeds 1-399 the one whose operating points are closest to their expected values

INSTRUCTIONS = """\
**Demo study. The scans are synthetic phantoms, the four readers in it are simulated, and the model was trained on
phantoms.** Nothing here says anything about patients, radiologists or the published model.

You read each case twice in a row: first the scan alone, then the same scan with the model's output beside it. A locked
read cannot be changed. Answer from the images; no clinical data are shown.
"""

STUDY = Study(
    key=KEY,
    title="Demo: prognosis after intracranial hemorrhage (synthetic cases)",
    seed=SEED,
    instructions=INSTRUCTIONS,
    design=Design.SEQUENTIAL,
    demo=True,
)


def is_prepared(store: Store) -> bool:
    """Whether the store has the complete demo study."""
    return any(study.key == KEY for study in store.studies()) and store.state(KEY).unlocked


def prepare(store: Store, place: Workspace, *, say: Callable[[str], None]) -> None:
    """Creates the missing parts of the demo study in a workspace; `say` is called with a line on each step."""
    if is_prepared(store):
        return
    if all(study.key != KEY for study in store.studies()):
        store.create_study(STUDY)
    if not store.cases(KEY):
        say("Importing 12 synthetic head CTs ...")
        import_cases.import_cases(store, KEY, sorted(CASES.glob("demo-??.nii.gz")), place, truth_csv=TRUTH)
    predict_cases(store, place, say=say)
    store.open_study(KEY)
    simulate_readers(store, say=say)
    store.set_unlocked(KEY)


def predict_cases(store: Store, place: Workspace, *, say: Callable[[str], None]) -> None:
    """Stores the demo model's predictions and maps for every case that has none.

    Raises:
        ValueError: where it refuses a case.
    """
    from ich_model.network import weights  # imported here because torch takes seconds

    waiting = store.cases_to_predict(KEY)
    if not waiting:
        return
    for number, outcome in enumerate(models.run(store, place, KEY, loaded=weights.load_demo(), cases=waiting), 1):
        if outcome.refusal:
            raise ValueError(outcome.refusal)
        say(f"The demo model has read case {number} of {len(waiting)}.")


def simulate_readers(store: Store, *, say: Callable[[str], None]) -> None:
    """Locks the simulated readers' reads, under the same rules as other reads, each in the reader's own order."""
    predictions = {prediction.case: prediction for prediction in store.predictions(KEY)}
    p_poor = {key: prediction.probabilities(PROGNOSIS)["poor"] for key, prediction in predictions.items()}
    reads = {(read.reader, read.case, read.condition): read
             for read in simulate(truth_frame(store), seed=READERS_SEED, model_p=p_poor)}
    readers = list(dict.fromkeys(reader for reader, _, _ in reads))
    known = {person.username for person in store.people(KEY)}
    for reader in readers:
        say(f"Simulating the reads of {reader} ...")
        if reader not in known:
            accounts.add_simulated(store, KEY, reader)
        while step := store.worklist(KEY, reader).next_step:
            lock_simulated(store, reads[reader, step.case_key, step.condition], predictions[step.case_key])


def truth_frame(store: Store) -> pd.DataFrame:
    """The demo's reference standard in the form that `simulate` expects: caseID, poor, gcs, age."""
    truths = store.truths(KEY)
    return pd.DataFrame([{"caseID": key, "poor": t.poor, "gcs": t.gcs, "age": t.age} for key, t in truths.items()])


def lock_simulated(store: Store, simulated: SimulatedRead, prediction: Prediction) -> None:
    """Locks one simulated read at its step."""
    started_at = store.start_read(KEY, simulated.reader, Step(simulated.case, Condition(simulated.condition)))
    aided = simulated.condition == Condition.AIDED
    store.lock_read(Read(
        study=KEY, reader=simulated.reader, case=simulated.case, condition=Condition(simulated.condition),
        answers=Answers(prognosis=simulated.prognosis, p_poor=simulated.p_poor, gcs=simulated.gcs, age=simulated.age),
        started_at=started_at, seconds=simulated.seconds, shown=shown_with(prediction) if aided else {},
    ))  # fmt: skip


def main(environ: Mapping[str, str]) -> int:
    """Prepares the demo study in the workspace given by the environment."""
    place = workspace.from_environment(environ)
    store = place.open_store()
    try:
        prepare(store, place, say=lambda text: print(text, flush=True))
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
