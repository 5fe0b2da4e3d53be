"""Runs the suites of others against a freshly started bridge and exits 0 only when everything is as it should be.

That is: no check failed or warned, exactly the skips of `expected-skips.toml` happened, and nothing is left behind in the bridge or at the
vendor. Says nothing about what the suites do not look at; that is what the tests in Rust are for.
"""

import argparse
import random
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import sanity
import tester
from scene import Scene
from verdict import Verdict

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

SHIPPED = ROOT / "mappings" / "iadvize"
PLAIN = HERE / "plain"


class Case(NamedTuple):
    """What a bridge is started with. `groups` are the rules that say what a pushed group means at the vendor; without any the bridge keeps it."""

    name: str
    mapping: Path
    profile: str = "generic"
    groups: list = []


# The first is what an administrator starts with. `plain` takes any text, so there the suites run without a word of help.
CASES = [
    Case("shipped", SHIPPED),
    Case("shipped, okta", SHIPPED, profile="okta"),
    Case("shipped, entra", SHIPPED, profile="entra"),
    Case("shipped, skills", SHIPPED, groups=[{"when": "*", "target": "skill", "name": "{1}"}]),
    Case("plain", PLAIN),
]


def run_case(bridge, case, seed, skips):
    """Both suites against one bridge. Returns whether all is well."""
    random.seed(seed)
    examples = tomllib.loads((HERE / "examples.toml").read_text()) if case.mapping == SHIPPED else {}
    well = True
    with Scene(bridge, case) as scene:
        before = scene.objects()
        for suite in (tester, sanity):
            verdict = Verdict(suite.NAME, suite.VERSION, case.name)
            suite.run(scene, examples, verdict)
            verdict.expect_skips(skips)
            well &= verdict.report()
        well &= nothing_is_left(case.name, scene, before)
    return well


def nothing_is_left(name, scene, before):
    """The suites delete what they made; whatever is still there was not really deleted."""
    totals = {kind: scene.total(f"/{kind}") for kind in ("Users", "Groups")}
    left = [f"{total} {kind} in the bridge" for kind, total in totals.items() if total]
    left += [f"{found} at the vendor" for found in sorted(scene.objects() - before)]
    left += [f"{lost} is gone from the vendor" for lost in sorted(before - scene.objects())]
    for what in left:
        print(f"  not as before ({name}): {what}")
    return not left


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bridge", type=Path, default=ROOT / "target" / "debug" / "scim-bridge", help="the program")
    parser.add_argument("--seed", type=int, default=None, help="repeats the choices of an earlier run")
    parser.add_argument("--case", choices=[case.name for case in CASES], help="this one alone")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    skips = tomllib.loads((HERE / "expected-skips.toml").read_text())["skip"]
    cases = [case for case in CASES if options.case in (None, case.name)]
    well = [run_case(options.bridge, case, seed, skips) for case in cases]
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
