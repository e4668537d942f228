import os

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkfunctiongraph.v2 import (
    CreateFunctionVersionRequest,
    CreateFunctionVersionRequestBody,
    FunctionGraphClient,
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
request = CreateFunctionVersionRequest(
    function_urn=os.environ["FUNCTION_URN"],
    body=CreateFunctionVersionRequestBody(version="v1", description="first release"),
)
version = client.create_function_version(request)
print(version.version, version.digest)
