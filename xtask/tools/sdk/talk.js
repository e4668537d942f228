// The vendor's Node.js SDK talks to a service: what its users do has to work.
//
//     node talk.js ENDPOINT PROJECT FUNCTION_URN
//
// The key pair is in ACCESS_KEY and SECRET_KEY. Prints a line for each check; the first that fails
// ends the program with its error.
"use strict";

const assert = require("node:assert/strict");
const { BasicCredentials } = require("@huaweicloud/huaweicloud-sdk-core");
const { ClientRequestException } = require("@huaweicloud/huaweicloud-sdk-core/exception/ClientRequestException");
const sdk = require("@huaweicloud/huaweicloud-sdk-functiongraph/v2/public-api");

const [endpoint, project, urn] = process.argv.slice(2);

function client(secret) {
  const credentials = new BasicCredentials()
    .withAk(process.env.ACCESS_KEY)
    .withSk(secret)
    .withProjectId(project);
  return sdk.FunctionGraphClient.newBuilder().withCredential(credentials).withEndpoint(endpoint).build();
}

const graph = client(process.env.SECRET_KEY);
const published = [];

function publication(body, functionUrn = urn) {
  const request = new sdk.CreateFunctionVersionRequest(functionUrn);
  if (body) request.withBody(body);
  return request;
}

function list(functionUrn, marker, maxitems) {
  const request = new sdk.ListFunctionVersionsRequest(functionUrn);
  if (marker !== undefined) request.withMarker(String(marker));
  if (maxitems !== undefined) request.withMaxitems(String(maxitems));
  return request;
}

async function refused(status, code, call) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof ClientRequestException, `${error}`);
    assert.equal(error.httpStatusCode, status);
    assert.equal(error.errorCode, code);
    return true;
  });
}

const checks = {
  "publish with a body": async () => {
    const body = new sdk.CreateFunctionVersionRequestBody()
      .withVersion("node-1")
      .withDescription("第一版, from Node.js");
    const version = await graph.createFunctionVersion(publication(body));
    assert.equal(version.version, "node-1");
    // The SDK's types have camel case, its answers keep the wire's names.
    assert.equal(version.version_description, "第一版, from Node.js");
    published.push(version.version);
  },
  "without a body the SDK itself refuses": async () => {
    // It throws before anything is sent. Should it ever send, the service has to publish.
    try {
      const version = await graph.createFunctionVersion(publication());
      published.push(version.version);
    } catch (error) {
      assert.ok(!(error instanceof ClientRequestException), `${error}`);
      assert.equal(error.httpStatusCode, undefined, `${error}`);
    }
  },
  "publish with an empty body": async () => {
    const version = await graph.createFunctionVersion(publication(new sdk.CreateFunctionVersionRequestBody()));
    assert.match(version.version, /^v\d{8}-\d{6}$/);
    published.push(version.version);
  },
  "page through the list": async () => {
    for (const size of [1, 2, 400]) {
      const names = [];
      for (let marker = 0; ; ) {
        const page = await graph.listFunctionVersions(list(urn, marker, size));
        assert.ok(page.versions.length <= size);
        if (page.versions.length === 0) break;
        names.push(...page.versions.map((version) => version.version));
        marker = page.next_marker;
      }
      assert.equal(names[0], "latest");
      assert.deepEqual(names.filter((name) => published.includes(name)), published);
      assert.equal(new Set(names).size, names.length);
    }
    assert.ok((await graph.listFunctionVersions(list(urn))).versions.length > published.length);
  },
  "an unknown function is a typed exception": async () => {
    const unknown = urn.replace(/[^:]+$/, "no-such-function");
    await refused(404, "FSS.1051", () => graph.listFunctionVersions(list(unknown)));
    const body = new sdk.CreateFunctionVersionRequestBody();
    await refused(404, "FSS.1051", () => graph.createFunctionVersion(publication(body, unknown)));
  },
  "a version name in use is a typed exception": async () => {
    const body = new sdk.CreateFunctionVersionRequestBody().withVersion("node-1");
    await refused(409, "FSS.1062", () => graph.createFunctionVersion(publication(body)));
  },
  "a wrong secret key is a typed exception": async () => {
    const wrong = client(`wrong${process.env.SECRET_KEY}`);
    await refused(401, "FSS.0401", () => wrong.listFunctionVersions(list(urn)));
  },
};

(async () => {
  for (const [name, check] of Object.entries(checks)) {
    await check();
    console.log(`ok ${name}`);
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
