import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.functiongraph.v2.FunctionGraphClient;
import com.huaweicloud.sdk.functiongraph.v2.model.ListFunctionVersionsRequest;
import com.huaweicloud.sdk.functiongraph.v2.model.ListFunctionVersionsResponse;
import java.util.Collections;

public class List {
    public static void main(String[] args) {
        BasicCredentials credentials = new BasicCredentials()
                .withAk(System.getenv("HUAWEICLOUD_SDK_AK"))
                .withSk(System.getenv("HUAWEICLOUD_SDK_SK"))
                .withProjectId(System.getenv("PROJECT_ID"));
        FunctionGraphClient client = FunctionGraphClient.newBuilder()
                .withCredential(credentials)
                .withEndpoints(Collections.singletonList(System.getenv("ENDPOINT")))
                .build();
        ListFunctionVersionsRequest request = new ListFunctionVersionsRequest()
                .withFunctionUrn(System.getenv("FUNCTION_URN"))
                .withMarker("0")
                .withMaxitems("10");
        ListFunctionVersionsResponse page = client.listFunctionVersions(request);
        page.getVersions().forEach(version ->
                System.out.println(version.getVersion() + " " + version.getDigest()));
        System.out.println("next_marker " + page.getNextMarker());
    }
}
