"""`python -m ich_model weights list | fetch KEY | check FILE | convert FILE`: weights files and their manifests."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ich_model.command_line import Arguments
from ich_model.network import weights
from ich_model.variants import VARIANTS


def main(argv: list[str]) -> int:
    """Runs one of the four commands; `list` prints the variants, the others a weights file's manifest."""
    options = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def _list(_: argparse.Namespace) -> int:
    for row in VARIANTS.values():
        print(f"{row.key:16} {row.title:24} {', '.join(row.tasks):22} {row.checkpoint_folder}")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from ich_model.network import hub  # imported here because no other command needs the Hub's client

    repositories = tuple(options.repository or hub.REPOSITORIES)
    path = hub.fetch(
        VARIANTS[options.variant], options.out, repositories=repositories, file=options.file, endpoint=options.endpoint
    )
    print(path)
    return _show(weights.read_manifest(path))


def _check(options: argparse.Namespace) -> int:
    return _show(weights.load(options.file, variant=VARIANTS.get(options.variant)).manifest)


def _convert(options: argparse.Namespace) -> int:
    if options.out.suffix != ".safetensors" or options.out.exists():
        raise ValueError(f"--out {options.out}: expected a new .safetensors file; choose another name")
    loaded = weights.load(options.file, variant=VARIANTS[options.variant])
    return _show(weights.save(options.out, network=loaded.network, manifest=loaded.manifest, dtype=weights.FP32))


def _show(manifest: weights.Manifest) -> int:
    print(json.dumps(asdict(manifest), indent=1))
    return 0


def _parser() -> Arguments:
    parser = Arguments(prog="python -m ich_model weights", description="Weights files and variants.")
    commands = parser.add_subparsers(dest="command", required=True)
    rows = commands.add_parser("list", help="the variants and their published checkpoint folders")
    fetch = commands.add_parser("fetch", help="download a published checkpoint and write it as safetensors")
    check = commands.add_parser("check", help="load a weights file strictly and show its manifest")
    convert = commands.add_parser("convert", help="write a published .pth as safetensors with a manifest")
    for command, run in ((rows, _list), (fetch, _fetch), (check, _check), (convert, _convert)):
        command.set_defaults(run=run)
    fetch.add_argument("variant", choices=VARIANTS, metavar="KEY", help="a key that `weights list` prints")
    fetch.add_argument("--repository", action="append", metavar="OWNER/NAME", help="instead of the published two")
    fetch.add_argument("--file", metavar="NAME", help="which .pth, where a variant's folder holds several")
    fetch.add_argument("--endpoint", metavar="URL", help="a mirror of the Hugging Face Hub")
    fetch.add_argument("--out", type=Path, default=Path("workspace/weights"), metavar="DIR")
    for command in (check, convert):
        command.add_argument("file", type=Path)
        command.add_argument("--variant", choices=VARIANTS, required=command is convert)
    convert.add_argument("--out", type=Path, required=True)
    return parser
