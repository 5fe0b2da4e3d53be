"""Counts what a suite said and compares its skips with those that are expected. Judges nothing itself."""

# A whole resource can stand in the data of a failed check.
MAX_DETAIL = 1500


class Verdict:
    """The score of one suite in one case."""

    def __init__(self, suite, version, case):
        self.suite, self.version, self.case = suite, version, case
        self.passed = 0
        self.skipped = []
        self.failed = []
        self.problems = []
        self.not_counted = 0

    def passes(self):
        self.passed += 1

    def skips(self, check, reason):
        self.skipped.append((check, reason))

    def fails(self, check, reason, detail=None, attribute=None):
        detail = f"\n      {str(detail)[:MAX_DETAIL]}" if detail else ""
        self.failed.append((check, attribute, str(reason), f"failed: {check}: {reason}{detail}"))

    def expect_skips(self, listed):
        """A skip that nobody explained is a problem, and so is an explanation of a skip that no longer happens."""
        unused = [skip for skip in listed if skip["suite"] == self.suite and self.case in skip.get("cases", [self.case])]

        for check, reason in self.skipped:
            mine = [skip for skip in unused if skip["check"] == check and "objects" not in skip]
            self.settle(mine, unused, f"skipped and not in expected-skips.toml: {check}: {reason}")
        for check, attribute, reason, problem in self.failed:
            mine = [skip for skip in unused if skip["check"] == check and skip.get("attribute") == attribute]
            mine = [skip for skip in mine if "objects" in skip and skip["objects"] in reason]
            self.settle(mine, unused, problem)
        for skip in unused:
            self.problems.append(f"in expected-skips.toml and not skipped: {skip['check']} {skip.get('attribute', '')}")
        if not self.passed:
            self.problems.append("nothing was checked")

    def settle(self, mine, unused, problem):
        """One entry of the list explains one skip or objection."""
        if mine:
            unused.remove(mine[0])
            self.not_counted += 1
        else:
            self.problems.append(problem)

    def report(self):
        """Prints the score and what is wrong; returns whether nothing is."""
        score = f"{self.passed} passed, {len(self.problems)} failed, {self.not_counted} skipped"
        print(f"{self.suite} {self.version} ({self.case}): {score}", flush=True)
        for problem in self.problems:
            print(f"  {problem}")
        return not self.problems
