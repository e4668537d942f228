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
	marker, most := "0", "10"
	request := &model.ListFunctionVersionsRequest{
		FunctionUrn: os.Getenv("FUNCTION_URN"),
		Marker:      &marker,
		Maxitems:    &most,
	}
	page, err := functiongraph.NewFunctionGraphClient(http).ListFunctionVersions(request)
	if err != nil {
		log.Fatal(err)
	}
	for _, version := range *page.Versions {
		fmt.Println(version)
	}
	fmt.Println("next_marker", *page.NextMarker)
}
