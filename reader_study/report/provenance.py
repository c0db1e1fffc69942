"""The provenance of an export: software, settings, and the study or file that was compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ich_model import software
from ich_model.variants import variant_named
from reader_study.report.compared_readers import Compared, listed
from reader_study.statistics.input.score_scale import PROBABILITY, Scale
from reader_study.statistics.input.settings import Settings
from reader_study.store.store import Store
from reader_study.study.design import Role

_SOFTWARE = ("numpy", "scipy", "pandas", "matplotlib", "plotly")
_CODE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Provenance:
    """Title of what was compared, what to be careful of in it ("" for nothing), facts to print, and who is left out."""

    title: str
    caution: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    readers: str = ""  # one sentence on readers who are not done


def of_file(path: Path, *, scale: Scale = PROBABILITY, told: Sequence[str] = ()) -> Provenance:
    """A ratings file, known by its digest, with the scale of its scores and what is to be said of them."""
    digest = sha256(path.read_bytes()).hexdigest()
    facts = {"ratings file": path.name, "ratings file SHA-256": digest,
             "scale of the scores": f"{scale.text}{', taken from the data' if scale.from_data else ''}",
             "score from which a call is positive, where the file has none":
                 "none given: no call was made" if scale.threshold is None else f"{scale.threshold:g}"}
    return Provenance(f"Comparison of {path.name}", " ".join(told), facts)


def of_study(store: Store, study_key: str, compared: Compared) -> Provenance:
    """A study: its design, people, cases, weights, and the last entry of its audit trail."""
    study, cases, predictions = store.study(study_key), store.cases(study_key), store.predictions(study_key)
    readers = [person for person in store.people(study_key) if person.role is Role.READER]
    trail = store.audit(study_key)
    simulated, synthetic = sum(reader.simulated for reader in readers), sum(case.synthetic for case in cases)
    weights = sorted({(variant_named(p.variant).title, p.weights_id, p.synthetic_weights) for p in predictions})
    unreal = [text for number, text in ((simulated, f"{simulated} of {len(readers)} readers are simulated"),
                                        (synthetic, f"{synthetic} of {len(cases)} cases are synthetic phantoms"),
                                        (sum(mark for *_, mark in weights), "weights were trained on phantoms"))
              if number]
    facts = {"study": study.key, "design": str(study.design), "order seed": str(study.seed),
             "readers": str(len(readers)), "cases": str(len(cases)),
             "readers left out": listed(compared.left_out) or "none",
             "readers taken in although not done":
                 listed(compared.unfinished) if compared.takes_in_unfinished else "none",
             "clinical data shown": ", ".join(f"{fact} ({when})" for fact, when in study.clinical) or "none",
             "training cases": str(len(study.training)), "share of repeated cases": f"{study.repeat_share:g}",
             "cases with reference standard": str(len(store.truths(study_key))),
             "cases digest": _digest(sorted(case.content_sha256 for case in cases)),
             "audit trail, last entry": str(trail[-1].sequence), "audit trail, last hash": trail[-1].hash}
    facts |= {f"threshold of {one.rater}": f"{one.value:g}, recorded {one.recorded_at.isoformat(timespec='seconds')}"
              for one in store.thresholds(study_key)}
    facts |= {f"weights of {title}": f"{weights_id}{' (synthetic)' if mark else ''}"
              for title, weights_id, mark in weights}
    caution = f"{'; '.join(unreal)}: the numbers say nothing about patients, radiologists or published models."
    return Provenance(study.title, caution[0].upper() + caution[1:] if unreal else "", facts, compared.sentence)


def about(provenance: Provenance, settings: Settings, ratings: pd.DataFrame) -> dict[str, str]:
    """Item -> value: all that is needed to make the export again and to see that it is the same."""
    used = {f"version of {software.TITLE}": software.app_version()}
    used |= {f"version of {name}": version(name) for name in _SOFTWARE}
    table = pd.util.hash_pandas_object(ratings, index=False).to_numpy().tobytes()
    return dict(provenance.facts) | used | {
        "code SHA-256": code_digest(), "ratings table digest": sha256(table).hexdigest(),
        "alpha": f"{settings.alpha:g}", "bootstrap resamples": str(settings.resamples), "seed": str(settings.seed),
        "covariance": ", ".join(settings.covariances), "interval of proportions": str(settings.interval),
        "margin": "" if settings.margin is None else f"{settings.margin:g}",
        "reference modality": settings.reference_modality or "", "paper mode": "yes" if settings.paper_mode else "no"}


def code_digest(root: Path = _CODE) -> str:
    """SHA-256 over the modules that make the comparison, by path and content.

    These are all of reader_study, and of ich_model those that lie directly in it, the metrics and intervals among them.
    """
    files = sorted([*(root / "reader_study").rglob("*.py"), *(root / "ich_model").glob("*.py")])
    return _digest([f"{file.relative_to(root).as_posix()} {sha256(file.read_bytes()).hexdigest()}" for file in files])


def _digest(lines: list[str]) -> str:
    """SHA-256 of lines."""
    return sha256("\n".join(lines).encode()).hexdigest()
