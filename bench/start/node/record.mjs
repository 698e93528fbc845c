// What `make bench-start` compares `record` with: the least function in Node that records an entry
// with the AWS SDK. It gets the workspace and puts the entry if it is absent, in two calls of the
// store, and checks nothing. It asks the Runtime API for events itself, without Lambda's client.

import { Agent, request } from "node:http";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";

const { AWS_LAMBDA_RUNTIME_API, CONTROL_TABLE, ENTRIES_TABLE } = process.env;
const invocations = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new Agent({ keepAlive: true });
const store = new DynamoDBClient({});

/** Sends a request to the Runtime API, and resolves to the answer's headers and text. */
function send(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request(`${invocations}${path}`, { method, agent }, async (answer) => {
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      resolve({ headers: answer.headers, text });
    });
    sent.on("error", reject).end(body);
  });
}

async function handle(event) {
  const workspace = event.rawPath.split("/")[3];
  const entry = JSON.parse(event.body);
  const key = { pk: { S: workspace }, sk: { S: "workspace" } };
  await store.send(new GetItemCommand({ TableName: CONTROL_TABLE, Key: key }));
  const id = `${entry.occurred_at}-${entry.external_id}`;
  const item = {
    workspace_id: { S: workspace },
    id: { S: id },
    action: { S: entry.action },
    actor: { S: JSON.stringify(entry.actor) },
    target: { S: JSON.stringify(entry.target) },
  };
  const absent = "attribute_not_exists(id)";
  await store.send(
    new PutItemCommand({ TableName: ENTRIES_TABLE, Item: item, ConditionExpression: absent }),
  );
  return { statusCode: 201, body: JSON.stringify({ id, ...entry }) };
}

for (;;) {
  const { headers, text } = await send("GET", "/next");
  const answer = await handle(JSON.parse(text));
  const id = headers["lambda-runtime-aws-request-id"];
  await send("POST", `/${id}/response`, JSON.stringify(answer));
}
