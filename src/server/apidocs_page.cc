#include "server/apidocs_page.h"

namespace server {
namespace {

constexpr std::string_view kHtml = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="stylesheet" href="/apidocs/page.css">
</head>
<body>
<header>
<h1>API</h1>
<select id="document" aria-label="Document"></select>
<input id="search" type="search" placeholder="search" aria-label="Search">
<a id="raw" href="/api/openapi-spec/openapi.json">document</a>
</header>
<main id="main"><p>Loading</p></main>
<noscript><p>The documents: <a href="/api/openapi-spec/swagger.json">swagger.json</a>,
<a href="/api/openapi-spec/openapi.json">openapi.json</a>, <a href="/openapi/v3">/openapi/v3</a></p>
</noscript>
<script src="/apidocs/page.js"></script>
</body>
</html>
)html";

constexpr std::string_view kScript = R"js('use strict';
const $ = (id) => document.getElementById(id);
let api = null;

function element(tag, text, className) {
  const out = document.createElement(tag);
  if (text) out.textContent = text;
  if (className) out.className = className;
  return out;
}

const nameOf = (ref) => ref.slice(ref.lastIndexOf('/') + 1);
const shortName = (name) => name.slice(name.lastIndexOf('.') + 1);

function reference(schema) {
  if (!schema) return null;
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.allOf && schema.allOf.length === 1) return reference(schema.allOf[0]);
  return null;
}

// A type in words, with links to the types that it is made of.
function typeOf(schema) {
  const out = element('span', '', 'type');
  const name = reference(schema);
  if (name) {
    const link = element('a', shortName(name));
    link.href = '#type/' + name;
    out.append(link);
  } else if (schema && schema.type === 'array') {
    out.append('list of ', typeOf(schema.items));
  } else if (schema && schema.additionalProperties) {
    out.append('map of ', typeOf(schema.additionalProperties));
  } else if (schema && schema.oneOf) {
    schema.oneOf.forEach((one, i) => out.append(i ? ' or ' : '', typeOf(one)));
  } else {
    out.append((schema && schema.type) || 'any');
  }
  return out;
}

function table(rows) {
  const out = element('table');
  for (const cells of rows) {
    const row = out.insertRow();
    for (const cell of cells) row.insertCell().append(cell);
  }
  return out;
}

function fields(schema) {
  const required = new Set(schema.required || []);
  return table(Object.entries(schema.properties || {}).map(([name, field]) => [
    element('code', name + (required.has(name) ? ' *' : '')), typeOf(field),
    field.description || '']));
}

function showType(name) {
  const schema = (api.components.schemas || {})[name];
  const out = element('section');
  out.append(element('h2', shortName(name)), element('p', name, 'quiet'));
  if (!schema) return out.append(element('p', 'There is no such type.')), out;
  if (schema.description) out.append(element('p', schema.description));
  out.append(fields(schema));
  return out;
}

function bodyOf(content) {
  const types = Object.keys(content || {});
  return types.length ? typeOf(content[types[0]].schema) : 'nothing';
}

function operation(method, path, one) {
  const out = element('details');
  const head = element('summary');
  head.append(element('b', method.toUpperCase(), method), ' ', element('code', path), ' ',
      element('span', one.description || '', 'quiet'));
  out.append(head);
  const parameters = (one.parameters || []).map((p) => [
    element('code', p.name + (p.required ? ' *' : '')), p.in, typeOf(p.schema),
    p.description || '']);
  if (parameters.length) out.append(element('h4', 'Parameters'), table(parameters));
  if (one.requestBody) out.append(element('h4', 'Body'), bodyOf(one.requestBody.content));
  out.append(element('h4', 'Answers'));
  out.append(table(Object.entries(one.responses).map(([code, r]) => [
    element('code', code), r.description || '', bodyOf(r.content)])));
  return out;
}

function showOperations(wanted) {
  const tags = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, one] of Object.entries(methods)) {
      const text = (method + ' ' + path + ' ' + one.operationId + ' ' + one.description)
          .toLowerCase();
      if (wanted && !text.includes(wanted)) continue;
      const tag = (one.tags || [''])[0];
      if (!tags.has(tag)) tags.set(tag, []);
      tags.get(tag).push(operation(method, path, one));
    }
  }
  const out = element('section');
  for (const [tag, all] of tags) out.append(element('h2', tag), ...all);
  if (wanted) {
    const names = Object.keys(api.components.schemas || {})
        .filter((name) => shortName(name).toLowerCase().includes(wanted));
    if (names.length) out.append(element('h2', 'Types'));
    for (const name of names) {
      const line = element('p');
      line.append(typeOf({$ref: '/' + name}));
      out.append(line);
    }
  }
  if (!out.childNodes.length) out.append(element('p', 'Nothing is called so.'));
  return out;
}

function show() {
  if (!api) return;
  const at = decodeURIComponent(location.hash.slice(1));
  $('main').replaceChildren(at.startsWith('type/')
      ? showType(at.slice(5)) : showOperations($('search').value.trim().toLowerCase()));
}

async function load(path) {
  $('raw').href = path;
  try {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(answer.status + ' ' + answer.statusText);
    api = await answer.json();
    show();
  } catch (error) {
    api = null;
    $('main').replaceChildren(element('p', path + ': ' + error.message));
  }
}

async function start() {
  const choose = (path, text) => {
    const one = element('option', text);
    one.value = path;
    $('document').append(one);
  };
  choose('/api/openapi-spec/openapi.json', 'Argo');
  load($('document').value);
  const index = await (await fetch('/openapi/v3')).json();
  for (const [group, row] of Object.entries(index.paths)) choose(row.serverRelativeURL, group);
}

$('document').addEventListener('change', () => { location.hash = ''; load($('document').value); });
$('search').addEventListener('input', () => { location.hash = ''; show(); });
addEventListener('hashchange', show);
start();
)js";

constexpr std::string_view kStyle =
    R"css(:root { color-scheme: light dark; --line: #8884; --quiet: #888; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
header h1 { font-size: 1.3rem; }
#search { flex: 1; min-width: 10rem; }
select, input { font: inherit; padding: .25rem .5rem; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; }
h4 { margin: .75rem 0 .25rem; }
details { border-bottom: 1px solid var(--line); padding: .35rem 0; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.5rem; font-size: .8rem; }
.get { color: #2a7; } .post { color: #27c; } .put, .patch { color: #b70; } .delete { color: #c33; }
.quiet { color: var(--quiet); }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .2rem .75rem .2rem 0; vertical-align: top; }
code { font-size: .9em; overflow-wrap: anywhere; }
)css";

}  // namespace

std::string_view apidocs_html() { return kHtml; }
std::string_view apidocs_script() { return kScript; }
std::string_view apidocs_style() { return kStyle; }

}  // namespace server
