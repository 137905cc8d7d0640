#!/usr/bin/env bash
# Gives a user of a local stack the role admin, by writing it where the login reads it.
# usage: grant-admin.sh http://127.0.0.1:8001 ada@example.com [DYNAMODB_URL USERS_TABLE]
# It writes to the stack's DynamoDB, which listens on this machine only, or to this table of an emulator of AWS. On AWS: docs/deploying.md.
set -euo pipefail
[ $# -eq 2 ] || [ $# -eq 4 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
url=$1
email=$(printf %s "$2" | tr '[:upper:]' '[:lower:]')
case $email in
  *[\"\\]*) echo "Quotes and backslashes in addresses are beyond this script." >&2; exit 2 ;;
esac

dynamodb=${3:-} table=${4:-UsersTable}
if [ -z "$dynamodb" ]; then
  status=$(curl -fsS "$url/_emulator?format=json") ||
    { echo "No stack answers at $url: start one with \`make up\`." >&2; exit 1; }
  dynamodb=$(printf %s "$status" | grep -oE '"dynamodb": *"[^"]+"' | head -n 1 | cut -d '"' -f 4)
  [ -n "$dynamodb" ] || { echo "The stack at $url does not say where its DynamoDB is." >&2; exit 1; }
fi

answer=$(curl -sS "$dynamodb/" \
  -H 'Content-Type: application/x-amz-json-1.0' \
  -H 'X-Amz-Target: DynamoDB_20120810.UpdateItem' -H 'X-Amz-Date: 20260101T000000Z' \
  -H 'Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0' \
  -d '{"TableName": "'"$table"'", "Key": {"pk": {"S": "email#'"$email"'"}},
       "UpdateExpression": "SET #role = :admin", "ConditionExpression": "attribute_exists(pk)",
       "ExpressionAttributeNames": {"#role": "role"}, "ExpressionAttributeValues": {":admin": {"S": "admin"}}}')
case $answer in
  {}) echo "$email is an admin from the next login on." ;;
  *ConditionalCheckFailed*) echo "Nobody has registered as $email." >&2; exit 1 ;;
  *) echo "DynamoDB refused: $answer" >&2; exit 1 ;;
esac
