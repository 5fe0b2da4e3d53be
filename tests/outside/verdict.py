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

    def passes(self):
        self.passed += 1

    def skips(self, check, reason):
        self.skipped.append((check, reason))

    def fails(self, check, reason, detail=None, attribute=None):
        detail = f"\n      {str(detail)[:MAX_DETAIL]}" if detail else ""
        self.failed.append(((check, attribute), f"failed: {check}: {reason}{detail}"))

    def expect_skips(self, listed):
        """A skip that nobody explained is a problem, and so is an explanation of a skip that no longer happens."""
        mine = [skip for skip in listed if skip["suite"] == self.suite and self.case in skip.get("cases", [self.case])]
        expected = {(skip["check"], skip.get("attribute")) for skip in mine}
        happened = {(check, None) for check, _ in self.skipped}
        for check, reason in self.skipped:
            if (check, None) not in expected:
                self.problems.append(f"skipped and not in expected-skips.toml: {check}: {reason}")
        for key, problem in self.failed:
            if key[1] and key in expected:
                happened.add(key)
            else:
                self.problems.append(problem)
        for check, attribute in sorted(expected - happened, key=str):
            self.problems.append(f"in expected-skips.toml and not skipped: {check} {attribute or ''}")
        self.not_counted = len(happened)
        if not self.passed:
            self.problems.append("nothing was checked")

    def report(self):
        """Prints the score and what is wrong; returns whether nothing is."""
        score = f"{self.passed} passed, {len(self.problems)} failed, {self.not_counted} skipped"
        print(f"{self.suite} {self.version} ({self.case}): {score}", flush=True)
        for problem in self.problems:
            print(f"  {problem}")
        return not self.problems
