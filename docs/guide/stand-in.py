"""A stand-in for the made-up vendor Acme Desk of mappings/README.md, on loopback.

    python3 docs/guide/stand-in.py

It keeps people and teams in memory, refuses what its API page does not allow, and prints every call.
Change it where your vendor differs: a route is a method, a path and a function.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "desk-key-1"
FIELDS = {"email", "full_name", "role"}
people = {1: {"id": 1, "email": "owner@example.com", "full_name": "Olga Owner", "role": "lead", "suspended_at": None}}
people[2] = {"id": 2, "email": "carl@example.com", "full_name": "Carl Clerk", "role": "agent", "suspended_at": None}
teams = {10: {"id": 10, "name": "Everybody"}}
members = set()


def error(status, code, message):
    return status, {"error": {"code": code, "message": message}}


def refused(body, own=None):
    """What is wrong with a person that is sent, or None."""
    if not isinstance(body, dict) or set(body) - FIELDS:
        return error(422, "unknown_field", "only email, full_name and role are known")
    if body.get("role", "agent") not in ("agent", "lead"):
        return error(422, "bad_role", "role is agent or lead")
    if any(p["email"] == body.get("email") and p["id"] != own for p in people.values()):
        return error(409, "email_taken", "this e-mail address is in use")
    return None


def list_people(_, query):
    size = int(query.get("per_page", ["50"])[0])
    page = int(query.get("page", ["1"])[0])
    everybody = list(people.values())
    pages = -(-len(everybody) // size)
    return 200, {"users": everybody[(page - 1) * size : page * size], "pages": pages}


def create_person(body, _):
    wrong = refused(body)
    if wrong:
        return wrong
    if "email" not in body:
        return error(422, "email_missing", "email is required")
    number = max(people) + 1
    people[number] = {"id": number, "full_name": None, "role": "agent", "suspended_at": None, **body}
    return 201, {"user": people[number]}


def change_person(body, _, person):
    wrong = refused(body, person["id"])
    if wrong:
        return wrong
    person.update(body)
    return 200, {"user": person}


def create_team(body, _):
    if any(team["name"] == body["name"] for team in teams.values()):
        return error(409, "name_taken", "there is such a team")
    number = max(teams) + 1
    teams[number] = {"id": number, "name": body["name"]}
    return 201, {"team": teams[number]}


def suspend(_, __, person):
    person["suspended_at"] = "2026-01-31T12:00:00Z"
    return 204, None


def restore(_, __, person):
    person["suspended_at"] = None
    return 204, None


def join(_, __, person, team):
    if team not in teams:
        return error(404, "no_such_team", "there is no such team")
    members.add((person["id"], team))
    return 204, None


def leave(_, __, person, team):
    members.discard((person["id"], team))
    return 204, None


def delete_person(_, __, person):
    del people[person["id"]]
    return 204, None


ROUTES = [
    ("GET", r"/v1/users", list_people),
    ("POST", r"/v1/users", create_person),
    ("GET", r"/v1/users/(\d+)", lambda _, __, person: (200, {"user": person})),
    ("PATCH", r"/v1/users/(\d+)", change_person),
    ("DELETE", r"/v1/users/(\d+)", delete_person),
    ("POST", r"/v1/users/(\d+)/suspend", suspend),
    ("POST", r"/v1/users/(\d+)/restore", restore),
    ("PUT", r"/v1/users/(\d+)/teams/(\d+)", join),
    ("DELETE", r"/v1/users/(\d+)/teams/(\d+)", leave),
    ("GET", r"/v1/teams", lambda _, __: (200, {"teams": list(teams.values())})),
    ("POST", r"/v1/teams", create_team),
]


class Desk(BaseHTTPRequestHandler):
    def answer(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = self.decide(json.loads(raw) if raw else None)
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        print(self.command, self.path, raw.decode(), "->", status, flush=True)

    def decide(self, body):
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return error(401, "no_key", "the key is missing or wrong")
        url = urlsplit(self.path)
        for method, path, do in ROUTES:
            found = re.fullmatch(path, url.path)
            if not found or method != self.command:
                continue
            numbers = [int(number) for number in found.groups()]
            if numbers and numbers[0] not in people:
                return error(404, "no_such_user", "there is no such user")
            return do(body, parse_qs(url.query), *[people[numbers[0]], *numbers[1:]] if numbers else [])
        return error(404, "no_such_address", "there is no such address")

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8095
    print(f"Acme Desk listens on http://127.0.0.1:{port}", flush=True)
    HTTPServer(("127.0.0.1", port), Desk).serve_forever()
