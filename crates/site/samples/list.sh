curl --silent --show-error --fail-with-body \
  --header "X-Auth-Token: $TOKEN" \
  "$ENDPOINT/v2/$PROJECT_ID/fgs/functions/$FUNCTION_URN/versions?marker=0&maxitems=10"
