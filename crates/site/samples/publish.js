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
  const request = new functiongraph.CreateFunctionVersionRequest(FUNCTION_URN).withBody(
    new functiongraph.CreateFunctionVersionRequestBody()
      .withVersion("v1")
      .withDescription("first release"),
  );
  const version = await client.createFunctionVersion(request);
  console.log(version.version, version.digest);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
