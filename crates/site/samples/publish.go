package main

import (
	"fmt"
	"log"
	"os"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	functiongraph "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/functiongraph/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/functiongraph/v2/model"
)

func main() {
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("HUAWEICLOUD_SDK_AK")).
		WithSk(os.Getenv("HUAWEICLOUD_SDK_SK")).
		WithProjectId(os.Getenv("PROJECT_ID")).
		SafeBuild()
	if err != nil {
		log.Fatal(err)
	}
	http, err := functiongraph.FunctionGraphClientBuilder().
		WithCredential(credentials).
		WithEndpoints([]string{os.Getenv("ENDPOINT")}).
		SafeBuild()
	if err != nil {
		log.Fatal(err)
	}
	name, description := "v1", "first release"
	request := &model.CreateFunctionVersionRequest{
		FunctionUrn: os.Getenv("FUNCTION_URN"),
		Body: &model.CreateFunctionVersionRequestBody{
			Version:     &name,
			Description: &description,
		},
	}
	version, err := functiongraph.NewFunctionGraphClient(http).CreateFunctionVersion(request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(version)
}
