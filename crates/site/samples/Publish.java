import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.functiongraph.v2.FunctionGraphClient;
import com.huaweicloud.sdk.functiongraph.v2.model.CreateFunctionVersionRequest;
import com.huaweicloud.sdk.functiongraph.v2.model.CreateFunctionVersionRequestBody;
import com.huaweicloud.sdk.functiongraph.v2.model.CreateFunctionVersionResponse;
import java.util.List;

public class Publish {
    public static void main(String[] args) {
        BasicCredentials credentials = new BasicCredentials()
                .withAk(System.getenv("HUAWEICLOUD_SDK_AK"))
                .withSk(System.getenv("HUAWEICLOUD_SDK_SK"))
                .withProjectId(System.getenv("PROJECT_ID"));
        FunctionGraphClient client = FunctionGraphClient.newBuilder()
                .withCredential(credentials)
                .withEndpoints(List.of(System.getenv("ENDPOINT")))
                .build();
        CreateFunctionVersionRequest request = new CreateFunctionVersionRequest()
                .withFunctionUrn(System.getenv("FUNCTION_URN"))
                .withBody(new CreateFunctionVersionRequestBody()
                        .withVersion("v1")
                        .withDescription("first release"));
        CreateFunctionVersionResponse version = client.createFunctionVersion(request);
        System.out.println(version.getVersion() + " " + version.getDigest());
    }
}
