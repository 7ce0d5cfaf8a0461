"""Benchmarks: python benchmarks/run.py [NAME ...] [--json] [--smoke].

Prints one JSON object ``{name: {figure: value}}``, or a table. Machines are noisy: the figures to
quote are ratios taken in one run against a floor measured in turn with it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import bench_codec
import bench_engine
import bench_inventory
import bench_memory
import bench_order_scale
import bench_pipeline
import bench_routing
import bench_simulator
import bench_store

Figures = Mapping[str, float]

BENCHMARKS: Mapping[str, Callable[[bool], Figures]] = {
    "pipeline": bench_pipeline.run,
    "engine": bench_engine.run,
    "inventory": bench_inventory.run,
    "routing": bench_routing.run,
    "memory": bench_memory.run,
    "codec": bench_codec.run,
    "order_scale": bench_order_scale.run,
    "simulator": bench_simulator.run,
    "store": bench_store.run,
}


@contextmanager
def _to_stderr() -> Iterator[None]:
    """Whatever a library prints meanwhile, past Python's own output, is no figure."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Measure omcore against plain Python.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all where none is named")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--smoke", action="store_true", help="little work: does it run at all?")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}")
    with _to_stderr():
        results = {name: BENCHMARKS[name](options.smoke) for name in options.names or BENCHMARKS}
    if options.json:
        print(json.dumps(results, indent=2))
        return 0
    for name, figures in results.items():
        for figure, value in figures.items():
            print(f"{name:<12} {figure:<28} {value:>14,.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
