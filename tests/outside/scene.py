"""A bridge and the simulated vendor behind it, both freshly started and stopped again. Keeps their logs only while it stands."""

import json
import os
import queue
import secrets
import shutil
import subprocess
import tempfile
import threading
import urllib.request
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 60
ANSWER_SECONDS = 30
ROOT = Path(__file__).parent.parent.parent
# What the simulator lets in; it is in its documentation and guards nothing.
SERVICE = {"username": "service@example.com", "password": "Simulator-Service-1"}


class Program:
    """One process that says on standard error where it listens."""

    def __init__(self, arguments, environment=None):
        self.name = arguments[1]
        self.lines = []
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
            env={**os.environ, **(environment or {})},
        )
        heard = queue.Queue()
        self.reader = threading.Thread(target=self._read, args=(heard,), daemon=True)
        self.reader.start()
        try:
            self.address = heard.get(timeout=START_SECONDS)
        except queue.Empty:
            self.address = None
        if self.address is None:
            self.process.kill()
            raise SystemExit(f"{self.name} did not start:\n{''.join(self.lines)}")

    def _read(self, heard):
        """The pipe is read to its end, so that the program never waits for a reader."""
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("listening on "):
                heard.put(line.split()[-1])
        heard.put(None)

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit(f"{self.name} did not stop within {STOP_SECONDS} s:\n{''.join(self.lines)}") from None
        self.reader.join(STOP_SECONDS)
        if status != 0 or any("panicked" in line for line in self.lines):
            raise SystemExit(f"{self.name} ended with {status}:\n{''.join(self.lines)}")


class Scene:
    """A simulated vendor with its built-in accounts, and a bridge with an empty store and one connection."""

    def __init__(self, bridge, case):
        self.bridge, self.mapping, self.profile, self.groups = bridge, case.mapping, case.profile, case.groups
        self.token = secrets.token_urlsafe(32)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="scim-bridge-outside-")
        self.vendor = Program([self.bridge, "simulate", "iadvize", "--listen", "127.0.0.1:0"])
        try:
            # The vendor's pages do not say whether a null removes a user group or a SAML id. The strict answer has tests of its own.
            post(f"{self.vendor.address}/_sim/knobs", {"null_clears": True})
            config = self.write_config(Path(self.folder.name))
            self.server = Program(
                [self.bridge, "serve", "--config", config, "--listen", "127.0.0.1:0", "--log", "warn"],
                {"OUTSIDE_TOKEN": self.token},
            )
        except BaseException:
            self.vendor.process.kill()
            raise
        self.url = f"{self.server.address}/scim/v2/outside"
        return self

    def __exit__(self, *_):
        try:
            self.server.stop()
        finally:
            self.vendor.stop()
            self.folder.cleanup()

    def write_config(self, folder):
        """JSON is YAML, and needs no quoting rules of our own."""
        mapping = folder / self.mapping.name
        shutil.copytree(self.mapping, mapping)
        # A mapping of ours speaks to the same vendor.
        shutil.copy(ROOT / "mappings" / "iadvize" / "schema.graphql", mapping)
        connection = {
            "mapping": str(mapping),
            "settings": {"base_url": self.vendor.address},
            "secrets": SERVICE,
            "profile": self.profile,
            "groups": self.groups,
            # scim-sanity makes somebody a member whom nobody knows, and expects 200; refusing that, as by default, is allowed as well.
            "members_first": "park",
            "inbound": {"tokens": [{"name": "outside", "secret": "env:OUTSIDE_TOKEN"}]},
        }
        config = folder / "bridge.yaml"
        config.write_text(json.dumps({"store": "sqlite:bridge.db", "connections": {"outside": connection}}))
        return config

    def total(self, endpoint):
        """How many resources the bridge has there."""
        return get(f"{self.url}{endpoint}?count=0", self.token)["totalResults"]

    def objects(self):
        """The living accounts and the skills at the vendor."""
        state = get(f"{self.vendor.address}/_sim/state")["ha"]
        accounts = {f"account {user['email']}" for user in state["users"] if not user.get("deletedAt")}
        return accounts | {f"skill {skill['name']}" for skill in state["skills"]}


def get(url, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=ANSWER_SECONDS) as answer:
        return json.load(answer)


def post(url, body):
    with urllib.request.urlopen(url, data=json.dumps(body).encode(), timeout=ANSWER_SECONDS):
        pass
