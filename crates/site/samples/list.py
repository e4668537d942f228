import os

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkfunctiongraph.v2 import (
    FunctionGraphClient,
    ListFunctionVersionsRequest,
)

credentials = BasicCredentials(
    os.environ["HUAWEICLOUD_SDK_AK"],
    os.environ["HUAWEICLOUD_SDK_SK"],
    os.environ["PROJECT_ID"],
)
client = (
    FunctionGraphClient.new_builder()
    .with_credentials(credentials)
    .with_endpoints([os.environ["ENDPOINT"]])
    .build()
)
request = ListFunctionVersionsRequest(
    function_urn=os.environ["FUNCTION_URN"], marker="0", maxitems="10"
)
page = client.list_function_versions(request)
for version in page.versions:
    print(version.version, version.digest)
print("next_marker", page.next_marker)
