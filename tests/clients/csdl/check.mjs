// Checks the document that $metadata answers with tools that know nothing of the emulator:
//
//   1. the OASIS XML schemas of CSDL 4.01 (edmx.xsd, edm.xsd; from odata-csdl, run by libxml2)
//   2. OASIS's own converter to CSDL JSON (odata-csdl), which must have nothing to say
//   3. the OASIS JSON schema of what it made
//   4. a client generator (odata2ts), whose TypeScript must compile
//
// Usage: node check.mjs [--emulator] URL|FILE...
//   --emulator   start an emulator as the npm suite does (CRM_EMULATOR_BIN), and check its Web API
//   URL    root of a Web API, http://127.0.0.1:5050/api/data/v9.2/ ; its $metadata is read without and with
//          annotations, and its service document must list the same entity sets
//   FILE   a saved document
// The exit code is 0 only if everything passed.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv } from "ajv";
import { validateXML } from "xmllint-wasm";
import { Emulator } from "../npm/emulator.mjs";

const require = createRequire(import.meta.url);
const { xml2json } = require("odata-csdl");
const SCHEMAS = join(require.resolve("odata-csdl/package.json"), "..", "schemas");
const NAMESPACE = "Microsoft.Dynamics.CRM";

let failures = 0;
function report(passed, what, details = []) {
  console.log(`${passed ? "ok  " : "FAIL"} ${what}`);
  for (const line of details.slice(0, 20)) console.log(`       ${line}`);
  if (!passed) failures += 1;
}

// Dataverse writes Scale="Variable" where OASIS has "variable"; the emulator follows Dataverse. Everything else is
// judged as it stands.
const standard = (xml) => xml.replaceAll('Scale="Variable"', 'Scale="variable"');

async function xmlSchema(xml) {
  const schema = (name) => ({ fileName: name, contents: readFileSync(join(SCHEMAS, name), "utf8") });
  const result = await validateXML({
    xml: [{ fileName: "metadata.xml", contents: standard(xml) }],
    schema: [schema("edmx.xsd")],
    preload: [schema("edm.xsd")],
  });
  report(result.valid, "XML schema (edmx.xsd, edm.xsd)", result.errors.map((error) => error.rawMessage));
}

function convert(xml) {
  const messages = [];
  let json;
  try {
    json = xml2json(standard(xml), { messages });
  } catch (error) {
    messages.push(error);
  }
  report(messages.length === 0, "conversion to CSDL JSON", messages.map((message) => message.message));
  return json;
}

function jsonSchema(json) {
  const schema = JSON.parse(readFileSync(join(SCHEMAS, "csdl.schema.json"), "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false });
  const valid = ajv.validate(schema, json);
  const details = (ajv.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  report(valid, "JSON schema (csdl.schema.json)", details);
}

function generateClient(xml) {
  // Inside this folder, so that the generated code finds the packages it imports.
  const folder = mkdtempSync(join(import.meta.dirname, ".generated-"));
  try {
    const source = join(folder, "metadata.xml");
    writeFileSync(source, xml);
    const config = join(import.meta.dirname, "tsconfig.json");
    const cli = join(import.meta.dirname, "node_modules", ".bin");
    const run = (tool, ...args) => execFileSync(join(cli, tool), args, { encoding: "utf8", stdio: "pipe" });
    run("odata2ts", "-s", source, "-o", folder, "-m", "all", "-e", "ts", "-t", config, "-name", "crm");
    const written = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"));
    report(written.length > 0, `client generated (${written.length} files)`, written);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../tsconfig.json", include: ["**/*.ts"] }));
    run("tsc", "-p", folder);
    report(true, "generated client compiles");
  } catch (error) {
    const output = `${error.stdout ?? ""}${error.stderr ?? ""}` || String(error);
    report(false, "client generated and compiled", output.trim().split("\n"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function check(name, xml, { generate }) {
  console.log(`== ${name} (${xml.length} characters)`);
  await xmlSchema(xml);
  const json = convert(xml);
  if (json) {
    jsonSchema(json);
    const kinds = {};
    for (const element of Object.values(json[NAMESPACE])) {
      const kind = Array.isArray(element) ? element[0].$Kind : element.$Kind;
      if (kind) kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    console.log(`     ${Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`).join(", ")}`);
  }
  if (generate) generateClient(xml);
  return json;
}

async function get(url, type) {
  const answer = await fetch(url, { headers: { Accept: type, "OData-MaxVersion": "4.0", "OData-Version": "4.0" } });
  const body = await answer.text();
  const sent = answer.headers.get("content-type") ?? "";
  const fits = answer.status === 200 && sent.startsWith(type) && answer.headers.get("odata-version") === "4.0";
  report(fits, `GET ${url}`, fits ? [] : [`${answer.status} ${sent}`, body.slice(0, 200)]);
  return fits ? body : undefined;
}

async function checkService(base) {
  const root = base.endsWith("/") ? base : `${base}/`;
  const plain = await get(`${root}$metadata`, "application/xml");
  const annotated = await get(`${root}$metadata?annotations=true`, "application/xml");
  const services = await get(root, "application/json");
  const json = plain && (await check(`${root}$metadata`, plain, { generate: true }));
  if (annotated) await check(`${root}$metadata?annotations=true`, annotated, { generate: false });
  if (json && services) {
    const listed = JSON.parse(services).value.filter((one) => one.kind === "EntitySet").map((one) => one.name);
    const container = json[NAMESPACE].System;
    const declared = Object.keys(container).filter((name) => container[name].$Collection);
    const differ = [...listed, ...declared].filter((name) => !listed.includes(name) || !declared.includes(name));
    report(differ.length === 0, `service document and container agree on ${listed.length} sets`, differ);
  }
}

// Checks the Web API of an emulator that lives as long as the check.
async function checkEmulator() {
  const emulator = await Emulator.start(["--log", "off"]);
  try {
    await checkService(`${emulator.url}/api/data/v9.2/`);
  } finally {
    await emulator.stop();
  }
}

const sources = process.argv.slice(2);
if (sources.length === 0) {
  console.error("usage: node check.mjs [--emulator] URL|FILE...");
  process.exit(2);
}
if (sources[0] === "--emulator") {
  sources.shift();
  await checkEmulator();
}
for (const source of sources) {
  if (/^https?:/.test(source)) await checkService(source);
  else await check(source, readFileSync(source, "utf8"), { generate: true });
}
console.log(failures === 0 ? "csdl: all passed" : `csdl: ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
