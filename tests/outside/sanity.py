"""scim-sanity: a whole life of a user and of a group, lists and errors, in its strict mode. Needs no help with values.

Where it has a profile of the same name, that adds what this IdP sends besides (`entra`: a password and an extension of Microsoft's).
"""

from importlib.metadata import version

from scim_sanity.probe.report import ProbeResult
from scim_sanity.probe.runner import run_probe_api
from scim_sanity.profiles import PROFILES

NAME = "scim-sanity"
VERSION = version(NAME)
TIMEOUT_SECONDS = 30


def run(scene, _examples, verdict):
    profile = scene.profile if scene.profile in PROFILES else None
    told = run_probe_api(scene.url, token=scene.token, strict=True, timeout=TIMEOUT_SECONDS, profile=profile)
    for result in told["results"]:
        check, message = result.get("name") or result["test"], result.get("message", "")
        if result["status"] == ProbeResult.PASS:
            verdict.passes()
        elif result["status"] == ProbeResult.SKIP:
            verdict.skips(check, message)
        else:
            # A warning is a deviation from the RFC that others have, too.
            verdict.fails(check, f"{result['status']}: {message}")
