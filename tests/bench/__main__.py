"""`make bench`: every measurement, or those named: `python -m tests.bench store latency`."""

import importlib
import sys

MEASUREMENTS = ("startup", "latency", "store", "digest", "incidents", "surveys")


def main(names: list[str]) -> None:
    """Run the measurements and print what each found."""
    for name in names or list(MEASUREMENTS):
        print(f"\n{name}", flush=True)
        for line in importlib.import_module(f"tests.bench.{name}").run():
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
