"""What schemathesis cannot read in the document: null in a request body counts as absent."""

import schemathesis

OPTIONAL = ("version", "description", "digest")


@schemathesis.hook
def filter_case(context, case):
    body = case.body
    if body is None:
        return False
    return not (isinstance(body, dict) and any(body.get(name, "") is None for name in OPTIONAL))
