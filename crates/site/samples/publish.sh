curl --silent --show-error --fail-with-body \
  --request POST \
  --header "X-Auth-Token: $TOKEN" \
  --header "Content-Type: application/json" \
  --data '{"version": "v1", "description": "first release"}' \
  "$ENDPOINT/v2/$PROJECT_ID/fgs/functions/$FUNCTION_URN/versions"
