"""Reading a file that holds one JSON object: a manifest, a prediction, check results. Torch-free."""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]  # Any: the types of the values are known only where they are used


def read_object(path: Path) -> Json:
    """The JSON object in a file.

    Raises:
        ValueError: where the file is truncated or holds anything else.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name}: expected a JSON object, got {type(content).__name__}; make the file again")
    return content
