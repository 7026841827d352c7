"""One part of the measurements, in a process and on a database of its own."""

import json
import sys
from importlib import import_module

import django


def main() -> None:
    django.setup()
    name, options = sys.argv[1], json.loads(sys.argv[2])
    import_module(f"tests.bench.{name}").main(options)


if __name__ == "__main__":
    main()
