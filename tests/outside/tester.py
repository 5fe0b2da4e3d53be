"""scim2-tester: tries every attribute of every published schema. Reads the schemas from the bridge, as any client does."""

from collections.abc import Sequence
from importlib.metadata import version
from uuid import uuid4

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Mutability, Path, Resource
from scim2_tester import Status, check_server

NAME = "scim2-tester"
VERSION = version(NAME)
TIMEOUT_SECONDS = 30
PASSED = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


class Fresh(Sequence):
    """An example that is another one each time it is looked at, for attributes that must be unique."""

    def __init__(self, pattern):
        self.pattern = pattern

    def __len__(self):
        return 1

    def __getitem__(self, _):
        return self.pattern.replace("{}", str(uuid4()))


def run(scene, examples, verdict):
    headers = {"Authorization": f"Bearer {scene.token}"}
    with Client(base_url=scene.url, headers=headers, timeout=TIMEOUT_SECONDS) as http:
        client = SyncSCIMClient(http)
        client.discover()
        describe(client, examples)
        written = [kind.name for kind in client.provider.resource_types if is_written(client.provider.model_for(kind))]
        for kind in client.provider.resource_types:
            if kind.name not in written:
                verdict.skips(f"{kind.name}: every check", "each begins with a POST, and nothing of this resource type can be written")
        for result in check_server(client, resource_types=written):
            check = result.title or "a check without a name"
            if result.resource_type:
                check = f"{result.resource_type}: {check}"
            if result.status in PASSED:
                verdict.passes()
            elif result.status == Status.SKIPPED:
                verdict.skips(check, result.reason)
            else:
                attribute = result.data.get("urn") if isinstance(result.data, dict) else None
                verdict.fails(check, result.reason, result.data, attribute)


def is_written(model):
    """Whether the published schema lets a client write anything, besides what all resources have (RFC 7643 section 3.1)."""
    common = set(Resource.model_fields)
    return any(
        model.get_field_annotation(name, Mutability) != Mutability.read_only for name in model.model_fields if name not in common
    )


def describe(client, examples):
    """Hands the suite examples of values, which it takes instead of random ones. SCIM schemas cannot say them."""
    for resource_type in client.provider.resource_types:
        model = client.provider.model_for(resource_type)
        for path, wanted in examples.get(resource_type.name, {}).items():
            binding = Path[model](path).resolve()
            if binding is None:
                raise SystemExit(f"examples.toml: {resource_type.name} has no attribute {path}")
            field = binding.target_model.model_fields[binding.target_field_name]
            field.examples = wanted["one_of"] if "one_of" in wanted else Fresh(wanted["fresh"])
