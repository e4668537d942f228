// Shows the document that the service follows, and tries its operations.
//
// Everything from the document or from an answer gets into the page as text, never as markup.
"use strict";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** An element with attributes and children; strings become text. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

/** The inline part of CommonMark that descriptions use: `code` and **strong**. */
function inline(text) {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  return parts.map((part) => {
    if (part.startsWith("`") && part.endsWith("`") && part.length > 2) {
      return make("code", {}, part.slice(1, -1));
    }
    if (part.startsWith("**") && part.endsWith("**") && part.length > 4) {
      return make("strong", {}, part.slice(2, -2));
    }
    return part;
  });
}

/** The blocks of CommonMark that descriptions use: paragraphs, lists and tables. */
function prose(text) {
  const blocks = (text || "").trim().split(/\n\s*\n/);
  return blocks.filter(Boolean).map((block) => {
    const lines = block.split("\n");
    if (lines.every((line) => line.trim().startsWith("|"))) return tableOf(lines);
    const items = [];
    for (const line of lines) {
      if (/^\s*[-*] /.test(line)) items.push(line.replace(/^\s*[-*] /, ""));
      else if (items.length > 0) items[items.length - 1] += " " + line.trim();
      else break;
    }
    if (items.length > 0) return make("ul", {}, items.map((item) => make("li", {}, inline(item))));
    return make("p", {}, inline(lines.join(" ")));
  });
}

function tableOf(lines) {
  const rows = lines
    .map((line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim()))
    .filter((cells) => !cells.every((cell) => /^:?-+:?$/.test(cell)));
  const [head, ...body] = rows;
  return make("table", {},
    make("thead", {}, make("tr", {}, head.map((cell) => make("th", {}, inline(cell))))),
    make("tbody", {}, body.map((cells) => make("tr", {}, cells.map((cell) => make("td", {}, inline(cell)))))));
}

/** What a `$ref` of the document points at. */
function follow(root, value) {
  for (let hops = 0; value && value.$ref && hops < 16; hops += 1) {
    value = value.$ref.slice(2).split("/")
      .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((at, step) => (at === undefined ? undefined : at[step]), root);
  }
  return value || {};
}

/** A schema in a few words, with links to the schemas that have a name. */
function brief(root, schema) {
  if (!schema) return ["anything"];
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return [make("a", { href: "#schema-" + name }, name)];
  }
  const types = [schema.type].flat().filter((type) => type && type !== "null");
  const nullable = schema.nullable || [schema.type].flat().includes("null");
  if (types.includes("array")) return ["array of ", ...brief(root, schema.items), nullable ? ", or null" : ""];
  for (const word of ["allOf", "oneOf", "anyOf"]) {
    if (schema[word]) return [word + ": ", ...schema[word].flatMap((part, at) => (at ? [", ", ...brief(root, part)] : brief(root, part)))];
  }
  const format = schema.format ? " (" + schema.format + ")" : "";
  return [(types.join(" or ") || "anything") + format + (nullable ? ", or null" : "")];
}

/** The constraints of a schema, each in a few words. */
function bounds(schema) {
  const found = [];
  const say = (key, words) => { if (schema[key] !== undefined) found.push(words(schema[key])); };
  say("minLength", (n) => "at least " + n + " characters");
  say("maxLength", (n) => "at most " + n + " characters");
  say("pattern", (text) => make("code", {}, text));
  say("minimum", (n) => "at least " + n);
  say("maximum", (n) => "at most " + n);
  say("minItems", (n) => "at least " + n + " items");
  say("maxItems", (n) => "at most " + n + " items");
  say("default", (value) => "default " + JSON.stringify(value));
  say("enum", (values) => "one of " + values.map((value) => JSON.stringify(value)).join(", "));
  return found.map((bound) => make("div", { class: "soft" }, bound));
}

function describe(root, schema) {
  const target = schema && schema.$ref ? follow(root, schema) : schema || {};
  return [...prose((schema && schema.description) || target.description), ...bounds(target)];
}

function propertiesOf(root, schema) {
  const whole = follow(root, schema);
  const parts = [whole, ...(whole.allOf || []).map((part) => follow(root, part))];
  return {
    properties: Object.assign({}, ...parts.map((part) => part.properties || {})),
    required: parts.flatMap((part) => part.required || []),
  };
}

