"""The vendor's Python SDK talks to a service: what its users do has to work.

    python talk.py ENDPOINT PROJECT FUNCTION_URN

The key pair is in ACCESS_KEY and SECRET_KEY. Prints a line for each check; the first that fails ends
the program with a traceback.
"""

import os
import re
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkfunctiongraph.v2 import (
    CreateFunctionVersionRequest,
    CreateFunctionVersionRequestBody,
    FunctionGraphClient,
    ListFunctionVersionsRequest,
)

ENDPOINT, PROJECT, URN = sys.argv[1:]


def client(secret):
    credentials = BasicCredentials(os.environ["ACCESS_KEY"], secret, PROJECT)
    return FunctionGraphClient.new_builder().with_credentials(credentials).with_endpoint(ENDPOINT).build()


def same(one, other):
    assert one == other, f"{one!r} is not {other!r}"


def refused(status, code, call):
    try:
        call()
    except ClientRequestException as error:
        same((error.status_code, error.error_code), (status, code))
        assert error.request_id, "no request id"
        return error.error_msg
    raise AssertionError(f"{code} was expected")


def pages(sdk, size):
    """Every version, page by page."""
    versions, marker = [], 0
    while True:
        request = ListFunctionVersionsRequest(function_urn=URN, marker=str(marker), maxitems=str(size))
        page = sdk.list_function_versions(request)
        if not page.versions:
            same(page.next_marker, marker)
            return versions
        assert len(page.versions) <= size
        versions += page.versions
        marker = page.next_marker


def check(name, call):
    call()
    print(f"ok {name}", flush=True)


sdk = client(os.environ["SECRET_KEY"])
published = []


def with_a_body():
    body = CreateFunctionVersionRequestBody(version="py-1", description="第一版, from Python")
    version = sdk.create_function_version(CreateFunctionVersionRequest(function_urn=URN, body=body))
    same((version.version, version.version_description), ("py-1", "第一版, from Python"))
    # Regions are shown as imported, and the documented example masks its own.
    same(version.func_urn.split(":")[3:], URN.split(":")[3:])
    assert re.fullmatch(r"[0-9a-f]{128}", version.digest), version.digest
    published.append(version.version)


def without_a_body():
    version = sdk.create_function_version(CreateFunctionVersionRequest(function_urn=URN))
    assert re.fullmatch(r"v\d{8}-\d{6}", version.version), version.version
    published.append(version.version)


def from_the_working_copy():
    body = CreateFunctionVersionRequestBody(version="py-3")
    request = CreateFunctionVersionRequest(function_urn=f"{URN}:latest", body=body)
    published.append(sdk.create_function_version(request).version)


def page_through_the_list():
    for size in [1, 2, 400]:
        names = [version.version for version in pages(sdk, size)]
        same(names[0], "latest")
        same([name for name in names if name in published], published)
        same(len(names), len(set(names)))
    same(sdk.list_function_versions(ListFunctionVersionsRequest(function_urn=URN)).next_marker, len(names))


def an_unknown_function():
    urn = URN.rsplit(":", 1)[0] + ":no-such-function"
    message = refused(404, "FSS.1051", lambda: sdk.list_function_versions(ListFunctionVersionsRequest(urn)))
    same(message, "Not found the function")
    refused(404, "FSS.1051", lambda: sdk.create_function_version(CreateFunctionVersionRequest(urn)))


def an_unknown_alias():
    request = ListFunctionVersionsRequest(f"{URN}:!live")
    refused(404, "FSS.1053", lambda: sdk.list_function_versions(request))


def a_name_in_use():
    body = CreateFunctionVersionRequestBody(version="py-1")
    refused(409, "FSS.1062", lambda: sdk.create_function_version(CreateFunctionVersionRequest(URN, body)))


def a_wrong_secret():
    wrong = client("wrong" + os.environ["SECRET_KEY"])
    refused(401, "FSS.0401", lambda: wrong.list_function_versions(ListFunctionVersionsRequest(URN)))


check("publish with a body", with_a_body)
check("publish without a body", without_a_body)
check("publish from the working copy", from_the_working_copy)
check("page through the list", page_through_the_list)
check("an unknown function is a typed exception", an_unknown_function)
check("an alias in the URN keeps its signature", an_unknown_alias)
check("a version name in use is a typed exception", a_name_in_use)
check("a wrong secret key is a typed exception", a_wrong_secret)
