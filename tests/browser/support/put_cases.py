"""Adding cases to a served study, each with a scan, the model's output for it and a map."""

from collections.abc import Mapping

from ich_model.scans import volume
from ich_model.tasks import Prediction
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.design import Case, Truth
from tests.support import simple_head

MANIFEST = '{"task": "prognosis", "method": "guided_grad_cam", "native_shape": [2, 6, 6]}'


def put_cases(store: Store, place: Workspace, study: str, *, truths: Mapping[str, Truth],
              predictions: Mapping[str, Prediction]) -> None:
    """Adds the same head under several keys to a study, each with its reference standard and prediction."""
    i_mm, j_mm, k_mm = (float(simple_head.AFFINE[axis, axis]) for axis in range(3))
    store.add_cases(study, [Case(key, f"cases/{study}/{key}", True, simple_head.SHAPE, (i_mm, j_mm, k_mm))
                            for key in truths], dict(truths))
    for key, prediction in predictions.items():
        store.add_prediction(study, prediction)
        place.case_folder(study, key).mkdir(parents=True)
        volume.save(simple_head.head_hu(), simple_head.AFFINE, place.volume_path(study, key), description="SYNTHETIC")
        outputs = place.outputs_folder(study, key, prediction.weights_id)
        outputs.mkdir(parents=True)
        volume.save(simple_head.brain_mask().astype("float32"), simple_head.AFFINE,
                    outputs / "guided_grad_cam_prognosis.nii.gz", description="map for tests")
        (outputs / "guided_grad_cam_prognosis.json").write_text(MANIFEST)
