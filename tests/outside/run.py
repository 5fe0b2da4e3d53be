"""Runs the suites of others against a freshly started bridge and exits 0 only when everything is as it should be.

That is: no check failed or warned, exactly the skips of `expected-skips.toml` happened, and nobody is left behind in the bridge or at the
vendor. Says nothing about what the suites do not look at; that is what the tests in Rust are for.
"""

import argparse
import random
import sys
import tomllib
from pathlib import Path

import sanity
import tester
from scene import Scene
from verdict import Verdict

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

# (name, mapping, profile). The first is what an administrator starts with; `plain` takes any text, so there the suites run without a word of help.
CASES = [
    ("shipped", ROOT / "mappings" / "iadvize", "generic"),
    ("shipped, okta", ROOT / "mappings" / "iadvize", "okta"),
    ("shipped, entra", ROOT / "mappings" / "iadvize", "entra"),
    ("plain", HERE / "plain", "generic"),
]


def run_case(bridge, case, seed, skips):
    """Both suites against one bridge. Returns whether all is well."""
    name, mapping, profile = case
    random.seed(seed)
    examples = tomllib.loads((HERE / "examples.toml").read_text()) if mapping.name == "iadvize" else {}
    well = True
    with Scene(bridge, mapping, profile) as scene:
        before = set(scene.accounts())
        for suite in (tester, sanity):
            verdict = Verdict(suite.NAME, suite.VERSION, name)
            suite.run(scene, examples, verdict)
            verdict.expect_skips(skips)
            well &= verdict.report()
        well &= nobody_is_left(name, scene, before)
    return well


def nobody_is_left(name, scene, before):
    """The suites delete what they made; whatever is still there was not really deleted."""
    totals = {kind: scene.total(f"/{kind}") for kind in ("Users", "Groups")}
    left = [f"{total} {kind} in the bridge" for kind, total in totals.items() if total]
    left += [f"{account} at the vendor" for account in scene.accounts() if account not in before]
    for what in left:
        print(f"  left behind ({name}): {what}")
    return not left


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bridge", type=Path, default=ROOT / "target" / "debug" / "scim-bridge", help="the program")
    parser.add_argument("--seed", type=int, default=None, help="repeats the choices of an earlier run")
    parser.add_argument("--case", choices=[name for name, _, _ in CASES], help="this one alone")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    skips = tomllib.loads((HERE / "expected-skips.toml").read_text())["skip"]
    cases = [case for case in CASES if options.case in (None, case[0])]
    well = [run_case(options.bridge, case, seed, skips) for case in cases]
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
