"""The verdict can say no: each way in which a run fails. Run before the suites are."""

import contextlib
import io
import unittest

from verdict import Verdict

LISTED = [
    {"suite": "s", "check": "agents"},
    {"suite": "s", "check": "remove", "attribute": "active", "objects": "still there"},
    {"suite": "s", "check": "change", "objects": "got 204"},
    {"suite": "s", "check": "elsewhere", "cases": ["another"]},
    {"suite": "t", "check": "of another suite"},
]


def report(fill):
    verdict = Verdict("s", "1", "case")
    fill(verdict)
    verdict.expect_skips(LISTED)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        well = verdict.report()
    return well, printed.getvalue()


def as_listed(verdict):
    verdict.passes()
    verdict.skips("agents", "none here")
    verdict.fails("remove", "it is still there", attribute="active")
    verdict.fails("change", "expected 200, got 204")


class VerdictTest(unittest.TestCase):
    def test_what_goes_as_listed_is_well(self):
        well, printed = report(as_listed)
        self.assertTrue(well, printed)
        self.assertIn("1 passed, 0 failed, 3 skipped", printed)

    def says_no(self, word, fill):
        well, printed = report(fill)
        self.assertFalse(well)
        self.assertIn(word, printed)

    def test_a_failed_check_fails(self):
        self.says_no("failed: create: 500", lambda v: (as_listed(v), v.fails("create", "500")))

    def test_an_objection_to_another_attribute_fails(self):
        self.says_no("failed: remove", lambda v: (as_listed(v), v.fails("remove", "still there", attribute="title")))

    def test_a_listed_check_that_fails_as_a_whole_fails(self):
        self.says_no("failed: remove", lambda v: (as_listed(v), v.fails("remove", "it is still there")))

    def test_an_objection_of_another_kind_fails(self):
        self.says_no("failed: change: 500", lambda v: (v.passes(), v.fails("change", "500")))

    def test_one_entry_explains_one_objection(self):
        self.says_no("failed: change", lambda v: (as_listed(v), v.fails("change", "expected 200, got 204")))

    def test_a_skip_is_no_objection(self):
        self.says_no("not in expected-skips.toml: change", lambda v: (v.passes(), v.skips("change", "got 204")))

    def test_a_skip_that_is_not_listed_fails(self):
        self.says_no("not in expected-skips.toml: groups", lambda v: (as_listed(v), v.skips("groups", "none")))

    def test_a_skip_that_is_listed_for_another_case_fails(self):
        self.says_no("not in expected-skips.toml: elsewhere", lambda v: (as_listed(v), v.skips("elsewhere", "none")))

    def test_a_listed_skip_that_does_not_happen_fails(self):
        self.says_no("not skipped: agents", lambda v: (v.passes(), v.fails("change", "got 204")))

    def test_a_suite_that_checked_nothing_fails(self):
        self.says_no("nothing was checked", lambda v: None)


if __name__ == "__main__":
    unittest.main()