function properties(root, schema) {
  const { properties: all, required } = propertiesOf(root, schema);
  if (Object.keys(all).length === 0) return [];
  return [make("table", {},
    make("thead", {}, make("tr", {}, ["Field", "Type", "Meaning"].map((text) => make("th", {}, text)))),
    make("tbody", {}, Object.entries(all).map(([name, field]) => make("tr", {},
      make("td", {}, make("code", {}, name), required.includes(name) ? make("div", { class: "required" }, "required") : undefined),
      make("td", {}, brief(root, field)),
      make("td", {}, describe(root, field))))))];
}

function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function examplesOf(root, holder) {
  const found = Object.entries((holder && holder.examples) || {}).map(([name, example]) => {
    const whole = follow(root, example);
    return { name: whole.summary || name, value: whole.value };
  });
  if (holder && holder.example !== undefined) found.unshift({ name: "Example", value: holder.example });
  return found.filter((example) => example.value !== undefined);
}

function examples(root, holder) {
  return examplesOf(root, holder).map((example) =>
    make("details", {}, make("summary", {}, example.name), make("pre", {}, pretty(example.value))));
}

function parameterTable(root, parameters) {
  if (parameters.length === 0) return [];
  return [make("h3", {}, "Parameters"), make("table", {},
    make("thead", {}, make("tr", {}, ["Name", "In", "Type", "Meaning"].map((text) => make("th", {}, text)))),
    make("tbody", {}, parameters.map((parameter) => make("tr", {},
      make("td", {}, make("code", {}, parameter.name), parameter.required ? make("div", { class: "required" }, "required") : undefined),
      make("td", {}, parameter.in),
      make("td", {}, brief(root, parameter.schema)),
      make("td", {}, prose(parameter.description), bounds(follow(root, parameter.schema)))))))];
}

function responseList(root, responses) {
  const shown = Object.entries(responses).map(([status, reference]) => {
    const response = follow(root, reference);
    const headers = Object.entries(response.headers || {});
    return make("details", {},
      make("summary", {}, make("strong", {}, status), " ", inline((response.description || "").split("\n")[0])),
      headers.length > 0
        ? make("p", { class: "soft" }, "Headers: ", headers.flatMap(([name], at) => [at ? ", " : "", make("code", {}, name)]))
        : undefined,
      Object.entries(response.content || {}).map(([type, content]) => [
        make("p", {}, make("code", {}, type), ": ", brief(root, content.schema)),
        examples(root, content),
      ]).flat(2));
  });
  return [make("h3", {}, "Responses"), ...shown];
}

/** A word that a POSIX shell takes as it is. */
function quoted(text) {
  return "'" + text.replaceAll("'", "'\\''") + "'";
}

function tryIt(root, path, method, operation, parameters) {
  const inputs = parameters.map((parameter) => {
    const given = examplesOf(root, parameter)[0];
    const input = make("input", { type: "text", spellcheck: "false", autocomplete: "off" });
    if (given && parameter.in === "path") input.value = String(given.value);
    const label = make("label", {}, parameter.name + " (" + parameter.in + (parameter.required ? ")" : ", optional)"), input);
    return { parameter, input, label };
  });
  const body = follow(root, operation.requestBody);
  const content = body.content && body.content["application/json"];
  const text = content ? make("textarea", { spellcheck: "false" }) : undefined;
  const given = content ? examplesOf(root, content) : [];
  if (text && given[0]) text.value = pretty(given[0].value);
  const choice = given.length > 1
    ? make("select", {}, given.map((example, at) => make("option", { value: String(at) }, example.name)))
    : undefined;
  if (choice) choice.addEventListener("change", () => { text.value = pretty(given[Number(choice.value)].value); });

  const button = make("button", { type: "submit" }, "Send");
  const answer = make("div", { "aria-live": "polite" });
  const form = make("form", {}, make("fieldset", {}, make("legend", {}, "Try it"),
    inputs.map((input) => input.label),
    choice ? make("label", {}, "Example", choice) : undefined,
    text ? make("label", {}, "Body" + (body.required ? "" : ", optional"), text) : undefined,
    button, answer));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    answer.replaceChildren(make("p", { class: "soft" }, "Waiting for the answer…"));
    try {
      answer.replaceChildren(...await send(path, method, inputs, text && text.value));
    } catch (error) {
      answer.replaceChildren(make("p", { class: "answer-bad" }, "No answer: " + error.message));
    }
    button.disabled = false;
  });
  return form;
}

