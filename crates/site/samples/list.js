const core = require("@huaweicloud/huaweicloud-sdk-core");
const functiongraph = require("@huaweicloud/huaweicloud-sdk-functiongraph/v2/public-api");

const { HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, PROJECT_ID, ENDPOINT, FUNCTION_URN } = process.env;

async function main() {
  const credentials = new core.BasicCredentials()
    .withAk(HUAWEICLOUD_SDK_AK)
    .withSk(HUAWEICLOUD_SDK_SK)
    .withProjectId(PROJECT_ID);
  const client = functiongraph.FunctionGraphClient.newBuilder()
    .withCredential(credentials)
    .withEndpoint(ENDPOINT)
    .build();
  const request = new functiongraph.ListFunctionVersionsRequest(FUNCTION_URN)
    .withMarker("0")
    .withMaxitems("10");
  const page = await client.listFunctionVersions(request);
  for (const version of page.versions) {
    console.log(version.version, version.digest);
  }
  console.log("next_marker", page.next_marker);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
