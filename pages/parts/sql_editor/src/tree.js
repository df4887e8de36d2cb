// Databases, tables and columns as nested <details>. A click on a name puts it into the editor, without a rerun.

const INSERT = "mesh-sql-insert" // the editor listens
const LOCK = "🔒 "
const drawn = new WeakMap() // parentElement -> the data drawn last: a rerun must not close what is open

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties)
  node.append(...children)
  return node
}

function insert(event, text) {
  event.preventDefault()
  event.stopPropagation()
  window.dispatchEvent(new CustomEvent(INSERT, { detail: text }))
}

function name(text, isLocked) {
  return make("span", { className: "name" }, isLocked ? LOCK : "", text)
}

function columnRow([text, type, reason]) {
  const row = make("button", { type: "button" }, name(text, reason), make("span", { className: "type" }, type))
  row.className = reason ? "locked" : ""
  row.title = reason ? `${text}: you may not read it. ${reason}` : `Insert ${text}`
  row.onclick = (event) => insert(event, text)
  return row
}

function tableNode(database, table, wanted) {
  const full = `${database}.${table.name}`
  const columns = table.columns.filter(([text]) => `${full}.${text}`.includes(wanted))
  if (!columns.length) return null
  const add = make("button", { type: "button", className: "insert", title: `Insert ${full}` }, `Insert ${full}`)
  add.onclick = (event) => insert(event, full)
  const readable = table.columns.filter(([, , reason]) => !reason).length
  const part = table.closed || readable === table.columns.length ? "" : ` 🔒 ${readable} of ${table.columns.length}`
  const note = make("span", { className: "type" }, table.kind === "view" ? " view" : "", part)
  const summary = make("summary", {}, name(table.name, table.closed), note)
  summary.title = table.closed ? `${full}: you may read nothing of it. Its owner is ${table.owner || "not named"}.` : full
  if (table.closed) summary.className = "locked"
  return make("details", { open: Boolean(wanted) && !full.includes(wanted) }, summary, add, ...columns.map(columnRow))
}

function databaseNode(node, wanted, isFirst) {
  const tables = node.tables.map((table) => tableNode(node.name, table, wanted)).filter(Boolean)
  if (!tables.length) return null
  const title = make("summary", {}, make("strong", {}, node.name), make("span", { className: "type" }, ` ${tables.length}`))
  return make("details", { open: Boolean(wanted) || isFirst }, title, ...tables)
}

function fill(list, nodes, wanted) {
  const found = nodes.map((node) => databaseNode(node, wanted.trim().toLowerCase(), nodes.length === 1)).filter(Boolean)
  list.replaceChildren(...(found.length ? found : [make("div", {}, "No table or column has such a name.")]))
}

export default function ({ data, parentElement }) {
  const text = JSON.stringify(data.nodes)
  if (drawn.get(parentElement) === text) return
  drawn.set(parentElement, text)
  const root = parentElement.querySelector("[data-sql-tree]")
  const wanted = root.querySelector("input")?.value ?? ""
  const filter = make("input", { type: "search", placeholder: "Find a table or column", value: wanted })
  filter.setAttribute("aria-label", "Find a table or column")
  const list = make("div")
  filter.oninput = () => fill(list, data.nodes, filter.value)
  root.replaceChildren(filter, list)
  fill(list, data.nodes, wanted)
}