async function send(path, method, inputs, body) {
  let target = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, input } of inputs) {
    const value = input.value;
    if (parameter.in === "path") target = target.replace("{" + parameter.name + "}", encodeURIComponent(value));
    else if (value === "" && !parameter.required) continue;
    else if (parameter.in === "query") query.append(parameter.name, value);
    else if (parameter.in === "header") headers[parameter.name] = value;
  }
  if (String(query)) target += "?" + query;
  const token = document.getElementById("token").value.trim();
  if (token) headers["X-Auth-Token"] = token;
  const hasBody = body !== undefined && body.trim() !== "";
  if (hasBody) headers["Content-Type"] = "application/json";

  const shown = Object.entries(headers)
    .map(([name, value]) => " -H " + quoted(name + ": " + (name === "X-Auth-Token" ? "$TOKEN" : value)))
    .join("")
    .replace("'X-Auth-Token: $TOKEN'", '"X-Auth-Token: $TOKEN"');
  const curl = "curl -X " + method.toUpperCase() + shown + (hasBody ? " -d " + quoted(body) : "") + " " + quoted(location.origin + target);

  const start = performance.now();
  const response = await fetch(target, {
    method: method.toUpperCase(), headers, body: hasBody ? body : undefined, credentials: "omit", cache: "no-store", redirect: "error",
  });
  const received = await response.text();
  const elapsed = Math.round(performance.now() - start);
  let readable = received;
  try { readable = JSON.stringify(JSON.parse(received), null, 2); } catch { /* Not JSON: shown as it is. */ }
  const lines = [...response.headers].map(([name, value]) => name + ": " + value).join("\n");
  return [
    make("h3", {}, "Request"), make("pre", {}, curl),
    make("h3", {}, "Answer"),
    make("p", { class: response.ok ? "answer-good" : "answer-bad" }, response.status + " " + response.statusText + ", " + elapsed + " ms"),
    make("pre", {}, lines), make("pre", {}, readable || "(no body)"),
  ];
}

function operations(root) {
  return Object.entries(root.paths || {}).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters || []), ...(operation.parameters || [])].map((one) => follow(root, one));
      const body = follow(root, operation.requestBody);
      const id = "operation-" + (operation.operationId || method);
      const section = make("section", { id },
        make("h2", {}, operation.summary || operation.operationId),
        make("p", { class: "line mono" }, make("span", { class: "method " + method }, method.toUpperCase()), path),
        prose(operation.description),
        parameterTable(root, parameters),
        Object.entries(body.content || {}).flatMap(([type, content]) => [
          make("h3", {}, "Body"),
          ...prose(body.description),
          make("p", {}, make("code", {}, type), body.required ? ", required: " : ", optional: ", brief(root, content.schema)),
          ...properties(root, content.schema),
          ...examples(root, content),
        ]),
        responseList(root, operation.responses || {}),
        tryIt(root, path, method, operation, parameters));
      return { id, title: operation.summary || operation.operationId, section };
    }));
}

function schemas(root) {
  return Object.entries((root.components && root.components.schemas) || {}).map(([name, schema]) => ({
    id: "schema-" + name,
    title: name,
    section: make("section", { id: "schema-" + name },
      make("h3", {}, make("code", {}, name), " ", make("span", { class: "soft" }, brief(root, schema))),
      describe(root, schema), properties(root, schema)),
  }));
}

async function show() {
  const response = await fetch("/docs/document.json", { cache: "no-cache" });
  if (!response.ok) throw new Error("status " + response.status);
  const root = await response.json();
  document.title = root.info.title;
  document.getElementById("title").textContent = root.info.title;
  document.getElementById("edition").textContent = "Version " + root.info.version + " of the contract, OpenAPI " + root.openapi;
  const calls = operations(root);
  const types = schemas(root);
  const link = (entry) => make("a", { href: "#" + entry.id }, entry.title);
  document.getElementById("contents").append(
    make("strong", {}, "About"), make("a", { href: "#about" }, "Overview"),
    make("strong", {}, "Operations"), ...calls.map(link),
    make("strong", {}, "Schemas"), ...types.map(link));
  document.getElementById("main").replaceChildren(
    make("section", { id: "about" }, make("h2", {}, "Overview"), prose(root.info.description)),
    ...calls.map((entry) => entry.section),
    make("h2", {}, "Schemas"),
    ...types.map((entry) => entry.section));
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) target.scrollIntoView();
}

show().catch((error) => {
  document.getElementById("status").textContent = "The document could not be loaded (" + error.message + "). It is at /openapi.yaml.";
});
